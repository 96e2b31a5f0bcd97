"""`tagger compare`: whether one of two models is better on a split."""

from typing import Annotated

import typer

from tagger.cli.options import CorpusArgument, JsonOption, ModelArgument, SplitOption, TrustCodeOption
from tagger.cli.output import print_json, result_console


def compare_command(
    model_a: ModelArgument,
    model_b: ModelArgument,
    corpus: CorpusArgument,
    *,
    split: SplitOption = "test",
    seed: Annotated[int, typer.Option(min=0, help="Seed of the resampling of sentences.")] = 1,
    json: JsonOption = False,
    trust_code: TrustCodeOption = False,
) -> None:
    """Say whether one model is better than another, or may only have been lucky."""
    from tagger.corpus.read import open_corpus
    from tagger.evaluation.comparison import compare, print_comparison
    from tagger.runtime.tagger import load

    with open_corpus(corpus) as opened:
        first, second = (load(model, trust_code=trust_code) for model in (model_a, model_b))
        comparison = compare(first, second, opened, split, seed=seed)
    if json:
        print_json(comparison.as_dict())
    else:
        print_comparison(comparison, [model_a, model_b], result_console())

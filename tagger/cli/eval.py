"""`tagger eval`: the scores of a model on a split, and the report of what went wrong."""

from pathlib import Path
from typing import Annotated

import typer

from tagger.cli.options import (
    CorpusArgument,
    JsonOption,
    MinScoreOption,
    ModelArgument,
    SplitOption,
    TrustCodeOption,
    complete_one_of,
    min_scores,
)
from tagger.cli.output import print_json, result_console, say
from tagger.errors import ConfigError


def eval_command(
    model: ModelArgument,
    corpus: CorpusArgument,
    *,
    split: SplitOption = "test",
    raw: Annotated[
        bool, typer.Option("--raw", help="Score from raw text: the model finds sentences and words too.")
    ] = False,
    by: Annotated[
        str | None,
        typer.Option(
            help="document: also score each document, and print the worst; --json has all.",
            autocompletion=complete_one_of("document"),
        ),
    ] = None,
    min_score: MinScoreOption = None,
    json: JsonOption = False,
    report: Annotated[
        list[Path] | None, typer.Option(help="Also write what went wrong: NAME.html or NAME.json; repeatable.")
    ] = None,
    trust_code: TrustCodeOption = False,
) -> None:
    """Score a model on the annotated sentences of a corpus."""
    from tagger.corpus.read import open_corpus
    from tagger.evaluation.by_document import ScoresByDocument, print_documents, score_documents
    from tagger.evaluation.raw_scores import raw_figures
    from tagger.evaluation.raw_split import score_raw_split
    from tagger.evaluation.report_file import check_replaces_no_source, check_report_files, write_reports
    from tagger.evaluation.score_tables import print_raw_scores, print_scores
    from tagger.evaluation.split import analyse_split, score_split
    from tagger.model.shipped_models import find_model
    from tagger.runtime.tagger import load

    if by not in (None, "document"):
        raise ConfigError(f"--by {by}: there is --by document alone")
    if by and (raw or report):
        raise ConfigError("--by document is of the words that the corpus gives: leave --raw and --report out")
    check_report_files(report or ())
    check_replaces_no_source(report or (), [find_model(model), corpus])
    with open_corpus(corpus) as opened:
        loaded = load(model, trust_code=trust_code, min_score=min_scores(min_score))
        sums = score_raw_split(loaded, opened, split) if raw else None
        scores = None
        if report:
            analysis = analyse_split(loaded, opened, split)
            write_reports(report, analysis, find_model(model), opened, raw_figures(sums) if sums else None)
            scores = analysis.scores
        elif not raw:
            scores = (score_documents if by else score_split)(loaded, opened, split)
    if sums and json:
        print_json({"split": split, **raw_figures(sums)})
    elif sums:
        print_raw_scores(sums, split, result_console())
    elif scores and json:
        print_json(scores.as_dict())
    elif isinstance(scores, ScoresByDocument):
        print_documents(scores, result_console())
    elif scores:
        print_scores(scores, result_console())
    if sums and sums.unplaced:
        say(f"left out {sums.unplaced:,} sentences, whose source does not say where white space stands")
    for task, figures in (scores.tasks if scores else {}).items():
        if figures.unknown_tags:
            counts = ", ".join(f"{tag} ({count})" for tag, count in sorted(figures.unknown_tags.items()))
            say(f"{task}: the model does not know these tags, each of which counts as wrong: {counts}")
    for path in report or ():
        say(f"wrote {path}")

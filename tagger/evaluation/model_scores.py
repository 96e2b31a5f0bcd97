"""`tagger.evaluate` and `tagger.compare`: scores of models on sentences that a program has, or on a corpus folder."""

import os
from typing import Literal, overload

from tagger.corpus.any_data import Data, open_split
from tagger.errors import ConfigError
from tagger.evaluation.by_document import ScoresByDocument, score_documents
from tagger.evaluation.comparison import Comparison
from tagger.evaluation.comparison import compare as compare_models
from tagger.evaluation.scores import Scores
from tagger.evaluation.split import score_split
from tagger.runtime.tagger import Tagger, load

Model = Tagger | str | os.PathLike[str]


@overload
def evaluate(model: Model, data: Data, split: str = "test", *, by: None = None) -> Scores: ...


@overload
def evaluate(model: Model, data: Data, split: str = "test", *, by: Literal["document"]) -> ScoresByDocument: ...


def evaluate(model: Model, data: Data, split: str = "test", *, by: str | None = None) -> Scores:
    """Score a model on annotated sentences.

    `model` is a Tagger, a model folder or the name of a shipped model. `data` are sentences in any form that
    `tagger.read` takes, an annotated file, or a corpus folder, of which `split` is scored. The scores are those of
    `tagger eval`: `scores.tasks["ner"].f1` of spans, `scores.tasks["upos"].accuracy` of plain tags, between 0 and 1.
    With `by="document"`, `scores.documents` has those of each document too, the worst first. Raises DataError where the
    data have none of the model's tasks, or cannot be read.
    """
    if by not in (None, "document"):
        raise ConfigError(f"by='{by}': scores are of the whole split, or by='document'")
    tagger = _loaded(model)
    with open_split(data, split, _kinds(tagger)) as (corpus, found):
        return score_documents(tagger, corpus, found) if by else score_split(tagger, corpus, found)


def compare(first: Model, second: Model, data: Data, split: str = "test", *, seed: int = 1) -> Comparison:
    """Compare two models on the same annotated sentences, at every task that both have.

    `first`, `second`, `data` and `split` are those of `evaluate`; `seed` decides the resamples of the bootstrap. Raises
    DataError where the models have no task in common that the data are annotated for.
    """
    taggers = _loaded(first), _loaded(second)
    with open_split(data, split, _kinds(taggers[1]) | _kinds(taggers[0])) as (corpus, found):
        return compare_models(*taggers, corpus, found, seed=seed)


def _loaded(model: Model) -> Tagger:
    """Return a tagger, loaded where it is not."""
    return model if isinstance(model, Tagger) else load(os.fspath(model))


def _kinds(tagger: Tagger) -> dict[str, bool | None]:
    """Return the tasks of a tagger, and whether they are of spans."""
    return {task: bool(scheme) for task, scheme in tagger.schemes.items()}

"""Scoring a model on one split of a corpus."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tagger.corpus.manifest import Manifest
from tagger.corpus.read import read_split
from tagger.errors import DataError
from tagger.evaluation.evaluate import evaluate
from tagger.evaluation.scores import Scores
from tagger.runtime.tagger import Tagger
from tagger.text.scheme import split_tag
from tagger.text.sentence import Sentence

if TYPE_CHECKING:
    from tagger.evaluation.analysis import Analysis


def score_split(tagger: Tagger, corpus: Manifest, split: str) -> Scores:
    """Tag the sentences of a split and score every task of the model that the split is annotated for.

    Raises DataError when there is no such split, none of the model's tasks in it, or no tags that the model reads.
    """
    return evaluate(tagged_split(tagger, corpus, split), **_terms_of(tagger, corpus, split))


def analyse_split(tagger: Tagger, corpus: Manifest, split: str) -> "Analysis":
    """The same, and what went wrong."""
    from tagger.evaluation.analysis import analyse

    return analyse(tagged_split(tagger, corpus, split, scores=True), **_terms_of(tagger, corpus, split))


def _terms_of(tagger: Tagger, corpus: Manifest, split: str) -> dict[str, Any]:
    return terms(tagger, tasks_to_score(tagger.schemes, corpus, split), split)


def terms(tagger: Tagger, tasks: Collection[str], split: str) -> dict[str, Any]:
    """What counting must know of the model, for those of its tasks that are scored."""
    return {
        "schemes": {task: tagger.schemes[task] for task in tasks},
        "split": split,
        "known": tagger.knows,
        "tags": {task: tagger.tags[task] for task in tasks},
    }


def tagged_split(
    tagger: Tagger, corpus: Manifest, split: str, *, scores: bool = False
) -> Iterator[tuple[Sentence, Sentence]]:
    """Each sentence of a split as it is annotated and as it is tagged, in the order of the corpus. Raises DataError
    where the split has no tags that the model reads."""
    require_given(tagger, [corpus], split)
    return tagged_beside(tagger, read_split(corpus, split), scores=scores)


def tagged_beside(
    tagger: Tagger, sentences: Iterable[Sentence], *, scores: bool = False
) -> Iterator[tuple[Sentence, Sentence]]:
    """Each sentence as it is given and as it is tagged, in their order."""
    gold: deque[Sentence] = deque()  # read, but not tagged yet

    def words() -> Iterator[Sentence]:
        for sentence in sentences:
            gold.append(sentence)
            yield sentence

    windows = tagger.windows(words(), scores=scores, waits=False)  # so that the same model has the same scores
    return ((gold.popleft(), predicted) for window in windows for predicted in window)


def require_given(tagger: Tagger, corpora: Sequence[Manifest], split: str) -> None:
    """Raise DataError where the model reads tags that a split has in none of the corpora."""
    for layer in tagger.given:
        if not any(annotated_tasks([layer], corpus, split) for corpus in corpora):
            raise DataError(
                f"{', '.join(str(corpus.directory) for corpus in corpora)}: the model reads '{layer}', which split "
                f"'{split}' does not have: convert the corpus again with that layer"
            )


def tasks_to_score(schemes: Mapping[str, str | None], corpus: Manifest, split: str) -> dict[str, str | None]:
    """Those of a model's tasks for which a split has tags, each with the scheme of its spans. Raises DataError when
    there is no such split, or none of them in it, and where a task has spans for the model and plain tags there."""
    corpus.require(split)
    annotated = {task: schemes[task] for task in annotated_tasks(list(schemes), corpus, split)}
    if not annotated:
        has = ", ".join(task for task, info in corpus.tasks.items() if info.counts(split)) or "no tags"
        raise DataError(f"{corpus.directory}: split '{split}' has {has}, the model does {', '.join(schemes)}")
    for task, scheme in annotated.items():
        if scheme and not corpus.tasks[task].scheme:
            plain = [tag for tag in corpus.tasks[task].counts(split) if not split_tag(tag)[0]]
            if plain:
                raise DataError(
                    f"{corpus.directory}: '{task}' has plain tags there, such as '{plain[0]}', and spans in the model: "
                    "score a corpus of spans, or convert this one again and name its scheme with --scheme"
                )
    return annotated


def annotated_tasks(tasks: Sequence[str], corpus: Manifest, split: str) -> list[str]:
    """Those of some tasks for which a split has tags."""
    return [task for task in tasks if task in corpus.tasks and corpus.tasks[task].counts(split)]

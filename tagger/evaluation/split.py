"""Scoring a model on one split of a corpus."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tagger.corpus.from_config import directories
from tagger.corpus.manifest import Manifest
from tagger.corpus.read import read_split
from tagger.errors import DataError
from tagger.evaluation.analysis import Analysis, analyse
from tagger.evaluation.evaluate import evaluate
from tagger.evaluation.scores import Scores
from tagger.runtime.tagger import Tagger
from tagger.text.scheme import split_tag
from tagger.text.sentence import Sentence


def score_split(tagger: Tagger, corpus: Manifest, split: str) -> Scores:
    """Tag a split, and score every task of the model that the split is annotated for.

    Raises DataError when there is no such split, none of the model's tasks in it, or no tags that the model reads.
    """
    pairs = tagged_split(tagger, corpus, split)
    schemes = tasks_to_score(tagger.schemes, corpus, split)
    return evaluate(pairs, schemes, split=split, known=tagger.knows, tags=tagger.tags)


def analyse_split(tagger: Tagger, corpus: Manifest, split: str) -> Analysis:
    """Score a split as `score_split` does, and analyse the mistakes."""
    pairs = tagged_split(tagger, corpus, split, scores=True)
    schemes = tasks_to_score(tagger.schemes, corpus, split)
    return analyse(pairs, schemes, split=split, known=tagger.knows, tags=tagger.tags)


def tagged_split(
    tagger: Tagger, corpus: Manifest, split: str, *, scores: bool = False
) -> Iterator[tuple[Sentence, Sentence]]:
    """Pairs of gold and predicted sentence of a split, in the order of the corpus.

    Raises DataError where the split lacks tags that the model reads.
    """
    require_given(tagger, [corpus], split)
    return tagged_pairs(tagger, read_split(corpus, split), scores=scores)


def tagged_pairs(
    tagger: Tagger, sentences: Iterable[Sentence], *, scores: bool = False
) -> Iterator[tuple[Sentence, Sentence]]:
    """Pairs of each sentence as it is given and as the model tags it, in their order."""
    pending: deque[Sentence] = deque()  # read, but not tagged yet

    def remembered() -> Iterator[Sentence]:
        for sentence in sentences:
            pending.append(sentence)
            yield sentence

    windows = tagger.windows(remembered(), scores=scores, waits=False)  # equal windows, so the scores are reproducible
    return ((pending.popleft(), predicted) for window in windows for predicted in window)


def require_given(tagger: Tagger, corpora: Sequence[Manifest], split: str) -> None:
    """Raise DataError where the model reads a layer that no corpus has in this split."""
    for layer in tagger.given:
        if not any(_annotated_tasks([layer], corpus, split) for corpus in corpora):
            raise DataError(
                f"{directories(corpora)}: the model reads '{layer}', which split "
                f"'{split}' does not have: convert the corpus again with that layer"
            )


def tasks_to_score(schemes: Mapping[str, str | None], corpus: Manifest, split: str) -> dict[str, str | None]:
    """The tasks of a model for which a split has tags, each with the scheme of its spans.

    Raises DataError when there is no such split, when it has tags of none of the tasks, and when a task has spans in
    the model but plain tags in the split.
    """
    corpus.require(split)
    annotated = {task: schemes[task] for task in _annotated_tasks(list(schemes), corpus, split)}
    if not annotated:
        has = ", ".join(task for task, info in corpus.tasks.items() if info.counts(split)) or "no tags"
        raise DataError(f"{corpus.place}: split '{split}' has {has}, the model does {', '.join(schemes)}")
    for task, scheme in annotated.items():
        if scheme and not corpus.tasks[task].scheme:
            plain = [tag for tag in corpus.tasks[task].counts(split) if not split_tag(tag)[0]]
            if plain:
                raise DataError(
                    f"{corpus.place}: '{task}' has plain tags there, such as '{plain[0]}', and spans in the model: "
                    "score a corpus of spans, or convert this one again and name its scheme with --scheme"
                )
    return annotated


def _annotated_tasks(tasks: Sequence[str], corpus: Manifest, split: str) -> list[str]:
    """The tasks, out of some, for which a split has tags."""
    return [task for task in tasks if task in corpus.tasks and corpus.tasks[task].counts(split)]

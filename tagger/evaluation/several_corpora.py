"""Scoring a model on a split of several corpora: each for itself, and all of them together."""

from collections.abc import Sequence
from dataclasses import dataclass

from tagger.corpus.mixture import MixedCorpus
from tagger.evaluation.evaluate import Sums, sum_up
from tagger.evaluation.scores import Scores
from tagger.evaluation.split import require_given, tagged_beside, terms
from tagger.runtime.tagger import Tagger


@dataclass(frozen=True)
class MixedScores:
    """The scores of a split: of all corpora that annotate it, their sentences counted together, and of each of them;
    None for one that does not."""

    together: Scores
    by_corpus: tuple[Scores | None, ...]


def score_corpora(tagger: Tagger, corpora: Sequence[MixedCorpus], split: str) -> MixedScores | None:
    """Tag the sentences of a split of each corpus, and score every task over all that annotate it.

    None where no corpus has that split, or a tag in it. Raises DataError where it has tags, but in no corpus those that
    the model reads; sentences of a corpus without are read as of unknown tags.
    """
    scored = [corpus.manifest for corpus in corpora if corpus.annotated(split)]
    if scored:
        require_given(tagger, scored, split)
    sums = [_sums(tagger, corpus, split) for corpus in corpora]
    together = Sums(split)
    for each in sums:
        if each:
            together.include(each)
    if not together.tasks:
        return None
    return MixedScores(_in_order(together, tagger).scores(), tuple(each.scores() if each else None for each in sums))


def _sums(tagger: Tagger, corpus: MixedCorpus, split: str) -> Sums | None:
    """What is counted of one corpus."""
    annotated = corpus.annotated(split)
    tasks = [task for task in tagger.tasks if task in annotated]
    if not tasks:
        return None
    return sum_up(tagged_beside(tagger, corpus.read(split)), **terms(tagger, tasks, split))


def _in_order(sums: Sums, tagger: Tagger) -> Sums:
    """The same with the tasks in the order of the model's."""
    return Sums(
        sums.split, {task: sums.tasks[task] for task in tagger.tasks if task in sums.tasks}, sums.sentences, sums.tokens
    )

"""Scoring a model on a split of several corpora: all of them together, and each for itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from tagger.corpus.mixture import MixedCorpus
from tagger.evaluation.evaluate import Sums, sum_up
from tagger.evaluation.scores import Scores
from tagger.evaluation.split import require_given, tagged_pairs
from tagger.runtime.tagger import Tagger


@dataclass(frozen=True)
class MixedScores:
    """Scores of a split of several corpora.

    `together` counts the sentences of all corpora that annotate the split; `by_corpus` has the scores of each corpus,
    None for one that does not annotate it.
    """

    together: Scores
    by_corpus: tuple[Scores | None, ...]


def score_corpora(tagger: Tagger, corpora: Sequence[MixedCorpus], split: str) -> MixedScores | None:
    """Tag a split of each corpus, and score every task over all corpora that annotate it.

    None where no corpus has that split, or a tag in it. A corpus without the tags that the model reads is tagged as if
    these were unknown; DataError is raised where no annotated corpus has them.
    """
    scored = [corpus.manifest for corpus in corpora if corpus.annotated(split)]
    if scored:
        require_given(tagger, scored, split)
    sums = [_corpus_sums(tagger, corpus, split) for corpus in corpora]
    together = Sums(split)
    for each in sums:
        if each:
            together.include(each)
    if not together.tasks:
        return None
    together.tasks = {task: together.tasks[task] for task in tagger.tasks if task in together.tasks}
    return MixedScores(together.scores(), tuple(each.scores() if each else None for each in sums))


def _corpus_sums(tagger: Tagger, corpus: MixedCorpus, split: str) -> Sums | None:
    """The counts of one corpus, None where it has no tags of the model's tasks."""
    annotated = corpus.annotated(split)
    schemes = {task: scheme for task, scheme in tagger.schemes.items() if task in annotated}
    if not schemes:
        return None
    pairs = ((gold, corpus.scorable(found)) for gold, found in tagged_pairs(tagger, corpus.read(split)))
    return sum_up(pairs, schemes, split=split, known=tagger.knows, tags=tagger.tags)

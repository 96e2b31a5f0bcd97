"""Scoring predicted sentences against annotated ones."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from tagger.errors import DataError
from tagger.evaluation.scores import Scores
from tagger.evaluation.sums import PlainSums, SpanSums
from tagger.text.sentence import Sentence


def evaluate(
    pairs: Iterable[tuple[Sentence, Sentence]],
    schemes: Mapping[str, str | None],
    *,
    split: str,
    known: Callable[[str], bool] = lambda word: True,
    tags: Mapping[str, Collection[str]] | None = None,
) -> Scores:
    """Score pairs of a gold and a predicted sentence, one after the other, in constant memory.

    `schemes` maps the tasks to score to the scheme of their spans, None for plain tags. `known` tells whether the model
    knows a word, and `tags` which tags of each task it can predict. A sentence without gold tags of a task does not
    count for that task. Raises DataError when no sentence has gold tags of a task.
    """
    return sum_up(pairs, schemes, split=split, known=known, tags=tags).scores()


@dataclass
class Sums:
    """Counts of one or more splits: sentences, tokens, and the counts of each task."""

    split: str
    tasks: dict[str, PlainSums | SpanSums] = field(default_factory=dict)
    sentences: int = 0
    tokens: int = 0

    def include(self, other: "Sums") -> None:
        """Add the counts of another split or corpus."""
        self.sentences += other.sentences
        self.tokens += other.tokens
        for task, counts in other.tasks.items():
            self.tasks.setdefault(task, counts.empty()).include(counts)

    def scores(self) -> Scores:
        """The scores of all sentences counted so far."""
        tasks = {task: counts.scores() for task, counts in self.tasks.items()}
        return Scores(self.split, self.sentences, self.tokens, tasks)


def sum_up(
    pairs: Iterable[tuple[Sentence, Sentence]],
    schemes: Mapping[str, str | None],
    *,
    split: str,
    known: Callable[[str], bool] = lambda word: True,
    tags: Mapping[str, Collection[str]] | None = None,
) -> Sums:
    """The counts behind the scores of `evaluate`, which can be added to those of other corpora."""
    tags = tags or {}
    sums: dict[str, PlainSums | SpanSums] = {
        task: SpanSums(known, tags.get(task), scheme=scheme) if scheme else PlainSums(known, tags.get(task))
        for task, scheme in schemes.items()
    }
    sentences = tokens = 0
    for gold, predicted in pairs:
        sentences += 1
        tokens += len(gold)
        for task, counts in sums.items():
            if task in gold.tags:
                counts.add(gold.words, gold.tags[task], predicted.tags[task])
    for task, counts in sums.items():
        if not counts.sentences:
            raise DataError(
                f"task '{task}': none of the {sentences} sentences of split '{split}' is annotated for it: "
                "score a split that is, or leave the task out"
            )
    return Sums(split, sums, sentences, tokens)

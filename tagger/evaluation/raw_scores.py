"""Scores from raw text: of tokens, sentences and words, and of tags where the words are not given.

The definitions are those of the CoNLL 2018 shared task. Precision is the share of the predicted things that are right,
recall the share of the gold things that are found. Places are counted in the characters that are no white space, so
white space itself is never right or wrong. A token or a sentence is right where it begins and ends as a gold one does.
A word is right where it is aligned with a gold word (`word_alignment`), and its tag where the gold word has the same.
A span is right where a gold one has its label, beginning and end. Tags are compared as plain strings; of `feats`, the
task's own script compares the universal features alone (UFeats).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tagger.evaluation.scores import Figures, share
from tagger.evaluation.sums import strict_spans
from tagger.evaluation.word_alignment import aligned_words, segmentation, solid_offsets
from tagger.text.sentence import Sentence, tags_of


@dataclass(frozen=True, slots=True)
class RawCounts:
    """How many of one kind are right, are predicted, and are gold. Counts add up over texts.

    `aligned` counts the gold words with a tag that are aligned with a predicted word: 0 but for plain tags.
    """

    right: int = 0
    predicted: int = 0
    gold: int = 0
    aligned: int = 0

    def __add__(self, other: "RawCounts") -> "RawCounts":
        return RawCounts(
            self.right + other.right,
            self.predicted + other.predicted,
            self.gold + other.gold,
            self.aligned + other.aligned,
        )

    @property
    def figures(self) -> Figures:
        """Precision, recall and F1."""
        return Figures.from_counts(self.right, self.predicted, self.gold)

    @property
    def aligned_accuracy(self) -> float:
        """The share of right tags among the words that are aligned."""
        return share(self.right, self.aligned)


@dataclass(frozen=True, slots=True)
class RawSums:
    """Counts of tokens, sentences, words, and of each task's tags or spans. Sums add up over texts.

    `spans` names the tasks that are scored by spans. `unplaced` counts the gold sentences that were left out because
    their source does not say where white space stands.
    """

    tokens: RawCounts = field(default_factory=RawCounts)
    sentences: RawCounts = field(default_factory=RawCounts)
    words: RawCounts = field(default_factory=RawCounts)
    tasks: Mapping[str, RawCounts] = field(default_factory=dict)
    spans: frozenset[str] = frozenset()
    unplaced: int = 0

    @property
    def segments(self) -> dict[str, RawCounts]:
        """The counts of what a text is cut into, by name."""
        return {"tokens": self.tokens, "sentences": self.sentences, "words": self.words}

    def __add__(self, other: "RawSums") -> "RawSums":
        tasks = {
            task: self.tasks.get(task, RawCounts()) + other.tasks.get(task, RawCounts())
            for task in (*self.tasks, *(task for task in other.tasks if task not in self.tasks))
        }
        return RawSums(
            self.tokens + other.tokens,
            self.sentences + other.sentences,
            self.words + other.words,
            tasks,
            self.spans | other.spans,
            self.unplaced + other.unplaced,
        )


def raw_figures(sums: RawSums) -> dict[str, Any]:
    """The figures as `metrics.json` and `eval --raw --json` have them, each between 0 and 1.

    `tokens`, `sentences`, `words` and each of `tasks` have `precision`, `recall`, `f1`, and `support`, the number of
    gold ones; tasks with plain tags also have `aligned_accuracy`.
    """
    tasks = {
        task: {
            **asdict(counts.figures),
            **({} if task in sums.spans else {"aligned_accuracy": counts.aligned_accuracy}),
        }
        for task, counts in sums.tasks.items()
    }
    return {**{name: asdict(counts.figures) for name, counts in sums.segments.items()}, "tasks": tasks}


def sum_up_text(
    text: str, gold: Sequence[Sentence], predicted: Sequence[Sentence], schemes: Mapping[str, str | None]
) -> RawSums:
    """Count what is right in one text: its gold and its predicted sentences, whose offsets count its characters.

    `schemes` maps the tasks to score to the scheme of their spans, None for plain tags. Gold words without a tag of a
    task do not count for that task, nor does what is predicted in their place.
    """
    solid = solid_offsets(text)
    ours, theirs = segmentation(gold, solid), segmentation(predicted, solid)
    pairs = list(aligned_words(ours.words, theirs.words))
    tasks = {}
    for task, scheme in schemes.items():
        untagged = _untagged(gold, task, solid)
        if scheme:
            gold_spans = _spans(gold, task, scheme, solid, untagged)
            predicted_spans = _spans(predicted, task, scheme, solid, untagged)
            right = (gold_spans & predicted_spans).total()
            tasks[task] = RawCounts(right, predicted_spans.total(), gold_spans.total())
        else:
            gold_tags, predicted_tags = _column(gold, task), _column(predicted, task)
            aligned = [(gold_tags[g], predicted_tags[p]) for g, p in pairs if gold_tags[g]]
            in_gold_place = {p for _, p in pairs}
            stray = sum(p not in in_gold_place and not untagged[word.start] for p, word in enumerate(theirs.words))
            right = sum(gold_tag == tag for gold_tag, tag in aligned)
            tasks[task] = RawCounts(right, len(aligned) + stray, sum(map(bool, gold_tags)), len(aligned))
    return RawSums(
        _same(ours.tokens, theirs.tokens),
        _same(ours.sentences, theirs.sentences),
        RawCounts(len(pairs), len(theirs.words), len(ours.words), len(pairs)),
        tasks,
        frozenset(task for task, scheme in schemes.items() if scheme),
    )


def _same(gold: Sequence[tuple[int, int]], predicted: Sequence[tuple[int, int]]) -> RawCounts:
    return RawCounts(len(set(gold) & set(predicted)), len(predicted), len(gold))


def _column(sentences: Iterable[Sentence], task: str) -> list[str]:
    """The tags of all words of the sentences, "" where a word has none."""
    return [tag for sentence in sentences for tag in tags_of(sentence, task)]


_INSIDE, _CONTINUED = 1, 2


def _untagged(gold: Iterable[Sentence], task: str, solid: Sequence[int]) -> bytearray:
    """For each place in the text, not 0 where a gold word without a tag of the task stands.

    It is `_CONTINUED` at the first character of such a word inside a sentence, before which nobody knows whether a span
    ends.
    """
    untagged = bytearray(solid[-1] + 1)
    for sentence in gold:
        for index, tag in enumerate(tags_of(sentence, task)):
            if not tag:
                start, end = solid[sentence.starts[index]], solid[sentence.ends[index]]
                mark = bytes([_CONTINUED if index else _INSIDE]) + bytes([_INSIDE]) * (end - start)
                untagged[start:end] = mark[: end - start]
    return untagged


def _spans(
    sentences: Iterable[Sentence], task: str, scheme: str, solid: Sequence[int], untagged: bytearray
) -> Counter[tuple[str, int, int]]:
    """The spans of a task: label, and the places of the first character and of the one after the last.

    Left out are spans that hold a gold word without a tag, or end right before one: whether they are right is unknown.
    """
    found: Counter[tuple[str, int, int]] = Counter()
    for sentence in sentences:
        for label, first, after in strict_spans([tag or "O" for tag in tags_of(sentence, task)], scheme):
            start, end = solid[sentence.starts[first]], solid[sentence.ends[after - 1]]
            if not any(untagged[start:end]) and untagged[end] != _CONTINUED:
                found[label, start, end] += 1
    return found

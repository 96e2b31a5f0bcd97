"""Mistakes by kind: which label was predicted for which, how often, and where."""

import heapq
from collections import Counter
from dataclasses import dataclass, field

from tagger.evaluation.outcomes import Labelled, Outcome
from tagger.text.sentence import Sentence

EXAMPLES_KEPT = 3
"""Example sentences kept for each kind of mistake: those with the highest probability of the wrong prediction."""
WORDS_LISTED = 5
"""Most frequent words listed with each kind of mistake."""


@dataclass(frozen=True)
class Example:
    """A mistake in its sentence.

    `gold` and `given` are the character ranges in `text` of the gold and of the predicted label, None where there is
    none. `score` is the probability of what the model predicted.
    """

    id: str
    text: str
    gold: tuple[int, int] | None
    given: tuple[int, int] | None
    score: float


@dataclass(frozen=True)
class Mistake:
    """One kind of mistake: the label `given` was predicted where `gold` was right.

    `gold` is None for an invented span, `given` for a missed one. `same_bounds` tells whether both cover the same
    tokens. `words` lists the most frequent words affected, with their counts.
    """

    gold: str | None
    given: str | None
    same_bounds: bool
    count: int
    words: tuple[tuple[str, int], ...]
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Confused:
    """How often label `given` was predicted where `gold` was right; see `Mistake`.

    Correct predictions are included.
    """

    gold: str | None
    given: str | None
    same_bounds: bool
    count: int


_Kind = tuple[str | None, str | None, bool]


@dataclass
class _Evidence:
    """The words affected by one kind of mistake, and its examples.

    The examples are a heap of probability, -number and example.
    """

    words: Counter[str] = field(default_factory=Counter)
    surest: list[tuple[float, int, Example]] = field(default_factory=list)


class MistakeSums:
    """Counts of all outcomes by kind, with words and examples of those that are wrong."""

    def __init__(self) -> None:
        self._counts: Counter[_Kind] = Counter()
        self._evidence: dict[_Kind, _Evidence] = {}
        self._seen = 0

    def add(self, sentence: Sentence, outcome: Outcome) -> None:
        """Count one outcome of a sentence."""
        gold, predicted = outcome.gold, outcome.predicted
        kind = (gold.label if gold else None, predicted.label if predicted else None, outcome.same_bounds)
        self._counts[kind] += 1
        if outcome.is_right:
            return
        self._seen += 1
        evidence = self._evidence.setdefault(kind, _Evidence())
        gold_range, predicted_range = _character_range(sentence, gold), _character_range(sentence, predicted)
        start, end = gold_range or predicted_range or (0, 0)
        evidence.words[sentence.text[start:end]] += 1
        has_room = len(evidence.surest) < EXAMPLES_KEPT
        if has_room or outcome.score > evidence.surest[0][0]:  # of two with the same probability the earlier one stays
            example = Example(sentence.id, sentence.text, gold_range, predicted_range, outcome.score)
            push = heapq.heappush if has_room else heapq.heapreplace
            push(evidence.surest, (outcome.score, -self._seen, example))

    def confused(self) -> tuple[Confused, ...]:
        """The counts of all pairs of labels, correct ones included, the most frequent first."""
        return tuple(Confused(*kind, count) for kind, count in _by_count(self._counts))

    def mistakes(self) -> tuple[Mistake, ...]:
        """The kinds of mistakes with words and examples, the most frequent first."""
        return tuple(
            Mistake(*kind, count, tuple(evidence.words.most_common(WORDS_LISTED)), _examples(evidence))
            for kind, count in _by_count(self._counts)
            if (evidence := self._evidence.get(kind))
        )


def _by_count(counts: Counter[_Kind]) -> list[tuple[_Kind, int]]:
    """Kinds with their counts, the most frequent first; ties in the order of their labels."""
    return sorted(counts.items(), key=lambda item: (-item[1], tuple(str(part) for part in item[0])))


def _examples(evidence: _Evidence) -> tuple[Example, ...]:
    """The examples, the highest probability first."""
    return tuple(example for _, _, example in sorted(evidence.surest, key=lambda item: item[:2], reverse=True))


def _character_range(sentence: Sentence, labelled: Labelled | None) -> tuple[int, int] | None:
    """The character range of a label in the sentence's own text."""
    if labelled is None:
        return None
    return sentence.starts[labelled.first] - sentence.start, sentence.ends[labelled.last] - sentence.start

"""What is taken for what, how often, and where: mistakes with the words they befall and sentences to look at."""

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tagger.evaluation.outcomes import Labelled, Outcome
from tagger.text.sentence import Sentence

EXAMPLES = 3
"""Sentences that are kept of each mistake: those in which the model was surest of it."""
WORDS = 5
"""Words that are named with each mistake."""


@dataclass(frozen=True)
class Example:
    """A mistake in its sentence: `gold` and `given` are the characters of `text`, from and to, that it is about, None
    where nothing was to be found, or was given. `score` is the model's probability of what it gave."""

    id: str
    text: str
    gold: tuple[int, int] | None
    given: tuple[int, int] | None
    score: float


@dataclass(frozen=True)
class Mistake:
    """What was given in place of what: `gold` is None for an invented span, `given` for a missed one. `same_bounds`
    tells that both stand over the same tokens. `words` are the commonest, with how often."""

    gold: str | None
    given: str | None
    same_bounds: bool
    count: int
    words: tuple[tuple[str, int], ...]
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Confused:
    """How often one label was given for another, or for itself; names as in `Mistake`."""

    gold: str | None
    given: str | None
    same_bounds: bool
    count: int


Kind = tuple[str | None, str | None, bool]


@dataclass
class Kept:
    """What is kept of one kind of mistake."""

    words: Counter[str] = field(default_factory=Counter)
    surest: list[tuple[float, int, Example]] = field(default_factory=list)


class MistakeSums:
    """What is counted of outcomes, and the examples kept of those that are wrong."""

    def __init__(self) -> None:
        self._counts: Counter[Kind] = Counter()
        self._kept: dict[Kind, Kept] = {}
        self._seen = 0

    def add(self, sentence: Sentence, outcome: Outcome) -> None:
        """Count one outcome of a sentence."""
        gold, given = outcome.gold, outcome.given
        kind = (gold and gold.label, given and given.label, outcome.same_bounds)
        self._counts[kind] += 1
        if outcome.is_right:
            return
        self._seen += 1
        kept = self._kept.setdefault(kind, Kept())
        gold_at, given_at = characters(sentence, gold), characters(sentence, given)
        kept.words[sentence.text[slice(*(gold_at or given_at))]] += 1
        surer = len(kept.surest) < EXAMPLES or outcome.score > kept.surest[0][0]
        if surer:  # of two that are equal the earlier stays
            example = Example(sentence.id, sentence.text, gold_at, given_at, outcome.score)
            replace = heapq.heappush if len(kept.surest) < EXAMPLES else heapq.heapreplace
            replace(kept.surest, (outcome.score, -self._seen, example))

    def confused(self) -> tuple[Confused, ...]:
        """How often each label was given for each, right ones among them, the commonest first."""
        return tuple(Confused(*kind, count) for kind, count in by_count(self._counts))

    def mistakes(self) -> tuple[Mistake, ...]:
        """Those that are wrong, with examples."""
        return tuple(
            Mistake(*kind, count, tuple(kept.words.most_common(WORDS)), examples_of(kept))
            for kind, count in by_count(self._counts)
            if (kept := self._kept.get(kind))
        )


def by_count(counts: Counter[Kind]) -> list[tuple[Kind, int]]:
    """The commonest first, those that are as common in the order of their names."""
    return sorted(counts.items(), key=lambda item: (-item[1], tuple(str(part) for part in item[0])))


def examples_of(kept: Kept) -> tuple[Example, ...]:
    """The surest first."""
    return tuple(example for _, _, example in sorted(kept.surest, key=lambda item: item[:2], reverse=True))


def characters(sentence: Sentence, labelled: Labelled | None) -> tuple[int, int] | None:
    """Where a label stands in the sentence's own text."""
    if labelled is None:
        return None
    return sentence.starts[labelled.first] - sentence.start, sentence.ends[labelled.last] - sentence.start


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix: `counts` has a line for each of `rows`, gold, with a cell for each of `columns`, given."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


OTHERS, MISSED, INVENTED, BOUNDS = "all others", "missed", "invented", "other bounds"


def matrix(confused: Sequence[Confused], limit: int) -> Matrix:
    """The confusions of the `limit` labels that stand most often, all others taken together.

    Of spans, those that were missed have a column of their own, those that were invented a row. A span that was given
    its label over other tokens is not right, and stands under "other bounds".
    """
    often: Counter[str] = Counter()
    for each in confused:
        often.update({label: each.count for label in {each.gold, each.given} if label is not None})
    labels = sorted(sorted(often), key=lambda label: -often[label])[:limit]
    others, of_spans = len(often) > len(labels), any(not each.same_bounds for each in confused)
    other = len(labels)
    bounds = invented = other + others
    missed = bounds + 1
    places = {label: place for place, label in enumerate(labels)}
    counts = [[0] * (other + others + 2 * of_spans) for _ in range(other + others + of_spans)]
    for each in confused:
        row = invented if each.gold is None else places.get(each.gold, other)
        if each.given is None:
            column = missed
        elif each.gold == each.given and not each.same_bounds:
            column = bounds
        else:
            column = places.get(each.given, other)
        counts[row][column] += each.count
    rows = (*labels, *[OTHERS] * others, *[INVENTED] * of_spans)
    columns = (*labels, *[OTHERS] * others, *[BOUNDS, MISSED] * of_spans)
    return Matrix(rows, columns, tuple(map(tuple, counts)))

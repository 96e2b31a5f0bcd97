"""What was to be given beside what was given, one by one: tokens of plain tags, or spans."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from tagger.evaluation.sums import strict_spans
from tagger.text.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Labelled:
    """A label over the tokens `first` to `last`, both inside: a span, or a token with its plain tag."""

    label: str
    first: int
    last: int

    @property
    def bounds(self) -> tuple[int, int]:
        """Where it stands."""
        return self.first, self.last


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing to find beside what was found of it: `given` is None for what was missed, `gold` for what was invented.

    `score` is the model's probability of what it gave there, the product over the tokens.
    """

    gold: Labelled | None
    given: Labelled | None
    score: float

    @property
    def is_right(self) -> bool:
        """Whether label and bounds are as they should be."""
        return self.gold == self.given

    @property
    def same_bounds(self) -> bool:
        """Whether something was given just where something was to be found."""
        return self.gold is not None and self.given is not None and self.gold.bounds == self.given.bounds


def outcomes(gold: Sentence, given: Sentence, task: str, scheme: str | None) -> list[Outcome]:
    """Those of one sentence, in its order. `scheme` is that of the spans, None for plain tags; `given` has scores."""
    scores = given.scores(task)
    if scheme is None:
        rows = enumerate(zip(gold.tags[task], given.tags[task], scores, strict=True))
        return [Outcome(Labelled(right, i, i), Labelled(tag, i, i), score) for i, (right, tag, score) in rows]
    found = []
    for right, tagged in pair_spans(spans(gold.tags[task], scheme), spans(given.tags[task], scheme)):
        where = tagged or right
        found.append(Outcome(right, tagged, prod(scores[where.first : where.last + 1])))
    return found


def spans(tags: Sequence[str], scheme: str) -> list[Labelled]:
    """The spans that are scored, in the order of the sentence."""
    found = (Labelled(label, first, end - 1) for label, first, end in strict_spans(tags, scheme))
    return sorted(found, key=lambda span: span.first)


def pair_spans(gold: Sequence[Labelled], given: Sequence[Labelled]) -> list[tuple[Labelled | None, Labelled | None]]:
    """Each span with the one that stands for it, in the order of the sentence; with None where there is none.

    That is the one over the same tokens, else the one with which it shares the most, whatever the labels; no span
    stands for two. Both are in the order of the sentence.
    """
    pairs, free_gold, free_given = [], set(gold), set(given)
    for right, tagged in sorted(overlapping(gold, given), key=by_likeness):
        if right in free_gold and tagged in free_given:
            pairs.append((right, tagged))
            free_gold.remove(right)
            free_given.remove(tagged)
    alone = [(right, None) for right in free_gold] + [(None, tagged) for tagged in free_given]
    return sorted(pairs + alone, key=lambda pair: min(span.bounds for span in pair if span))


def overlapping(gold: Sequence[Labelled], given: Sequence[Labelled]) -> Iterator[tuple[Labelled, Labelled]]:
    """All pairs that share a token."""
    one = other = 0
    while one < len(gold) and other < len(given):
        if shared(gold[one], given[other]) > 0:
            yield gold[one], given[other]
        if gold[one].last <= given[other].last:
            one += 1
        else:
            other += 1


def shared(one: Labelled, other: Labelled) -> int:
    """How many tokens two spans share; 0 or less for none."""
    return min(one.last, other.last) - max(one.first, other.first) + 1


def by_likeness(pair: tuple[Labelled, Labelled]) -> tuple[bool, int, bool]:
    """What sorts pairs of spans: the same bounds, much in common, the same label."""
    one, other = pair
    return one.bounds != other.bounds, -shared(one, other), one.label != other.label

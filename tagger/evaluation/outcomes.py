"""Gold labels aligned with predicted labels, one by one: tokens of plain tags, or spans."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod

from tagger.evaluation.sums import scored_spans
from tagger.text.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Labelled:
    """A label over the tokens `first` to `last`, both included.

    The label belongs to a span, or is the plain tag of a single token.
    """

    label: str
    first: int
    last: int

    @property
    def bounds(self) -> tuple[int, int]:
        """First and last token."""
        return self.first, self.last


@dataclass(frozen=True, slots=True)
class Outcome:
    """A gold label and the predicted label aligned with it.

    `predicted` is None for a missed span, `gold` is None for an invented one. `score` is the probability of the tags
    that the model predicted there, multiplied over the tokens.
    """

    gold: Labelled | None
    predicted: Labelled | None
    score: float

    @property
    def is_right(self) -> bool:
        """Whether label and bounds are both correct."""
        return self.gold == self.predicted

    @property
    def same_bounds(self) -> bool:
        """Whether gold and predicted label cover the same tokens, whatever the labels are."""
        return self.gold is not None and self.predicted is not None and self.gold.bounds == self.predicted.bounds


def outcomes(gold: Sentence, predicted: Sentence, task: str, scheme: str | None) -> list[Outcome]:
    """The outcomes of one sentence in its order.

    `scheme` is None for plain tags; `predicted` must have scores.
    """
    scores = predicted.scores(task)
    if scheme is None:
        rows = enumerate(zip(gold.tags[task], predicted.tags[task], scores, strict=True))
        return [
            Outcome(Labelled(gold_tag, token, token), Labelled(predicted_tag, token, token), score)
            for token, (gold_tag, predicted_tag, score) in rows
            if gold_tag  # "" is a token that is not annotated
        ]
    found = []
    spans = scored_spans(gold.tags[task], predicted.tags[task], scheme)
    pairs = pair_spans(*map(_labelled_spans, spans))
    for gold_span, predicted_span in pairs:
        span = predicted_span or gold_span
        assert span is not None  # each pair has at least one span
        found.append(Outcome(gold_span, predicted_span, prod(scores[span.first : span.last + 1])))
    return found


def _labelled_spans(spans: Iterable[tuple[str, int, int]]) -> list[Labelled]:
    """The spans in the order of the sentence."""
    found = (Labelled(label, first, end - 1) for label, first, end in spans)
    return sorted(found, key=lambda span: span.first)


def pair_spans(
    gold: Sequence[Labelled], predicted: Sequence[Labelled]
) -> list[tuple[Labelled | None, Labelled | None]]:
    """Align gold with predicted spans, both in the order of the sentence.

    A span without a partner is paired with None. The partner of a span covers the same tokens, or else shares the most
    tokens with it, whatever the labels. No span has two partners.
    """
    pairs: list[tuple[Labelled | None, Labelled | None]] = []
    free_gold, free_predicted = set(gold), set(predicted)
    for pair in sorted(_overlapping(gold, predicted), key=_by_likeness):
        if pair[0] in free_gold and pair[1] in free_predicted:
            pairs.append(pair)
            free_gold.remove(pair[0])
            free_predicted.remove(pair[1])
    pairs += [(span, None) for span in free_gold]
    pairs += [(None, span) for span in free_predicted]
    return sorted(pairs, key=lambda pair: min(span.bounds for span in pair if span))


def _overlapping(gold: Sequence[Labelled], predicted: Sequence[Labelled]) -> Iterator[tuple[Labelled, Labelled]]:
    """All pairs of a gold and a predicted span that share a token."""
    i = j = 0
    while i < len(gold) and j < len(predicted):
        if _shared_tokens(gold[i], predicted[j]) > 0:
            yield gold[i], predicted[j]
        if gold[i].last <= predicted[j].last:
            i += 1
        else:
            j += 1


def _shared_tokens(one: Labelled, other: Labelled) -> int:
    """The number of tokens that two spans share; 0 or less for none."""
    return min(one.last, other.last) - max(one.first, other.first) + 1


def _by_likeness(pair: tuple[Labelled, Labelled]) -> tuple[bool, int, bool]:
    """Sort key of a pair of spans: same bounds, then shared tokens, then same label."""
    one, other = pair
    return one.bounds != other.bounds, -_shared_tokens(one, other), one.label != other.label

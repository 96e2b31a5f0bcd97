"""Thresholds of spans for a wanted precision or recall, chosen on annotated sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import prod

from tagger.evaluation.scores import Figures, share
from tagger.evaluation.sums import scored_spans
from tagger.evaluation.temperature import Pairs


@dataclass
class SpanList:
    """The predicted spans of one label, or of several: the probability of each, and whether it is right.

    `gold` is the number of gold spans.
    """

    gold: int = 0
    spans: list[tuple[float, bool]] = field(default_factory=list)

    def at(self, least: float) -> Figures:
        """Return precision, recall and F1 of the spans with a probability of at least `least`."""
        kept = [right for score, right in self.spans if score >= least]
        return Figures.from_counts(sum(kept), len(kept), self.gold)

    @property
    def thresholds(self) -> list[float]:
        """Every threshold that leaves out another number of spans, from 0 up: each between two probabilities."""
        scores = sorted({score for score, _ in self.spans})
        return [0.0, *(_between(low, high) for low, high in pairwise(scores))]


@dataclass(frozen=True)
class Wanted:
    """What is to be reached: a precision, or a recall of whole spans, or the best F1 where all are None.

    `cover` is the share of gold spans whose words are all in predicted spans, whatever the labels and bounds of these:
    what redaction wants.
    """

    precision: float | None = None
    recall: float | None = None
    cover: float | None = None

    def __str__(self) -> str:
        if self.cover is not None:
            return f"cover {self.cover:g}"
        if self.precision is not None:
            return f"precision {self.precision:g}"
        return f"recall {self.recall:g}" if self.recall is not None else "the best F1"


@dataclass(frozen=True)
class Choice:
    """A threshold, and the figures without and with it; `reached` tells whether it gives what was wanted."""

    least: float
    before: Figures
    after: Figures
    reached: bool


def span_lists(pairs: Pairs, task: str, scheme: str) -> dict[str, SpanList]:
    """Return the spans of a task by label, of sentences that a model has tagged with scores."""
    found: dict[str, SpanList] = {}
    for gold, predicted in pairs:
        gold_spans, predicted_spans = scored_spans(gold.tags[task], predicted.tags[task], scheme)
        for label, _, _ in gold_spans:
            found.setdefault(label, SpanList()).gold += 1
        if predicted_spans:
            scores = predicted.scores(task)
            for span in sorted(predicted_spans, key=lambda span: span[1]):
                label, first, end = span
                found.setdefault(label, SpanList()).spans.append((prod(scores[first:end]), span in gold_spans))
    return dict(sorted(found.items()))


def covered_share(pairs: Pairs, task: str, scheme: str) -> float:
    """Return the share of gold spans whose words are all in predicted spans, whatever their labels and bounds."""
    covered = total = 0
    for gold, predicted in pairs:
        column = predicted.tags[task]
        for _, first, end in scored_spans(gold.tags[task], column, scheme)[0]:
            total += 1
            covered += "O" not in column[first:end]
    return share(covered, total)


def together(lists: Mapping[str, SpanList]) -> SpanList:
    """Return the spans of all labels as one list."""
    return SpanList(sum(each.gold for each in lists.values()), [span for each in lists.values() for span in each.spans])


def choose_threshold(spans: SpanList, wanted: Wanted) -> Choice:
    """Return the threshold that reaches what is wanted and costs least.

    For a precision that is the lowest threshold, and so the one with the highest recall; for a recall the one with the
    highest precision, of equals the one with the highest recall. The best F1 is that of the lowest threshold that has
    it. Where nothing reaches what is wanted, the choice is the threshold that comes nearest.
    """
    thresholds = spans.thresholds
    figures = _figures(spans, thresholds)
    before = figures[0]
    numbers: Sequence[int] = range(len(thresholds))
    if wanted.precision is not None:
        reaching = [number for number in numbers if figures[number].precision >= wanted.precision]
        best = reaching[0] if reaching else max(numbers, key=lambda number: figures[number].precision)
    elif wanted.recall is not None:
        reaching = [number for number in numbers if figures[number].recall >= wanted.recall]
        best = max(reaching, key=lambda number: (figures[number].precision, figures[number].recall), default=0)
    else:
        best = max(numbers, key=lambda number: figures[number].f1)
        reaching = [best]
    return Choice(thresholds[best], before, figures[best], bool(reaching))


def _figures(spans: SpanList, thresholds: Sequence[float]) -> list[Figures]:
    """Return the figures at each of some ascending thresholds."""
    ordered = sorted(spans.spans)
    right, kept = sum(is_right for _, is_right in ordered), len(ordered)
    found, place = [], 0
    for least in thresholds:
        while place < len(ordered) and ordered[place][0] < least:
            right -= ordered[place][1]
            kept -= 1
            place += 1
        found.append(Figures.from_counts(right, kept, spans.gold))
    return found


def _between(low: float, high: float) -> float:
    """Return a number above `low` and at most `high`, with as few digits as separate the two."""
    for digits in range(2, 17):
        middle = round((low + high) / 2, digits)
        if low < middle <= high:
            return middle
    return high

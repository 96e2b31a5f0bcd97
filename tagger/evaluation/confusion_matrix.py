"""A confusion matrix of the most frequent labels."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tagger.evaluation.mistakes import Confused

OTHERS = "all others"
"""Row and column of the labels that are too rare for a row of their own."""
MISSED = "missed"
"""Column of gold spans without a predicted one."""
INVENTED = "invented"
"""Row of predicted spans without a gold one."""
OTHER_BOUNDS = "other bounds"
"""Column of spans with the right label over the wrong tokens."""


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix: counts of pairs of a gold label (row) and a predicted one (column)."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


def confusion_matrix(confused: Sequence[Confused], limit: int) -> Matrix:
    """The confusion matrix of the `limit` most frequent labels, all others taken together.

    For spans, missed ones have a column of their own and invented ones a row. A span with the right label over other
    tokens is not right, and counts as "other bounds".
    """
    frequency: Counter[str] = Counter()
    for each in confused:
        frequency.update({label: each.count for label in {each.gold, each.given} if label is not None})
    labels = sorted(sorted(frequency), key=lambda label: -frequency[label])[:limit]
    has_others, has_spans = len(frequency) > len(labels), any(not each.same_bounds for each in confused)
    other = len(labels)
    other_bounds = invented = other + has_others
    missed = other_bounds + 1
    places = {label: place for place, label in enumerate(labels)}
    counts = [[0] * (other + has_others + 2 * has_spans) for _ in range(other + has_others + has_spans)]
    for each in confused:
        row = invented if each.gold is None else places.get(each.gold, other)
        if each.given is None:
            column = missed
        elif each.gold == each.given and not each.same_bounds:
            column = other_bounds
        else:
            column = places.get(each.given, other)
        counts[row][column] += each.count
    rows = (*labels, *[OTHERS] * has_others, *[INVENTED] * has_spans)
    columns = (*labels, *[OTHERS] * has_others, *[OTHER_BOUNDS, MISSED] * has_spans)
    return Matrix(rows, columns, tuple(map(tuple, counts)))

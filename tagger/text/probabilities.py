"""What a model held of every tag of a sentence's tokens."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

Measure = Callable[["np.ndarray"], "np.ndarray"]
"""Scores `[T, K]` to probabilities `[T, K]`."""


class Probabilities:
    """The probabilities of one task's tags in one sentence.

    They are what `measure`, softmax by default, makes of `scores` `[T, K]`, float32, and `columns` says in which column
    each tag stands. Most are never asked for, so that they are measured at the first question, and kept.
    """

    __slots__ = ("_columns", "_measure", "_scores", "_values")

    def __init__(self, columns: Mapping[str, int], scores: "np.ndarray", measure: Measure | None = None) -> None:
        self._columns, self._scores, self._measure = columns, scores, measure or softmax
        self._values: np.ndarray | None = None

    @property
    def values(self) -> "np.ndarray":
        """All of them, `[T, K]`, float32; each row adds up to 1."""
        if self._values is None:
            self._values = self._measure(self._scores)
        return self._values

    def of_tags(self, tags: Sequence[str], first: int = 0) -> list[float]:
        """The probability of each of these tags, given to the tokens from place `first` on."""
        rows = range(first, first + len(tags))
        return self.values[rows, [self._columns[tag] for tag in tags]].tolist()

    def top(self, index: int, count: int) -> list[tuple[str, float]]:
        """The `count` best tags of the token at a place, the best first, each with its probability."""
        return self.tops(count, slice(index, index + 1))[0]

    def tops(self, count: int, tokens: slice = slice(None)) -> list[list[tuple[str, float]]]:
        """The best tags of every token."""
        import numpy as np

        names, values = tuple(self._columns), self.values[tokens]
        best = (-values).argsort(axis=1, kind="stable")[:, :count]  # [T, count]; of equals, the first is the better
        return [
            [(names[column], value) for column, value in zip(columns, row, strict=True)]
            for columns, row in zip(best.tolist(), np.take_along_axis(values, best, axis=1).tolist(), strict=True)
        ]


def softmax(scores: "np.ndarray") -> "np.ndarray":
    """Scores `[T, K]` to probabilities."""
    import numpy as np

    values = np.exp(scores - scores.max(axis=1, keepdims=True))
    values /= values.sum(axis=1, keepdims=True)
    return values

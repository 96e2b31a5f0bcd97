"""What a model held of every tag of a sentence's tokens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Probabilities:
    """The probabilities of one task's tags: `values` is `[T, K]`, float32, each row adding up to 1, and `columns` says
    in which column each tag stands. Python's own numbers are made where somebody asks for them."""

    columns: Mapping[str, int]
    values: "np.ndarray"

    def of(self, tags: Sequence[str], first: int = 0) -> list[float]:
        """The probability of each of these tags, given to the tokens from place `first` on."""
        rows = range(first, first + len(tags))
        return self.values[rows, [self.columns[tag] for tag in tags]].tolist()

    def top(self, index: int, count: int) -> list[tuple[str, float]]:
        """The `count` best tags of the token at a place, the best first, each with its probability."""
        return self.tops(count, slice(index, index + 1))[0]

    def tops(self, count: int, tokens: slice = slice(None)) -> list[list[tuple[str, float]]]:
        """The best tags of every token."""
        import numpy as np

        names, values = tuple(self.columns), self.values[tokens]
        best = (-values).argsort(axis=1, kind="stable")[:, :count]  # [T, count]; of equals, the first is the better
        return [
            [(names[column], value) for column, value in zip(columns, row, strict=True)]
            for columns, row in zip(best.tolist(), np.take_along_axis(values, best, axis=1).tolist(), strict=True)
        ]

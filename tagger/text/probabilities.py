"""The probabilities that a model gave to every tag of a sentence's tokens."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from weakref import ref

if TYPE_CHECKING:
    import numpy as np

Normalize = Callable[["np.ndarray"], "np.ndarray"]
"""A function from scores `[T, K]` to probabilities `[T, K]`."""


class Probabilities:
    """The probabilities of one task's tags in one sentence.

    `normalize` computes them from the model's `scores` `[T, K]`, float32; by default it is a softmax. `columns` has the
    column of each tag. They are computed at first use and kept, because most are never used.
    """

    __slots__ = ("__weakref__", "_columns", "_normalize", "_scores", "_values")

    def __init__(self, columns: Mapping[str, int], scores: "np.ndarray", normalize: Normalize | None = None) -> None:
        self._columns, self._scores, self._normalize = columns, scores, normalize or softmax
        self._values: np.ndarray | None = None

    @property
    def values(self) -> "np.ndarray":
        """All probabilities, `[T, K]`, float32; each row sums to 1."""
        if self._values is None:
            self._values = self._normalize(self._scores)
        return self._values

    @property
    def scores(self) -> "np.ndarray":
        """The model's scores `[T, K]`, float32, of which the probabilities are computed."""
        return self._scores

    @property
    def columns(self) -> Mapping[str, int]:
        """The column of each tag in the scores and the probabilities."""
        return self._columns

    def pending(self) -> "np.ndarray | None":
        """Return the scores `[T, K]`; None where the probabilities were computed already."""
        return self._scores if self._values is None else None

    def put(self, values: "np.ndarray") -> None:
        """Take the probabilities `[T, K]` that were computed with those of other sentences."""
        self._values = values

    def of_tags(self, tags: Sequence[str], first: int = 0) -> list[float]:
        """Return the probability of each of these tags, for the tokens from place `first` on."""
        rows = range(first, first + len(tags))
        probabilities: list[float] = self.values[rows, [self._columns[tag] for tag in tags]].tolist()
        return probabilities

    def top(self, index: int, count: int) -> list[tuple[str, float]]:
        """Return the `count` most probable tags of one token, best first, with probabilities."""
        return self.tops(count, slice(index, index + 1))[0]

    def tops(self, count: int, tokens: slice = slice(None)) -> list[list[tuple[str, float]]]:
        """Return the `count` most probable tags of each token, best first, with probabilities."""
        import numpy as np  # late: sentences are read and written without NumPy

        names, values = tuple(self._columns), self.values[tokens]
        best = (-values).argsort(axis=1, kind="stable")[:, :count]  # [T, count]; of equals, the first comes first
        return [
            [(names[column], value) for column, value in zip(columns, row, strict=True)]
            for columns, row in zip(best.tolist(), np.take_along_axis(values, best, axis=1).tolist(), strict=True)
        ]


class SharedNormalize:
    """Computes the probabilities of several sentences together, when those of any of them are asked for.

    `normalize` turns a list of scores `[T, K]` into a list of probabilities. It is faster for many sentences than for
    one after the other. Sentences that nobody holds any more are left out.
    """

    def __init__(self, normalize: Callable[[Sequence["np.ndarray"]], list["np.ndarray"]]) -> None:
        self._normalize = normalize
        self._members: list[ref[Probabilities]] = []

    def __reduce__(self) -> tuple[object, ...]:
        return SharedNormalize, (self._normalize,)  # a sentence is pickled without the others

    def add(self, probabilities: Probabilities) -> None:
        """Add the probabilities of a sentence, which are computed with those of the others."""
        self._members.append(ref(probabilities))

    def __call__(self, scores: "np.ndarray") -> "np.ndarray":
        """Return the probabilities of a sentence, and give the others theirs."""
        members, self._members = self._members, []
        others, further = [], []
        for member in members:
            held = member()
            pending = held.pending() if held is not None else None
            if held is not None and pending is not None and pending is not scores:
                others.append(held)
                further.append(pending)
        own, *computed = self._normalize([scores, *further])
        for held, values in zip(others, computed, strict=True):
            held.put(values)
        return own


def softmax(scores: "np.ndarray") -> "np.ndarray":
    """Return the softmax `[T, K]` of scores `[T, K]`, over the tags of each token."""
    import numpy as np  # late: sentences are read and written without NumPy

    values: np.ndarray = np.exp(scores - scores.max(axis=1, keepdims=True))
    values /= values.sum(axis=1, keepdims=True)
    return values

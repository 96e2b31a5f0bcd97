"""What reading drops, cuts, merges, repairs or doubts: counted, each kind with its first place."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Remark:
    """One kind of thing that was not read as it stands.

    `what` names the things in the plural and says what became of them, such as "spans that stand twice, read once".
    `first` is the place of the first of them, as `file:line`.
    """

    what: str
    count: int
    first: str

    def __str__(self) -> str:
        where = f", at {self.first}" if self.count == 1 else f", the first at {self.first}"
        return f"{self.what}: {self.count:,}{where if self.first else ''}"


class Remarks:
    """Collects remarks while a file is read; iterates over them in the order in which their kinds first occurred."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._first: dict[str, str] = {}

    def add(self, what: str, place: str, count: int = 1) -> None:
        """Count `count` more things of the kind `what`, which were found at `place`."""
        self._first.setdefault(what, place)
        self._counts[what] = self._counts.get(what, 0) + count

    def __iter__(self) -> Iterator[Remark]:
        return (Remark(what, count, self._first[what]) for what, count in self._counts.items())

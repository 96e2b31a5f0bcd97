"""Sentences to batches: those of similar length together, and one too long for a batch in pieces that overlap."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

Item = TypeVar("Item")

PIECE_TOKENS = 2048
"""Tokens of a longer sentence that are tagged at once."""
CONTEXT_TOKENS = 64
"""Tokens on either side of a piece that the network also reads."""


class Piece(NamedTuple):
    """A run of tokens that is read at once: places in its sentence, the second of each pair outside."""

    sentence: int
    """The sentence's number."""
    begin: int
    end: int
    """What is read."""
    first: int
    last: int
    """What is tagged of it."""

    @property
    def length(self) -> int:
        """Tokens that are read."""
        return self.end - self.begin


def batches(lengths: Sequence[int], tokens: int) -> Iterator[list[Piece]]:
    """All sentences of these lengths, shortest first, in batches of at most so many padded tokens (more only where a
    single piece has more). Sentences without tokens are in none."""
    every = [piece for number, length in enumerate(lengths) for piece in pieces(number, length)]
    return group_by_length(every, lambda piece: piece.length, tokens)


def group_by_length(items: Iterable[Item], length: Callable[[Item], int], tokens: int) -> Iterator[list[Item]]:
    """What has so many tokens each, shortest first, in batches of at most so many padded tokens."""
    batch: list[Item] = []
    for item in sorted(items, key=length):
        if batch and (len(batch) + 1) * length(item) > tokens:
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch


def pieces(sentence: int, length: int) -> Iterator[Piece]:
    """A sentence whole, or in pieces that overlap by their context; none where it is empty."""
    if 0 < length <= PIECE_TOKENS:
        yield Piece(sentence, 0, length, 0, length)
        return
    for first in range(0, length, PIECE_TOKENS):
        last = min(first + PIECE_TOKENS, length)
        yield Piece(sentence, max(0, first - CONTEXT_TOKENS), min(last + CONTEXT_TOKENS, length), first, last)

"""Batches of sentences of similar length; a sentence too long for one is cut into pieces."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

Item = TypeVar("Item")

PIECE_TOKENS = 2048
"""Number of tokens of a longer sentence that are tagged at once."""
CONTEXT_TOKENS = 64
"""Number of tokens before and after a piece that the network reads as context."""


class Piece(NamedTuple):
    """A run of tokens that the network reads at once: a sentence, or a part of a long one.

    Ends are exclusive.
    """

    sentence: int
    """Number of the sentence."""
    begin: int
    """Place in the sentence of the first token that is read."""
    end: int
    """Place after the last token that is read."""
    first: int
    """Place of the first token that is tagged."""
    last: int
    """Place after the last token that is tagged."""

    @property
    def length(self) -> int:
        """Number of tokens that are read."""
        return self.end - self.begin


def batches(lengths: Sequence[int], tokens: int) -> Iterator[list[Piece]]:
    """Yield batches of sentences of these lengths, shortest first.

    A batch has at most `tokens` tokens, padding included; only a single piece can exceed that. Sentences without tokens
    are in no batch.
    """
    every = [piece for number, length in enumerate(lengths) for piece in _pieces(number, length)]
    return group_by_length(every, lambda piece: piece.length, tokens)


def group_by_length(items: Iterable[Item], length: Callable[[Item], int], tokens: int) -> Iterator[list[Item]]:
    """Yield items, shortest first, in batches of at most `tokens` tokens, padding included.

    `length` returns the number of tokens of an item. Only a single item can exceed that size.
    """
    batch: list[Item] = []
    for item in sorted(items, key=length):
        if batch and (len(batch) + 1) * length(item) > tokens:
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch


def _pieces(sentence: int, length: int) -> Iterator[Piece]:
    """Yield a sentence whole, or in pieces that overlap by their context.

    An empty sentence gives nothing.
    """
    if 0 < length <= PIECE_TOKENS:
        yield Piece(sentence, 0, length, 0, length)
        return
    for first in range(0, length, PIECE_TOKENS):
        last = min(first + PIECE_TOKENS, length)
        yield Piece(sentence, max(0, first - CONTEXT_TOKENS), min(last + CONTEXT_TOKENS, length), first, last)

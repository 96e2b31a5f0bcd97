"""The white space between sentences of plain text, and its paragraphs, for formats that show them."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from tagger.text.passages import PARAGRAPH_END
from tagger.text.sentence import Sentence
from tagger.text.tokenize import TextReader

_LINE_END = re.compile("\n")


class SpacedReaders(Mapping[str, TextReader]):
    """Readers whose sentences have the white space after them, and know whether they begin a paragraph.

    A sentence is yielded when the next one has been read. Where lines are texts of their own, each is a paragraph.
    """

    def __init__(self, readers: Mapping[str, TextReader]) -> None:
        self._readers = readers

    def __getitem__(self, reading: str) -> TextReader:
        read, ends = self._readers[reading], PARAGRAPH_END if reading == "text" else _LINE_END

        def keeping(pieces: Iterable[str], start: int) -> Iterator[Sentence]:
            source = _Source(pieces, start)
            return _with_white_space(read(source, start), source, ends)

        return keeping

    def __iter__(self) -> Iterator[str]:
        return iter(self._readers)

    def __len__(self) -> int:
        return len(self._readers)


def in_text(sentences: Iterable[Sentence], text: str) -> Iterator[Sentence]:
    """Yield the sentences of a text with the white space after each, and whether it begins a paragraph."""
    source = _Source([text], 0)
    for _ in source:
        yield from _with_white_space(sentences, source, PARAGRAPH_END)


def _with_white_space(
    sentences: Iterable[Sentence], source: "_Source", paragraph_end: re.Pattern[str]
) -> Iterator[Sentence]:
    held: Sentence | None = None
    begins = True
    try:
        for sentence in sentences:
            if held is not None:
                after = source.between(held.end, sentence.start)
                yield replace(held, after=after, paragraph=begins)
                begins = paragraph_end.search(after) is not None
            held = sentence
    except Exception:
        if held is not None:
            yield replace(held, after="\n", paragraph=begins)
        raise
    if held is not None:
        yield replace(held, after=source.between(held.end, source.end), paragraph=begins)


class _Source:
    """The pieces of a text, of which those that were read last are remembered."""

    def __init__(self, pieces: Iterable[str], start: int) -> None:
        self._pieces = pieces
        self._held: deque[str] = deque()
        self._first = self.end = start  # offsets of the text held

    def __iter__(self) -> Iterator[str]:
        for piece in self._pieces:
            self._held.append(piece)
            self.end += len(piece)
            yield piece

    def between(self, first: int, last: int) -> str:
        """Return the text between two offsets, and forget what stands before it. Another thread may read on."""
        while self._held and self._first + len(self._held[0]) <= first:
            self._first += len(self._held.popleft())
        found, at, number = [], self._first, 0
        while at < last and number < len(self._held):
            piece = self._held[number]
            found.append(piece[max(first - at, 0) : last - at])
            at, number = at + len(piece), number + 1
        return "".join(found)

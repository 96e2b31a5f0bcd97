"""Cut a text that arrives in pieces into passages: paragraphs, or parts of long ones with the text around them.

Where passages begin and end depends on the text alone, not on the pieces in which it arrives.
"""

import queue
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

LONGEST = 1_000
"""Characters at which a paragraph is cut, at the next white space."""
CONTEXT = 200
"""Characters before and after a part of a paragraph that are read with it, up to white space. Where no white space
follows in as many characters again, the text is cut there."""

PARAGRAPH_END = re.compile("(?:\r\n|\r(?!\n)|[\n\x85\u2028])[^\\S\r\n\x85\u2028]*[\r\n\x85\u2028]|\u2029")
"""Two line breaks with only white space between them, or Unicode's paragraph separator."""
_MOST_WAITING = 64  # passages
_NOT_SPACE = re.compile(r"\S")
_SPACE = re.compile(r"\s")
_MOST_NEEDED = LONGEST + 3 * CONTEXT
"""Most characters of a paragraph that must have arrived for its next part to be cut off."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a paragraph: the text from offset `start`, of which that from `first` to `last` is the part itself.

    `begins` and `ends` tell whether the paragraph begins or ends with it.
    """

    text: str
    start: int
    first: int
    last: int
    begins: bool
    ends: bool


def passages_of(pieces: Iterable[str], start: int = 0) -> Iterator[Passage]:
    """Yield the passages of a text whose first character has the offset `start`.

    A passage is yielded as soon as the text after it that it needs has arrived.
    """
    cutter = _Cutter(start)
    for piece in pieces:
        yield from cutter.add(piece)
    yield from cutter.finish()


def passages_of_lines(pieces: Iterable[str], start: int = 0) -> Iterator[Passage]:
    """Yield the passages of lines that are a text each, such as tweets; a line may come in several pieces."""
    cutter = _Cutter(start)
    for piece in pieces:
        yield from cutter.add(piece)
        if piece.endswith("\n"):
            yield from cutter.finish()
    yield from cutter.finish()


PassageCutter = Callable[[Iterable[str], int], Iterator[Passage]]
"""Cuts a text that arrives in pieces into passages: `passages_of` or `passages_of_lines`."""


def cut_as_they_arrive(cut: PassageCutter, pieces: Iterable[str], start: int = 0) -> Iterator[list[Passage]]:
    """Yield the passages of a text that has to be waited for, those together that are complete at one time.

    A thread reads the pieces. An error of the iterable is raised after all passages before it.
    """
    waiting: queue.Queue[Passage | Exception | None] = queue.Queue(_MOST_WAITING)
    is_closed = threading.Event()

    def read() -> None:
        last: Exception | None = None
        try:
            for passage in cut(pieces, start):
                if is_closed.is_set():
                    return
                waiting.put(passage)
        except Exception as error:
            last = error
        waiting.put(last)

    threading.Thread(target=read, name="tagger reads ahead", daemon=True).start()
    try:
        while True:
            arrived = [waiting.get()]
            with suppress(queue.Empty):
                while len(arrived) < _MOST_WAITING:
                    arrived.append(waiting.get_nowait())
            passages = [each for each in arrived if isinstance(each, Passage)]
            if passages:
                yield passages
            if not isinstance(arrived[-1], Passage):
                if arrived[-1] is not None:
                    raise arrived[-1]
                return
    finally:
        is_closed.set()
        with suppress(queue.Empty):
            while True:  # so that the thread is not left waiting for room
                waiting.get_nowait()


class _Cutter:
    """Holds the part of the text that has not been cut yet, and the context before it."""

    def __init__(self, start: int) -> None:
        self._held, self._start = "", start  # the text held, and its offset
        self._first = 0  # place in it of the next part
        self._begins = True  # whether a paragraph begins there
        self._scanned = 0  # place before which no paragraph ends

    def add(self, piece: str) -> Iterator[Passage]:
        """Yield the passages that are complete with this piece."""
        for at in range(0, len(piece), LONGEST):
            self._held += piece[at : at + LONGEST]
            yield from self._complete(is_over=False)

    def finish(self) -> Iterator[Passage]:
        """Yield the passages of the text that is left."""
        yield from self._complete(is_over=True)

    def _complete(self, *, is_over: bool) -> Iterator[Passage]:
        while True:
            if self._begins:
                found = _NOT_SPACE.search(self._held, self._first)
                self._drop(found.start() if found else len(self._held))
            end = self._paragraph_end(is_over=is_over)
            if end is None and len(self._held) < self._first + _MOST_NEEDED:
                return
            last, after = end or (len(self._held), len(self._held))
            if self._first >= last:
                if end is None or (self._begins and is_over and after == len(self._held)):
                    return
                if not self._begins:  # only white space is left of the paragraph, but somebody waits for its end
                    stop = min(after, self._first + LONGEST)
                    yield self._part(stop, stop, ends=True)
                self._end_paragraph(after)
            elif last - self._first <= LONGEST + CONTEXT and end:
                yield self._part(last, last, ends=True)
                self._end_paragraph(after)
            else:
                cut = _next_space(self._held, self._first + LONGEST, last)
                yield self._part(cut, _next_space(self._held, cut + CONTEXT, last), ends=False)
                self._first, self._begins = cut, False
                self._drop(_context_start(self._held, cut))

    def _paragraph_end(self, *, is_over: bool) -> tuple[int, int] | None:
        """Return where the text of the paragraph ends, and where the next one may begin; None where it goes on.

        An end counts only as far as it can matter to the next part.
        """
        most = self._first + _MOST_NEEDED
        found = PARAGRAPH_END.search(self._held, max(self._first, self._scanned), most)
        if found:
            return len(self._held[: found.start()].rstrip()), found.end()
        self._scanned = max(self._first, len(self._held[:most].rstrip()) - 1)
        if is_over and len(self._held) <= most:
            return len(self._held.rstrip()), len(self._held)
        return None

    def _part(self, last: int, end: int, *, ends: bool) -> Passage:
        """Return the next part, up to `last`, with the text up to `end`."""
        begins, self._begins = self._begins, False
        start = self._start
        return Passage(self._held[:end], start, start + self._first, start + last, begins, ends)

    def _end_paragraph(self, after: int) -> None:
        self._first, self._begins = after, True
        self._drop(after)

    def _drop(self, count: int) -> None:
        """Drop the first characters of the text held."""
        self._held = self._held[count:]
        self._start += count
        self._first = max(0, self._first - count)
        self._scanned = max(0, self._scanned - count)


def _next_space(text: str, at: int, last: int) -> int:
    """Return the first white space from a place on, or CONTEXT characters after it; at most `last`."""
    stop = min(at + CONTEXT, last)
    found = _SPACE.search(text, min(at, last), stop)
    return found.start() if found else stop


def _context_start(text: str, first: int) -> int:
    """Return where the context before a place begins: after white space, if there is some."""
    at = max(0, first - CONTEXT)
    found = _SPACE.search(text, at, first) if at else None
    return found.end() if found else at

"""What offsets of spans count: characters, or what another program counted in their place.

Offsets that count something else cut words in the middle. Here that is noticed, and the likely cause is found by trying
which way of counting makes spans begin and end where words do.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

from tagger.errors import DataError
from tagger.text.format_names import OFFSETS

Spans = Sequence[Sequence["Piece"]]
"""The pieces of each of some spans."""
Convert = Callable[[int], int | None]
"""Turns an offset into one that counts characters; None where it is inside a character."""

CHARACTERS = "characters"
_TOLERATED = 20  # one doubtful span in so many is a matter of taste; more are a matter of counting
_QUOTED_CHARACTERS = 60  # of a span that a message quotes
_SAMPLE = 1000  # spans that fit, to see whether another way of counting would spoil them
_CLEAR_CASES = 5  # doubtful spans that one way of counting must explain, where the whole file has few of them
# Letters and digits of scripts that separate words by spaces: all but Thai, Lao, Tibetan, Burmese, Khmer, kana and Han.
_LETTER = re.compile(
    r"[^\W_\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff]"
)


class Piece(NamedTuple):
    """A run of a text: from `start` up to, but not including, `end`."""

    start: int
    end: int


def _in_utf16(text: str) -> Convert | None:
    if text.isascii() or max(text) < "\U00010000":
        return None
    return _at_starts([0, *accumulate(1 + (character > "\uffff") for character in text)])


def _in_bytes(text: str) -> Convert | None:
    if text.isascii():
        return None
    raw = text.encode("utf-8")
    return _at_starts([*(at for at, byte in enumerate(raw) if byte & 0xC0 != 0x80), len(raw)])


def _at_starts(starts: Sequence[int]) -> Convert:
    """Return the conversion of offsets where character n begins at `starts[n]`."""

    def convert(offset: int) -> int | None:
        index = bisect_left(starts, offset)
        return index if index < len(starts) and starts[index] == offset else None

    return convert


def _in_other_line_ends(text: str) -> Convert | None:
    """Count `\\r\\n` as one character or, in a text that has none, `\\n` as two."""
    if breaks := [match.start() for match in re.finditer("\r\n", text)]:
        shorter = [at - index for index, at in enumerate(breaks)]
        return lambda offset: offset + bisect_left(shorter, offset)
    if longer := [match.start() + index for index, match in enumerate(re.finditer("\n", text))]:
        return lambda offset: offset - bisect_left(longer, offset - 1)
    return None


_CONVERSIONS: dict[str, Callable[[str], Convert | None]] = {
    "utf-16": _in_utf16,
    "bytes": _in_bytes,
    "crlf": _in_other_line_ends,
    "inclusive": lambda text: None,
}
# What offsets may count, for messages.
_MEANINGS = {
    CHARACTERS: "count characters",
    "utf-16": "count UTF-16 units, in which an emoji has two, as JavaScript, Java and C# do",
    "bytes": "count bytes of UTF-8, in which a letter such as é has two",
    "crlf": "count each line break differently: \\r\\n as one character, or \\n as two",
    "inclusive": "have an inclusive end: the place of the last character",
}


class OffsetReader:
    """Turns the offsets of a file's spans into offsets of characters, and doubts them where they cut words.

    `given` is one of OFFSETS, or None for characters that are doubted.
    """

    def __init__(self, given: str | None) -> None:
        self._way = given or CHARACTERS
        self._asked = given is None
        self._spans = self._doubtful = 0
        self._first = ""
        self._tallies = {way: _Tally() for way in OFFSETS if way != CHARACTERS}

    def read(self, text: str, spans: Spans) -> Spans:
        """Return the pieces of each span, counted in characters. A piece that cannot be is empty, from -1 on."""
        return _converted(self._way, text, spans)

    def doubt(self, text: str, spans: Spans, places: Sequence[str]) -> None:
        """Note which spans of a text begin or end inside a word, and whether another way of counting mends that.

        `places` has the `file:line` of each.
        """
        self._spans += len(spans)
        outer = [_outer(pieces) for pieces in spans]
        misfits = [not _fits(text, piece) for piece in outer]
        if not self._asked or not spans:
            return
        for piece, misfit, place in zip(outer, misfits, places, strict=True):
            if misfit and cuts_a_word(text, trimmed(text, piece)):
                self._doubtful += 1
                found = text[piece.start : piece.end][:_QUOTED_CHARACTERS]
                self._first = self._first or f"{place} ({found!r}, {piece.start} to {piece.end})"
        for way, tally in self._tallies.items():
            if tally.spans - tally.before >= _SAMPLE and not any(misfits):
                continue
            others = _converted(way, text, spans)
            if others is spans:
                continue
            for mine, theirs, misfit in zip(outer, map(_outer, others), misfits, strict=True):
                if mine != theirs:
                    tally.add(misfit, not _fits(text, theirs))

    def check(self, name: str) -> None:
        """Raise DataError, with the likely cause, where too many spans of the file `name` cut words."""
        way, tally = max(self._tallies.items(), key=lambda each: each[1].before - each[1].after)
        explains = tally.after * 4 < tally.before and (tally.before - tally.after) * 2 >= self._doubtful
        clear = explains and tally.before >= _CLEAR_CASES and tally.before * 2 > tally.spans
        if self._doubtful * _TOLERATED <= self._spans and not clear:
            return
        advice = f"--offsets {way} reads them so" if explains else "convert them to characters first"
        cause = f": they seem to {_MEANINGS[way]}" if explains else ""
        raise DataError(
            f"{name}: {self._doubtful:,} of {self._spans:,} spans begin or end inside a word, the first at "
            f"{self._first}{cause}; {advice}, or say --offsets {CHARACTERS} where they are right as they are "
            "(in Python offsets= of tagger.read)"
        )

    def cause(self, text: str, spans: Spans, agrees: Callable[[Spans], bool]) -> str:
        """Return how spans that `agrees` refuses would be read rightly, to end a message with; empty if not known."""
        for way in OFFSETS:
            if way == self._way:
                continue
            others = _converted(way, text, spans)
            inside = all(0 <= piece.start < piece.end <= len(text) for pieces in others for piece in pieces)
            if inside and all(_fits(text, piece) for pieces in others for piece in pieces) and agrees(others):
                return (
                    f"; the offsets seem to {_MEANINGS[way]}: --offsets {way} reads them so (in Python "
                    f"offsets={way!r} of tagger.read)"
                )
        return ""


class _Tally:
    """How many spans one way of counting moves, and how many of them do not fit before and after that."""

    def __init__(self) -> None:
        self.spans = self.before = self.after = 0

    def add(self, before: bool, after: bool) -> None:
        self.spans += 1
        self.before += before
        self.after += after


def _converted(way: str, text: str, spans: Spans) -> Spans:
    """Return the spans with offsets that count characters; the same object where that makes no difference."""
    if way == "inclusive":
        return [[Piece(piece.start, piece.end + 1) for piece in pieces] for pieces in spans]
    convert = None if way == CHARACTERS else _CONVERSIONS[way](text)
    if convert is None:
        return spans
    return [[_piece(convert(piece.start), convert(piece.end)) for piece in pieces] for pieces in spans]


def _outer(pieces: Sequence[Piece]) -> Piece:
    return Piece(pieces[0].start, pieces[-1].end)


def _piece(start: int | None, end: int | None) -> Piece:
    return Piece(-1, -1) if start is None or end is None else Piece(start, end)


def trimmed(text: str, piece: Piece) -> Piece:
    """Return a piece of a text without the white space at its ends."""
    inner = text[piece.start : piece.end]
    start = piece.start + len(inner) - len(inner.lstrip())
    return Piece(start, start + len(inner.strip()))


def _fits(text: str, piece: Piece) -> bool:
    """Return whether a piece begins and ends as words do, without white space at its ends."""
    if not 0 <= piece.start < piece.end <= len(text):
        return False
    return not (text[piece.start].isspace() or text[piece.end - 1].isspace() or cuts_a_word(text, piece))


def cuts_a_word(text: str, piece: Piece) -> bool:
    """Return whether a piece begins or ends between two letters of a word, or before a mark on a letter."""
    return any(
        0 < at < len(text)
        and (bool(_LETTER.match(text[at - 1]) and _LETTER.match(text[at])) or unicodedata.category(text[at])[0] == "M")
        for at in piece
    )

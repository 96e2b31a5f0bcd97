"""The words of a sentence, exactly those of NLTK's `NLTKWordTokenizer`, but much faster.

NLTK runs some thirty regular expressions over each sentence. Few of them look across white space, and most of what
stands between white space, here called a piece, occurs again and again. So NLTK tokenizes each piece once, and the
result is cached. The expressions see no more of what surrounds a piece than the caches distinguish:

- A quote may open at the start of the text or after a blank, but not after a line break.
- A quote that ends a piece is cut off before other endings if a blank follows, and after them at a line break.
- The last full stop of a text is a token of its own, even if closing marks follow it in pieces of their own. So the
  last piece that is more than closing marks is looked up together with everything after it: the tail.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate, chain, pairwise
from operator import add, itemgetter
from string import ascii_letters, digits
from typing import TYPE_CHECKING

from tagger.text.equivalents import with_plain_apostrophes
from tagger.text.nltk_modules import compile_with_re, nltk_module

if TYPE_CHECKING:
    from nltk.tokenize.destructive import NLTKWordTokenizer

_Parts = tuple[tuple[str, ...], tuple[int, ...]]
"""The words of a piece, and the distance from each word's start to the next one's. The last distance is from the last
word to the piece that follows after one blank."""
Columns = tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...]]
"""The words of a sentence, their start offsets and their end offsets."""

CACHE_SIZE = 1 << 15
"""Pieces in a cache, one for each kind of surroundings; a full cache is emptied."""
LONGEST_CACHED = 40
"""Characters of the longest piece that is cached; longer ones rarely occur again."""

_CLOSING_MARKS = "])}>\"'»”’"
WORD_PATTERN = re.compile(r"\S+")
_QUOTE_AT_LINE_BREAK = re.compile(r"[^\S ](?=[\"'])|'[^\S ]")
# Latin letters and common marks, for which `re` and `regex` agree about \w, \d and \s.
COMMON_CHARACTERS = re.compile("[\t-\r -~\xa0-\xb1\xb4-\xb8\xbf-\u024f\u2010-\u203e]*")

_WORDS, _STEPS = itemgetter(0), itemgetter(1)
_LETTER = re.compile(r"[^\W\d_]")
_ASCII_SHAPES = str.maketrans(dict.fromkeys(ascii_letters, "x") | dict.fromkeys(digits, "0"))


def word_columns(sentence: str, start: int = 0) -> Columns:
    """Return the words of a sentence with their offsets, counted from `start`.

    A blank sentence has none.
    """
    plain = with_plain_apostrophes(sentence)
    words, starts, ends = _plain_columns(plain, start)
    if plain != sentence:
        words = tuple(sentence[begin - start : end - start] for begin, end in zip(starts, ends, strict=True))
    return words, starts, ends


def _plain_columns(sentence: str, start: int) -> Columns:
    """Return the words and offsets of a sentence that has plain apostrophes and no information separators."""
    pieces = sentence.split()
    if not pieces:
        return (), (), ()
    size = len(sentence.rstrip())
    only_blanks = sentence[:size].isprintable()  # white space other than blanks is not printable
    last = len(pieces) - 1
    while last and not pieces[last].strip(_CLOSING_MARKS):
        last -= 1
    tail = sentence.rindex(pieces[last]) if last else sentence.index(pieces[0])
    del pieces[last:]
    if not only_blanks and _QUOTE_AT_LINE_BREAK.search(sentence, 0, tail + 1):
        parts = _parts_at_line_breaks(sentence, tail)
    else:
        parts = piece_cache("x ", " x").parts_of(pieces)
        parts += piece_cache("x " if tail else "", "").parts_of([sentence[tail:]])
        if pieces and sentence[0] in "'\"":
            parts[:1] = piece_cache("", " x").parts_of(pieces[:1])
    words = tuple(chain.from_iterable(map(_WORDS, parts)))
    starts = tuple(accumulate(chain.from_iterable(map(_STEPS, parts)), initial=start))[:-1]
    if starts[-len(parts[-1][0])] != start + tail:  # more than one blank between two pieces
        starts = tuple(_starts_among_blanks(sentence, tail, parts, start))
    return words, starts, tuple(map(add, starts, map(len, words)))


def _parts_at_line_breaks(sentence: str, tail: int) -> list[_Parts]:
    """Return the words of each piece of a sentence, looked up with the white space around it."""

    def before(at: int) -> str:
        return "" if not at else "x " if sentence[at - 1] == " " else "x\n"

    parts = []
    for piece in WORD_PATTERN.finditer(sentence, 0, tail):
        after = " x" if sentence[piece.end()] == " " else "\nx"
        parts += piece_cache(before(piece.start()), after).parts_of([piece.group()])
    return parts + piece_cache(before(tail), "").parts_of([sentence[tail:]])


def _starts_among_blanks(sentence: str, tail: int, parts: Iterable[_Parts], start: int) -> Iterator[int]:
    """Yield the start of each word, whatever white space stands between the pieces."""
    places = chain((piece.start() for piece in WORD_PATTERN.finditer(sentence, 0, tail)), [tail])
    for at, (_, (*steps, _)) in zip(places, parts, strict=True):
        yield from accumulate(steps, initial=start + at)


class _PieceCache(dict[str, _Parts]):
    """The words of pieces with given text to their left and right, computed at first use."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__()
        self.left = left
        self.right = right
        self.shapes: dict[str, _Parts] = {}

    def parts_of(self, pieces: list[str]) -> list[_Parts]:
        """Return the words of each of these pieces."""
        parts = list(map(self.get, pieces))
        if None not in parts:
            return parts  # type: ignore[return-value]  # there is no None among them
        new = {piece: shape_of(piece) for piece, known in zip(pieces, parts, strict=True) if known is None}
        shapes = {shape: self.shapes.get(shape) for shape in new.values()}
        if None in shapes.values():  # NLTK gets all of them as one text, because each call is slow
            unseen = [shape for shape, known in shapes.items() if known is None]
            asked = dict(zip(unseen, _parts_by_nltk(self.left, unseen, self.right), strict=True))
            shapes |= asked
            _remember(self.shapes, asked)
        found = {piece: _cut(piece, shapes[shape]) for piece, shape in new.items()}  # type: ignore[arg-type]  # as above
        _remember(self, found)
        return [known or found[piece] for piece, known in zip(pieces, parts, strict=True)]


def _remember(kept: dict[str, _Parts], found: dict[str, _Parts]) -> None:
    """Add pieces to a cache, at most `CACHE_SIZE` and none longer than `LONGEST_CACHED`."""
    if len(kept) + len(found) > CACHE_SIZE:
        kept.clear()
    if len(found) <= CACHE_SIZE:
        kept.update({piece: parts for piece, parts in found.items() if len(piece) <= LONGEST_CACHED})


def shape_of(piece: str) -> str:
    """Return the shape of a piece, which NLTK cuts in the same places.

    NLTK treats all letters alike, except in contractions. A piece too long to be cached is its own shape.
    """
    if len(piece) > LONGEST_CACHED or "'" in piece or _contractions().search(piece):
        return piece
    return piece.translate(_ASCII_SHAPES) if piece.isascii() else _LETTER.sub("x", piece)


def _cut(piece: str, shape: _Parts) -> _Parts:
    """Return the words of a piece, cut where its shape is."""
    words, steps = shape
    if len(words) == 1:
        return (piece[: len(words[0])],), steps
    places = accumulate(steps, initial=0)
    return tuple(piece[at : at + len(word)] for at, word in zip(places, words, strict=False)), steps


def _parts_by_nltk(left: str, pieces: list[str], right: str) -> Iterator[_Parts]:
    """Yield the words of each piece, by NLTK, which gets all pieces as one text."""
    text = left + " ".join(pieces) + right
    spans = [*_tokenizer_for(text).span_tokenize(text)]
    at, index = len(left), len(left.split())
    for piece in pieces:
        first = index
        while index < len(spans) and spans[index][0] < at + len(piece):
            index += 1
        words = tuple(text[begin:end] for begin, end in spans[first:index])
        steps = tuple(after - before for (before, _), (after, _) in pairwise(spans[first:index]))
        yield words, (*steps, len(words[-1]) + 1)
        at += len(piece) + 1


@cache
def piece_cache(left: str, right: str) -> _PieceCache:
    """Return the cache for pieces that have certain text to their left and right."""
    return _PieceCache(left, right)


def _tokenizer_for(text: str) -> "NLTKWordTokenizer":
    """Return the fastest tokenizer that is correct for a text."""
    return _tokenizers()[COMMON_CHARACTERS.fullmatch(text) is not None]


@cache
def _contractions() -> re.Pattern[str]:
    """Return a pattern of contractions without an apostrophe, such as `cannot`.

    NLTK cuts them, also inside longer words.
    """
    rules = nltk_module("nltk.tokenize.destructive").NLTKWordTokenizer.CONTRACTIONS2
    letters = (re.sub(r"\(\?.*?\)|\\b|[()]", "", rule.pattern) for rule in rules)
    return re.compile("|".join(letters), re.IGNORECASE)


@cache
def _tokenizers() -> tuple["NLTKWordTokenizer", "NLTKWordTokenizer"]:
    """Return NLTK's tokenizer, and a faster one for `COMMON_CHARACTERS` only.

    The faster one has the same expressions, compiled by `re`.
    """
    kind = nltk_module("nltk.tokenize.destructive").NLTKWordTokenizer
    plain, quick = kind(), kind()
    for rules in ("STARTING_QUOTES", "PUNCTUATION", "ENDING_QUOTES"):
        setattr(quick, rules, [(compile_with_re(found), replacement) for found, replacement in getattr(kind, rules)])
    for rule in ("PARENS_BRACKETS", "DOUBLE_DASHES"):
        found, replacement = getattr(kind, rule)
        setattr(quick, rule, (compile_with_re(found), replacement))
    return plain, quick

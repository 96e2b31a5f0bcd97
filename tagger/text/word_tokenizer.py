"""Where the words of a sentence stand, exactly as NLTK's `NLTKWordTokenizer` finds them, many times faster.

NLTK runs some thirty regular expressions over each sentence. Hardly any of them looks across white space, and most of
what stands between white space comes again and again: so what a piece becomes is asked of NLTK once and kept.
What its expressions do see of a piece's surroundings is all that `Pieces` tell apart:

- A quote may open where the text starts or after a blank, but not after a line break.
- A quote that ends a piece is cut off before its other endings where a blank follows, after them at a line break.
- The last full stop of a text is a token of its own, also where closing marks follow it in pieces of their own. So the
  last piece that is more than such marks is looked up together with all that follows it: the tail.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate, chain, pairwise
from operator import add, itemgetter
from string import ascii_letters, digits
from typing import TYPE_CHECKING

from tagger.text.nltk_modules import SEPARATORS, nltk_module, with_re

if TYPE_CHECKING:
    from nltk.tokenize.destructive import NLTKWordTokenizer

Parts = tuple[tuple[str, ...], tuple[int, ...]]
"""The words of a piece, and the steps from each one's start to the next one's; the last leads over one blank behind."""
Columns = tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...]]
"""The words of a sentence, where each starts and where each ends."""

KEPT = 1 << 15
"""So many pieces are kept for each kind of surroundings; then all are forgotten."""
LONGEST_KEPT = 40
"""Characters; longer pieces hardly come again."""

CLOSING = "])}>\"'»”’"
WORD = re.compile(r"\S+")
QUOTE_AT_LINE_BREAK = re.compile(r"[^\S ](?=[\"'])|'[^\S ]")
# Latin letters and common marks, where `re` and `regex` agree on what \w, \d and \s are.
COMMON = re.compile("[\t-\r -~\xa0-\xb1\xb4-\xb8\xbf-\u024f\u2010-\u203e]*")

WORDS, STEPS = itemgetter(0), itemgetter(1)
LETTER = re.compile(r"[^\W\d_]")
SHAPES = str.maketrans(dict.fromkeys(ascii_letters, "x") | dict.fromkeys(digits, "0"))


def word_columns(sentence: str, start: int = 0) -> Columns:
    """The words of a sentence, their places counted from `start`; none in a blank one."""
    pieces = sentence.split()
    size = len(sentence.rstrip())
    only_blanks = sentence[:size].isprintable()  # other white space is not
    if not pieces or SEPARATORS.search(sentence, size if only_blanks else 0):
        return by_nltk(sentence, start)
    last = len(pieces) - 1
    while last and not pieces[last].strip(CLOSING):
        last -= 1
    tail = sentence.rindex(pieces[last]) if last else sentence.index(pieces[0])
    del pieces[last:]
    if not only_blanks and QUOTE_AT_LINE_BREAK.search(sentence, 0, tail + 1):
        parts = parts_at_line_breaks(sentence, tail)
    else:
        parts = between("x ", " x").all(pieces)
        parts += between("x " if tail else "", "").all([sentence[tail:]])
        if pieces and sentence[0] in "'\"":
            parts[:1] = between("", " x").all(pieces[:1])
    words = tuple(chain.from_iterable(map(WORDS, parts)))
    starts = tuple(accumulate(chain.from_iterable(map(STEPS, parts)), initial=start))[:-1]
    if starts[-len(parts[-1][0])] != start + tail:  # more than one blank somewhere
        starts = tuple(starts_among_blanks(sentence, tail, parts, start))
    return words, starts, tuple(map(add, starts, map(len, words)))


def parts_at_line_breaks(sentence: str, tail: int) -> list[Parts]:
    """What the pieces of a sentence become, each looked up with what stands around it."""

    def before(at: int) -> str:
        return "" if not at else "x " if sentence[at - 1] == " " else "x\n"

    parts = []
    for piece in WORD.finditer(sentence, 0, tail):
        after = " x" if sentence[piece.end()] == " " else "\nx"
        parts += between(before(piece.start()), after).all([piece.group()])
    return parts + between(before(tail), "").all([sentence[tail:]])


def starts_among_blanks(sentence: str, tail: int, parts: Iterable[Parts], start: int) -> Iterator[int]:
    """Where the words start, whatever white space stands between the pieces."""
    places = chain((piece.start() for piece in WORD.finditer(sentence, 0, tail)), [tail])
    for at, (_, (*steps, _)) in zip(places, parts, strict=True):
        yield from accumulate(steps, initial=start + at)


class Pieces(dict[str, Parts]):
    """What pieces become with certain text to their left and right: at most KEPT of them, as they are asked for."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__()
        self.left = left
        self.right = right
        self.shapes: dict[str, Parts] = {}

    def all(self, pieces: list[str]) -> list[Parts]:
        """What each of some pieces becomes."""
        parts = list(map(self.get, pieces))
        if None not in parts:
            return parts
        new = {piece: shape_of(piece) for piece, known in zip(pieces, parts, strict=True) if known is None}
        shapes = {shape: self.shapes.get(shape) for shape in new.values()}
        if None in shapes.values():  # all of them go to NLTK as one text, for each text takes its time
            unseen = [shape for shape, known in shapes.items() if known is None]
            asked = dict(zip(unseen, parts_by_nltk(self.left, unseen, self.right), strict=True))
            shapes |= asked
            keep(self.shapes, asked)
        found = {piece: cut(piece, shapes[shape]) for piece, shape in new.items()}
        keep(self, found)
        return [known or found[piece] for piece, known in zip(pieces, parts, strict=True)]


def keep(kept: dict[str, Parts], found: dict[str, Parts]) -> None:
    """Remember what was found, but no more than KEPT pieces and none that is longer than LONGEST_KEPT."""
    if len(kept) + len(found) > KEPT:
        kept.clear()
    if len(found) <= KEPT:
        kept.update({piece: parts for piece, parts in found.items() if len(piece) <= LONGEST_KEPT})


def shape_of(piece: str) -> str:
    """A piece that becomes the same words: one letter is to NLTK like another, where they are no contraction's."""
    if "'" in piece or contraction().search(piece):
        return piece
    return piece.translate(SHAPES) if piece.isascii() else LETTER.sub("x", piece)


def cut(piece: str, shape: Parts) -> Parts:
    """What a piece becomes, from what its shape does."""
    words, steps = shape
    if len(words) == 1:
        return (piece[: len(words[0])],), steps
    places = accumulate(steps, initial=0)
    return tuple(piece[at : at + len(word)] for at, word in zip(places, words, strict=False)), steps


def parts_by_nltk(left: str, pieces: list[str], right: str) -> Iterator[Parts]:
    """What NLTK makes of pieces in one text, a blank between them."""
    text = left + " ".join(pieces) + right
    spans = [*tokenizer_for(text).span_tokenize(text)]
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
def between(left: str, right: str) -> Pieces:
    """The pieces of one kind of surroundings."""
    return Pieces(left, right)


def by_nltk(sentence: str, start: int) -> Columns:
    """The same as `word_columns`, without anything kept."""
    spans = [*tokenizer_for(sentence).span_tokenize(sentence)]
    return (
        tuple(sentence[begin:end] for begin, end in spans),
        tuple(start + begin for begin, _ in spans),
        tuple(start + end for _, end in spans),
    )


def tokenizer_for(text: str) -> "NLTKWordTokenizer":
    """A tokenizer for a text, the fastest that is right for it."""
    return tokenizers()[COMMON.fullmatch(text) is not None]


@cache
def contraction() -> re.Pattern[str]:
    """Finds what NLTK cuts though there is no mark in it, such as `cannot`, also inside of longer words."""
    rules = nltk_module("nltk.tokenize.destructive").NLTKWordTokenizer.CONTRACTIONS2
    letters = (re.sub(r"\(\?.*?\)|\\b|[()]", "", rule.pattern) for rule in rules)
    return re.compile("|".join(letters), re.IGNORECASE)


@cache
def tokenizers() -> tuple["NLTKWordTokenizer", "NLTKWordTokenizer"]:
    """NLTK's tokenizer as it is, and with its own expressions compiled by `re`, for texts of COMMON characters."""
    kind = nltk_module("nltk.tokenize.destructive").NLTKWordTokenizer
    plain, quick = kind(), kind()
    for rules in ("STARTING_QUOTES", "PUNCTUATION", "ENDING_QUOTES"):
        setattr(quick, rules, [(with_re(found), replacement) for found, replacement in getattr(kind, rules)])
    for rule in ("PARENS_BRACKETS", "DOUBLE_DASHES"):
        found, replacement = getattr(kind, rule)
        setattr(quick, rule, (with_re(found), replacement))
    return plain, quick

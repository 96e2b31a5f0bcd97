"""Split plain text into sentences of tokens with offsets, in memory that does not grow.

Sentences are those of NLTK's Punkt and words those of its `NLTKWordTokenizer`, as in `nltk.word_tokenize` with one
difference: a token is always the very text, so a double quote is not rewritten.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from operator import add, ne

from tagger.text.passages import PARAGRAPH_END
from tagger.text.punkt import sentence_starts
from tagger.text.sentence import Sentence
from tagger.text.word_tokenizer import WORD_PATTERN, Columns, word_columns

MAX_SENTENCE_LENGTH = 100_000
"""Characters of a paragraph that Punkt gets at a time: a paragraph may be a whole book. A sentence that would be longer
is cut at white space."""
MAX_LINE_LENGTH = 1_000_000
"""Characters of the longest line of tokens that is one sentence."""

_NOT_SPACE = re.compile(r"\S")


def tokenize(text: str, start: int = 0) -> Iterator[Sentence]:
    """Yield the sentences of a text, with offsets counted from `start`.

    A blank line always ends a sentence; a line break alone does not.
    """
    return tokenize_stream([text], start)


def tokenize_stream(lines: Iterable[str], start: int = 0) -> Iterator[Sentence]:
    """Yield the sentences of a text that arrives in pieces, such as lines with their ends.

    Every character that is not white space is in exactly one token. Where the text is cut into pieces makes no
    difference. At most one paragraph, or `MAX_SENTENCE_LENGTH` characters of a longer one, is held in memory.
    """
    held, at = "", 0  # text not yet split, and the offset up to which it is split
    for piece in _pieces(lines):
        scanned = len(held.rstrip()) - at  # white space at the end may be the start of a paragraph's end
        held, start, at = held[at:] + piece, start + at, 0
        while True:
            at = _skip_space(held, at)
            if end := PARAGRAPH_END.search(held, max(at, scanned), at + MAX_SENTENCE_LENGTH):
                bounds = _sentence_bounds(held, at, end.end())
            elif len(held) > at + MAX_SENTENCE_LENGTH:
                bounds = _sentence_bounds(held, at, _end_of_word(held, at, at + MAX_SENTENCE_LENGTH))
                if len(bounds) > 2:
                    bounds.pop()  # the last sentence may continue in the text that follows
            else:
                break
            yield from _sentences(held, bounds, start)
            at = scanned = bounds[-1]
    yield from _sentences(held, _sentence_bounds(held, at, len(held)), start)


def tokenize_lines(lines: Iterable[str], start: int = 0) -> Iterator[Sentence]:
    """Yield the sentences of lines that are a text each, such as tweets or headlines.

    `lines` keep their line breaks; a line may come in several pieces. A sentence is yielded as soon as its line has
    been read, or `MAX_SENTENCE_LENGTH` characters of a longer one.
    """
    lines = iter(lines)
    for line in lines:
        passage = PiecesUpTo(chain([line], lines) if not line.endswith("\n") else [line], _ends_line)
        yield from tokenize_stream(passage, start)
        start += passage.characters


def pretokenized(lines: Iterable[str], start: int = 0) -> Iterator[Sentence]:
    """Yield one sentence per line, whose tokens are separated by white space.

    `lines` keep their line breaks; a line may come in several pieces. Blank lines give no sentence, but count in the
    offsets. A line of over `MAX_LINE_LENGTH` characters is cut at white space, with a warning.
    """
    held = ""
    for piece in chain(lines, [""]):
        held += piece
        if piece and not piece.endswith("\n") and len(held) <= MAX_LINE_LENGTH:
            continue
        while len(held) > MAX_LINE_LENGTH:
            logging.getLogger(__name__).warning(
                "the line at character %s has over %s characters, and is cut into several sentences",
                f"{start:,}",
                f"{MAX_LINE_LENGTH:,}",
            )
            end = _end_of_word(held, 0, MAX_LINE_LENGTH)
            yield from _words_of_line(held[:end], start)
            held, start = held[end:], start + end
        if not piece or piece.endswith("\n"):
            yield from _words_of_line(held, start)
            held, start = "", start + len(held)


def _words_of_line(line: str, start: int) -> Iterator[Sentence]:
    words = tuple(line.split())
    if words:
        starts = tuple(start + word.start() for word in WORD_PATTERN.finditer(line))
        yield _sentence(line, (words, starts, tuple(map(add, starts, map(len, words)))), start)


def _ends_line(piece: str) -> bool:
    return piece.endswith("\n")


class PiecesUpTo:
    """The first pieces of a text, up to and including the one for which `ends` is true.

    `characters` counts the characters that were read.
    """

    def __init__(self, pieces: Iterable[str], ends: Callable[[str], bool]) -> None:
        self._pieces, self._ends = pieces, ends
        self.characters = 0

    def __iter__(self) -> Iterator[str]:
        for piece in self._pieces:
            self.characters += len(piece)
            yield piece
            if self._ends(piece):
                return


TextReader = Callable[[Iterable[str], int], Iterator[Sentence]]
"""Reads plain text that arrives in pieces, and whose first character has the given offset."""
TEXT_READERS: Mapping[str, TextReader] = {
    "text": tokenize_stream,
    "lines": tokenize_lines,
    "pretokenized": pretokenized,
}
"""Functions that read plain text, by the name of the way they read it; for models without a segmenter of their own."""


def _pieces(lines: Iterable[str]) -> Iterator[str]:
    """Yield the same text in pieces of at most `MAX_SENTENCE_LENGTH` characters."""
    for line in lines:
        for at in range(0, len(line), MAX_SENTENCE_LENGTH):
            yield line[at : at + MAX_SENTENCE_LENGTH]


def _skip_space(text: str, at: int) -> int:
    """Return the offset of the next character that is not white space, or the text's length."""
    found = _NOT_SPACE.search(text, at)
    return found.start() if found else len(text)


def _end_of_word(text: str, first: int, last: int) -> int:
    """Return the last offset between `first` and `last` that is not inside a word.

    If there is one word only, that is `last`.
    """
    words = text[first:last].rsplit(maxsplit=1)
    return last - len(words[1]) if len(words) == 2 and not text[last - 1].isspace() else last


def _sentence_bounds(text: str, first: int, last: int) -> list[int]:
    """Return the start of each sentence between two offsets, and then `last`."""
    return [*(first + at for at in sentence_starts(text[first:last])), last]


def _sentences(text: str, bounds: Sequence[int], start: int) -> Iterator[Sentence]:
    """Yield the sentence from each bound to the next.

    The text begins at offset `start` of the whole input.
    """
    for first, after in pairwise(bounds):
        columns = word_columns(text[first:after], start + first)
        if columns[0]:
            yield _sentence(text, columns, start)


def _sentence(text: str, columns: Columns, start: int) -> Sentence:
    """Return the sentence of these words; the text begins at offset `start` of the whole input."""
    words, starts, ends = columns
    first, last = starts[0] - start, ends[-1] - start
    at_end = last == len(text) or text[last].isspace()
    return Sentence(words, starts, ends, (*map(ne, starts[1:], ends), at_end), text[first:last], starts[0])

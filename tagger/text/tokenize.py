"""Plain text into sentences of tokens with exact character offsets, piece by piece, in memory that does not grow.

Sentences are those of NLTK's Punkt, words those of its `NLTKWordTokenizer`, as `nltk.word_tokenize` finds them but for
one thing: a token is always what stands in the text, so a double quote stays one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from operator import add, ne

from tagger.text.punkt import sentence_starts
from tagger.text.sentence import Sentence
from tagger.text.word_tokenizer import WORD, Columns, word_columns

# What stands between two blank lines may be a whole book. Punkt gets this many characters of it at a time; no sentence
# is longer, and one that would be is cut at white space.
MAX_SENTENCE_LENGTH = 100_000

# Two line breaks with at most white space between them, or Unicode's own mark.
PARAGRAPH_END = re.compile("(?:\r\n|\r(?!\n)|[\n\x85\u2028])[^\\S\r\n\x85\u2028]*[\r\n\x85\u2028]|\u2029")
NOT_SPACE = re.compile(r"\S")


def tokenize(text: str, start: int = 0) -> Iterator[Sentence]:
    """The sentences of a text, their offsets counted from `start`.

    A blank line always ends a sentence, a line break alone does not.
    """
    return tokenize_stream([text], start)


def tokenize_stream(lines: Iterable[str], start: int = 0) -> Iterator[Sentence]:
    """The sentences of a text that comes as lines with their line breaks, or cut into any other pieces.

    Every character that is not white space is in exactly one token, and where the pieces are cut changes nothing.
    Holds one paragraph at a time, of a longer one LONGEST characters.
    """
    held, at = "", 0  # text, and how much of it is done
    for piece in pieces(lines):
        scanned = len(held.rstrip()) - at  # the end of a paragraph may have begun in the white space after that
        held, start, at = held[at:] + piece, start + at, 0
        while True:
            at = skip_space(held, at)
            if end := PARAGRAPH_END.search(held, max(at, scanned), at + MAX_SENTENCE_LENGTH):
                bounds = sentence_bounds(held, at, end.end())
            elif len(held) > at + MAX_SENTENCE_LENGTH:
                bounds = sentence_bounds(held, at, end_of_word(held, at, at + MAX_SENTENCE_LENGTH))
                if len(bounds) > 2:
                    bounds.pop()  # the last sentence may go on in what follows
            else:
                break
            yield from sentences(held, bounds, start)
            at = scanned = bounds[-1]
    yield from sentences(held, sentence_bounds(held, at, len(held)), start)


def tokenize_lines(lines: Iterable[str], start: int = 0) -> Iterator[Sentence]:
    """The sentences of lines that are a text each, such as tweets or headlines; they are whole and keep their line
    breaks. A sentence is there as soon as its line is."""
    for line in lines:
        yield from tokenize(line, start)
        start += len(line)


def pretokenized(lines: Iterable[str], start: int = 0) -> Iterator[Sentence]:
    """One sentence a line, its tokens separated by white space; `lines` are whole and keep their line breaks.

    Blank lines are no sentences, but count for the offsets.
    """
    for line in lines:
        words = tuple(line.split())
        if words:
            starts = tuple(start + word.start() for word in WORD.finditer(line))
            yield sentence_of(line, (words, starts, tuple(map(add, starts, map(len, words)))), start)
        start += len(line)


TEXT_READERS = {"text": tokenize_stream, "lines": tokenize_lines, "pretokenized": pretokenized}
"""The ways to read a plain text, by name."""


def pieces(lines: Iterable[str]) -> Iterator[str]:
    """The same text in pieces of at most LONGEST characters."""
    for line in lines:
        for at in range(0, len(line), MAX_SENTENCE_LENGTH):
            yield line[at : at + MAX_SENTENCE_LENGTH]


def skip_space(text: str, at: int) -> int:
    """Where the next character stands that is not white space; the length of the text where there is none."""
    found = NOT_SPACE.search(text, at)
    return found.start() if found else len(text)


def end_of_word(text: str, first: int, last: int) -> int:
    """The last place between `first` and `last` that is not inside a word; `last` where there is but one word."""
    words = text[first:last].rsplit(maxsplit=1)
    return last - len(words[1]) if len(words) == 2 and not text[last - 1].isspace() else last


def sentence_bounds(text: str, first: int, last: int) -> list[int]:
    """Where the sentences between `first` and `last` start, and `last`."""
    return [*(first + at for at in sentence_starts(text[first:last])), last]


def sentences(text: str, bounds: Sequence[int], start: int) -> Iterator[Sentence]:
    """The sentences from each bound to the next, in a text that stands at `start` in the whole input."""
    for first, after in pairwise(bounds):
        columns = word_columns(text[first:after], start + first)
        if columns[0]:
            yield sentence_of(text, columns, start)


def sentence_of(text: str, columns: Columns, start: int) -> Sentence:
    """The sentence of given words in a text that stands at `start` in the whole input."""
    words, starts, ends = columns
    first, last = starts[0] - start, ends[-1] - start
    at_end = last == len(text) or text[last].isspace()
    return Sentence(words, starts, ends, (*map(ne, starts[1:], ends), at_end), text[first:last], starts[0])

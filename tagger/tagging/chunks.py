"""Cutting a text into chunks that, tokenized separately, give the same sentences."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from tagger.errors import DataError
from tagger.text.reading import file_name, raw_lines
from tagger.text.sentence import Sentence
from tagger.text.tokenize import TEXT_READERS, tokenize_stream

CHUNK_CHARACTERS = 200_000
"""Characters of a chunk of text, about: the work of a second."""
LONG_PARAGRAPH = 100_000
"""Characters from which on a paragraph is not held as a whole, but tokenized here, sentence by sentence."""
CHUNK_TOKENS = 16_384
"""Tokens of a chunk of sentences, about."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a text, as text or, where the text cannot be cut, as sentences.

    `text` begins at character `start` of the whole text. `is_cut_off` tells that reading failed at its end, so that its
    last paragraph is incomplete.
    """

    text: str = ""
    start: int = 0
    sentences: Sequence[Sentence] = ()
    is_cut_off: bool = False

    @property
    def size(self) -> int:
        """The number of characters."""
        return len(self.text) + sum(len(sentence.text) for sentence in self.sentences)

    def read(self, reading: str) -> Iterator[Sentence]:
        """The sentences of the chunk, tokenized by one of TEXT_READERS."""
        if self.sentences:
            return iter(self.sentences)
        if reading != "text":
            return TEXT_READERS[reading](io.StringIO(self.text, newline="\n"), self.start)
        if self.is_cut_off:
            return _complete_sentences(self.text, self.start)
        return tokenize_stream([self.text], self.start)


def read_text(path: str, reading: str) -> Iterator[Sentence]:
    """Read the sentences of a text file with their offsets.

    Raises DataError when it holds nothing but white space.
    """
    return TEXT_READERS[reading](_lines_with_words(path))


def _lines_with_words(path: str) -> Iterator[str]:
    """Yield the lines of a text file. Raises DataError after the last one if all are blank."""
    is_blank = True
    for line in raw_lines(path):
        is_blank = is_blank and line.isspace()
        yield line
    if is_blank:
        raise DataError(f"{file_name(path)}: nothing but white space in it, so nothing to tag")


def batches_of_chunks(paths: Iterable[str], reading: str) -> Iterator[list[Chunk]]:
    """Yield the chunks of several files in batches, each about as large as a full chunk.

    An error in one file is raised after all chunks before it.
    """
    batch: list[Chunk] = []
    try:
        for path in paths:
            for chunk in (cut_text if reading == "text" else cut_lines)(_lines_with_words(path)):
                batch.append(chunk)
                if sum(each.size for each in batch) >= CHUNK_CHARACTERS:
                    yield batch
                    batch = []
    except Exception:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def cut_lines(lines: Iterable[str]) -> Iterator[Chunk]:
    """Cut a text between lines, where no sentence spans two lines."""
    held: list[str] = []
    length = start = 0
    try:
        for line in lines:
            held.append(line)
            length += len(line)
            if length >= CHUNK_CHARACTERS:
                yield Chunk("".join(held), start)
                held, length, start = [], 0, start + length
    except Exception:
        if held:
            yield Chunk("".join(held), start)
        raise
    if held:
        yield Chunk("".join(held), start)


def cut_text(lines: Iterable[str]) -> Iterator[Chunk]:
    """Cut a plain text after blank lines, which always end a sentence.

    A paragraph too long to hold is tokenized here, because only reading it from its beginning finds its sentences.
    """
    lines = iter(lines)
    held: list[str] = []
    length = 0  # characters held
    whole = 0  # of these, characters up to the end of the last blank line
    start = 0  # characters before those held
    paragraph = 0  # index of the first line held after the last blank line
    try:
        for line in lines:
            held.append(line)
            length += len(line)
            if line.isspace():
                whole, paragraph = length, len(held)
                if length >= CHUNK_CHARACTERS:
                    yield Chunk("".join(held), start)
                    held, length, whole, paragraph, start = [], 0, 0, 0, start + length
            elif length - whole > LONG_PARAGRAPH:
                if paragraph:
                    yield Chunk("".join(held[:paragraph]), start)
                long = _Paragraph(chain(held[paragraph:], lines))
                start += whole
                held, length, whole, paragraph = [], 0, 0, 0
                yield from chunks_of_sentences(tokenize_stream(long, start))
                start += long.characters
    except Exception:
        if held:
            yield Chunk("".join(held), start, is_cut_off=True)
        raise
    if held:
        yield Chunk("".join(held), start)


class _Paragraph:
    """The lines up to and including the first blank one.

    `characters` counts the characters that were read.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines
        self.characters = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.characters += len(line)
            yield line
            if line.isspace():
                return


def chunks_of_sentences(sentences: Iterable[Sentence]) -> Iterator[Chunk]:
    """Yield chunks of consecutive sentences."""
    held: list[Sentence] = []
    tokens = 0
    try:
        for sentence in sentences:
            held.append(sentence)
            tokens += len(sentence)
            if tokens >= CHUNK_TOKENS:
                yield Chunk(sentences=held)
                held, tokens = [], 0
    except Exception:
        if held:
            yield Chunk(sentences=held)
        raise
    if held:
        yield Chunk(sentences=held)


def _complete_sentences(text: str, start: int) -> Iterator[Sentence]:
    """Yield the sentences of a text whose reading failed at its end.

    Sentences that an incomplete last paragraph leaves open are left out.
    """

    def cut_off() -> Iterator[str]:
        yield text
        raise _ReadingFailedError

    try:
        yield from tokenize_stream(cut_off(), start)
    except _ReadingFailedError:
        return


class _ReadingFailedError(Exception):
    """Reading failed at this place; the error itself is raised where the chunks are read."""

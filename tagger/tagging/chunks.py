"""A text cut into chunks that give, each for itself, the sentences that the whole gives."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from tagger.errors import DataError
from tagger.text.reading import file_name, raw_lines
from tagger.text.sentence import Sentence
from tagger.text.tokenize import TEXT_READERS, tokenize_stream

CHUNK = 200_000
"""Characters of a chunk, about: the work of a second."""
LONG_PARAGRAPH = 100_000
"""Characters without a blank line from which on a paragraph is taken sentence by sentence."""
SENTENCES_TOKENS = 16_384
"""Tokens of a chunk of sentences, about."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some of a text: `text`, which begins at character `start` of it, or its `sentences` where it could not be cut.

    `is_cut_off` tells that reading failed at its end, so that its last paragraph is not whole.
    """

    text: str = ""
    start: int = 0
    sentences: Sequence[Sentence] = ()
    is_cut_off: bool = False

    @property
    def size(self) -> int:
        """Its characters."""
        return len(self.text) + sum(len(sentence.text) for sentence in self.sentences)

    def read(self, reading: str) -> Iterator[Sentence]:
        """Its sentences, in one of TEXT_READERS' ways."""
        if self.sentences:
            return iter(self.sentences)
        if reading != "text":
            return TEXT_READERS[reading](io.StringIO(self.text, newline="\n"), self.start)
        if self.is_cut_off:
            return whole_paragraphs(self.text, self.start)
        return tokenize_stream([self.text], self.start)


def read_text(path: str, reading: str) -> Iterator[Sentence]:
    """The sentences of a text file, with their places in it. Raises DataError when it holds nothing but white space."""
    return TEXT_READERS[reading](with_words(path))


def with_words(path: str) -> Iterator[str]:
    """The lines of a text file, which must hold a word."""
    is_blank = True
    for line in raw_lines(path):
        is_blank = is_blank and line.isspace()
        yield line
    if is_blank:
        raise DataError(f"{file_name(path)}: nothing but white space in it, so nothing to tag")


def batches_of_chunks(paths: Iterable[str], reading: str) -> Iterator[list[Chunk]]:
    """The texts of several files, so many chunks together as make one of full size. What goes wrong with one is raised
    after all that was read before it."""
    batch: list[Chunk] = []
    try:
        for path in paths:
            for chunk in (cut_text if reading == "text" else cut_lines)(with_words(path)):
                batch.append(chunk)
                if sum(each.size for each in batch) >= CHUNK:
                    yield batch
                    batch = []
    except Exception:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def cut_lines(lines: Iterable[str]) -> Iterator[Chunk]:
    """A text whose lines have sentences of their own, cut between lines."""
    held: list[str] = []
    length = start = 0
    try:
        for line in lines:
            held.append(line)
            length += len(line)
            if length >= CHUNK:
                yield Chunk("".join(held), start)
                held, length, start = [], 0, start + length
    except Exception:
        if held:
            yield Chunk("".join(held), start)
        raise
    if held:
        yield Chunk("".join(held), start)


def cut_text(lines: Iterable[str]) -> Iterator[Chunk]:
    """A plain text, cut after blank lines, for no sentence goes on over one. A paragraph that is too long to be held is
    cut by whoever reads it from its beginning, so it is tokenized here."""
    lines = iter(lines)
    held: list[str] = []
    length = whole = start = 0  # characters that are held, those of them up to the last blank line, those before them
    paragraph = 0  # the first line that is held after the last blank one
    try:
        for line in lines:
            held.append(line)
            length += len(line)
            if line.isspace():
                whole, paragraph = length, len(held)
                if length >= CHUNK:
                    yield Chunk("".join(held), start)
                    held, length, whole, paragraph, start = [], 0, 0, 0, start + length
            elif length - whole > LONG_PARAGRAPH:
                if paragraph:
                    yield Chunk("".join(held[:paragraph]), start)
                rest, start, read = held[paragraph:], start + whole, [0]
                held, length, whole, paragraph = [], 0, 0, 0
                yield from chunks_of_sentences(tokenize_stream(to_blank_line(chain(rest, lines), read), start))
                start += read[0]
    except Exception:
        if held:
            yield Chunk("".join(held), start, is_cut_off=True)
        raise
    if held:
        yield Chunk("".join(held), start)


def to_blank_line(lines: Iterable[str], read: list[int]) -> Iterator[str]:
    """The lines up to the first blank one, with it; how many characters they have is added to `read`."""
    for line in lines:
        read[0] += len(line)
        yield line
        if line.isspace():
            return


def chunks_of_sentences(sentences: Iterable[Sentence]) -> Iterator[Chunk]:
    """Sentences, so many together as make a chunk."""
    held: list[Sentence] = []
    tokens = 0
    try:
        for sentence in sentences:
            held.append(sentence)
            tokens += len(sentence)
            if tokens >= SENTENCES_TOKENS:
                yield Chunk(sentences=held)
                held, tokens = [], 0
    except Exception:
        if held:
            yield Chunk(sentences=held)
        raise
    if held:
        yield Chunk(sentences=held)


def whole_paragraphs(text: str, start: int) -> Iterator[Sentence]:
    """The sentences that come out of a text when reading fails at its end."""

    def cut_off() -> Iterator[str]:
        yield text
        raise EndOfReading

    try:
        yield from tokenize_stream(cut_off(), start)
    except EndOfReading:
        return


class EndOfReading(Exception):
    """Reading has failed here, which is told elsewhere."""

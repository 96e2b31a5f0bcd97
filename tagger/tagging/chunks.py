"""Cutting a text into chunks that, tokenized separately, give the same sentences."""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from tagger.errors import EmptyFileError
from tagger.text.reading import file_name, text_pieces
from tagger.text.sentence import Sentence
from tagger.text.tokenize import TEXT_READERS, PiecesUpTo, TextReader

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
    last paragraph or line is incomplete. `file` is the path of the file, as given, where there are several.
    """

    text: str = ""
    start: int = 0
    sentences: Sequence[Sentence] = ()
    is_cut_off: bool = False
    file: str = ""

    @property
    def size(self) -> int:
        """The number of characters."""
        return len(self.text) + sum(len(sentence.text) for sentence in self.sentences)

    def read(self, reading: str, readers: Mapping[str, TextReader] = TEXT_READERS) -> Iterator[Sentence]:
        """The sentences of the chunk, read by one of some readers."""
        if self.sentences:
            return iter(self.sentences)
        if reading == "text":
            if self.is_cut_off:
                return _complete_sentences(self.text, self.start, readers["text"])
            return readers["text"]([self.text], self.start)
        whole = self.text.rfind("\n") + 1 if self.is_cut_off else len(self.text)
        sentences = readers[reading](io.StringIO(self.text[:whole], newline="\n"), self.start)
        if reading == "lines" and whole < len(self.text):
            return chain(sentences, _complete_sentences(self.text[whole:], self.start + whole, readers["text"]))
        return sentences


def read_text(path: str, read: TextReader) -> Iterator[Sentence]:
    """Read the sentences of a text file with their offsets.

    Raises EmptyFileError when it holds nothing but white space.
    """
    return read(_pieces_with_words(path), 0)


def _pieces_with_words(path: str) -> Iterator[str]:
    """Yield the pieces of a text file. Raises EmptyFileError after the last if all are blank."""
    is_blank = True
    for piece in text_pieces(path):
        is_blank = is_blank and piece.isspace()
        yield piece
    if is_blank:
        raise EmptyFileError(f"{file_name(path)}: nothing but white space in it, so nothing to tag")


def chunks_of_text(path: str, reading: str, readers: Mapping[str, TextReader] = TEXT_READERS) -> Iterator[Chunk]:
    """Yield the chunks of a text file. Raises EmptyFileError when it holds nothing but white space."""
    return cut(_pieces_with_words(path), reading, readers)


def batches_of_chunks(chunks: Iterable[Chunk]) -> Iterator[list[Chunk]]:
    """Yield the chunks of several files in batches, each about as large as a full chunk.

    An error of the iterable is raised after all chunks before it.
    """
    batch: list[Chunk] = []
    try:
        for chunk in chunks:
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


def cut(pieces: Iterable[str], reading: str, readers: Mapping[str, TextReader] = TEXT_READERS) -> Iterator[Chunk]:
    """Cut a text where a sentence always ends: a plain text after blank lines, other readings after any line.

    `pieces` are lines with their line breaks, or parts of them. A paragraph or line too long to hold is tokenized here,
    because only reading it from its beginning finds its sentences.
    """
    pieces = iter(pieces)
    ends = _Ends(blank_lines=reading == "text")
    held: list[str] = []
    length = 0  # characters held
    whole = 0  # of these, characters up to the end of the last paragraph or line
    start = 0  # characters before those held
    current = 0  # index of the first piece held of the paragraph or line that is being read
    try:
        for piece in pieces:
            held.append(piece)
            length += len(piece)
            if ends(piece):
                whole, current = length, len(held)
                if length >= CHUNK_CHARACTERS:
                    yield Chunk("".join(held), start)
                    held, length, whole, current, start = [], 0, 0, 0, start + length
            elif length - whole > LONG_PARAGRAPH:
                if current:
                    yield Chunk("".join(held[:current]), start)
                # The pieces held were seen not to end it.
                long = PiecesUpTo(chain(held[current:], pieces), _after(len(held) - current, ends))
                held, length, whole, current, start = [], 0, 0, 0, start + whole
                yield from chunks_of_sentences(readers[reading](long, start))
                start += long.characters
    except Exception:
        if held:
            yield Chunk("".join(held), start, is_cut_off=True)
        raise
    if held:
        yield Chunk("".join(held), start)


class _Ends:
    """Tells of each piece of a text in turn whether a sentence always ends after it."""

    def __init__(self, *, blank_lines: bool) -> None:
        self._blank_lines = blank_lines
        self._is_line_start = True

    def __call__(self, piece: str) -> bool:
        was_line_start, self._is_line_start = self._is_line_start, piece.endswith("\n")
        return self._is_line_start and (not self._blank_lines or (was_line_start and piece.isspace()))


def _after(count: int, ends: Callable[[str], bool]) -> Callable[[str], bool]:
    """Return a function that is false `count` times, and then calls `ends`."""
    first = iter(range(count))
    return lambda piece: next(first, None) is None and ends(piece)


def chunks_of_sentences(sentences: Iterable[Sentence]) -> Iterator[Chunk]:
    """Yield chunks of consecutive sentences."""
    held: list[Sentence] = []
    tokens = characters = 0
    try:
        for sentence in sentences:
            held.append(sentence)
            tokens += len(sentence)
            characters += len(sentence.text)
            if tokens >= CHUNK_TOKENS or characters >= CHUNK_CHARACTERS:
                yield Chunk(sentences=held)
                held, tokens, characters = [], 0, 0
    except Exception:
        if held:
            yield Chunk(sentences=held)
        raise
    if held:
        yield Chunk(sentences=held)


def _complete_sentences(text: str, start: int, read: TextReader) -> Iterator[Sentence]:
    """Yield the sentences of a text whose reading failed at its end.

    Sentences that an incomplete last paragraph leaves open are left out.
    """

    def cut_off() -> Iterator[str]:
        yield text
        raise _ReadingFailedError

    try:
        yield from read(cut_off(), start)
    except _ReadingFailedError:
        return


class _ReadingFailedError(Exception):
    """Reading failed at this place; the error itself is raised where the chunks are read."""

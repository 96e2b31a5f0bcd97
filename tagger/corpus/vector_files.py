"""Reads files of pretrained word vectors: text, word2vec's binary format, and what `packaged_vectors` reads.

The text formats, of GloVe, word2vec and fastText (`.vec`), have one word and its numbers a line. All but GloVe begin
with a header line: the number of words and the dimension. In the binary format the header is followed by each word, a
space, and its numbers as little-endian float32. All may be compressed.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tagger.corpus.packaged_vectors import (
    NUMPY_MARK,
    check_numbers,
    is_json,
    read_json_vectors,
    read_numpy_vectors,
)
from tagger.errors import DataError
from tagger.text.reading import BYTE_ORDER_MARK, not_utf8, open_bytes

_COUNT = re.compile(rb"[0-9]{1,15}")
_LONGEST_LINE = 1 << 20
"""Bytes. A file with a longer line does not hold vectors."""
_BLOCK = 1 << 20
"""Bytes of a binary file read at once."""
_OTHER_FILES = {
    b"PK\x03\x04": "a zip archive: unpack it, and give the file of vectors in it",
    b"\xba\x16\x4f\x2f": "a model of fastText: give the .vec file that comes beside it",
}
"""The first bytes of files that are often mistaken for vectors, and what such a file is."""
_LONGEST_MARK = max(map(len, _OTHER_FILES))


def read_vectors(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the words of a file and their vectors `[D]`, float32, in the order of the file.

    The file is read only as far as the caller iterates. Raises DataError with file and line, or with the number of the
    word in a binary file, where its content is wrong.
    """
    with open_bytes(path) as stream:
        sample = stream.peek(_LONGEST_MARK)
        if sample.startswith(NUMPY_MARK):
            yield from read_numpy_vectors(path)
            return
        if is_json(sample):
            yield from read_json_vectors(stream, path)
            return
        _check_kind(sample, path)
        first = stream.readline(_LONGEST_LINE).removeprefix(BYTE_ORDER_MARK)
        header = _header(first)
        if header is None:
            rows = _text(stream, path, first, 1, 0)
        elif _is_text(stream.peek(_LONGEST_LINE), header[1]):
            rows = _text(stream, path, stream.readline(_LONGEST_LINE), 2, header[1])
        else:
            rows = _binary(stream, path, *header)
        read = 0
        for read, row in enumerate(rows, start=1):  # noqa: B007 (compared below)
            yield row
        if header and read != header[0]:
            raise DataError(f"{path}: its first line says {header[0]} words, and there are {read}; get the file again")
        if not read:
            raise DataError(f"{path}: there are no vectors in it; give a file that holds some")


def _check_kind(sample: bytes, path: Path) -> None:
    for mark, what in _OTHER_FILES.items():
        if sample.startswith(mark):
            raise DataError(f"{path}: is {what}")


def _header(line: bytes) -> tuple[int, int] | None:
    """The number of words and the dimension in a header line.

    None where the line is no header.
    """
    fields = line.split()
    return (int(fields[0]), int(fields[1])) if len(fields) == 2 and all(map(_COUNT.fullmatch, fields)) else None


def _is_text(sample: bytes, dimension: int) -> bool:
    """Whether the first word is followed by numbers as text.

    The bytes of a binary file very rarely resemble such numbers.
    """
    numbers = sample.replace(b"\t", b" ").partition(b" ")[2].partition(b"\n")[0]
    return len(numbers) >= min(2 * dimension - 1, 8) and all(32 <= byte < 127 or byte in b"\t\r" for byte in numbers)


def _text(
    stream: io.BufferedReader, path: Path, line: bytes, number: int, dimension: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the words and vectors from a line on, given its number.

    A `dimension` of 0 is replaced by that of this line.
    """
    while line:
        if len(line) == _LONGEST_LINE:
            raise DataError(f"{path}:{number}: no line end for {_LONGEST_LINE:,} bytes; give a file of vectors")
        fields = _decoded(line, path, number).rstrip().split(" ")
        if fields != [""]:
            dimension = dimension or len(fields) - 1
            yield _row(fields, dimension, f"{path}:{number}")
        line, number = stream.readline(_LONGEST_LINE), number + 1


def _decoded(line: bytes, path: Path, number: int) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise not_utf8(path, number, line, error.start) from None


def _row(fields: list[str], dimension: int, where: str) -> tuple[str, np.ndarray]:
    """The word and the vector of a line.

    A few words of GloVe's largest files contain spaces, such as `. . .`.
    """
    if not 0 < dimension < len(fields) or (len(fields) > dimension + 1 and _is_number(fields[1])):
        raise DataError(f"{where}: {len(fields) - 1} numbers, where there must be {dimension or 'some'}; mend the line")
    numbers, word = fields[-dimension:], fields[:-dimension]
    if len(word) > 1 and "" in word:  # an empty word alone is valid: fastText's files have one
        raise DataError(f"{where}: two spaces side by side; write one between the word and each number")
    try:
        with np.errstate(over="ignore"):  # numbers that are too large are found below
            vector = np.array(list(map(float, numbers)), np.float32)
    except ValueError:
        wrong = next(field for field in numbers if not _is_number(field))
        raise DataError(f"{where}: {wrong[:40]!r} is not a number; mend the line") from None
    check_numbers(vector, where)
    return " ".join(word), vector


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _binary(stream: io.BufferedReader, path: Path, count: int, dimension: int) -> Iterator[tuple[str, np.ndarray]]:
    data, at, size = b"", 0, 4 * dimension
    for number in range(1, count + 1):
        where = f"{path}: word {number} of {count}"
        while (space := data.find(b" ", at)) < 0 or len(data) < space + 1 + size:
            if space < 0 and len(data) - at > _LONGEST_LINE:
                raise DataError(f"{where}: no space after it; give a file of vectors")
            more = stream.read(_BLOCK)
            if not more:
                raise DataError(f"{where}: the file is cut short there; get it again")
            data, at = data[at:] + more, 0
        try:
            word = data[at:space].lstrip(b"\n").decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataError(f"{where}: byte 0x{error.object[error.start]:02x} is not UTF-8; mend the file") from None
        vector = np.frombuffer(data, "<f4", dimension, space + 1).astype(np.float32)
        check_numbers(vector, where)
        yield word, vector
        at = space + 1 + size
    if (data[at:] + stream.read(_BLOCK)).strip(b"\n"):
        raise DataError(f"{path}: it goes on after the {count} words that its first line says; get the file again")

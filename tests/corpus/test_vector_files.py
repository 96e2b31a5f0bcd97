"""Files of pretrained vectors in every format, and everything that can be wrong with one."""

import bz2
import gzip
import lzma
import struct
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from tagger.corpus.vector_files import read_vectors
from tagger.errors import DataError

VECTORS = {"the": [0.5, -1.0, 2.0], "Zoë": [1e-3, 0.0, -3.25], "日本": [1.0, 10.0, 13.0]}


def text(*, header: bool = False, end: str = "\n") -> bytes:
    lines = [f"{word} {' '.join(map(str, numbers))}{end}" for word, numbers in VECTORS.items()]
    return "".join([f"3 3{end.strip(' ')}"] * header + lines).encode()


def binary(after: bytes = b"\n") -> bytes:
    words = (word.encode() + b" " + struct.pack("<3f", *numbers) + after for word, numbers in VECTORS.items())
    return b"3 3\n" + b"".join(words)


FORMATS = {
    "glove": text(),
    "glove, with a byte order mark": b"\xef\xbb\xbf" + text(),
    "glove, without a last line end": text()[:-1],
    "glove, of windows": text(end="\r\n"),
    "word2vec text": text(header=True),
    "fasttext, with spaces at the ends": text(header=True, end=" \n"),
    "word2vec binary": binary(),
    "word2vec binary, without line ends": binary(b""),
}
COMPRESSIONS = {"none": bytes, "gzip": gzip.compress, "xz": lzma.compress, "bzip2": bz2.compress}


def written(folder: Path, content: bytes) -> Path:
    path = folder / "vectors"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("compress", COMPRESSIONS.values(), ids=COMPRESSIONS)
@pytest.mark.parametrize("content", FORMATS.values(), ids=FORMATS)
def test_every_format_gives_words_and_numbers_in_order(tmp_path, content, compress):
    read = list(read_vectors(written(tmp_path, compress(content))))
    assert [word for word, _ in read] == list(VECTORS)
    for (_, vector), numbers in zip(read, VECTORS.values(), strict=True):
        assert vector.dtype == np.float32
        np.testing.assert_array_equal(vector, np.array(numbers, np.float32))


def test_a_binary_file_larger_than_what_is_read_at_once(tmp_path):
    values = np.random.default_rng(1).normal(size=(20_000, 50)).astype("<f4")
    words = [f"word{number}" for number in range(len(values))]
    rows = (word.encode() + b" " + row.tobytes() + b"\n" for word, row in zip(words, values, strict=True))
    read = list(read_vectors(written(tmp_path, b"20000 50\n" + b"".join(rows))))
    assert [word for word, _ in read] == words
    np.testing.assert_array_equal(np.stack([vector for _, vector in read]), values)


def test_words_that_hold_spaces_are_read_whole(tmp_path):
    content = b"a 1 2\n. . . 3 4\nat name@domain.com 5 6\n\n\xc2\xa0 7 8\n"
    assert [(word, vector.tolist()) for word, vector in read_vectors(written(tmp_path, content))] == [
        ("a", [1, 2]),
        (". . .", [3, 4]),
        ("at name@domain.com", [5, 6]),
        ("\xa0", [7, 8]),
    ]


def test_a_file_is_read_no_further_than_its_words_are_taken(tmp_path):
    path = written(tmp_path, b"a 1 2\nb 3 4\nc broken\n")
    assert [word for word, _ in islice(read_vectors(path), 2)] == ["a", "b"]


WRONG = {
    "empty": (b"", r"vectors: the file is empty|vectors: there are no vectors in it"),
    "blank": (b"\n\n", "there are no vectors in it; give a file that holds some"),
    "too few numbers": (b"a 1 2\nb 3\n", r"vectors:2: 1 numbers, where there must be 2"),
    "too many numbers": (b"a 1 2\nb 3 4 5\n", r"vectors:2: 3 numbers, where there must be 2"),
    "other than the header says": (b"2 3\na 1.25 2.25 3\nb 1 2\n", r"vectors:3: 2 numbers, where there must be 3"),
    "a word alone": (b"a\n", r"vectors:1: 0 numbers, where there must be some"),
    "no number": (b"a 1 2\nb 3 x4\n", r"vectors:2: 'x4' is not a number"),
    "infinite": (b"a 1 2\nb 3 inf\n", r"vectors:2: inf cannot be one of a vector's numbers"),
    "not UTF-8": (b"a 1 2\nb\xff 3 4\n", r"vectors:2:2: byte 0xff is not UTF-8; .*iconv"),
    "fewer words than it says": (b"3 2\na 1 2\nb 3 4\n", r"its first line says 3 words, and there are 2"),
    "more words than it says": (b"1 2\na 1 2\nb 3 4\n", r"its first line says 1 words, and there are 2"),
    "a header alone": (b"2 3\n", r"vectors: word 1 of 2: the file is cut short there"),
    "nothing promised": (b"0 3\n", "there are no vectors in it"),
    "binary cut short": (binary()[:-3], r"vectors: word 3 of 3: the file is cut short there"),
    "binary, not UTF-8": (binary().replace("Zoë".encode(), b"Zo\xeb"), r"word 2 of 3: byte 0xeb is not UTF-8"),
    "binary, no number": (binary().replace(struct.pack("<f", 10), struct.pack("<f", np.nan)), r"word 3 of 3: nan"),
    "binary, one word more": (b"2 3" + binary()[3:], r"vectors: it goes on after the 2 words that its first line says"),
    "two spaces": (b"2 2\nAda  1 2\nLondon  3 4\n", r"vectors:2: two spaces side by side"),
    "a tab": (b"2 2\nAda\t1 2\nLondon\t3 4\n", r"vectors:2: 1 numbers, where there must be 2"),
    "zip": (b"PK\x03\x04" + text(), r"vectors: is a zip archive: unpack it"),
    "fasttext's model": (b"\xba\x16\x4f\x2f\x0c\x00\x00\x00", r"vectors: is a model of fastText: give the \.vec file"),
    "numpy, damaged": (b"\x93NUMPY\x01\x00", r"vectors: compressed or damaged \("),
    "gzip cut short": (gzip.compress(text())[:-12], r"vectors: the gzip data is damaged or cut short"),
    "xz damaged": (lzma.compress(text())[:-12] + b"x" * 12, r"vectors: the xz data is damaged or cut short"),
    "no line end": (b"x" * 2**21, r"vectors:1: no line end for 1,048,576 bytes"),
}


@pytest.mark.parametrize(("content", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_an_error_that_says_where(tmp_path, content, message):
    with pytest.raises(DataError, match=message) as error:
        list(read_vectors(written(tmp_path, content)))
    assert str(tmp_path) in str(error.value) and "\n" not in str(error.value)


def test_a_file_that_is_missing_is_an_error(tmp_path):
    with pytest.raises(DataError, match="none: there is no such file"):
        list(read_vectors(tmp_path / "none"))


@pytest.mark.parametrize(("name", "size"), [("glove.6B.100d.sample.txt.gz", 100), ("glove.6B.300d.subset.txt", 300)])
def test_samples_of_glove(shared_corpora, name, size):
    read = dict(read_vectors(shared_corpora / "vectors" / name))
    assert {vector.shape for vector in read.values()} == {(size,)}
    lengths = np.array([np.linalg.norm(vector) for vector in read.values()])
    assert len(read) >= 100 and (lengths > 1).all() and (lengths < 20).all()

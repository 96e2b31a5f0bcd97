"""Weights in a third of their size: tables in 8 bits with one scale a row, all else in 16.

The file is an archive of NumPy arrays with the names that TensorFlow's checkpoint has for them. It is made of a
checkpoint, and read by making one again, so a network needs to know nothing of it.
"""

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import numpy as np

from tagger.backend import tf
from tagger.errors import ModelError
from tagger.model.eight_bit_rows import in_8_bits

_LEAST_ROWS = 2_000
"""A matrix with fewer rows is no table of words or hashes, and is kept in 16 bits."""
_SCALES = "|scales"
"""Follows the name of a table, in the name of its scales."""
_OBJECTS = "_CHECKPOINTABLE_OBJECT_GRAPH"
"""Name under which a checkpoint holds which of its arrays belongs to what."""
_LARGEST = float(np.finfo(np.float16).max)


def packed_weights(path: Path) -> Path:
    """The place of the packed weights, beside those of a checkpoint at `path`."""
    return path.with_name(f"{path.name}.npz")


def pack_weights(path: Path, file: IO[bytes]) -> None:
    """Write the weights of a checkpoint at `path` packed.

    Raises ModelError where the checkpoint is missing or damaged, or a weight is too large for 16 bits.
    """
    try:
        reader = tf.train.load_checkpoint(str(path))
        arrays = {name: reader.get_tensor(name) for name in sorted(reader.get_variable_to_shape_map())}
    except (tf.errors.OpError, ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(f"{path}: damaged, or not there ({reason}): train the model again") from None
    packed: dict[str, np.ndarray] = {}
    for name, array in arrays.items():
        if name == _OBJECTS:
            packed[name] = np.frombuffer(array, np.uint8)
        elif array.dtype != np.float32:
            packed[name] = array
        elif not (np.abs(array) <= _LARGEST).all():
            raise ModelError(f"{path}: {name} has a weight above {_LARGEST:,.0f}, which 16 bits cannot hold")
        elif array.ndim == 2 and len(array) >= _LEAST_ROWS:
            rows, packed[name + _SCALES] = in_8_bits(array)
            packed[name] = rows.astype(np.int8)
        else:
            packed[name] = array.astype(np.float16)
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in packed.items():
            # A fixed date, so that the same weights are the same bytes.
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asarray(array), allow_pickle=False)


@contextmanager
def unpacked_weights(path: Path) -> Iterator[Path]:
    """Yield the path of a checkpoint with the weights of a packed file, which is gone when the block ends.

    Raises ModelError where the file is damaged.
    """
    try:
        arrays = _read(path)
        tables = {name.removesuffix(_SCALES): scales for name, scales in arrays.items() if name.endswith(_SCALES)}
        tensors: list[tf.Tensor] = []
        names = [name for name in arrays if not name.endswith(_SCALES)]
        for name in names:
            array = arrays[name]
            if name == _OBJECTS:
                tensors.append(tf.constant(array.tobytes()))
            elif name in tables:
                tensors.append(tf.constant(array * tables[name].astype(np.float32)[:, np.newaxis]))
            else:
                tensors.append(tf.constant(array.astype(np.float32) if array.dtype == np.float16 else array))
    except (OSError, ValueError, TypeError, zipfile.BadZipFile) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(f"{path}: damaged ({reason}): copy the folder again, or pack the weights again") from None
    with TemporaryDirectory(prefix="tagger-") as folder:
        checkpoint = Path(folder) / "weights"
        tf.raw_ops.SaveV2(
            prefix=str(checkpoint), tensor_names=names, shape_and_slices=[""] * len(names), tensors=tensors
        )
        yield checkpoint


def _read(path: Path) -> Mapping[str, np.ndarray]:
    """The arrays of an archive. An array that is compressed is refused: a small file could hold an endless one."""
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"{entry.filename} is compressed")
            with archive.open(entry) as file:
                arrays[entry.filename.removesuffix(".npy")] = np.lib.format.read_array(file, allow_pickle=False)
    return arrays

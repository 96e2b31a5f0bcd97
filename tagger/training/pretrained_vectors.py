"""Pretrained vectors into the model folder: all words of their file, for it may be tagged what train does not have."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tagger.config.schema import Config, VectorsConfig
from tagger.corpus.vector_files import read_vectors
from tagger.errors import DataError
from tagger.model.folder import VOCABULARY_FOLDER
from tagger.model.vector_table import FIRST_VECTOR, TUNED, VECTORS, VectorTable, open_vectors
from tagger.model.vocabulary import Vocabulary
from tagger.network.network import Network
from tagger.network.saved_weights import writing
from tagger.text.casing import lower_case
from tagger.training.workers import Workers


def prepared_vectors(config: Config, train: Collection[str], folder: Path, workers: Workers) -> VectorTable | None:
    """The vectors that a configuration asks for, in the folder of a run on a corpus of these words; None where it asks
    for none. A run that is gone on with has them already. Raises DataError where their file is not as it must be."""
    settings = config.vectors
    if not settings.path:
        return None
    vocabulary = folder / VOCABULARY_FOLDER
    if workers.is_chief and not (vocabulary / f"{VECTORS}.txt").is_file():
        with writing(folder):
            _write(settings, train, vocabulary)
    workers.meet()
    return open_vectors(vocabulary, tuned=settings.mode == "fine-tune")


def save_tuned(network: Network, folder: Path) -> None:
    """Write the vectors that were trained, as they are now, for whoever tags without TensorFlow."""
    if network.vectors is not None and network.vectors.table is not None:
        with writing(folder), _replacing(folder / VOCABULARY_FOLDER / f"{TUNED}.npy") as part:
            _save(part, network.vectors.table.numpy())


def _write(settings: VectorsConfig, train: Collection[str], vocabulary: Path) -> None:
    """Take over a file of vectors as it is read: those to be tuned, of words of train in their own or in lower case,
    are held, the others written at once."""
    tunable = {form for word in train for form in (word, lower_case(word))} if settings.mode == "fine-tune" else set()
    tuned: dict[str, np.ndarray] = {}
    kept: dict[str, None] = {}
    with _replacing(vocabulary / f"{VECTORS}.npy") as part, part.open("wb") as file:
        for word, vector in read_vectors(Path(settings.path)):
            if not (tuned or kept):
                dtype = np.dtype(f"<f{settings.bits // 8}")
                _write_header(file, 0, len(vector), dtype)  # of the same length as the one that replaces it
                file.write(np.zeros_like(vector, dtype).tobytes())
                nothing = np.zeros_like(vector)
            if word in tuned or word in kept:
                continue
            if word in tunable:
                tuned[word] = vector
            else:
                kept[word] = None
                file.write(_rounded(vector, dtype, f"{settings.path}: '{word}'").tobytes())
            if len(tuned) + len(kept) == settings.max_words:
                break
        file.seek(0)
        _write_header(file, 1 + len(kept), len(nothing), dtype)
    if settings.mode == "fine-tune":
        with _replacing(vocabulary / f"{TUNED}.npy") as part:
            _save(part, np.stack([nothing, *tuned.values()]))
        Vocabulary(tuple(tuned), FIRST_VECTOR).save(vocabulary / f"{TUNED}.txt")
    with _replacing(vocabulary / f"{VECTORS}.txt") as part:
        Vocabulary(tuple(kept), FIRST_VECTOR).save(part)


def _rounded(vector: np.ndarray, dtype: np.dtype, where: str) -> np.ndarray:
    with np.errstate(over="ignore"):
        rounded = vector.astype(dtype)
    if not np.isfinite(rounded).all():
        raise DataError(
            f"{where} has numbers above {np.finfo(dtype).max:.0f}, the most that 16 bits hold: set vectors.bits = 32"
        )
    return rounded


def _write_header(file, rows: int, dimension: int, dtype: np.dtype) -> None:  # noqa: ANN001
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (rows, dimension)}
    np.lib.format.write_array_header_1_0(file, header)


def _save(path: Path, values: np.ndarray) -> None:
    with path.open("wb") as file:
        np.save(file, values, allow_pickle=False)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Where to write a file that takes its place when the block ends well."""
    part = path.with_name(path.name + ".part")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)

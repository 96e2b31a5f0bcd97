"""Copies all pretrained vectors of a file into the model folder.

Tagging meets words that the train split does not have.
"""

from collections.abc import Collection
from pathlib import Path
from typing import IO

import numpy as np

from tagger.config.schema import Config
from tagger.config.word_inputs import VectorsConfig
from tagger.corpus.vector_files import read_vectors
from tagger.errors import DataError
from tagger.files import new_file
from tagger.model.folder import VOCABULARY_FOLDER
from tagger.model.vector_table import FIRST_VECTOR, TUNED, VECTORS, VectorTable, open_vectors
from tagger.model.vocabulary import Vocabulary
from tagger.network.network import Network
from tagger.network.saved_weights import writing
from tagger.text.casing import lower_case
from tagger.text.composing import composed
from tagger.training.workers import Workers


def prepared_vectors(config: Config, train: Collection[str], folder: Path, workers: Workers) -> VectorTable | None:
    """Return the pretrained vectors of a configuration; None where it names none.

    The chief copies the vectors into the folder of the run, unless they are there already. `train` holds the words of
    the train split. Raises DataError where the file of vectors is damaged.
    """
    settings = config.vectors
    if not settings.path:
        return None
    vocabulary = folder / VOCABULARY_FOLDER
    if workers.is_chief and not (vocabulary / f"{VECTORS}.txt").is_file():
        with writing(folder):
            _copy_vectors(settings, train, vocabulary)
    workers.meet()
    return open_vectors(vocabulary, tuned=settings.mode == "fine-tune")


def save_tuned(network: Network, folder: Path) -> None:
    """Write the network's fine-tuned vectors, if any, for tagging without TensorFlow."""
    if network.vectors is not None and network.vectors.table is not None:
        with writing(folder), new_file(folder / VOCABULARY_FOLDER / f"{TUNED}.npy") as file:
            np.save(file, network.vectors.table.numpy(), allow_pickle=False)


def _copy_vectors(settings: VectorsConfig, train: Collection[str], vocabulary: Path) -> None:
    """Copy a file of vectors to the vocabulary folder while it is read.

    Vectors that will be fine-tuned (of words of train, as they stand or in lower case) are collected in memory, the
    others written at once. The list of words is written last: where the list exists, everything is written.
    """
    tunable = {form for word in train for form in (word, lower_case(word))} if settings.mode == "fine-tune" else set()
    tuned: dict[str, np.ndarray] = {}
    kept: dict[str, None] = {}
    dtype = np.dtype(f"<f{settings.bits // 8}")
    no_vector = np.zeros(0, np.float32)
    with new_file(vocabulary / f"{VECTORS}.npy") as file:
        for given, vector in read_vectors(Path(settings.path)):
            word = composed(given)
            if not (tuned or kept):
                no_vector = np.zeros_like(vector)
                _write_header(file, 0, len(vector), dtype)  # of the same length as the one that replaces it
                file.write(no_vector.astype(dtype).tobytes())
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
        _write_header(file, 1 + len(kept), len(no_vector), dtype)
    if settings.mode == "fine-tune":
        with new_file(vocabulary / f"{TUNED}.npy") as file:
            np.save(file, np.stack([no_vector, *tuned.values()]), allow_pickle=False)
        Vocabulary(tuple(tuned), FIRST_VECTOR).save(vocabulary / f"{TUNED}.txt")
    Vocabulary(tuple(kept), FIRST_VECTOR).save(vocabulary / f"{VECTORS}.txt")


def _rounded(vector: np.ndarray, dtype: np.dtype, where: str) -> np.ndarray:
    """Return a vector in 16 or 32 bits. Raises DataError where 16 bits cannot hold a number."""
    with np.errstate(over="ignore"):
        rounded = vector.astype(dtype)
    if not np.isfinite(rounded).all():
        raise DataError(
            f"{where} has numbers above {np.finfo(dtype).max:.0f}, the most that 16 bits hold: set vectors.bits = 32"
        )
    return rounded


def _write_header(file: IO[bytes], rows: int, dimension: int, dtype: np.dtype) -> None:
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (rows, dimension)}
    np.lib.format.write_array_header_1_0(file, header)

"""The pretrained vectors in a model folder: which words have one, and its numbers.

`vectors.npy` is mapped into memory, so that only the rows in use are loaded; its first row belongs to no word. Rows of
8-bit integers are multiplied by the scales in `vector_scales.npy`, one for each row. The words are in `vectors.txt`, or
their keys in `vector_keys.npy`. Vectors that were trained further are in `tuned.npy`, whose first row is for words
without a vector.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tagger.errors import ModelError
from tagger.model.hashed_words import HashedWords, hashed_words, load_keys, word_keys
from tagger.model.mapped_array import mapped_array
from tagger.model.vocabulary import Vocabulary, load_vocabulary
from tagger.text.casing import lower_case

VECTORS = "vectors"
"""Name of the network's input, and of the files of words and numbers."""
TUNED = "tuned"
"""Name of the files of words and numbers that were trained further."""
UNPROJECTED = "unprojected"
"""Name of the file of numbers that the network still has to project, which no finished model has."""
SCALES_FILE = "vector_scales.npy"
KEYS_FILE = "vector_keys.npy"
FIRST_VECTOR = 1
"""Id of the first word that has a vector."""
NO_VECTOR = 0
"""Id of words that have no vector."""


@dataclass(frozen=True)
class VectorTable:
    """Words and their vectors; words whose vectors were trained further come first."""

    words: Vocabulary | HashedWords
    frozen: np.ndarray
    """`[1 + N, D]`, float32, float16 or int8: a row of zeros, and the vectors that were not trained."""
    tuned: np.ndarray | None = None
    """`[1 + M, D]`, float32: the row of words without a vector, and the vectors that were trained; None if none
    were."""
    scales: np.ndarray | None = None
    """`[1 + N]`, float16: the scale of each row of int8; None for other numbers."""
    is_unprojected: bool = False
    """Whether the network still has to project the vectors."""

    @property
    def dimension(self) -> int:
        """Size of a vector."""
        return int(self.frozen.shape[1])

    @property
    def size(self) -> int:
        """Number of ids, that of words without a vector included."""
        return len(self.frozen) + (0 if self.tuned is None else len(self.tuned) - 1)

    def ids(self, words: Sequence[str]) -> np.ndarray:
        """Return the ids `[W]` of words, looked up as they stand and then in lower case.

        A word that is found in neither way has the id `NO_VECTOR`.
        """
        if isinstance(self.words, HashedWords):
            ids = self.words.find(words)
            missing = np.flatnonzero(ids == NO_VECTOR)
            ids[missing] = self.words.find([lower_case(words[place]) for place in missing.tolist()])
            return ids
        known = self.words.ids.get
        found = [known(word) or known(lower_case(word), NO_VECTOR) for word in words]
        return np.array(found, np.intp).reshape(len(words))

    def lookup(self, words: Sequence[str]) -> np.ndarray:
        """Return the vectors `[W, D]` of words, float32."""
        ids = self.ids(words)
        if self.tuned is None:
            return self._frozen_rows(ids)
        last = len(self.tuned) - 1
        vectors = self._frozen_rows(np.maximum(ids - last, 0))
        is_tuned = ids <= last
        vectors[is_tuned] = self.tuned[ids[is_tuned]]
        return vectors

    def _frozen_rows(self, rows: np.ndarray) -> np.ndarray:
        vectors: np.ndarray = self.frozen[rows].astype(np.float32)
        if self.scales is not None:
            vectors *= self.scales[rows].astype(np.float32)[:, np.newaxis]
        return vectors


def open_vectors(vocabulary: Path, *, tuned: bool, hashed: bool = False, unprojected: bool = False) -> VectorTable:
    """Open the vectors in a model's vocabulary folder, or those that its training still has to project.

    `hashed` says that the folder has the words' keys alone. Raises ModelError where something is missing or damaged.
    """
    first = load_vocabulary(vocabulary / f"{TUNED}.txt", FIRST_VECTOR).entries if tuned else ()
    words: Vocabulary | HashedWords
    if hashed:
        keys = load_keys(vocabulary / KEYS_FILE)
        count = len(keys)
        words = hashed_words(np.concatenate([word_keys(first), keys]), FIRST_VECTOR)
    else:
        others = load_vocabulary(vocabulary / f"{VECTORS}.txt", FIRST_VECTOR).entries
        count = len(others)
        words = Vocabulary(first + others, FIRST_VECTOR)
    path = vocabulary / f"{UNPROJECTED if unprojected else VECTORS}.npy"
    kept = _rows(path, count, np.float32, np.float16, np.int8)
    trained = _rows(vocabulary / f"{TUNED}.npy", len(first), np.float32) if tuned else None
    if trained is not None and trained.shape[1] != kept.shape[1]:
        raise ModelError(f"{vocabulary / TUNED}.npy: of another size than {VECTORS}.npy: train the model again")
    scales = _scales(vocabulary / SCALES_FILE, count) if kept.dtype == np.int8 else None
    return VectorTable(words, kept, trained, scales, unprojected)


def _rows(path: Path, words: int, *types: type[np.generic]) -> np.ndarray:
    """Map the vectors of `words` words, and of the row before them, into memory."""
    values = mapped_array(path)
    if values.ndim != 2 or len(values) != words + 1 or values.dtype not in types:
        raise ModelError(f"{path}: not the vectors of the {words} words beside it: train the model again")
    return values


def _scales(path: Path, words: int) -> np.ndarray:
    """Read the scales of the rows of `words` words, and of the row before them."""
    values = mapped_array(path)
    if values.shape != (words + 1,) or values.dtype != np.float16 or not np.isfinite(values).all():
        raise ModelError(f"{path}: not the scales of the {words} vectors beside it: train the model again")
    return values

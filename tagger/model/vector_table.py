"""The pretrained vectors in a model folder: which words have one, and its numbers.

`vectors.npy` is mapped into memory, so that only the rows in use are loaded; its first row belongs to no word. Vectors
that were trained further are in `tuned.npy`, whose first row is for words without a vector.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tagger.errors import ModelError
from tagger.model.vocabulary import Vocabulary, load_vocabulary
from tagger.text.casing import lower_case

VECTORS = "vectors"
"""Name of the network's input, and of the files of words and numbers."""
TUNED = "tuned"
"""Name of the files of words and numbers that were trained further."""
FIRST_VECTOR = 1
"""Id of the first word that has a vector."""
NO_VECTOR = 0
"""Id of words that have no vector."""


@dataclass(frozen=True)
class VectorTable:
    """Words and their vectors; words whose vectors were trained further come first."""

    words: Vocabulary
    frozen: np.ndarray
    """`[1 + N, D]`, float32 or float16: a row of zeros, and the vectors that were not trained."""
    tuned: np.ndarray | None
    """`[1 + M, D]`, float32: the row of words without a vector, and the vectors that were trained; None if none
    were."""

    @property
    def dimension(self) -> int:
        """Size of a vector."""
        return int(self.frozen.shape[1])

    def ids(self, words: Sequence[str]) -> np.ndarray:
        """Return the ids `[W]` of words, looked up as they stand and then in lower case.

        A word that is found in neither way has the id `NO_VECTOR`.
        """
        known = self.words.ids.get
        found = [known(word) or known(lower_case(word), NO_VECTOR) for word in words]
        return np.array(found, np.intp).reshape(len(words))

    def lookup(self, words: Sequence[str]) -> np.ndarray:
        """Return the vectors `[W, D]` of words, float32."""
        ids = self.ids(words)
        vectors: np.ndarray
        if self.tuned is None:
            vectors = self.frozen[ids].astype(np.float32)
            return vectors
        last = len(self.tuned) - 1
        vectors = self.frozen[np.maximum(ids - last, 0)].astype(np.float32)
        is_tuned = ids <= last
        vectors[is_tuned] = self.tuned[ids[is_tuned]]
        return vectors


def open_vectors(vocabulary: Path, *, tuned: bool) -> VectorTable:
    """Open the vectors in a model's vocabulary folder.

    Raises ModelError where they are missing or damaged.
    """
    first = load_vocabulary(vocabulary / f"{TUNED}.txt", FIRST_VECTOR).entries if tuned else ()
    others = load_vocabulary(vocabulary / f"{VECTORS}.txt", FIRST_VECTOR).entries
    kept = _mapped(vocabulary / f"{VECTORS}.npy", len(others))
    trained = _mapped(vocabulary / f"{TUNED}.npy", len(first)) if tuned else None
    if trained is not None and trained.shape[1] != kept.shape[1]:
        raise ModelError(f"{vocabulary / TUNED}.npy: of another size than {VECTORS}.npy: train the model again")
    return VectorTable(Vocabulary(first + others, FIRST_VECTOR), kept, trained)


def _mapped(path: Path, words: int) -> np.ndarray:
    """Map the vectors of `words` words, and of the row before them, into memory."""
    try:
        values: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise ModelError(f"{path}: there is no such file: the model folder is not whole, train it again") from None
    except Exception as error:  # np.load guesses the format by the first bytes, and parses a header as Python
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(f"{path}: damaged ({reason}): train the model again") from None
    if not isinstance(values, np.ndarray):
        raise ModelError(f"{path}: damaged (an archive): train the model again")
    if values.ndim != 2 or len(values) != words + 1 or values.dtype not in (np.float32, np.float16):
        raise ModelError(f"{path}: not the vectors of the {words} words beside it: train the model again")
    return values

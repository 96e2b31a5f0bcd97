"""The pretrained vectors of a model folder: which words have one, and where it lies.

`vectors.npy` is mapped into memory, so that only what is read of it takes any; its first row is of no word. Where some
were trained further, those are the rows of `tuned.npy`, the first of which is for words that have no vector.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from tagger.errors import ModelError
from tagger.model.vocabulary import Vocabulary, load_vocabulary
from tagger.text.casing import lower_case

VECTORS = "vectors"
"""As the network calls this input, and the files of words and of numbers."""
TUNED = "tuned"
FIRST_VECTOR = 1
NO_VECTOR = 0


@dataclass(frozen=True)
class VectorTable:
    """Words with vectors: the tuned ones, whose ids follow 0 for none, and then the others."""

    words: Vocabulary
    frozen: np.ndarray
    """`[1 + N, D]`, of 32 or 16 bits: those that are as they came, after a row of zeros."""
    tuned: np.ndarray | None
    """`[1 + M, D]`, float32: those that were trained, after the row of words that have none; None if there are none."""

    @property
    def dimension(self) -> int:
        """The numbers of a vector."""
        return self.frozen.shape[1]

    def ids(self, words: Sequence[str]) -> np.ndarray:
        """The ids `[W]` of words: of the word as it stands, or else in lower case; 0 where neither has a vector."""
        known = self.words.ids.get
        found = [known(word) or known(lower_case(word), NO_VECTOR) for word in words]
        return np.array(found, np.intp).reshape(len(words))

    def lookup(self, words: Sequence[str]) -> np.ndarray:
        """The vectors `[W, D]` of words, float32."""
        ids = self.ids(words)
        if self.tuned is None:
            return self.frozen[ids].astype(np.float32)
        last = len(self.tuned) - 1
        vectors = self.frozen[np.maximum(ids - last, 0)].astype(np.float32)
        is_tuned = ids <= last
        vectors[is_tuned] = self.tuned[ids[is_tuned]]
        return vectors


def open_vectors(vocabulary: Path, *, tuned: bool) -> VectorTable:
    """Those of a model's vocabulary folder. Raises ModelError where they are missing or damaged."""
    first = load_vocabulary(vocabulary / f"{TUNED}.txt", FIRST_VECTOR).entries if tuned else ()
    others = load_vocabulary(vocabulary / f"{VECTORS}.txt", FIRST_VECTOR).entries
    kept = _mapped(vocabulary / f"{VECTORS}.npy", len(others))
    trained = _mapped(vocabulary / f"{TUNED}.npy", len(first)) if tuned else None
    if trained is not None and trained.shape[1] != kept.shape[1]:
        raise ModelError(f"{vocabulary / TUNED}.npy: of another size than {VECTORS}.npy: train the model again")
    return VectorTable(Vocabulary(first + others, FIRST_VECTOR), kept, trained)


def _mapped(path: Path, words: int) -> np.ndarray:
    """The numbers of so many words and of one row more."""
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise ModelError(f"{path}: there is no such file: the model folder is not whole, train it again") from None
    except (OSError, ValueError, EOFError, BadZipFile) as error:  # np.load tells files apart by how they begin
        raise ModelError(f"{path}: damaged ({error}): train the model again") from None
    if values.ndim != 2 or len(values) != words + 1 or values.dtype not in (np.float32, np.float16):
        raise ModelError(f"{path}: not the vectors of the {words} words beside it: train the model again")
    return values

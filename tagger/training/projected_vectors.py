"""Pretrained vectors that the network projects while it is trained, and whose projections the finished model has.

While a model is trained, `unprojected.npy` in its vocabulary folder has the vectors of the file in 32 bits. A finished
model has `vectors.npy`, whose rows are projected, in their place, and `unprojected.sha256`, by which a run that trains
it further makes sure that the file of vectors is still the same.
"""

from pathlib import Path

from tagger.config.word_inputs import VectorsConfig
from tagger.errors import DataError
from tagger.files import write_file
from tagger.model.folder import VOCABULARY_FOLDER
from tagger.model.model_manifest import sha256
from tagger.model.vector_table import UNPROJECTED, VECTORS, VectorTable, open_vectors
from tagger.network.saved_weights import writing
from tagger.network.vector_embedding import VectorEmbedding
from tagger.training.vector_rows import new_rows

_SUMS_FILE = f"{UNPROJECTED}.sha256"
"""Checksums of the vectors and of the list of their words, as `sha256sum` writes them."""
_ROWS_AT_ONCE = 1 << 14


def check_can_be_read_again(folder: Path, source: str) -> None:
    """Raise DataError where the run in a folder began with the vectors of a file, `source`, that is gone now."""
    if (folder / VOCABULARY_FOLDER / _SUMS_FILE).is_file() and not Path(source).is_file():
        raise DataError(
            f"{source}: there is no such file: a finished model has only projections of its vectors, so put the file "
            "back to train it further, or start anew with --overwrite"
        )


def has_unprojected(vocabulary: Path, words: Path) -> bool:
    """Whether the vectors that a run began with are there, whole; `words` is the file of the words or of their keys."""
    try:
        return (vocabulary / _SUMS_FILE).read_text(encoding="utf-8") == _sums(vocabulary, words)
    except (FileNotFoundError, UnicodeDecodeError):
        return False


def note_unprojected(vocabulary: Path, words: Path, source: str) -> None:
    """Note the vectors that a new run has read from `source`.

    Raises DataError where the run began with others.
    """
    if not (vocabulary / _SUMS_FILE).is_file():
        write_file(vocabulary / _SUMS_FILE, _sums(vocabulary, words))
    elif not has_unprojected(vocabulary, words):
        raise DataError(
            f"{source}: holds other vectors than those that the model was trained with: put back the same file to "
            "train it further, or start anew with --overwrite"
        )


def save_projected(
    vectors: VectorTable, network: VectorEmbedding, settings: VectorsConfig, folder: Path
) -> VectorTable:
    """Write the projections of vectors into the folder of a run, in `settings.bits`, and return these.

    Raises DataError where the bits cannot hold a number.
    """
    assert network.projection is not None
    projection = network.projection.numpy()
    vocabulary = folder / VOCABULARY_FOLDER
    with (
        writing(folder),
        new_rows(vocabulary / f"{VECTORS}.npy", network.output_size, settings.bits) as writer,
    ):
        for first in range(1, len(vectors.frozen), _ROWS_AT_ONCE):
            for row in vectors.frozen[first : first + _ROWS_AT_ONCE] @ projection:
                writer.add(row, f"{folder}: a projected vector")
    return open_vectors(vocabulary, tuned=False, hashed=settings.keys == "hashes")


def remove_unprojected(folder: Path) -> None:
    """Remove the vectors of a run that are not projected, if there are any: a finished model needs only projections."""
    with writing(folder):
        (folder / VOCABULARY_FOLDER / f"{UNPROJECTED}.npy").unlink(missing_ok=True)


def _sums(vocabulary: Path, words: Path) -> str:
    """The checksums of the vectors that are not projected and of their words. Raises FileNotFoundError."""
    return "".join(f"{sha256(path)}  {path.name}\n" for path in (vocabulary / f"{UNPROJECTED}.npy", words))

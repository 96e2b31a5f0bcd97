"""Copies all pretrained vectors of a file into the model folder.

Tagging meets words that the train split does not have.
"""

from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from tagger.config.schema import Config
from tagger.config.word_inputs import VectorsConfig
from tagger.corpus.vector_files import read_vectors
from tagger.files import new_file
from tagger.model.folder import VOCABULARY_FOLDER
from tagger.model.hashed_words import save_keys, word_keys
from tagger.model.vector_table import (
    FIRST_VECTOR,
    KEYS_FILE,
    TUNED,
    UNPROJECTED,
    VECTORS,
    VectorTable,
    open_vectors,
)
from tagger.model.vocabulary import Vocabulary
from tagger.network.network import Network
from tagger.network.saved_weights import writing
from tagger.text.casing import lower_case
from tagger.text.composing import composed
from tagger.training.projected_vectors import check_can_be_read_again, has_unprojected, note_unprojected
from tagger.training.vector_rows import RowWriter, new_rows, reorder_rows
from tagger.training.workers import Workers


def prepared_vectors(config: Config, train: Collection[str], folder: Path, workers: Workers) -> VectorTable | None:
    """Return the pretrained vectors of a configuration; None where it names none.

    The chief copies the vectors into the folder of the run, unless they are there already. `train` holds the words of
    the train split. Raises DataError where the file of vectors is damaged, or where it is read again for a finished
    model that is resumed, and is not the one that trained it.
    """
    settings = config.vectors
    if not settings.path:
        return None
    vocabulary = folder / VOCABULARY_FOLDER
    hashed, unprojected = settings.keys == "hashes", settings.projection > 0
    if workers.is_chief:
        with writing(folder):
            words = vocabulary / (KEYS_FILE if hashed else f"{VECTORS}.txt")
            if not unprojected and not words.is_file():
                _copy_vectors(settings, train, vocabulary)
            if unprojected and not has_unprojected(vocabulary, words):
                check_can_be_read_again(folder, settings.path)
                _copy_vectors(settings, train, vocabulary)
                note_unprojected(vocabulary, words, settings.path)
    workers.meet()
    return open_vectors(vocabulary, tuned=settings.mode == "fine-tune", hashed=hashed, unprojected=unprojected)


def save_tuned(network: Network, folder: Path) -> None:
    """Write the network's fine-tuned vectors, if any, for tagging without TensorFlow."""
    if network.vectors is not None and network.vectors.table is not None:
        with writing(folder), new_file(folder / VOCABULARY_FOLDER / f"{TUNED}.npy") as file:
            np.save(file, network.vectors.table.numpy(), allow_pickle=False)


def _copy_vectors(settings: VectorsConfig, train: Collection[str], vocabulary: Path) -> None:
    """Copy a file of vectors to the vocabulary folder while it is read.

    Vectors that will be fine-tuned (of words of train, as they stand or in lower case) are collected in memory, the
    others written at once; those that will be projected in 32 bits. The list of words is written last: where the list
    exists, everything is written.
    """
    tunable = {form for word in train for form in (word, lower_case(word))} if settings.mode == "fine-tune" else set()
    tuned: dict[str, np.ndarray] = {}
    kept: dict[str, None] = {}
    path = vocabulary / f"{UNPROJECTED if settings.projection else VECTORS}.npy"
    bits = 32 if settings.projection else settings.bits
    no_vector = np.zeros(0, np.float32)
    with ExitStack() as stack:
        writer: RowWriter | None = None
        for given, vector in read_vectors(Path(settings.path)):
            word = composed(given)
            if writer is None:
                no_vector = np.zeros_like(vector)
                writer = stack.enter_context(new_rows(path, len(vector), bits))
            if word in tuned or word in kept:
                continue
            if word in tunable:
                tuned[word] = vector
            else:
                kept[word] = None
                writer.add(vector, f"{settings.path}: '{word}'")
            if len(tuned) + len(kept) == settings.max_words:
                break
    if settings.mode == "fine-tune":
        with new_file(vocabulary / f"{TUNED}.npy") as file:
            np.save(file, np.stack([no_vector, *tuned.values()]), allow_pickle=False)
        Vocabulary(tuple(tuned), FIRST_VECTOR).save(vocabulary / f"{TUNED}.txt")
    if settings.keys == "hashes":
        keys, first = np.unique(word_keys(list(kept)), return_index=True)
        reorder_rows(path, first, bits)
        save_keys(vocabulary / KEYS_FILE, keys)
    else:
        Vocabulary(tuple(kept), FIRST_VECTOR).save(vocabulary / f"{VECTORS}.txt")

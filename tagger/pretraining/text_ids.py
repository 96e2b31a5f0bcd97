"""The text of a language model as ids on disk, written once and read many times.

The ids stand in one array of as few bytes each as the vocabulary allows, in the order of the text. It is mapped into
memory: parallel streams read at as many places of it at once, and a place to resume from is a number. Records, of which
each would have to be read through to its end, have neither.
"""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np

from tagger.errors import DataError
from tagger.files import UNFINISHED, new_file, write_file
from tagger.model.folder import VOCABULARY_FOLDER
from tagger.model.language_model_folder import CHARACTERS_NAME
from tagger.model.vocabulary import FIRST_WORD, UNKNOWN, Vocabulary, load_vocabulary, word_vocabulary
from tagger.network.saved_weights import writing
from tagger.pretraining.text_sources import (
    CHARACTERS_AT_ONCE,
    TEXT_FOLDER,
    HashedText,
    TextRecord,
    check_same_checksum,
    check_same_text,
)
from tagger.training.state import read_saved

_IDS, _RECORD = "ids.npy", "text.json"
_CODES = 0x110000
"""One more than the largest code point of Unicode."""
_CODE_BYTES = 4


@dataclass(frozen=True)
class TextIds:
    """A text as ids `[N]`, mapped into memory, with its vocabulary."""

    ids: np.ndarray
    vocabulary: Vocabulary
    record: TextRecord


def prepared_text(files: Sequence[str], folder: Path, min_count: int, checksum: str | None = None) -> TextIds:
    """Return the text in the folder of a run: that of `files`, or the one that the run has read before.

    `-` is standard input. The vocabulary has the characters that occur `min_count` times; all others are the unknown
    one. `checksum` is that of the text with which a run to resume began. Raises DataError where a file is missing,
    damaged, empty or not UTF-8, and where the run began with another text.
    """
    record = read_saved(folder / TEXT_FOLDER / _RECORD, TextRecord)  # None too where a kill came before its end
    if record is None:
        with writing(folder):
            record = _write_ids(files, folder, min_count, checksum)
    else:
        check_same_text(files, record, folder)
    vocabulary = load_vocabulary(folder / VOCABULARY_FOLDER / CHARACTERS_NAME, FIRST_WORD)
    return TextIds(np.load(folder / TEXT_FOLDER / _IDS, mmap_mode="r"), vocabulary, record)


def _write_ids(files: Sequence[str], folder: Path, min_count: int, checksum: str | None) -> TextRecord:
    """Write ids, vocabulary and, last, the record of the text of some files."""
    target = folder / TEXT_FOLDER
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryFile(dir=target, prefix=".points.", suffix=UNFINISHED) as points:
        text, counts = _copy_code_points(files, points)
        check_same_checksum(text.checksum, checksum, folder)
        found = {chr(code): int(counts[code]) for code in np.flatnonzero(counts)}
        vocabulary = word_vocabulary(found, min_count)
        if not vocabulary.entries:
            raise DataError(f"no character of the text occurs {min_count:,} times: lower characters.min_count")
        table = np.full(_CODES, UNKNOWN, np.min_scalar_type(len(vocabulary) - 1))
        for character, number in vocabulary.ids.items():
            table[ord(character)] = number
        total = sum(source.characters for source in text.sources)
        with new_file(target / _IDS) as file:
            header = {"descr": np.lib.format.dtype_to_descr(table.dtype), "fortran_order": False, "shape": (total,)}
            np.lib.format.write_array_header_1_0(file, header)
            points.seek(0)
            for block in iter(partial(points.read, CHARACTERS_AT_ONCE * _CODE_BYTES), b""):
                file.write(table[np.frombuffer(block, "<u4")].tobytes())
    (folder / VOCABULARY_FOLDER).mkdir(exist_ok=True)
    vocabulary.save(folder / VOCABULARY_FOLDER / CHARACTERS_NAME)
    rare = total - sum(found[each] for each in vocabulary.entries)
    record = TextRecord(tuple(text.sources), text.checksum, rare)
    write_file(target / _RECORD, json.dumps(asdict(record), indent=1) + "\n")
    return record


def _copy_code_points(files: Sequence[str], points: IO[bytes]) -> tuple[HashedText, np.ndarray]:
    """Write all characters of some files as 4 bytes each; return what was read, and counts by code point."""
    counts = np.zeros(_CODES, np.int64)
    text = HashedText()
    for path in files:
        for block in text.blocks(path):
            values, times = np.unique(np.frombuffer(block, "<u4"), return_counts=True)
            counts[values] += times
            points.write(block)
    return text, counts

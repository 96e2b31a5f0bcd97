"""The text of a language model as ids on disk, written once and read many times.

The ids stand in one array of as few bytes each as the vocabulary allows, in the order of the text. It is mapped into
memory: parallel streams read at as many places of it at once, and a place to resume from is a number. Records, of which
each would have to be read through to its end, have neither.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np

from tagger.errors import DataError
from tagger.files import UNFINISHED, new_file, write_file
from tagger.model.folder import VOCABULARY_FOLDER
from tagger.model.language_model_folder import CHARACTERS_NAME
from tagger.model.vocabulary import FIRST_WORD, UNKNOWN, Vocabulary, load_vocabulary, word_vocabulary
from tagger.network.saved_weights import writing
from tagger.text.reading import file_name, text_pieces
from tagger.training.state import read_saved

TEXT_FOLDER = "text"
"""Folder of the ids, in the folder of an unfinished run."""

STANDARD_INPUT = "-"
"""What stands for standard input among files."""

_IDS, _RECORD = "ids.npy", "text.json"
_CODES = 0x110000
"""One more than the largest code point of Unicode."""
_CODE_BYTES = 4
_AT_ONCE = 1 << 20
"""Characters that are turned into ids at once."""


@dataclass(frozen=True)
class Source:
    """One file of the text: its name without folders, its size on disk, and its characters."""

    name: str
    bytes: int
    """0 for standard input."""
    characters: int

    def matches(self, path: str) -> bool:
        """Whether a path may be that of this file, by name and size."""
        return (self.name, self.bytes) == _name_and_size(path)


@dataclass(frozen=True)
class TextRecord:
    """What the ids were made of."""

    sources: tuple[Source, ...]
    checksum: str
    """SHA-256 of the text, as UTF-32."""
    rare: int
    """Characters that are read as the unknown one."""

    def as_dict(self) -> dict[str, Any]:
        """Return the record as `metrics.json` has it."""
        return {"files": [asdict(each) for each in self.sources], "sha256": self.checksum, "rare": self.rare}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "TextRecord":
        """Return what `as_dict` gave."""
        return cls(tuple(Source(**each) for each in content["files"]), content["sha256"], content["rare"])


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


def check_same_text(files: Sequence[str], record: TextRecord, folder: Path) -> None:
    """Raise DataError where files do not hold the text that the run in a folder has read.

    Files are read again; standard input is taken to be the same.
    """
    is_same = len(files) == len(record.sources) and all(map(Source.matches, record.sources, files))
    if is_same and STANDARD_INPUT not in files:
        digest = hashlib.sha256()
        for path in files:
            for block in _blocks(path):
                digest.update(block)
        is_same = digest.hexdigest() == record.checksum
    if not is_same:
        names = ", ".join(source.name for source in record.sources)
        raise DataError(
            f"{folder}: the run to resume has read other text ({names}): give the same, or start anew with --overwrite"
        )


def _write_ids(files: Sequence[str], folder: Path, min_count: int, checksum: str | None) -> TextRecord:
    """Write ids, vocabulary and, last, the record of the text of some files."""
    target = folder / TEXT_FOLDER
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryFile(dir=target, prefix=".points.", suffix=UNFINISHED) as points:
        sources, found_checksum, counts = _copy_code_points(files, points)
        if checksum not in (None, found_checksum):
            raise DataError(f"{folder}: the run to resume began with another text: give that one, or start anew")
        found = {chr(code): int(counts[code]) for code in np.flatnonzero(counts)}
        vocabulary = word_vocabulary(found, min_count)
        if not vocabulary.entries:
            raise DataError(f"no character of the text occurs {min_count:,} times: lower characters.min_count")
        table = np.full(_CODES, UNKNOWN, np.min_scalar_type(len(vocabulary) - 1))
        for character, number in vocabulary.ids.items():
            table[ord(character)] = number
        total = sum(source.characters for source in sources)
        with new_file(target / _IDS) as file:
            header = {"descr": np.lib.format.dtype_to_descr(table.dtype), "fortran_order": False, "shape": (total,)}
            np.lib.format.write_array_header_1_0(file, header)
            points.seek(0)
            for block in iter(partial(points.read, _AT_ONCE * _CODE_BYTES), b""):
                file.write(table[np.frombuffer(block, "<u4")].tobytes())
    (folder / VOCABULARY_FOLDER).mkdir(exist_ok=True)
    vocabulary.save(folder / VOCABULARY_FOLDER / CHARACTERS_NAME)
    record = TextRecord(sources, found_checksum, total - sum(found[each] for each in vocabulary.entries))
    write_file(target / _RECORD, json.dumps(asdict(record), indent=1) + "\n")
    return record


def _copy_code_points(files: Sequence[str], points: IO[bytes]) -> tuple[tuple[Source, ...], str, np.ndarray]:
    """Write all characters of some files as 4 bytes each.

    Return the files, the checksum of the text, and counts by code point.
    """
    counts = np.zeros(_CODES, np.int64)
    digest = hashlib.sha256()
    sources = []
    for path in files:
        characters = 0
        for block in _blocks(path):
            codes = np.frombuffer(block, "<u4")
            values, times = np.unique(codes, return_counts=True)
            counts[values] += times
            characters += len(codes)
            digest.update(block)
            points.write(block)
        sources.append(Source(*_name_and_size(path), characters))
    return tuple(sources), digest.hexdigest(), counts


def _blocks(path: str) -> Iterator[bytes]:
    """Yield the characters of a file as UTF-32, about `_AT_ONCE` of them at a time."""
    pieces: list[str] = []
    size = 0
    for piece in text_pieces(path):
        pieces.append(piece)
        size += len(piece)
        if size >= _AT_ONCE:
            yield "".join(pieces).encode("utf-32-le")
            pieces, size = [], 0
    yield "".join(pieces).encode("utf-32-le")


def _name_and_size(path: str) -> tuple[str, int]:
    is_file = path != STANDARD_INPUT and os.path.isfile(path)
    name = Path(path).name if is_file else file_name(path)
    return name.encode("utf-8", "replace").decode("utf-8"), (os.path.getsize(path) if is_file else 0)

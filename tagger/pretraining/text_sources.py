"""The files that a language model learns from: what identifies them, and whether a resumed run has the same."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from tagger.errors import DataError
from tagger.text.reading import file_name, text_pieces

Part = TypeVar("Part", str, bytes)

TEXT_FOLDER = "text"
"""Folder of the text in the form that is read many times, in the folder of an unfinished run."""
STANDARD_INPUT = "-"
"""What stands for standard input among files."""
CHARACTERS_AT_ONCE = 1 << 20
"""Characters that are read, or turned into ids, at once."""


@dataclass(frozen=True)
class TextSource:
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
    """What the text of a run was made of."""

    sources: tuple[TextSource, ...]
    checksum: str
    """SHA-256 of the text, as UTF-32."""
    rare: int
    """Characters of the text, or words of it, that are read as the unknown one."""

    def as_dict(self) -> dict[str, Any]:
        """Return the record as `metrics.json` has it."""
        return {"files": [asdict(each) for each in self.sources], "sha256": self.checksum, "rare": self.rare}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "TextRecord":
        """Return what `as_dict` gave."""
        return cls(tuple(TextSource(**each) for each in content["files"]), content["sha256"], content["rare"])


class HashedText:
    """The files of a text, read once, with the checksum of all that was read."""

    def __init__(self) -> None:
        self.sources: list[TextSource] = []
        self._digest = hashlib.sha256()

    @property
    def checksum(self) -> str:
        """SHA-256 of the text read so far, as UTF-32."""
        return self._digest.hexdigest()

    def pieces(self, path: str) -> Iterator[str]:
        """Yield the text of a file in pieces, and note the file when it ends. Raises what `text_pieces` raises."""
        return self._noted(path, text_pieces(path), lambda piece: piece.encode("utf-32-le"))

    def blocks(self, path: str) -> Iterator[bytes]:
        """Yield the characters of a file as UTF-32, about `CHARACTERS_AT_ONCE` of them at a time, as `pieces` does."""
        return self._noted(path, _blocks(path), lambda block: block)

    def _noted(self, path: str, parts: Iterator[Part], as_bytes: Callable[[Part], bytes]) -> Iterator[Part]:
        size = 0
        for part in parts:
            content = as_bytes(part)
            self._digest.update(content)
            size += len(content)
            yield part
        self.sources.append(TextSource(*_name_and_size(path), size // 4))


def check_same_text(files: Sequence[str], record: TextRecord, folder: Path) -> None:
    """Raise DataError where files do not hold the text that the run in a folder has read.

    Files are read again; standard input is taken to be the same.
    """
    is_same = len(files) == len(record.sources) and all(map(TextSource.matches, record.sources, files))
    if is_same and STANDARD_INPUT not in files:
        text = HashedText()
        for path in files:
            for _ in text.blocks(path):
                pass
        is_same = text.checksum == record.checksum
    if not is_same:
        names = ", ".join(source.name for source in record.sources)
        raise DataError(
            f"{folder}: the run to resume has read other text ({names}): give the same, or start anew with --overwrite"
        )


def check_same_checksum(found: str, begun: str | None, folder: Path) -> None:
    """Raise DataError where the text that was read is not the one with which a run began."""
    if begun not in (None, found):
        raise DataError(f"{folder}: the run to resume began with another text: give that one, or start anew")


def _blocks(path: str) -> Iterator[bytes]:
    """Yield the characters of a file as UTF-32, about `CHARACTERS_AT_ONCE` of them at a time."""
    pieces: list[str] = []
    size = 0
    for piece in text_pieces(path):
        pieces.append(piece)
        size += len(piece)
        if size >= CHARACTERS_AT_ONCE:
            yield "".join(pieces).encode("utf-32-le")
            pieces, size = [], 0
    yield "".join(pieces).encode("utf-32-le")


def _name_and_size(path: str) -> tuple[str, int]:
    is_file = path != STANDARD_INPUT and os.path.isfile(path)
    name = Path(path).name if is_file else file_name(path)
    return name.encode("utf-8", "replace").decode("utf-8"), (os.path.getsize(path) if is_file else 0)

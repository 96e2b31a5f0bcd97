"""Where redacted text goes: the file of each input, and the mapping, which says what was replaced."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import IO

from tagger.errors import ConfigError, DataError
from tagger.files import new_file
from tagger.redaction.redactor import Redaction

_COMPRESSED = (".gz", ".bz2", ".xz", ".lzma")
_OWNER_ONLY = 0o600


class RedactionLog:
    """Counts what was replaced, and writes it to the mapping where one is wanted.

    A mapping that `is_kept` is in its place at once, and stays however the block ends, once anything was replaced: the
    redacted text is out then. Another one is written whole or not at all.
    """

    def __init__(self, mapping: Path | None, *, is_kept: bool) -> None:
        self.counts: Counter[str] = Counter()
        self._mapping, self._is_kept = mapping, is_kept
        self._stack = ExitStack()
        self._file: IO[bytes] | None = None

    def __enter__(self) -> "RedactionLog":
        """Raises DataError where the mapping cannot be written."""
        if self._mapping:
            try:
                self._mapping.parent.mkdir(parents=True, exist_ok=True)
                if self._is_kept:
                    self._mapping.unlink(missing_ok=True)
                    opened: IO[bytes] = open(self._mapping, "xb", opener=_opened_by_owner)
                    self._file = self._stack.enter_context(opened)
                else:
                    self._file = self._stack.enter_context(new_file(self._mapping, mode=_OWNER_ONLY))
            except OSError as error:
                raise self._not_written(error) from None
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        try:
            self._stack.__exit__(kind, *error)  # type: ignore[arg-type]
        except OSError as not_written:
            if not_written is error[0]:
                raise
            raise self._not_written(not_written) from None
        if kind and self._mapping and self._is_kept and not self.counts:
            self._mapping.unlink(missing_ok=True)

    def add(self, name: str, redactions: Iterable[Redaction]) -> None:
        """Take what was replaced in the file of a name. Raises DataError where it cannot be written."""
        for each in redactions:
            self.counts[each.label] += 1
            if self._file:
                line = json.dumps({"file": name, **asdict(each)}, ensure_ascii=False)
                try:
                    self._file.write(line.encode() + b"\n")
                except OSError as error:
                    raise self._not_written(error) from None
        if self._file and self._is_kept:
            try:
                self._file.flush()
            except OSError as error:
                raise self._not_written(error) from None

    def _not_written(self, error: OSError) -> DataError:
        return DataError(f"{self._mapping}: could not be written: {error.strerror or error}")


def output_files(given: Sequence[str], inputs: Sequence[str], output: Path | None) -> list[Path | None]:
    """Return the file to write for each input; None for standard output.

    `given` is what the user has named: a folder or a pattern is redacted into a folder, even if it has one file, and so
    is what goes to a folder that exists. Files keep their names, but for the ending of a compressed one. Raises
    ConfigError for several files that would be one, or that have no folder to go to.
    """
    if output is None and len(inputs) > 1:
        raise ConfigError(f"{len(inputs)} files are to be redacted: say --output FOLDER, where each gets its name")
    is_one_file = len(inputs) == 1 and all(name == "-" or os.path.isfile(name) for name in given)
    if output is None or (is_one_file and (inputs == ["-"] or not output.is_dir())):
        return [output]
    names = [_plain_name(path) for path in inputs]
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise ConfigError(f"two files would be called {twice[0]}, and be one in {output}: redact them one by one")
    return [output / name for name in names]


def _plain_name(path: str) -> str:
    """Return the name under which the text of a file is written, which is not compressed."""
    name = Path(path)
    return name.stem if name.suffix.lower() in _COMPRESSED else name.name


def _opened_by_owner(path: str, flags: int) -> int:
    return os.open(path, flags, _OWNER_ONLY)

"""Large inputs cut into parts, each tagged into a file of its own, so that a run can go on where it ended."""

import glob
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from tagger.errors import ConfigError, DataError, MissingPackageError
from tagger.packages import install_line
from tagger.text.reading import BYTE_ORDER_MARK, COMPRESSIONS

PART = 8 << 20
"""Bytes of a part, about: the work of a minute or less."""
BLOCK = 1 << 20
PLAN = "plan.json"
DONE = "_SUCCESS"
UNFINISHED = ".unfinished"
KINDS = {"jsonl": (".jsonl", ".ndjson"), "parquet": (".parquet",)}
"""What a file holds by the end of its name, a `.gz`, `.xz` or `.bz2` left out; any other is plain text."""


@dataclass(frozen=True)
class Part:
    """Some of an input file: bytes `start` to `end` of a text or of JSON lines, row groups `start` to `end` of Parquet;
    a compressed file is one part. `before` are the characters of a text, or the rows, that stand before it."""

    number: int
    path: str
    kind: str
    start: int
    end: int
    before: int


def input_files(inputs: Sequence[str]) -> list[str]:
    """The files of some files, folders and patterns such as `news/*.txt`, in order; hidden ones are left out.

    Raises DataError where nothing is found.
    """
    files: list[str] = []
    for given in inputs:
        if os.path.isdir(given):
            found = [os.path.join(folder, name) for folder, _, names in os.walk(given) for name in names]
            found = [path for path in found if not os.path.relpath(path, given).startswith((".", "_"))]
        else:
            found = [given] if os.path.exists(given) else glob.glob(given, recursive=True)
            found = [path for path in found if os.path.isfile(path)]
        if not found:
            raise DataError(f"{given}: no file there; give files, folders of files, or a pattern such as 'news/*.txt'")
        files += sorted(found)
    return list(dict.fromkeys(map(os.path.abspath, files)))


def cut(files: Sequence[str], size: int = PART, *, sentence_a_line: bool = False) -> list[Part]:
    """The parts of all files. Texts are cut after blank lines, for no sentence goes on over one, or between lines."""
    parts: list[Part] = []
    for path in files:
        kind = kind_of(path)
        any_line = kind == "jsonl" or sentence_a_line
        for start, end, before in _row_groups(path) if kind == "parquet" else _ranges(path, kind, size, any_line):
            parts.append(Part(len(parts), path, kind, start, end, before))
    return parts


def kind_of(path: str) -> str:
    """`jsonl`, `parquet` or `text`."""
    name = path.lower()
    for end in (".gz", ".xz", ".bz2"):
        name = name.removesuffix(end)
    return next((kind for kind, ends in KINDS.items() if name.endswith(ends)), "text")


def _ranges(path: str, kind: str, size: int, any_line: bool) -> Iterator[tuple[int, int, int]]:
    """First byte, byte after the last, and characters (of JSON lines: lines) before them, of each part of a file."""
    whole = os.path.getsize(path)
    with open(path, "rb") as file:
        beginning = file.read(8)
        if whole <= size or any(beginning.startswith(magic) for magic in COMPRESSIONS):
            yield 0, whole, 0
            return
        start = before = 0
        while start < whole:
            end = _end_of_part(file, start + size, whole, any_line)
            yield start, end, before
            before += _count(file, start, end, kind)
            start = end


def _end_of_part(file: IO[bytes], at: int, whole: int, any_line: bool) -> int:
    """The first place from `at` on where a line begins, after a blank one unless any will do; or the file's end."""
    file.seek(min(at, whole))
    file.readline()
    if any_line:
        return file.tell()
    while line := file.readline():
        if not line.strip(b" \t\r\n"):
            return file.tell()
    return whole


def _count(file: IO[bytes], start: int, end: int, kind: str) -> int:
    """The characters of UTF-8 in a range of a file, or its lines."""
    import numpy as np

    file.seek(start)
    count, left = 0, end - start
    if start == 0 and kind == "text" and file.read(3) == BYTE_ORDER_MARK:
        count -= 1  # it is no character of the text
    file.seek(start)
    while left and (block := file.read(min(BLOCK, left))):
        left -= len(block)
        if kind == "text":
            count += int(np.count_nonzero((np.frombuffer(block, np.uint8) & 0xC0) != 0x80))
        else:
            count += block.count(b"\n")
    return count


def _row_groups(path: str) -> Iterator[tuple[int, int, int]]:
    """First row group, the one after the last, and rows before them, of each part of a Parquet file."""
    before = 0
    metadata = open_parquet(path).metadata
    for group in range(metadata.num_row_groups):
        yield group, group + 1, before
        before += metadata.row_group(group).num_rows


def open_parquet(path: str) -> "pyarrow.parquet.ParquetFile":  # noqa: F821 (imported late)
    """A Parquet file. Raises DataError where it is none."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingPackageError(f"{path}: Parquet files need pyarrow: {install_line('ray')}") from None
    try:
        return pyarrow.parquet.ParquetFile(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{path}: is no whole Parquet file ({error})") from None


def plan(parts: Sequence[Part], options: dict[str, object]) -> str:
    """What decides what is written, as text that is the same for the same run."""
    inputs = {path: [os.path.getsize(path), os.stat(path).st_mtime_ns] for path in {part.path for part in parts}}
    return json.dumps({"options": options, "inputs": inputs, "parts": [asdict(part) for part in parts]}, sort_keys=True)


def open_output(output: Path, planned: str, *, overwrite: bool = False) -> None:
    """Make the folder of a run ready, or find that of the same run. Raises ConfigError where it holds another one's."""
    digest = hashlib.sha256(planned.encode()).hexdigest()
    note = output / PLAN
    try:
        output.mkdir(parents=True, exist_ok=True)
        if note.is_file() and not overwrite:
            if json.loads(note.read_text(encoding="utf-8")).get("sha256") != digest:
                raise ConfigError(
                    f"{output}: holds another run, of other input, options or another model: name another folder, or "
                    "say --overwrite"
                )
        elif any(output.iterdir()) and not (overwrite and note.is_file()):
            raise ConfigError(f"{output}: holds other files and no {PLAN}, so nothing is written there")
        else:
            for old in output.iterdir():
                if old.is_file() and (old.name.startswith((".part-", "part-")) or old.name in (PLAN, DONE)):
                    old.unlink()
            _write(note, json.dumps({"sha256": digest}) + "\n")
        for left in output.glob(f".part-*{UNFINISHED}"):
            left.unlink()
    except OSError as error:
        raise DataError(f"{error.filename or output}: cannot be written: {error.strerror}") from None
    except ValueError as error:
        raise DataError(f"{note}: cannot be read ({error}): name another folder") from None


def finish_output(output: Path) -> None:
    """Mark a folder whose parts are all there, and remove what workers that died have left."""
    for left in output.glob(f".part-*{UNFINISHED}"):
        left.unlink()
    _write(output / DONE, "")


def _write(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}{UNFINISHED}")
    unfinished.write_text(text, encoding="utf-8")
    os.replace(unfinished, path)

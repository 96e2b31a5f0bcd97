"""Cutting large inputs into parts, each tagged into a file of its own.

Finished parts are kept, so a stopped run can be resumed.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tagger.documents import parse_json
from tagger.errors import ConfigError, DataError, MissingPackageError
from tagger.files import UNFINISHED, UNFINISHED_NAME, foreign_entry, remove_leftovers, write_file
from tagger.packages import install_line
from tagger.text.reading import BYTE_ORDER_MARK, COMPRESSIONS

if TYPE_CHECKING:
    import pyarrow.parquet

PART_BYTES = 8 << 20
"""Bytes of a part, about: the work of a minute or less."""
READ_BYTES = 1 << 20
"""Bytes read at a time."""
PLAN_FILE = "plan.json"
"""The file in an output folder that identifies its run."""
SUCCESS_FILE = "_SUCCESS"
"""The file in an output folder that says that all parts are there, as Hadoop and Spark name it."""
_OWN_FILES = re.compile(
    rf"{re.escape(PLAN_FILE)}|{SUCCESS_FILE}|part-[0-9]{{5,}}\.(txt|conllu|tsv|jsonl|html|parquet)|{UNFINISHED_NAME}"
)
"""Names of all files that a run writes."""
FILE_KINDS = {"jsonl": (".jsonl", ".ndjson"), "parquet": (".parquet",)}
"""Kinds of input by the end of a file's name, without `.gz`, `.xz` or `.bz2`; any other file is plain text."""


@dataclass(frozen=True)
class Part:
    """A part of an input file, from `start` to `end`.

    `start` and `end` count bytes of text or JSON lines, and row groups of Parquet. A compressed file is one part.
    `before` counts the characters of a text, or the rows, before the part.
    """

    number: int
    path: str
    kind: str
    start: int
    end: int
    before: int


def cut_into_parts(files: Sequence[str], size: int = PART_BYTES, *, sentence_a_line: bool = False) -> list[Part]:
    """Cut files into parts of about `size` bytes.

    Texts are cut after blank lines, which always end a sentence, or with `sentence_a_line` between any lines.
    """
    parts: list[Part] = []
    for path in files:
        kind = _file_kind(path)
        any_line = kind == "jsonl" or sentence_a_line
        for start, end, before in _row_groups(path) if kind == "parquet" else _ranges(path, kind, size, any_line):
            parts.append(Part(len(parts), path, kind, start, end, before))
    return parts


def _file_kind(path: str) -> str:
    """The kind of a file by its name: `jsonl`, `parquet` or `text`."""
    name = path.lower()
    for end in (".gz", ".xz", ".bz2"):
        name = name.removesuffix(end)
    return next((kind for kind, ends in FILE_KINDS.items() if name.endswith(ends)), "text")


def _ranges(path: str, kind: str, size: int, any_line: bool) -> Iterator[tuple[int, int, int]]:
    """Yield first byte, byte after the last, and what is before it, for each part of a file.

    What is before a part is counted in characters of a text, in lines of JSON lines.
    """
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
    """The first byte from `at` on where a part may end.

    A line begins there, after a blank line unless `any_line`; or the file ends.
    """
    file.seek(min(at, whole))
    _skip_line(file)
    if any_line:
        return file.tell()
    while (is_blank := _skip_line(file)) is not None:
        if is_blank:
            return file.tell()
    return whole


def _skip_line(file: IO[bytes]) -> bool | None:
    """Read a line, which may be of any length; return whether it is blank, or None at the end of the file."""
    is_blank = None
    while piece := file.readline(READ_BYTES):
        is_blank = is_blank is not False and not piece.strip(b" \t\r\n")
        if piece.endswith(b"\n"):
            break
    return is_blank


def _count(file: IO[bytes], start: int, end: int, kind: str) -> int:
    """The number of characters of a UTF-8 text, or lines of JSON, from `start` to `end`."""
    import numpy as np

    file.seek(start)
    count, left = 0, end - start
    if start == 0 and kind == "text" and file.read(3) == BYTE_ORDER_MARK:
        count -= 1  # the mark is not part of the text
    file.seek(start)
    while left and (block := file.read(min(READ_BYTES, left))):
        left -= len(block)
        if kind == "text":
            count += int(np.count_nonzero((np.frombuffer(block, np.uint8) & 0xC0) != 0x80))
        else:
            count += block.count(b"\n")
    return count


def _row_groups(path: str) -> Iterator[tuple[int, int, int]]:
    """Yield first row group, the one after the last, and rows before, for each part."""
    before = 0
    metadata = open_parquet(path).metadata
    for group in range(metadata.num_row_groups):
        yield group, group + 1, before
        before += metadata.row_group(group).num_rows


def open_parquet(path: str) -> "pyarrow.parquet.ParquetFile":
    """Open a Parquet file.

    Raises DataError where it is not one, MissingPackageError without pyarrow.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingPackageError(f"{path}: Parquet files need pyarrow: {install_line('ray')}") from None
    try:
        return pyarrow.parquet.ParquetFile(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{path}: is no whole Parquet file ({error})") from None


def describe_run(parts: Sequence[Part], options: dict[str, object]) -> str:
    """JSON of all that decides what a run writes; the same for the same run."""
    inputs = {path: [os.path.getsize(path), os.stat(path).st_mtime_ns] for path in {part.path for part in parts}}
    return json.dumps({"options": options, "inputs": inputs, "parts": [asdict(part) for part in parts]}, sort_keys=True)


def open_output(output: Path, run: str, *, overwrite: bool = False) -> None:
    """Prepare the output folder of a run, or keep it where it is of the same run.

    `run` is the description of `describe_run`. Raises ConfigError where the folder holds another run or other files,
    DataError where it cannot be written.
    """
    digest = hashlib.sha256(run.encode()).hexdigest()
    note = output / PLAN_FILE
    try:
        output.mkdir(parents=True, exist_ok=True)
        remove_leftovers(note)
        if note.is_file() and not overwrite:
            if _digest(note) != digest:
                raise ConfigError(
                    f"{output}: holds another run, of other input, options or another model: name another folder, or "
                    "say --overwrite"
                )
        elif any(output.iterdir()) and not (overwrite and note.is_file()):
            raise ConfigError(f"{output}: holds other files and no {PLAN_FILE}, so nothing is written there")
        else:
            if note.is_file():
                _digest(note)
            if entry := foreign_entry(output, _OWN_FILES):
                raise ConfigError(f"{output}: holds {entry}, which no run writes: move it away, or name another folder")
            for old in output.iterdir():
                old.unlink()
            write_file(note, json.dumps({"sha256": digest}) + "\n")
        _remove_unfinished_parts(output)
    except OSError as error:
        raise DataError(f"{error.filename or output}: cannot be written: {error.strerror}") from None
    except ValueError as error:
        raise DataError(f"{note}: cannot be read ({error}): name another folder") from None


def _digest(note: Path) -> str:
    """Return what a plan file says about its run. Raises ValueError where it is not such a file."""
    content = parse_json(note.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not isinstance(content.get("sha256"), str):
        raise ValueError("not of a run")
    return str(content["sha256"])


def finish_output(output: Path) -> None:
    """Mark an output folder whose parts are all there as complete."""
    _remove_unfinished_parts(output)
    write_file(output / SUCCESS_FILE, "")


def _remove_unfinished_parts(output: Path) -> None:
    """Remove what killed workers left, on this machine or on others."""
    for leftover in output.glob(f".part-*{UNFINISHED}"):
        leftover.unlink()

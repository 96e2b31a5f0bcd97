"""Read text files line by line, compressed or not, strictly as UTF-8."""

import bz2
import gzip
import io
import lzma
import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tagger.errors import DataError

COMPRESSIONS: dict[bytes, tuple[str, Callable[[io.BufferedReader], io.BufferedIOBase]]] = {
    b"\x1f\x8b\x08": ("gzip", lambda file: gzip.GzipFile(fileobj=file, mode="rb")),
    b"\xfd7zXZ\x00": ("xz", lzma.LZMAFile),
    b"BZh": ("bzip2", bz2.BZ2File),
}
"""The name and the reader of each compression, by the bytes with which a compressed file begins."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
STDIN_NAME = "<stdin>"


def file_name(path: str | Path) -> str:
    """Return the name of a file in messages: its path as given, or `<stdin>` for `-` and for a copy of it so named."""
    return STDIN_NAME if str(path) == "-" or Path(path).name == STDIN_NAME else str(path)


def is_live(path: str | Path) -> bool:
    """Return whether input may still be arriving: it is a terminal or a pipe, not a file."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode if str(path) == "-" else os.stat(path).st_mode
    except (AttributeError, OSError, ValueError):  # missing, closed, or without a file descriptor
        return True
    return not stat.S_ISREG(mode)


def raw_lines(path: str | Path, *, allow_empty: bool = False) -> Iterator[str]:
    """Yield the lines of a text file, each with its end (`\\n` or `\\r\\n`) as in the file.

    `-` is standard input. Gzip, xz and bzip2 are recognised by their first bytes, and a byte order mark at the start is
    dropped. Raises DataError where the file is missing, unreadable, empty (unless allowed), damaged, or not UTF-8
    (`file:line:byte`).
    """
    empty = True
    with _open(path) as file:
        for number, line in enumerate(_read(file, path), start=1):
            mark = len(BYTE_ORDER_MARK) if number == 1 and line.startswith(BYTE_ORDER_MARK) else 0
            try:
                text = line[mark:].decode("utf-8")
            except UnicodeDecodeError as error:
                raise not_utf8(path, number, line, mark + error.start) from None
            if text:
                empty = False
                yield text
    if empty and not allow_empty:
        raise DataError(f"{file_name(path)}: the file is empty; give one that holds text")


def not_utf8(path: str | Path, number: int, line: bytes, at: int) -> DataError:
    """Return the error for line `number` (from 1), whose byte at index `at` is not UTF-8."""
    convert = f"iconv -f {_likely_encoding(line, number)} -t UTF-8" + ("" if str(path) == "-" else f" {path}")
    return DataError(
        f"{file_name(path)}:{number}:{at + 1}: byte 0x{line[at]:02x} is not UTF-8; convert the file first, for example "
        f"with: {convert}"
    )


@contextmanager
def open_bytes(path: str | Path) -> Iterator[io.BufferedReader]:
    """Yield a stream of the bytes of a file, decompressed as by `raw_lines`.

    Raises DataError where the file is missing or unreadable, or proves to be damaged inside the block.
    """
    kind = "file"
    with _open(path) as file:
        try:
            kind, stream = _decompress(file)
            yield stream
        except (EOFError, OSError, lzma.LZMAError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or error
            raise DataError(f"{file_name(path)}: the {kind} is damaged or cut short ({reason}); get it again") from None


def _likely_encoding(line: bytes, number: int) -> str:
    return "UTF-16" if number == 1 and line[:2] in (b"\xff\xfe", b"\xfe\xff") else "LATIN1"


@contextmanager
def _open(path: str | Path) -> Iterator[io.BufferedReader]:
    if str(path) == "-":
        if sys.stdin is None:
            raise DataError(f"{file_name(path)}: standard input is closed; give a file")
        stdin = sys.stdin.buffer
        # A program that calls us may have put any binary stream in the place of standard input.
        yield stdin if isinstance(stdin, io.BufferedReader) else io.BufferedReader(stdin)  # type: ignore[arg-type]
        return
    try:
        file = Path(path).open("rb")  # noqa: SIM115 (closed below)
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file; check the path") from None
    except IsADirectoryError:
        raise DataError(f"{path}: this is a folder; give one of the files in it") from None
    except PermissionError:
        raise DataError(f"{path}: may not be read; check the file's permissions") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be opened: {getattr(error, 'strerror', None) or error}") from None
    with file:
        yield file


def _read(file: io.BufferedReader, path: str | Path) -> Iterator[bytes]:
    """Yield the lines of a file as bytes, decompressed, each with its end."""
    number = 0
    kind = "file"
    try:
        kind, stream = _decompress(file)
        for number, line in enumerate(stream, start=1):  # noqa: B007 (the message below counts lines)
            yield line
    except (EOFError, OSError, lzma.LZMAError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(
            f"{file_name(path)}: the {kind} is damaged or cut short after line {number} ({reason}); get it again"
        ) from None


def _decompress(file: io.BufferedReader) -> tuple[str, io.BufferedReader]:
    """Return what messages call the content of a file, and a stream of it, decompressed."""
    beginning = file.peek(16)
    for magic, (name, decompress) in COMPRESSIONS.items():
        # Text may begin with "BZh", but not continue with the magic number of a bzip2 block or of a bzip2 end.
        if beginning.startswith(magic) and (magic != b"BZh" or beginning[4:7] in (b"1AY", b"\x17rE")):
            return f"{name} data", io.BufferedReader(decompress(file))
    return "file", file

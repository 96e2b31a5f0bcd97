"""Read text files by lines or by bounded pieces, compressed or not, strictly as UTF-8."""

import bz2
import gzip
import io
import itertools
import lzma
import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tagger.errors import DataError, EmptyFileError

COMPRESSIONS: dict[bytes, tuple[str, Callable[[io.BufferedReader], io.BufferedIOBase]]] = {
    b"\x1f\x8b\x08": ("gzip", lambda file: gzip.GzipFile(fileobj=file, mode="rb")),
    b"\xfd7zXZ\x00": ("xz", lzma.LZMAFile),
    b"BZh": ("bzip2", bz2.BZ2File),
}
"""The name and the reader of each compression, by the bytes with which a compressed file begins."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_LINE_BYTES = 1 << 26
"""Bytes of the longest line that is read whole: 64 MiB, far more than any row, sentence or document of a corpus."""
PIECE_BYTES = 1 << 18
"""Bytes of the longest piece of a line of plain text, about."""
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


def raw_lines(path: str | Path, *, allow_empty: bool = False, any_end: bool = False) -> Iterator[str]:
    """Yield the lines of a text file, each with its end (`\\n` or `\\r\\n`) as in the file.

    With `any_end`, a line also ends at `\\r` alone, as on old Macintosh systems.

    `-` is standard input. Gzip, xz and bzip2 are recognised by their first bytes, and a byte order mark at the start is
    dropped. Raises DataError where the file is missing, unreadable, empty (unless allowed), damaged, not UTF-8
    (`file:line:byte`), or where a line has over MAX_LINE_BYTES.
    """
    empty = True
    with _open(path) as file:
        pieces = _whole_lines(_read(file, path, PIECE_BYTES)) if any_end else _read(file, path, MAX_LINE_BYTES + 1)
        for number, line in enumerate(pieces, start=1):
            if len(line) > MAX_LINE_BYTES:
                raise line_too_long(path, number)
            mark = len(BYTE_ORDER_MARK) if number == 1 and line.startswith(BYTE_ORDER_MARK) else 0
            try:
                text = line[mark:].decode("utf-8")
            except UnicodeDecodeError as error:
                raise not_utf8(path, number, line, mark + error.start) from None
            if text:
                empty = False
                yield text
    if empty and not allow_empty:
        raise EmptyFileError(f"{file_name(path)}: the file is empty; give one that holds text")


def text_pieces(path: str | Path, *, allow_empty: bool = False) -> Iterator[str]:
    """Yield the lines of a text file as `raw_lines` does, but those of over PIECE_BYTES in several pieces.

    Only the last piece of a line ends in a line feed, and no `\\r\\n` is cut. Errors are those of `raw_lines`, but that
    a line may have any length.
    """
    empty = True
    with _open(path) as file:

        def damage(place: PieceOfLine, at: int) -> DataError:
            return not_utf8(path, place.line, place.content, at, before=place.before)

        for text in decode_pieces(_read(file, path, PIECE_BYTES), damage):
            empty = False
            yield text
    if empty and not allow_empty:
        raise EmptyFileError(f"{file_name(path)}: the file is empty; give one that holds text")


@dataclass(frozen=True, slots=True)
class PieceOfLine:
    """A piece of a line as bytes: number of the line (from 1), bytes of that line and of the whole input before it."""

    content: bytes
    line: int
    before: int
    offset: int


def decode_pieces(
    blocks: Iterable[bytes], damage: Callable[[PieceOfLine, int], DataError], *, at_start: bool = True
) -> Iterator[str]:
    """Yield blocks of bytes, of which none goes on after a line feed, as text, cut between characters.

    `at_start` tells that the blocks begin a file, which may begin with a byte order mark. Raises what `damage` returns
    for a piece whose byte at an index is not UTF-8.
    """
    held, line, before, offset = b"", 1, 0, 0
    for block in itertools.chain(blocks, [b""]):
        block, is_last = held + block if held else block, not block
        if not offset and at_start and block.startswith(BYTE_ORDER_MARK):
            before = offset = len(BYTE_ORDER_MARK)
            block = block[offset:]
        is_line_end = block.endswith(b"\n")
        cut = len(block) if is_line_end or is_last else len(block) - _unfinished(block)
        content, held = block[:cut], block[cut:]
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise damage(PieceOfLine(content, line, before, offset), error.start) from None
        if text:
            yield text
        offset += cut
        line, before = (line + 1, 0) if is_line_end else (line, before + cut)


def _unfinished(block: bytes) -> int:
    """Return how many bytes at the end of a block belong to a character, or a `\\r\\n`, that may go on after it."""
    if block.endswith(b"\r"):
        return 1
    for count in range(1, min(4, len(block) + 1)):
        byte = block[-count]
        if byte >= 0xC0:  # the first byte of a character of 2, 3 or 4 bytes
            return count if count < 2 + (byte >= 0xE0) + (byte >= 0xF0) else 0
        if byte < 0x80:
            break
    return 0


def line_too_long(path: str | Path, number: int) -> DataError:
    """Return the error for line `number` (from 1), which has over MAX_LINE_BYTES."""
    return DataError(
        f"{file_name(path)}:{number}: a line of over {MAX_LINE_BYTES >> 20} MiB; give a file with one token, sentence "
        "or document a line"
    )


def not_utf8(path: str | Path, number: int, line: bytes, at: int, *, before: int = 0) -> DataError:
    """Return the error for line `number` (from 1), whose byte at index `at` is not UTF-8.

    `line` may be a piece of the line, which has `before` bytes before it.
    """
    encoding = _likely_encoding(line, number) if not before else "LATIN1"
    convert = f"iconv -f {encoding} -t UTF-8" + ("" if str(path) == "-" else f" {path}")
    return DataError(
        f"{file_name(path)}:{number}:{before + at + 1}: byte 0x{line[at]:02x} is not UTF-8; convert the file first, "
        f"for example with: {convert}"
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
        if sys.stdin is sys.__stdin__ and isinstance(stdin, io.BufferedReader):
            # A buffer of our own: a thread that waits in that of the interpreter is a fatal error when Ctrl-C ends it.
            stdin = open(stdin.fileno(), "rb", closefd=False)  # noqa: SIM115 (the descriptor stays open)
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


def _read(file: io.BufferedReader, path: str | Path, size: int) -> Iterator[bytes]:
    """Yield the lines of a file as bytes, decompressed, each with its end; a longer one in pieces of `size` bytes."""
    number = 0
    kind = "file"
    try:
        kind, stream = _decompress(file)
        for line in iter(partial(stream.readline, size), b""):
            yield line
            number += line.endswith(b"\n")
    except (EOFError, OSError, lzma.LZMAError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(
            f"{file_name(path)}: the {kind} is damaged or cut short after line {number} ({reason}); get it again"
        ) from None


def _whole_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of pieces of text, ended by `\\n`, `\\r\\n` or `\\r`; one of over MAX_LINE_BYTES is cut."""
    pending: list[bytes] = []  # the pieces of a line whose end was not seen yet
    size = 0
    for piece in pieces:
        if not pending and piece.endswith(b"\n") and b"\r" not in piece:  # nearly always
            yield piece
            continue
        if pending and pending[-1].endswith(b"\r") and piece != b"\n":
            yield b"".join(pending)
            pending, size = [], 0
        pending.append(piece)
        size += len(piece)
        if b"\r" in (piece[:-2] if piece.endswith(b"\r\n") else piece):
            *lines, last = b"".join(pending).splitlines(keepends=True)
            yield from lines
            pending, size = [last], len(last)
        if pending[-1].endswith(b"\n") or size > MAX_LINE_BYTES:
            yield b"".join(pending)
            pending, size = [], 0
    if pending:
        yield b"".join(pending)


def _decompress(file: io.BufferedReader) -> tuple[str, io.BufferedReader]:
    """Return what messages call the content of a file, and a stream of it, decompressed."""
    beginning = file.peek(16)
    for magic, (name, decompress) in COMPRESSIONS.items():
        # Text may begin with "BZh", but not continue with the magic number of a bzip2 block or of a bzip2 end.
        if beginning.startswith(magic) and (magic != b"BZh" or beginning[4:7] in (b"1AY", b"\x17rE")):
            return f"{name} data", io.BufferedReader(decompress(file))
    return "file", file

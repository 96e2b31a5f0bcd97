"""TFRecord files: records of bytes, each behind its length, with checksums of both. No TensorFlow is needed.

Source: tensorflow/core/lib/io/record_writer.h, whose files these are, byte by byte.
"""

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from types import TracebackType
from typing import BinaryIO

from google_crc32c import value as crc32c

from tagger.errors import DataError

_HEADER, _CHECKSUM = Struct("<QI"), Struct("<I")
_LENGTH = Struct("<Q")
_BUFFER = 1 << 18
"""Bytes read or written at once."""
_LONGEST = 1 << 31
"""Bytes of the longest record: that of a protobuf message."""
_COMPRESSIONS = {
    b"\x1f\x8b": "GZIP",
    b"\x78\x01": "ZLIB",
    b"\x78\x5e": "ZLIB",
    b"\x78\x9c": "ZLIB",
    b"\x78\xda": "ZLIB",
}
"""Compressions by the first bytes of a file, with the names that TensorFlow has for them."""


class RecordWriter:
    """Writes one TFRecord file. Use it as a context manager, or `close` it. Its methods raise OSError."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=_BUFFER)

    def write(self, record: bytes) -> None:
        """Append a record."""
        self._file.write(_checked(_LENGTH.pack(len(record))) + _checked(record))

    def close(self) -> None:
        """Write what is left and close the file."""
        self._file.close()

    def __enter__(self) -> "RecordWriter":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self.close()
        except OSError:
            if kind is None:  # otherwise the pending error says more
                raise


def read_serialized(path: Path, compression: str = "") -> Iterator[bytes]:
    """Yield the records of one TFRecord file.

    `compression` is `""`, `"GZIP"` or `"ZLIB"`. Raises DataError with the file and the number of the record, from 1,
    where the file is cut off or damaged.
    """
    number = 0
    try:
        with _opened(path, compression) as file:
            for number, record in enumerate(_records(file), start=1):  # noqa: B007 (said in the error)
                yield record
    except EOFError:
        raise DataError(f"{path}: record {number + 1} is cut off; make or copy the file again") from None
    except (ValueError, zlib.error, gzip.BadGzipFile):
        what = "is damaged: its checksum does not fit its bytes"
        raise DataError(f"{path}: record {number + 1} {what}; make or copy the file again") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None


def compression_of(path: Path) -> str:
    """The compression of a TFRecord file: `""`, `"GZIP"` or `"ZLIB"`.

    Raises DataError where the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_HEADER.size)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        _length(start)  # of a first record that begins like a compression
    except (EOFError, ValueError):
        return _COMPRESSIONS.get(start[:2], "")
    return ""


class _ZlibFile(io.RawIOBase):
    """The bytes that a zlib stream holds. Its end before that of the stream is an EOFError."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file, self._stream = file, zlib.decompressobj()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        while not self._stream.eof:
            compressed = self._stream.unconsumed_tail or self._file.read(_BUFFER)
            if not compressed:
                raise EOFError
            part = self._stream.decompress(compressed, len(buffer))
            if part:
                buffer[: len(part)] = part
                return len(part)
        return 0

    def close(self) -> None:
        self._file.close()
        super().close()


def _opened(path: Path, compression: str) -> BinaryIO:
    """A file whose `read` gives the bytes before compression."""
    if compression == "GZIP":
        return gzip.open(path)  # type: ignore[return-value]
    file = path.open("rb", buffering=_BUFFER)
    return io.BufferedReader(_ZlibFile(file), _BUFFER) if compression else file


def _records(file: BinaryIO) -> Iterator[bytes]:
    """Yield the records of an open file.

    Raises EOFError where a record is cut off, ValueError where a checksum does not fit.
    """
    while header := file.read(_HEADER.size):
        length = _length(header)
        record, checksum = file.read(length), file.read(_CHECKSUM.size)
        if len(record) < length or len(checksum) < _CHECKSUM.size:
            raise EOFError
        if _CHECKSUM.unpack(checksum)[0] != _masked_checksum(record):
            raise ValueError
        yield record


def _length(header: bytes) -> int:
    """The length of a record by the 12 bytes before it.

    Raises EOFError where there are fewer, ValueError where they are no length with its checksum.
    """
    if len(header) < _HEADER.size:
        raise EOFError
    length, checksum = _HEADER.unpack(header)
    if checksum != _masked_checksum(header[: _LENGTH.size]) or length >= _LONGEST:
        raise ValueError
    return int(length)


def _checked(content: bytes) -> bytes:
    """Some bytes with their checksum behind them."""
    return content + _CHECKSUM.pack(_masked_checksum(content))


def _masked_checksum(content: bytes) -> int:
    """The CRC-32C of some bytes as TFRecord files have it: rotated and moved, for content that holds checksums."""
    checksum = crc32c(content)
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF

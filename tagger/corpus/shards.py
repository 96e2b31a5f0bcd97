"""TFRecord files: a split of a corpus spread over several of them, written, read in turn, and checked.

Sentence `i` of a split goes to shard `i % N`, so N open files are all that writing needs, whatever the corpus's size,
and taking one sentence of each shard in turn gives the source's order back.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType

from tagger.backend import tf
from tagger.corpus.records import make_example, parse_example
from tagger.errors import DataError
from tagger.text.sentence import Sentence

SUFFIX = ".tfrecord"
OTHER_NAMES = {"training": "train", "validation": "dev", "valid": "dev", "val": "dev", "development": "dev"}
BUFFER = 1 << 18
"""Bytes of a file that are read at once."""
BLOCK = 32
"""Records that are handed over at once."""
MOST_SHARDS = 500  # each is an open file while a corpus is written and read


@dataclass(frozen=True)
class ShardInfo:
    """What the manifest knows of one TFRecord file: its name, what it holds, and the SHA-256 of its bytes."""

    file: str
    sentences: int
    tokens: int
    sha256: str


def shard_name(split: str, index: int, count: int) -> str:
    """`train-00000-of-00004.tfrecord`"""
    return f"{split}-{index:05d}-of-{count:05d}{SUFFIX}"


def split_of(path: Path) -> str:
    """The split that a TFRecord file belongs to, read off its name: the letters that it begins with (`train` of
    `train-00000-of-00004.tfrecord` and of `train_1.tfrecord`), by our own name for it where others are common."""
    first = re.match(r"[A-Za-z]*", path.name)[0].lower()
    return OTHER_NAMES.get(first, first or "train")


class ShardWriter:
    """Writes one split as `count` TFRecord files in a folder; a context manager.

    `close` returns what each shard holds. Raises DataError when the disk is full or cannot be written.
    """

    def __init__(self, directory: Path, split: str, count: int) -> None:
        if not 1 <= count <= MOST_SHARDS:
            raise DataError(f"{count} shards: there must be 1 to {MOST_SHARDS}")
        self._paths = [directory / shard_name(split, index, count) for index in range(count)]
        self._sentences, self._tokens = [0] * count, [0] * count
        self._next = 0
        self._writers = []
        with _explained(directory):
            for path in self._paths:
                self._writers.append(tf.io.TFRecordWriter(str(path)))

    def write(self, sentence: Sentence) -> None:
        """Append a sentence to the shard whose turn it is."""
        shard, self._next = self._next, (self._next + 1) % len(self._writers)
        with _explained(self._paths[shard]):
            self._writers[shard].write(make_example(sentence))
        self._sentences[shard] += 1
        self._tokens[shard] += len(sentence)

    def close(self) -> tuple[ShardInfo, ...]:
        """Close the files and say what stands in each."""
        for path, writer in zip(self._paths, self._writers, strict=True):
            with _explained(path):
                writer.close()
        return tuple(
            ShardInfo(path.name, sentences, tokens, checksum(path))
            for path, sentences, tokens in zip(self._paths, self._sentences, self._tokens, strict=True)
        )

    def __enter__(self) -> "ShardWriter":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:  # the error on its way says more than one that closing would raise
            for writer in self._writers:
                try:
                    writer.close()
                except tf.errors.OpError:
                    continue


def read_shard(path: Path) -> Iterator[Sentence]:
    """The sentences of one TFRecord file, as they stand in it. Raises DataError as `read_records` does."""
    return (sentence for _, sentence in read_records(path))


def read_records(path: Path) -> Iterator[tuple[bytes, Sentence]]:
    """The records of one TFRecord file, each with its sentence.

    Raises DataError with the file and the record's number, from 1, where a record is cut off, has changed since it was
    written, or has another shape than the schema's.
    """
    number = 1
    try:
        for record in _records(path):
            yield record, parse_example(record)
            number += 1
    except DataError as error:
        raise DataError(f"{path}: record {number}: {error}") from None
    except tf.errors.DataLossError as error:
        what = "is cut off" if "truncated" in error.message else "is damaged: its checksum does not fit its bytes"
        raise DataError(f"{path}: record {number} {what}; make or copy the file again") from None
    except tf.errors.OpError as error:
        raise DataError(f"{path}: cannot be read: {error.message}") from None


def _records(path: Path) -> Iterator[bytes]:
    """The records of one TFRecord file, a few at a time: TensorFlow's own iterator keeps 16 MiB of every open file."""
    # Not tf.data.TFRecordDataset, which traces a function for each file.
    opened = tf.raw_ops.TFRecordDataset(filenames=[str(path)], compression_type="", buffer_size=BUFFER)
    blocks = tf.data.experimental.from_variant(opened, tf.TensorSpec([], tf.string)).batch(BLOCK)
    done = 0
    try:
        for block in blocks.as_numpy_iterator():
            for record in block:
                yield record
                done += 1
    except tf.errors.OpError:  # in this block, whose records before the damage are not lost
        yield from islice(tf.compat.v1.io.tf_record_iterator(str(path)), done, None)


def read_shards(paths: Sequence[Path]) -> Iterator[Sentence]:
    """The sentences of all shards of a split in the order in which they were written: one of each shard in turn."""
    readers = [read_shard(path) for path in paths]
    while readers:
        still_open = []
        for reader in readers:
            sentence = next(reader, None)
            if sentence is not None:
                still_open.append(reader)
                yield sentence
        readers = still_open


def checksum(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turns TensorFlow's errors of writing, a full disk among them, into one DataError."""
    try:
        yield
    except tf.errors.OpError as error:
        reason = error.message.rpartition("; ")[2]
        raise DataError(f"{path}: could not be written: {reason}") from None

"""TFRecord files of a split: written, read in turn, and checked.

Sentence `i` of a split goes to shard `i % N`. So writing needs only N open files, whatever the size of the corpus, and
taking one sentence from each shard in turn restores the order of the source.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tagger.corpus.records import make_example, parse_example
from tagger.corpus.tfrecord import RecordWriter, read_serialized
from tagger.errors import DataError
from tagger.text.sentence import Sentence

SUFFIX = ".tfrecord"
_SPLIT_SYNONYMS = {"training": "train", "validation": "dev", "valid": "dev", "val": "dev", "development": "dev"}
_MOST_SHARDS = 500  # each is an open file while a corpus is written and read


@dataclass(frozen=True)
class ShardInfo:
    """What the manifest says about one TFRecord file.

    `sha256` is the checksum of the file's bytes, in hexadecimal.
    """

    file: str
    sentences: int
    tokens: int
    sha256: str


def shard_name(split: str, index: int, count: int) -> str:
    """The file name of a shard: `train-00000-of-00004.tfrecord`."""
    return f"{split}-{index:05d}-of-{count:05d}{SUFFIX}"


def split_of(path: Path) -> str:
    """The split that a TFRecord file belongs to, told from its name.

    The split is the letters that the name begins with, or our name for a synonym: `train-00000-of-00004.tfrecord` and
    `train_1.tfrecord` are `train`, `valid.tfrecord` is `dev`.
    """
    letters = re.match(r"[A-Za-z]*", path.name)
    first = letters[0].lower() if letters else ""
    return _SPLIT_SYNONYMS.get(first, first or "train")


class ShardWriter:
    """Context manager that writes one split as `count` TFRecord files in a folder.

    `close` returns what each shard holds. Raises DataError when the disk is full or cannot be written to.
    """

    def __init__(self, directory: Path, split: str, count: int) -> None:
        if not 1 <= count <= _MOST_SHARDS:
            raise DataError(f"{count} shards: there must be 1 to {_MOST_SHARDS}")
        self._paths = [directory / shard_name(split, index, count) for index in range(count)]
        self._sentences, self._tokens = [0] * count, [0] * count
        self._next = 0
        self._writers: list[RecordWriter] = []
        for path in self._paths:
            with _writing(path):
                self._writers.append(RecordWriter(path))

    def write(self, sentence: Sentence) -> None:
        """Append a sentence to the next shard."""
        self.write_record(make_example(sentence), len(sentence))

    def write_record(self, record: bytes, tokens: int) -> None:
        """Append a serialized SequenceExample of so many tokens to the next shard."""
        shard, self._next = self._next, (self._next + 1) % len(self._writers)
        with _writing(self._paths[shard]):
            self._writers[shard].write(record)
        self._sentences[shard] += 1
        self._tokens[shard] += tokens

    def close(self) -> tuple[ShardInfo, ...]:
        """Close the files and return what each holds."""
        for path, writer in zip(self._paths, self._writers, strict=True):
            with _writing(path):
                writer.close()
        return tuple(
            ShardInfo(path.name, sentences, tokens, checksum(path))
            for path, sentences, tokens in zip(self._paths, self._sentences, self._tokens, strict=True)
        )

    def __enter__(self) -> "ShardWriter":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:  # the pending error says more than one raised by closing would
            for writer in self._writers:
                try:
                    writer.close()
                except OSError:
                    continue


def read_shard(path: Path) -> Iterator[Sentence]:
    """Yield the sentences of one TFRecord file. Raises DataError as `read_records` does."""
    return (sentence for _, sentence in read_records(path))


def read_records(path: Path) -> Iterator[tuple[bytes, Sentence]]:
    """Yield the serialized records of one TFRecord file, each with its sentence.

    Raises DataError with the file and the number of the record, from 1, where a record is cut off, has changed since it
    was written, or does not have the shape that `tagger.corpus.records` describes.
    """
    for number, record in enumerate(read_serialized(path), start=1):
        try:
            sentence = parse_example(record)
        except DataError as error:
            raise DataError(f"{path}: record {number}: {error}") from None
        yield record, sentence


def read_shards(paths: Sequence[Path]) -> Iterator[Sentence]:
    """Yield the sentences of all shards of a split, in the order of the source.

    The shards are read in turn, one sentence from each.
    """
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
    """The SHA-256 of a file's bytes, in hexadecimal.

    Raises DataError where the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn an error of the disk, such as a full one, into a DataError."""
    try:
        yield
    except OSError as error:
        raise DataError(f"{path}: could not be written: {error.strerror}") from None

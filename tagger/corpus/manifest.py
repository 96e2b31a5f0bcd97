"""`corpus.json`, the manifest of a corpus folder: its splits, shards, tasks and tag counts.

Nothing in it depends on the date, the machine or the folder, so the same input gives the same bytes.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from tagger.corpus.shards import ShardInfo
from tagger.documents import parse_json
from tagger.errors import DataError
from tagger.files import UNFINISHED_NAME, foreign_entry, write_file
from tagger.text.remarks import Remark

MANIFEST = "corpus.json"
_FORMAT = 1
SPLITS = ("train", "dev", "test")  # shown in this order, before others by name


@dataclass(frozen=True)
class Provenance:
    """The name of a corpus, the page it comes from, its licence, and remarks."""

    name: str = ""
    source: str = ""
    licence: str = ""
    notes: str = ""


@dataclass(frozen=True)
class SplitInfo:
    """One split: number of sentences and tokens, tokens of its longest sentence, and shards."""

    sentences: int
    tokens: int
    longest: int
    shards: tuple[ShardInfo, ...]


@dataclass(frozen=True)
class TaskInfo:
    """One layer of tags: its scheme, and tag counts by split.

    `scheme` is "IOB2" for spans and None for plain tags.
    """

    scheme: str | None
    tags: Mapping[str, Mapping[str, int]]

    def counts(self, split: str) -> Counter[str]:
        """How often each tag occurs in a split; empty where the split does not annotate the task."""
        return Counter(self.tags.get(split, {}))


@dataclass(frozen=True)
class Manifest:
    """A corpus folder: its splits, its tasks, and where it comes from.

    As a context manager it removes, on leaving, a temporary folder that `open_corpus` made.
    """

    __pydantic_config__ = ConfigDict(arbitrary_types_allowed=True)

    splits: Mapping[str, SplitInfo]
    tasks: Mapping[str, TaskInfo]
    name: str = ""
    source: str = ""
    licence: str = ""
    notes: str = ""
    remarks: Mapping[str, tuple[Remark, ...]] = field(default_factory=dict)
    """By split: what conversion did not take over as it stands."""
    format: int = _FORMAT
    directory: Path = field(default=Path(), compare=False)
    temporary: TemporaryDirectory | None = field(default=None, compare=False, repr=False)
    made_of: str = field(default="", compare=False)
    """What a temporary folder was made of, which messages name in its place."""

    @property
    def place(self) -> str:
        """What messages call the corpus: its folder, or what a temporary folder was made of."""
        return self.made_of or str(self.directory)

    def shards(self, split: str) -> list[Path]:
        """The TFRecord files of a split, in order.

        Raises DataError when the corpus has no such split.
        """
        return [self.directory / shard.file for shard in self.require(split).shards]

    def require(self, split: str) -> SplitInfo:
        """The split of that name. Raises DataError where it is missing or empty."""
        found = self.splits.get(split)
        if found is None or not found.sentences:
            others = ", ".join(name for name, info in self.splits.items() if info.sentences) or "no split at all"
            raise DataError(f"{self.place}: this corpus has no '{split}' split; it has {others}")
        return found

    def require_task(self, task: str) -> TaskInfo:
        """The task of that name. Raises DataError where the corpus does not have it."""
        if task not in self.tasks:
            others = ", ".join(self.tasks) or "none"
            raise DataError(
                f"{self.place}: task '{task}' is not in this corpus; it has {others}: "
                "choose with --tasks, or convert it again"
            )
        return self.tasks[task]

    def as_json(self) -> str:
        """The text of `corpus.json`, which does not depend on where the folder is."""
        content = asdict(replace(self, temporary=None))
        del content["directory"], content["temporary"], content["made_of"]
        if not self.remarks:
            del content["remarks"]
        heading = {key: content.pop(key) for key in ("format", "name", "source", "licence", "notes")}
        return json.dumps({**heading, **content}, ensure_ascii=False, indent=1) + "\n"

    def save(self, directory: Path) -> None:
        """Write `corpus.json` into a folder. Raises DataError where that fails."""
        try:
            write_file(directory / MANIFEST, self.as_json())
        except OSError as error:
            raise DataError(f"{directory / MANIFEST}: could not be written: {error.strerror}") from None

    def close(self) -> None:
        """Remove the folder if it is temporary."""
        if self.temporary is not None:
            self.temporary.cleanup()

    def __enter__(self) -> "Manifest":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def load_manifest(directory: Path) -> Manifest:
    """Read a folder's `corpus.json`.

    Raises DataError when the file is missing, damaged, or of a later version.
    """
    path = directory / MANIFEST
    try:
        content = parse_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{directory}: no {MANIFEST} here; make a corpus with: tagger convert") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error}); convert the corpus again") from None
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        version = content.get("format") if isinstance(content, dict) else None
        raise DataError(f"{path}: its format is {version!r}, this program reads {_FORMAT}; convert the corpus again")
    try:
        manifest = _MANIFEST.validate_python({**content, "directory": directory, "temporary": None, "made_of": ""})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise DataError(f"{path}: {place}: {first['msg']}; convert the corpus again") from None
    inside = Path(os.path.realpath(directory))
    for shard in (shard for info in manifest.splits.values() for shard in info.shards):
        if "\0" in shard.file or Path(os.path.realpath(directory / shard.file)).parent != inside:
            raise DataError(
                f"{path}: names {shard.file!r}, which is no file of the corpus folder itself; convert the corpus again"
            )
    return manifest


def foreign_in_corpus(directory: Path) -> str | None:
    """Say why a folder may not be replaced as a corpus; None where all in it is what `convert` writes."""
    try:
        manifest = load_manifest(directory)
    except DataError as error:
        return str(error)
    shards = (re.escape(shard.file) for info in manifest.splits.values() for shard in info.shards)
    entry = foreign_entry(directory, re.compile("|".join([re.escape(MANIFEST), UNFINISHED_NAME, *shards])))
    return f"holds {entry}, which is no file of the corpus" if entry else None


def in_order(splits: Mapping[str, Any]) -> Iterator[str]:
    """The names of splits in the order in which they are shown.

    First come train, dev and test, then all others by name.
    """
    return iter(sorted(splits, key=lambda name: (SPLITS.index(name) if name in SPLITS else len(SPLITS), name)))


_MANIFEST = TypeAdapter(Manifest)

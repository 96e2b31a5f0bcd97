"""The two passes of a conversion: detect schemes, then write splits.

A scheme says how the spans of a task are written as tags.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tagger.corpus.manifest import Manifest, Provenance, SplitInfo, TaskInfo
from tagger.corpus.shards import ShardWriter
from tagger.errors import ConfigError, DataError
from tagger.text.remarks import Remark, Remarks
from tagger.text.scheme import (
    DETECTION_ORDER,
    SchemeDetector,
    convert_tags,
    describe_invalid,
    invalid_positions,
    repair_tags,
)
from tagger.text.sentence import RESERVED_NAMES, Sentence

STORED_SCHEME = "IOB2"
_MOST_SHOWN = 5  # invalid tags that a message lists
_PROGRESS_STEP = 500  # sentences between two calls of `progress`

Progress = Callable[[str, int], None]
"""A function called with a split and the number of its sentences written so far."""


@dataclass(frozen=True)
class Schemes:
    """The scheme of each task; None for plain tags.

    `by_split` has the scheme that each split alone would suggest.
    """

    by_task: Mapping[str, str | None]
    by_split: Mapping[str, Mapping[str, str]]

    def doubt(self, task: str) -> str:
        """A remark for messages, where splits suggest different schemes; otherwise empty."""
        found = self.by_split[task]
        if len(set(found.values())) < 2:
            return ""
        return " (" + ", ".join(f"{split} alone looks like {scheme}" for split, scheme in found.items()) + ")"


def find_schemes(splits: Mapping[str, Callable[[Remarks], Iterator[Sentence]]], given: str | None) -> Schemes:
    """Read every split once to detect the scheme of each task's spans.

    `given` replaces the detected schemes.
    """
    detectors: dict[str, dict[str, SchemeDetector]] = {}
    for split, sentences in splits.items():
        for sentence in sentences(Remarks()):  # the second reading counts them
            for task, tags in sentence.tags.items():
                if task not in detectors:
                    _check_task(task, sentence.place())
                detectors.setdefault(task, {}).setdefault(split, SchemeDetector()).add(tags)
    by_task: dict[str, str | None] = {}
    for task, found in detectors.items():
        spans = sum(detector.span_tags - detector.other_tags for detector in found.values()) > 0
        by_task[task] = (given or _closest(found.values())) if spans else None
    if given and not any(by_task.values()):
        names = ", ".join(by_task)
        raise DataError(f"--scheme {given}, but no task has tags of spans, such as B-PER; tasks here: {names}")
    by_split = {
        task: {split: detector.closest for split, detector in found.items() if detector.looks_like_spans}
        for task, found in detectors.items()
    }
    return Schemes(by_task, by_split)


class CorpusWriter:
    """Writes splits one after the other, and keeps tag counts and the first few invalid tags."""

    def __init__(self, folder: Path, schemes: Schemes, repair: bool, progress: Progress) -> None:
        self._folder, self._schemes, self._repair, self._progress = folder, schemes, repair, progress
        self._splits: dict[str, SplitInfo] = {}
        self._tags: dict[str, dict[str, Counter[str]]] = {}
        self._invalid: dict[str, list[str]] = {}
        self._invalid_count: Counter[str] = Counter()
        self._remarks: dict[str, tuple[Remark, ...]] = {}

    def write(self, split: str, read: Callable[[Remarks], Iterator[Sentence]], shards: int) -> SplitInfo:
        """Write one split. Invalid tags are collected, and reported by `manifest`."""
        remarks = Remarks()
        done = longest = 0
        with ShardWriter(self._folder, split, shards) as writer:
            for done, sentence in enumerate(read(remarks), start=1):
                for task in sentence.tags:
                    sentence = sentence.with_tags(task, self._stored(sentence, task, remarks))
                    self._tags.setdefault(task, {}).setdefault(split, Counter()).update(sentence.tags[task])
                writer.write(sentence)
                longest = max(longest, len(sentence))
                if done % _PROGRESS_STEP == 0:
                    self._progress(split, done)
            written = writer.close()
        self._progress(split, done)
        if not done:
            raise DataError(f"split '{split}' holds no sentence; check its file")
        if found := tuple(remarks):
            self._remarks[split] = found
        self._splits[split] = SplitInfo(done, sum(shard.tokens for shard in written), longest, written)
        return self._splits[split]

    def manifest(self, provenance: Provenance) -> Manifest:
        """The manifest of all that was written.

        Raises DataError if a tag was invalid or no sentence had any tags.
        """
        for task, places in self._invalid.items():
            raise DataError(self._complaint(task, places))
        if not self._tags:
            found = "".join(f"; {split}: {remark}" for split, each in self._remarks.items() for remark in each)
            raise DataError(f"no sentence has any tags; say which column or field holds them{found}")
        tasks = {
            task: TaskInfo(
                STORED_SCHEME if self._schemes.by_task[task] else None,
                {split: dict(sorted(counts.items())) for split, counts in self._tags[task].items()},
            )
            for task in sorted(self._tags)
        }
        return Manifest(
            self._splits,
            tasks,
            provenance.name,
            provenance.source,
            provenance.licence,
            provenance.notes,
            self._remarks,
        )

    def _stored(self, sentence: Sentence, task: str, remarks: Remarks) -> Sequence[str]:
        """A task's tags in the stored scheme.

        Invalid tags that may not be repaired stay as they are.
        """
        tags, scheme = sentence.tags[task], self._schemes.by_task.get(task)
        if scheme is None:
            return tags
        invalid = invalid_positions(tags, scheme)
        if not invalid:
            return tags if scheme == STORED_SCHEME else convert_tags(tags, scheme, STORED_SCHEME)
        if self._repair:
            what = f"tags of '{task}' that {scheme} forbids, repaired"
            remarks.add(what, sentence.place(min(invalid[0], len(tags) - 1)), len(invalid))
            return repair_tags(tags, STORED_SCHEME)
        self._invalid_count[task] += len(invalid)
        places = self._invalid.setdefault(task, [])
        for place in invalid[: _MOST_SHOWN - len(places)]:
            places.append(f"{sentence.place(min(place, len(tags) - 1))}: {describe_invalid(tags, place, scheme)}")
        return tags

    def _complaint(self, task: str, places: Sequence[str]) -> str:
        more = self._invalid_count[task] - len(places)
        lines = [
            f"task '{task}': invalid tags, taken for {self._schemes.by_task[task]}{self._schemes.doubt(task)}:",
            *places,
        ]
        lines += [f"and {more:,} more"] if more else []
        return "\n  ".join(lines) + "\nmend them, name another scheme with --scheme, or say --repair"


def _check_task(task: str, place: str) -> None:
    if not task.isprintable():
        raise ConfigError(
            f"{place}: a task cannot be called {task!r}, for it has control characters; name it otherwise"
        )
    if task in RESERVED_NAMES:
        raise ConfigError(f"{place}: a task cannot be called '{task}', which records use themselves; name it otherwise")


def _closest(detectors: Iterable[SchemeDetector]) -> str:
    """The scheme that the fewest tags of all splits violate."""
    detectors = list(detectors)
    return min(DETECTION_ORDER, key=lambda scheme: sum(detector.violations(scheme) for detector in detectors))

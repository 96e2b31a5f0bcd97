"""The first pass of a conversion: how each task's tags are spelled, and the scheme of its spans."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tagger.errors import ConfigError, DataError
from tagger.text.remarks import Remarks
from tagger.text.scheme import MERGING_SCHEMES, SCHEMES, SchemeDetector
from tagger.text.sentence import RESERVED_NAMES, Sentence
from tagger.text.tag_spelling import LABELS, Spelling, UnclearSpellingError, find_spelling

PLAIN = "plain"
"""The name of no scheme: all tags are plain ones."""
_WHITE_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Schemes:
    """The scheme of each task; None for plain tags.

    `by_split` has the scheme that each split alone would suggest, `spellings` the spelling of tasks that are not
    written in a scheme's own, and `merging` the tasks in which neighbours of one label may have merged. `mixed` are the
    tasks with plain tags, some of which look like those of spans, and `with_outside` those with `O` among plain tags.
    """

    by_task: Mapping[str, str | None]
    by_split: Mapping[str, Mapping[str, str]]
    spellings: Mapping[str, Spelling] = field(default_factory=dict)
    merging: frozenset[str] = frozenset()
    mixed: frozenset[str] = frozenset()
    with_outside: frozenset[str] = frozenset()

    def doubt(self, task: str) -> str:
        """A remark for messages, where splits suggest different schemes; otherwise empty."""
        found = self.by_split[task]
        if len(set(found.values())) < 2:
            return ""
        return " (" + ", ".join(f"{split} alone looks like {scheme}" for split, scheme in found.items()) + ")"


@dataclass
class TaskScan:
    """What is seen of one task's tags: their pairs by split, and the first place of each tag."""

    task: str
    detectors: dict[str, SchemeDetector] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def add(self, split: str, sentence: Sentence, *, repair: bool = False) -> None:
        """Count the tags of a sentence. Raises DataError for a tag that holds white space, unless `repair`."""
        tags: Sequence[str] = sentence.tags[self.task]
        for tag in sorted(set(tags).difference(self.places), key=tags.index):
            self.places[tag] = sentence.place(tags.index(tag))
            if _WHITE_SPACE.search(tag) and not repair:
                raise DataError(
                    f"{self.places[tag]}: the tag {tag!r} of '{self.task}' holds white space, which no tag can: name "
                    "the right column, separator or format (a sentence a line is --format pairs), or say --repair, "
                    "which writes _ in its place (in Python repair=True of tagger.convert)"
                )
        if repair:
            tags = without_white_space(tags)
        self.detectors.setdefault(split, SchemeDetector()).add(tags)

    def violations(self, scheme: str) -> int:
        """Return how many tags the scheme forbids where they stand."""
        return sum(detector.violations(scheme) for detector in self.detectors.values())


def without_white_space(tags: Sequence[str]) -> Sequence[str]:
    """Return the tags with `_` in place of white space, or the same tags where they hold none."""
    if not any(map(_WHITE_SPACE.search, set(tags))):
        return tags
    return [_WHITE_SPACE.sub("_", tag) for tag in tags]


def check_scheme(name: str | None) -> None:
    """Raise ConfigError where there is no scheme of that name."""
    if name is not None and name not in (*SCHEMES, PLAIN):
        raise ConfigError(f"there is no scheme '{name}'; there are {', '.join((*SCHEMES, PLAIN))}")


def find_schemes(
    splits: Mapping[str, Callable[[Remarks], Iterator[Sentence]]], given: str | None, *, repair: bool = False
) -> Schemes:
    """Read every split once to detect the spelling and the scheme of each task's tags.

    `given` replaces the detected schemes; with "plain" all tags are plain. Raises DataError for tags that cannot be
    stored, or that may be spans in more than one way.
    """
    scans: dict[str, TaskScan] = {}
    for split, sentences in splits.items():
        for sentence in sentences(Remarks()):  # the second reading counts them
            for task in sentence.tags:
                if task not in scans:
                    _check_task(task, sentence.place())
                    scans[task] = TaskScan(task)
                scans[task].add(split, sentence, repair=repair)
    schemes = choose_schemes(scans, given)
    if given not in (None, PLAIN) and not any(schemes.by_task.values()):
        names = ", ".join(schemes.by_task)
        raise DataError(f"--scheme {given}, but no task has tags of spans, such as B-PER; tasks here: {names}")
    return schemes


def choose_schemes(scans: Mapping[str, TaskScan], given: str | None = None) -> Schemes:
    """Return the schemes of tasks that were read once; see `find_schemes`."""
    by_task: dict[str, str | None] = {}
    by_split: dict[str, dict[str, str]] = {}
    spellings: dict[str, Spelling] = {}
    merging: set[str] = set()
    mixed: set[str] = set()
    with_outside: set[str] = set()
    for task, scan in scans.items():
        by_task[task], by_split[task] = None, {}
        if given == PLAIN:
            continue
        whole = SchemeDetector()
        for detector in scan.detectors.values():
            whole.include(detector)
        spelling = _spelling(scan, whole, given)
        if spelling is not None:
            spellings[task] = spelling
            if spelling.read_all is not None:  # it reads tags of IOB2
                by_task[task] = "IOB2"
                continue
            whole = whole.respelled(spelling.read_tag)
        if not whole.looks_like_spans:
            if whole.tags["O"] and whole.other_tags:
                (mixed if whole.span_tags else with_outside).add(task)
            continue
        _check_outside(scan, whole)
        scheme = by_task[task] = given or ("IO" if spelling is LABELS else whole.closest)
        for split, detector in scan.detectors.items():
            alone = detector.respelled(spelling.read_tag) if spelling else detector
            if alone.looks_like_spans:
                by_split[task][split] = alone.closest
        parted = any(tag[:2] in ("B-", "E-") for tag in whole.tags)
        if scheme == "IO" or (given is None and scheme in MERGING_SCHEMES and not parted):
            merging.add(task)
    return Schemes(by_task, by_split, spellings, frozenset(merging), frozenset(mixed), frozenset(with_outside))


def _spelling(scan: TaskScan, detector: SchemeDetector, given: str | None) -> Spelling | None:
    """Return the spelling of a task's tags. Raises DataError where it is not clear."""
    try:
        return find_spelling(detector, given)
    except UnclearSpellingError as error:
        tag = error.tag or next(tag for tag in scan.places if tag not in ("", "O"))
        raise DataError(
            f"{scan.places[tag]}: task '{scan.task}': {error}; write them as B-PER, I-PER and O, or name their scheme "
            f"with --scheme ({PLAIN} where they are no spans)"
        ) from None


def _check_outside(scan: TaskScan, detector: SchemeDetector) -> None:
    """Raise DataError where every token that is annotated is in a span."""
    tags = detector.tags
    if tags[""] and not tags["O"]:
        raise DataError(
            f"{scan.places['']}: task '{scan.task}': no word has the tag O, and {tags['']:,} have none, so that every "
            "annotated word is in a span: write O where a word is in no span"
        )


def _check_task(task: str, place: str) -> None:
    if not task.isprintable():
        raise ConfigError(
            f"{place}: a task cannot be called {task!r}, for it has control characters; name it otherwise"
        )
    if task in RESERVED_NAMES:
        raise ConfigError(f"{place}: a task cannot be called '{task}', which records use themselves; name it otherwise")

"""Inspects a corpus before training: figures, and warnings about likely problems.

Sentences are read once, and only a hash of each is kept.
"""

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tagger.corpus.corpus_report import CorpusReport, SegmentationReport, SplitReport, TaskReport
from tagger.corpus.doubts import doubts_about_sizes, doubts_about_tags
from tagger.corpus.manifest import SPLITS, Manifest, in_order
from tagger.corpus.read import open_corpus, read_split, verify
from tagger.text.sentence import Sentence

_PERCENTILES = (50, 90, 99)
_RARE = 5  # a tag with fewer occurrences in train can hardly be learned
_TAGS_SHOWN = 5  # tags that a warning names
_MULTIWORD_SHOWN = 10  # multiword tokens that a report names
_WHITE_SPACE_UNKNOWN = (
    "its source does not say where white space stands: column files do not, nor do corpora of earlier versions; "
    "convert from CoNLL-U, or from JSON lines with text"
)
_QUOTED_CHARACTERS = 60  # of a sentence that a warning quotes


@dataclass
class _SplitScan:
    """What is collected about a split while it is read."""

    lengths: array = field(default_factory=lambda: array("L"))
    hashes: set[bytes] = field(default_factory=set)
    repeated: int = 0
    tokens: int = 0
    empty: int = 0
    empty_example: str = ""
    annotated: dict[str, int] = field(default_factory=dict)
    known: int = 0
    paragraphs: int = 0
    multiword: Counter[str] = field(default_factory=Counter)
    in_train: int = 0
    in_train_longest: int = 0
    in_train_example: str = ""

    def add(self, sentence: Sentence, train: "_SplitScan | None") -> None:
        """Add one sentence; `train` is the scan of the train split where this is another one."""
        self.lengths.append(len(sentence))
        self.tokens += len(sentence)
        key = _hash(sentence)
        self.repeated += key in self.hashes
        self.hashes.add(key)
        for task in sentence.tags:
            self.annotated[task] = self.annotated.get(task, 0) + 1
        self.known += sentence.after is not None
        self.paragraphs += sentence.paragraph
        self.multiword.update(_multiword_tokens(sentence))
        blank = sum(not any(map(_is_visible, word)) for word in sentence.words)
        if blank:
            self.empty += blank
            self.empty_example = self.empty_example or sentence.id
        if train is not None and key in train.hashes:
            self.in_train += 1
            if len(sentence) > self.in_train_longest:  # the longest is the best example: short ones repeat by chance
                self.in_train_longest, self.in_train_example = len(sentence), " ".join(sentence.words)

    def report(self) -> SplitReport:
        """The figures of the split."""
        ordered = sorted(self.lengths)
        lengths = {str(percent): ordered[_rank(len(ordered), percent)] for percent in _PERCENTILES if ordered}
        return SplitReport(len(ordered), self.tokens, self.repeated, {**lengths, "max": ordered[-1] if ordered else 0})


def inspect(corpus: Manifest | Path | str, max_tokens: int | None = None) -> CorpusReport:
    """Read a whole corpus and report on it; sentences longer than `max_tokens` are warned of.

    Raises DataError when it is no corpus or a record cannot be read.
    """
    if not isinstance(corpus, Manifest):
        with open_corpus(corpus) as opened:
            return inspect(opened, max_tokens)
    scans: dict[str, _SplitScan] = {}
    for split in in_order(corpus.splits):  # train first: the others are compared with it
        scan = _SplitScan()
        if corpus.splits[split].sentences:
            for sentence in read_split(corpus, split):
                scan.add(sentence, scans.get("train"))
        scans[split] = scan
    tasks = {
        task: TaskReport(
            info.scheme,
            {split: dict(info.counts(split).most_common()) for split in scans if info.counts(split)},
            {split: scan.annotated[task] for split, scan in scans.items() if task in scan.annotated},
        )
        for task, info in corpus.tasks.items()
    }
    warnings = [
        *verify(corpus),
        *_missing(corpus),
        *(f"{split}: {remark}" for split in in_order(corpus.remarks) for remark in corpus.remarks[split]),
        *_about_sentences(scans, max_tokens),
        *(warning for task, report in tasks.items() for warning in _about_tags(task, report, scans)),
    ]
    splits = {split: scan.report() for split, scan in scans.items()}
    return CorpusReport(
        corpus.name, corpus.source, corpus.licence, corpus.notes, splits, tasks, _segmentation(scans), warnings
    )


def _segmentation(scans: dict[str, _SplitScan]) -> SegmentationReport:
    train = next(iter(scans.values()), _SplitScan())
    return SegmentationReport(
        {split: scan.known for split, scan in scans.items()},
        {split: scan.paragraphs for split, scan in scans.items()},
        {split: scan.multiword.total() for split, scan in scans.items()},
        dict(sorted(train.multiword.items(), key=lambda item: (-item[1], item[0]))[:_MULTIWORD_SHOWN]),
        "" if train.known else _WHITE_SPACE_UNKNOWN,
    )


def _multiword_tokens(sentence: Sentence) -> Iterator[str]:
    """Each multiword token with its words, such as `don't = do n't`."""
    for first, last in sentence.multiword:
        yield f"{sentence.text_of(first, last)} = {' '.join(sentence.words[first : last + 1])}"


def _missing(corpus: Manifest) -> Iterator[str]:
    yield from doubts_about_sizes({split: info.sentences for split, info in corpus.splits.items()}, SPLITS)
    if not corpus.licence:
        yield "no licence is given, so nobody knows what a model trained on this may be used for"


def _about_sentences(scans: dict[str, _SplitScan], max_tokens: int | None) -> Iterator[str]:
    for split, scan in scans.items():
        if scan.in_train:
            example = _shortened(scan.in_train_example)
            yield (
                f"{_many(scan.in_train, 'sentence')} of {split} ({scan.in_train / len(scan.lengths):.1%}) "
                f"stand{'s' * (scan.in_train == 1)} in train as well, for example: {example}"
            )
        longer = sum(length > max_tokens for length in scan.lengths) if max_tokens else 0
        if longer:
            longest = max(scan.lengths)
            yield f"{_many(longer, 'sentence')} of {split} longer than {max_tokens} tokens, the longest {longest}"
        if scan.empty:
            yield (
                f"{_many(scan.empty, 'token')} in {split} without a character to see, "
                f"the first in sentence {scan.empty_example}"
            )


def _about_tags(task: str, report: TaskReport, scans: dict[str, _SplitScan]) -> Iterator[str]:
    train = report.tags.get("train", {})
    for split, scan in scans.items():
        annotated = report.annotated.get(split, 0)
        if not annotated and scan.lengths:
            yield f"{task}: {split} is not annotated"
        elif annotated < len(scan.lengths):
            yield f"{task}: {_many(len(scan.lengths) - annotated, 'sentence')} of {split} not annotated"
    for split, tags in report.tags.items():
        unseen = {tag: count for tag, count in tags.items() if tag not in train}
        if train and unseen:
            yield f"{task}: {_many(len(unseen), 'tag')} of {split} that train never has: {_listed(unseen)}"
    rare = {tag: count for tag, count in train.items() if count < _RARE}
    if rare:
        some = f"{_many(len(rare), 'tag')} of {len(train):,} stand{'s' * (len(rare) == 1)}"
        yield f"{task}: {some} fewer than {_RARE} times in train: {_listed(rare)}"
    yield from doubts_about_tags(task, report.scheme, report.tags)


def _listed(counts: dict[str, int]) -> str:
    """The first few tags with their counts, for a warning."""
    shown = ", ".join(f"{tag} ({count:,})" for tag, count in list(counts.items())[:_TAGS_SHOWN])
    return shown + (f" and {len(counts) - _TAGS_SHOWN:,} more" if len(counts) > _TAGS_SHOWN else "")


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _shortened(text: str) -> str:
    return text if len(text) <= _QUOTED_CHARACTERS else text[: _QUOTED_CHARACTERS - 1] + "…"


def _rank(count: int, percent: int) -> int:
    """The index of a percentile among `count` sorted values, by the nearest-rank method."""
    return max(0, -(-count * percent // 100) - 1)


def _is_visible(character: str) -> bool:
    return character.isprintable() and not character.isspace()


def _hash(sentence: Sentence) -> bytes:
    return hashlib.blake2b("\0".join(sentence.words).encode(), digest_size=12).digest()

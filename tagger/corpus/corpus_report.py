"""The report on a corpus, as data and as printed tables that stay readable in a pipe."""

from dataclasses import asdict, dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tagger.tables import FullWidthTable

_MOST_TAGS = 40  # rows of a task's table; one more row sums up the other tags


@dataclass(frozen=True)
class SplitReport:
    """Sizes of one split, in sentences and tokens.

    `repeated` counts the sentences that repeat an earlier one of the split.
    """

    sentences: int
    tokens: int
    repeated: int
    lengths: dict[str, int]
    """The percentiles `50`, `90` and `99` of the sentences' lengths, and the `max`."""


@dataclass(frozen=True)
class TaskReport:
    """One task: its scheme (None for plain tags), and how often each tag occurs in each split."""

    scheme: str | None
    tags: dict[str, dict[str, int]]
    annotated: dict[str, int]
    """The number of sentences in each split that have tags of this task."""


@dataclass(frozen=True)
class SegmentationReport:
    """What a corpus can teach a segmenter, which learns where tokens, words and sentences begin in raw text.

    The counts are those of each split: sentences whose white space is known, paragraphs, and multiword tokens.
    """

    known: dict[str, int]
    paragraphs: dict[str, int]
    multiword: dict[str, int]
    examples: dict[str, int]
    """The most frequent multiword tokens of train with their counts, such as `don't = do n't`."""
    why_not: str
    """Why the corpus cannot teach segmentation, and what to do; empty where it can."""


@dataclass(frozen=True)
class CorpusReport:
    """What `inspect` finds in a corpus."""

    name: str
    source: str
    licence: str
    notes: str
    splits: dict[str, SplitReport]
    tasks: dict[str, TaskReport]
    segmentation: SegmentationReport
    warnings: list[str]

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data for JSON, under the same names."""
        return asdict(self)


def print_report(report: CorpusReport, console: Console, *, all_tags: bool = False) -> None:
    """Print a report; `all_tags` lists every tag instead of the most frequent ones."""
    for name, value in (("corpus", report.name), ("source", report.source), ("licence", report.licence)):
        console.print(Text(f"{name:8} {value or 'not given'}"), soft_wrap=True)
    if report.notes:
        console.print(Text(f"{'notes':8} {' '.join(report.notes.split())}"), soft_wrap=True)
    tables = [_splits_table(report)]
    if not report.segmentation.why_not:
        tables.append(_segmentation_table(report))
    tables += [_tags_table(task, found, list(report.splits), all_tags) for task, found in report.tasks.items()]
    for table in tables:
        console.print()
        console.print(FullWidthTable(table), soft_wrap=True)
    console.print()
    if report.segmentation.why_not:
        console.print(
            Text(f"segmentation: not learned from this corpus, because {report.segmentation.why_not}"), soft_wrap=True
        )
    if report.segmentation.examples:
        shown = ", ".join(f"{token} ({count:,})" for token, count in report.segmentation.examples.items())
        console.print(Text(f"multiword tokens of train: {shown}"), soft_wrap=True)
    for warning in report.warnings:
        console.print(Text(f"warning: {warning}", "yellow"), soft_wrap=True)
    if not report.warnings:
        console.print(Text("no warnings"))


def _splits_table(report: CorpusReport) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="splits", title_justify="left")
    table.add_column("split")
    for name in ("sentences", "tokens", "repeated", "length 50%", "90%", "99%", "max"):
        table.add_column(name, justify="right")
    for split, found in report.splits.items():
        figures = (found.sentences, found.tokens, found.repeated, *found.lengths.values())
        table.add_row(Text(split), *(f"{figure:,}" for figure in figures))
    return table


def _segmentation_table(report: CorpusReport) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="segmentation", title_justify="left")
    table.add_column("split")
    for name in ("sentences with white space", "paragraphs", "multiword tokens"):
        table.add_column(name, justify="right")
    found = report.segmentation
    for split in report.splits:
        figures = (found.known[split], found.paragraphs[split], found.multiword[split])
        table.add_row(Text(split), *(f"{figure:,}" for figure in figures))
    return table


def _tags_table(task: str, found: TaskReport, splits: list[str], all_tags: bool) -> Table:
    kind = f"tags, spans in {found.scheme}" if found.scheme else "plain tags"
    rows = _rows(found, splits)
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, title=Text(f"{task}: {len(rows):,} {kind}"), title_justify="left"
    )
    table.add_column("tag")
    for split in splits:
        table.add_column(split, justify="right")
    shown = rows if all_tags else rows[:_MOST_TAGS]
    for tag, counts in shown:
        table.add_row(Text(tag), *(f"{count:,}" for count in counts))
    rest = rows[len(shown) :]
    if rest:
        sums = [sum(counts[index] for _, counts in rest) for index in range(len(splits))]
        table.add_row(f"{len(rest):,} more", *(f"{count:,}" for count in sums))
    return table


def _rows(found: TaskReport, splits: list[str]) -> list[tuple[str, list[int]]]:
    """Each tag with its count in every split, the most frequent first."""
    tags = {tag for counts in found.tags.values() for tag in counts}
    rows = [(tag, [found.tags.get(split, {}).get(tag, 0) for split in splits]) for tag in tags]
    return sorted(rows, key=lambda row: (-sum(row[1]), row[0]))

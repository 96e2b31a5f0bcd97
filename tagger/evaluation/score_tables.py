"""Printing the scores of an evaluation, on given words or from raw text, as tables."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tagger.evaluation.raw_scores import RawSums
from tagger.evaluation.scores import Figures, PlainScores, Scores, SpanScores
from tagger.tables import FullWidthTable, percent

MOST_ROWS = 60
"""Most tags or span types listed for a task."""
_MATCHES = {
    "exact": "right bounds, whatever the label",
    "partial": "the same, and half of a span over some of the tokens",
    "type": "right label, over any of the tokens",
}
"""What the figures of spans by other measures than the strict one say."""


def print_scores(scores: Scores, console: Console) -> None:
    """Print the scores of each task in percent, and of its most frequent tags or types."""
    heading = f"{scores.split}: {scores.sentences:,} sentences, {scores.tokens:,} tokens"
    console.print(Text(heading), soft_wrap=True)
    for task, figures in scores.tasks.items():
        rows = _span_rows(figures) if isinstance(figures, SpanScores) else _plain_rows(figures)
        console.print(Text(f"\n{task}", "bold"), soft_wrap=True)
        summary = Table(box=None, show_header=False, pad_edge=False)
        summary.add_column(no_wrap=True)
        summary.add_column(justify="right", no_wrap=True)
        summary.add_column(no_wrap=True)
        for row in rows:
            summary.add_row(*map(Text, row))
        console.print(FullWidthTable(summary), soft_wrap=True, highlight=False)
        if isinstance(figures, SpanScores):
            details = _details_table("type", {**figures.types, "macro average": figures.macro})
        else:
            details = _details_table("tag", figures.tags)
        console.print(FullWidthTable(details), soft_wrap=True, highlight=False)


def print_raw_scores(sums: RawSums, split: str, console: Console) -> None:
    """Print the scores from raw text in percent: tokens, sentences, words, and each task."""
    console.print(
        Text(f"{split}, from raw text: {sums.sentences.gold:,} sentences, {sums.words.gold:,} words"), soft_wrap=True
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True)
    for name in ("precision", "recall", "f1", "support", "accuracy of aligned words"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, counts in (*sums.segments.items(), *sums.tasks.items()):
        row = counts.figures
        plain = name in sums.tasks and name not in sums.spans
        figures = [*map(percent, (row.precision, row.recall, row.f1)), f"{row.support:,}"]
        table.add_row(Text(name), *figures, percent(counts.aligned_accuracy) if plain else "")
    console.print(FullWidthTable(table), soft_wrap=True, highlight=False)


def _plain_rows(scores: PlainScores) -> list[Sequence[str]]:
    """Name, value and remark of each figure of a task with plain tags."""
    return [
        ("accuracy", percent(scores.accuracy), f"of {scores.tokens:,} tokens"),
        ("known words", percent(scores.known), f"of {scores.known_tokens:,} tokens"),
        ("unknown words", percent(scores.unknown), f"of {scores.unknown_tokens:,} tokens"),
        *_common_rows(scores),
    ]


def _span_rows(scores: SpanScores) -> list[Sequence[str]]:
    """Name, value and remark of each figure of a span task."""
    return [
        ("precision", percent(scores.precision), "of whole spans (micro average)"),
        ("recall", percent(scores.recall), f"of {scores.support:,} spans"),
        ("f1", percent(scores.f1), f"macro average {percent(scores.macro.f1)}"),
        *(
            (f"f1, {measure}", percent(scores.matches[measure].f1), what)
            for measure, what in _MATCHES.items()
            if measure in scores.matches
        ),
        ("accuracy", percent(scores.accuracy), f"of {scores.tokens:,} tokens"),
        ("invalid sequences", f"{scores.invalid_sequences:,}", "sentences with tags that the scheme does not allow"),
        *_common_rows(scores),
    ]


def _common_rows(scores: PlainScores | SpanScores) -> list[Sequence[str]]:
    """Rows of name, value and remark, for the figures that all tasks have.

    Those figures are the sentence accuracy, and the number of gold tags that the model does not know.
    """
    rows: list[Sequence[str]] = [
        (
            "sentences right",
            percent(scores.sentence_accuracy),
            f"{scores.sentences_right:,} of {scores.sentences:,} from end to end",
        )
    ]
    if scores.unknown_tags:
        counts = Counter(scores.unknown_tags)
        named = ", ".join(f"{tag} ({count:,})" for tag, count in counts.most_common(10))
        more = f" and {len(counts) - 10:,} more" if len(counts) > 10 else ""
        rows.append(("unknown tags", f"{counts.total():,}", f"counted as wrong, not in the model: {named}{more}"))
    return rows


def _details_table(kind: str, figures: Mapping[str, Figures]) -> Table:
    """A table of precision, recall, F1 and support by tag or type.

    The table shows at most the MOST_ROWS most frequent tags or types.
    """
    shown = list(figures)
    if len(shown) > MOST_ROWS:
        shown = sorted(shown, key=lambda name: -figures[name].support)[:MOST_ROWS]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(kind, no_wrap=True)
    for name in ("precision", "recall", "f1", "support"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in shown:
        row = figures[name]
        table.add_row(Text(name), percent(row.precision), percent(row.recall), percent(row.f1), f"{row.support:,}")
    if len(figures) > len(shown):
        table.caption = Text(f"the {MOST_ROWS} most frequent of {len(figures):,}; --json holds them all")
        table.caption_justify = "left"
    return table

"""An evaluation as tables for a reader, in a terminal or a pipe."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tagger.evaluation.scores import Figures, PlainScores, Scores, SpanScores
from tagger.tables import FullWidthTable, percent

ROWS = 60


def print_scores(scores: Scores, console: Console) -> None:
    """Print the figures of each task, in hundredths, and those of its tags or types (the ROWS most frequent)."""
    heading = f"{scores.split}: {scores.sentences:,} sentences, {scores.tokens:,} tokens"
    console.print(Text(heading), soft_wrap=True)
    for task, figures in scores.tasks.items():
        rows = span_rows(figures) if isinstance(figures, SpanScores) else plain_rows(figures)
        console.print(Text(f"\n{task}", "bold"), soft_wrap=True)
        summary = Table(box=None, show_header=False, pad_edge=False)
        for justify in ("left", "right", "left"):
            summary.add_column(justify=justify, no_wrap=True)
        for row in rows:
            summary.add_row(*map(Text, row))
        console.print(FullWidthTable(summary), soft_wrap=True, highlight=False)
        if isinstance(figures, SpanScores):
            details = details_table("type", {**figures.types, "macro average": figures.macro})
        else:
            details = details_table("tag", figures.tags)
        console.print(FullWidthTable(details), soft_wrap=True, highlight=False)


def plain_rows(scores: PlainScores) -> list[Sequence[str]]:
    """Name, figure and remark of each figure of a plain task."""
    return [
        ("accuracy", percent(scores.accuracy), f"of {scores.tokens:,} tokens"),
        ("known words", percent(scores.known), f"of {scores.known_tokens:,} tokens"),
        ("unknown words", percent(scores.unknown), f"of {scores.unknown_tokens:,} tokens"),
        *common_rows(scores),
    ]


def span_rows(scores: SpanScores) -> list[Sequence[str]]:
    """Name, figure and remark of each figure of a span task."""
    return [
        ("precision", percent(scores.precision), "of whole spans (micro average)"),
        ("recall", percent(scores.recall), f"of {scores.support:,} spans"),
        ("f1", percent(scores.f1), f"macro average {percent(scores.macro.f1)}"),
        ("accuracy", percent(scores.accuracy), f"of {scores.tokens:,} tokens"),
        ("invalid sequences", f"{scores.invalid_sequences:,}", "sentences with tags that the scheme does not allow"),
        *common_rows(scores),
    ]


def common_rows(scores: PlainScores | SpanScores) -> list[Sequence[str]]:
    """What both kinds of task have: sentences right from end to end, gold tags that the model does not know."""
    rows = [
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


def details_table(kind: str, figures: Mapping[str, Figures]) -> Table:
    """Precision, recall, F1 and support by tag or type, the most frequent first where there are more than ROWS."""
    shown = list(figures)
    if len(shown) > ROWS:
        shown = sorted(shown, key=lambda name: -figures[name].support)[:ROWS]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(kind, no_wrap=True)
    for name in ("precision", "recall", "f1", "support"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in shown:
        row = figures[name]
        table.add_row(Text(name), percent(row.precision), percent(row.recall), percent(row.f1), f"{row.support:,}")
    if len(figures) > len(shown):
        table.caption = Text(f"the {ROWS} most frequent of {len(figures):,}; --json holds them all")
        table.caption_justify = "left"
    return table

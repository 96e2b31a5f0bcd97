"""The report as one page that needs nothing else: no network, no script, no font."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from tagger.evaluation import charts
from tagger.evaluation.analysis import TaskAnalysis
from tagger.evaluation.mistakes import Example, Mistake, matrix
from tagger.tables import percent
from tagger.text.visible import visible

if TYPE_CHECKING:
    from tagger.evaluation.report_file import Report

CONFUSED = 18
"""Labels of a confusion matrix at most."""
LABELS = 60
"""Labels of the table of scores at most."""
MISTAKES = 15
"""Kinds of mistakes that are shown at most."""
CONTEXT = 120
"""Characters of a sentence before and after what is marked in it, about."""
NAMES = {
    "accuracy": "accuracy",
    "known": "known words",
    "unknown": "unknown words",
    "sentence_accuracy": "sentences right",
    "f1": "F1 of spans",
    "precision": "precision",
    "recall": "recall",
}


def render_page(report: "Report") -> str:
    """The whole page as HTML."""
    environment = Environment(
        loader=PackageLoader("tagger.evaluation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: visible(value) if type(value) is str else value,
    )
    environment.filters |= {"percent": percent, "count": "{:,}".format, "segments": segments, "title": title}
    return environment.get_template("page.html").render(
        report=report,
        charts=charts,
        matrix=lambda task: matrix(task.confused, CONFUSED),
        labels=labels,
        names=NAMES,
        shown_mistakes=MISTAKES,
    )


def title(mistake: Mistake) -> str:
    """A kind of mistake in words."""
    if mistake.gold is None:
        return f"{mistake.given} invented"
    if mistake.given is None:
        return f"{mistake.gold} missed"
    if mistake.gold == mistake.given:
        return f"{mistake.gold} over other tokens"
    return f"{mistake.gold} given as {mistake.given}" + ("" if mistake.same_bounds else ", over other tokens")


def labels(task: TaskAnalysis) -> list[str]:
    """The labels of a task that are shown, the most frequent first."""
    figures = task.scores.types if task.scheme else task.scores.tags
    return sorted(figures, key=lambda label: -figures[label].support)[:LABELS]


@dataclass(frozen=True)
class Segment:
    """A piece of a sentence, and whether it is among what was to be found and among what was given."""

    text: str
    gold: bool
    given: bool


def segments(example: Example) -> Iterator[Segment]:
    """A sentence in pieces, so that a mistake can be marked in it; a long one only as far as it is near."""
    spans = [span for span in (example.gold, example.given) if span]
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    begin, end = begin_of(example.text, first), end_of(example.text, last)
    cuts = sorted({begin, end, *(cut for span in spans for cut in span)})
    for start, stop in pairwise(cuts):
        before, after = "… " if start == begin > 0 else "", " …" if stop == end < len(example.text) else ""
        gold, given = (bool(span) and span[0] <= start < span[1] for span in (example.gold, example.given))
        yield Segment(before + example.text[start:stop] + after, gold, given)


def begin_of(text: str, place: int) -> int:
    """Where to begin to show a text so that what comes before a place is seen: at a word, about CONTEXT before it."""
    if place <= CONTEXT:
        return 0
    return text.find(" ", place - CONTEXT, place) + 1 or place - CONTEXT


def end_of(text: str, place: int) -> int:
    """Where to end."""
    if len(text) - place <= CONTEXT:
        return len(text)
    space = text.rfind(" ", place, place + CONTEXT)
    return space if space > place else place + CONTEXT

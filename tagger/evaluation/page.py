"""The report as one self-contained HTML page: no network, no script, no font."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from jinja2 import Environment, PackageLoader, StrictUndefined

from tagger.evaluation import charts
from tagger.evaluation.analysis import TaskAnalysis
from tagger.evaluation.confusion_matrix import confusion_matrix
from tagger.evaluation.mistakes import Example, Mistake
from tagger.evaluation.report import Report
from tagger.evaluation.scores import SpanScores
from tagger.tables import percent
from tagger.text.visible import visible

MOST_CONFUSED_LABELS = 18
"""Most labels in a confusion matrix."""
MOST_SCORED_LABELS = 60
"""Most labels in the table of scores."""
MOST_MISTAKES = 15
"""Most kinds of mistakes shown."""
CONTEXT = 120
"""Characters of a sentence shown before and after its marked part, about."""
FIGURE_NAMES = {
    "accuracy": "accuracy",
    "known": "known words",
    "unknown": "unknown words",
    "sentence_accuracy": "sentences right",
    "f1": "F1 of spans",
    "precision": "precision",
    "recall": "recall",
}


def render_page(report: Report) -> str:
    """The report as an HTML page."""
    environment = Environment(
        loader=PackageLoader("tagger.evaluation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: visible(value) if type(value) is str else value,
    )
    environment.filters |= {"percent": percent, "count": "{:,}".format, "segments": segments, "title": _title}
    return environment.get_template("page.html").render(
        report=report,
        charts=charts,
        matrix=lambda task: confusion_matrix(task.confused, MOST_CONFUSED_LABELS),
        labels=_labels,
        names=FIGURE_NAMES,
        shown_mistakes=MOST_MISTAKES,
    )


def _title(mistake: Mistake) -> str:
    """The heading of a kind of mistake."""
    if mistake.gold is None:
        return f"{mistake.given} invented"
    if mistake.given is None:
        return f"{mistake.gold} missed"
    if mistake.gold == mistake.given:
        return f"{mistake.gold} over other tokens"
    return f"{mistake.gold} predicted as {mistake.given}" + ("" if mistake.same_bounds else ", over other tokens")


def _labels(task: TaskAnalysis) -> list[str]:
    """The labels in a task's table of scores, the most frequent first."""
    figures = task.scores.types if isinstance(task.scores, SpanScores) else task.scores.tags
    return sorted(figures, key=lambda label: -figures[label].support)[:MOST_SCORED_LABELS]


@dataclass(frozen=True)
class Segment:
    """A piece of an example sentence.

    `gold` and `given` tell whether it belongs to the gold and to the predicted label.
    """

    text: str
    gold: bool
    given: bool


def segments(example: Example) -> Iterator[Segment]:
    """Split an example sentence where its mistake begins and ends.

    A long sentence is cut to the context of the mistake.
    """
    spans = [span for span in (example.gold, example.given) if span]
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    begin, end = _context_start(example.text, first), _context_end(example.text, last)
    cuts = sorted({begin, end, *(cut for span in spans for cut in span)})
    for start, stop in pairwise(cuts):
        before, after = "… " if start == begin > 0 else "", " …" if stop == end < len(example.text) else ""
        gold, given = (span is not None and span[0] <= start < span[1] for span in (example.gold, example.given))
        yield Segment(before + example.text[start:stop] + after, gold, given)


def _context_start(text: str, place: int) -> int:
    """Where to start showing a text: at a word, about CONTEXT characters before `place`."""
    if place <= CONTEXT:
        return 0
    return text.find(" ", place - CONTEXT, place) + 1 or place - CONTEXT


def _context_end(text: str, place: int) -> int:
    """Where to stop showing a text: after a word, about CONTEXT characters after `place`."""
    if len(text) - place <= CONTEXT:
        return len(text)
    space = text.rfind(" ", place, place + CONTEXT)
    return space if space > place else place + CONTEXT

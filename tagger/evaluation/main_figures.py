"""The one figure of a task by which models are compared: accuracy of plain tags, F1 of spans."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tagger.evaluation.scores import PlainScores, SpanScores


class MainFigure(NamedTuple):
    """A task's main figure: `f1` or `accuracy`, and its value between 0 and 1."""

    name: str
    value: float


def main_figure_name(scheme: str | None) -> str:
    """`f1` for a task whose spans are written in a scheme, `accuracy` for plain tags (no scheme)."""
    return "f1" if scheme else "accuracy"


def main_figure(scores: PlainScores | SpanScores) -> float:
    """The main figure of a task's scores, between 0 and 1."""
    return scores.f1 if isinstance(scores, SpanScores) else scores.accuracy


def main_figures(metrics: Mapping[str, Any], split: str) -> dict[str, MainFigure]:
    """The main figure of each task of a split, read from the content of a `metrics.json`; empty without that split."""
    figures = {}
    for task, scores in metrics.get(split, {}).get("tasks", {}).items():
        name = "f1" if "f1" in scores else "accuracy"
        figures[task] = MainFigure(name, scores[name])
    return figures

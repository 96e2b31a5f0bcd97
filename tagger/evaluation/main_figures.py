"""The figure by which a task's models are compared: accuracy, or F1 of spans."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tagger.evaluation.scores import PlainScores, SpanScores


class MainFigure(NamedTuple):
    """A task's main figure: `f1` or `accuracy`, and its value between 0 and 1."""

    name: str
    value: float


def main_figure_name(scheme: str | None) -> str:
    """The name of the main figure: `f1` for a task with a scheme, else `accuracy`."""
    return "f1" if scheme else "accuracy"


def main_figure(scores: PlainScores | SpanScores) -> float:
    """The main figure of a task's scores, between 0 and 1."""
    return scores.f1 if isinstance(scores, SpanScores) else scores.accuracy


def main_figures(metrics: Mapping[str, Any], split: str) -> dict[str, MainFigure]:
    """The main figure of each task of a split, from the content of a `metrics.json`.

    Empty where it has no such split.
    """
    figures = {}
    for task, scores in metrics.get(split, {}).get("tasks", {}).items():
        name = "f1" if "f1" in scores else "accuracy"
        figures[task] = MainFigure(name, scores[name])
    return figures


def raw_main_figures(metrics: Mapping[str, Any], split: str) -> dict[str, float]:
    """The F1 from raw text of tokens, sentences, words and each task of a split, from the content of `metrics.json`.

    Empty where the split was not scored from raw text.
    """
    raw = metrics.get(split, {}).get("raw")
    if not raw:
        return {}
    segments = {name: raw[name]["f1"] for name in ("tokens", "sentences", "words")}
    return {**segments, **{task: figures["f1"] for task, figures in raw["tasks"].items()}}

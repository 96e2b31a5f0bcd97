"""How good a model is: scores, significance, and a report of what went wrong."""

from tagger.evaluation.evaluate import evaluate
from tagger.evaluation.main_figures import main_figure
from tagger.evaluation.scores import Figures, PlainScores, Scores, SpanScores

__all__ = ["Figures", "PlainScores", "Scores", "SpanScores", "evaluate", "main_figure"]

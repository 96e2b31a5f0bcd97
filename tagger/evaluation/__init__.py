"""How good a model is: sums, figures, and the report of them."""

from tagger.evaluation.evaluate import evaluate
from tagger.evaluation.scores import Figures, PlainScores, Scores, SpanScores, main_figure

__all__ = ["Figures", "PlainScores", "Scores", "SpanScores", "evaluate", "main_figure"]

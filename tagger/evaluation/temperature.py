"""Calibration by temperature: scores are divided by one number, so that a probability is the share that is right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tagger.evaluation.calibration import CalibrationSums
from tagger.evaluation.outcomes import outcomes
from tagger.model.score_settings import ScoreSettings
from tagger.runtime.decode import Decoder
from tagger.runtime.tagger import Tagger
from tagger.text.sentence import Sentence

LOWEST, HIGHEST = 0.2, 5.0
"""The temperatures between which the best one is searched."""
_STEPS = 18
"""Steps of the search, after which the temperature is known to a thousandth of itself."""
_GOLDEN = (math.sqrt(5) - 1) / 2

Pairs = Sequence[tuple[Sentence, Sentence]]
"""Gold sentences, each with the sentence as the model has tagged it, with scores."""


@dataclass(frozen=True)
class CalibrationError:
    """Expected calibration error (Guo et al. 2017) of a task's tags, and of its spans; None where it has no spans."""

    tags: float
    spans: float | None


def fit_temperature(tagger: Tagger, pairs: Pairs, task: str) -> float:
    """Return the temperature that makes the gold tags of a task most probable (Guo et al. 2017).

    The mean negative log-likelihood of the gold tags is minimised by golden-section search over the logarithm of the
    temperature. For a task with transitions the probabilities are the marginals over all paths, whose scores are
    divided. Tokens without a gold tag, or with one that the model does not know, do not count.
    """
    columns = {tag: column for column, tag in enumerate(tagger.tags[task])}
    rows = [(gold.tags[task], predicted.probabilities[task].scores) for gold, predicted in pairs if len(gold)]
    gold_columns = np.array([columns.get(tag, -1) for tags, _ in rows for tag in tags], np.intp)
    known = gold_columns >= 0
    if not known.any():
        return 1.0
    scores = [{task: each} for _, each in rows]
    transitions = {name: each for name, each in tagger.transitions.items() if name == task}

    def loss(logarithm: float) -> float:
        settings = {task: ScoreSettings(math.exp(logarithm))}
        decoder = Decoder({task: tagger.tags[task]}, {task: None}, settings)
        found = decoder.probabilities(scores, transitions, {task: np.maximum(gold_columns, 0)})[task][known]
        return float(-np.log(np.maximum(found.astype(np.float64), 1e-12)).mean())

    low, high = math.log(LOWEST), math.log(HIGHEST)
    first, second = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_first, at_second = loss(first), loss(second)
    for _ in range(_STEPS):
        if at_first <= at_second:
            high, second, at_second = second, first, at_first
            first = high - _GOLDEN * (high - low)
            at_first = loss(first)
        else:
            low, first, at_first = first, second, at_second
            second = low + _GOLDEN * (high - low)
            at_second = loss(second)
    best = (low + high) / 2
    return round(math.exp(best), 3) if loss(best) < loss(0.0) else 1.0


def calibration_error(pairs: Pairs, task: str, scheme: str | None) -> CalibrationError:
    """Return how far the probabilities of a task are from the share that is right."""
    tags, spans = CalibrationSums(), CalibrationSums()
    for gold, predicted in pairs:
        for right, tag, score in zip(gold.tags[task], predicted.tags[task], predicted.scores(task), strict=True):
            if right:  # "" is a token that is not annotated
                tags.add(score, right == tag)
        if scheme:
            for outcome in outcomes(gold, predicted, task, scheme):
                if outcome.predicted:
                    spans.add(outcome.score, outcome.is_right)
    return CalibrationError(tags.calibration().error, spans.calibration().error if scheme else None)

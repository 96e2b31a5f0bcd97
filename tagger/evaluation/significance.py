"""Significance of scores and of differences between two models, by resampling sentences.

A score is a ratio of two sums over sentences, whose counts are arrays `[S, 2]`: right tokens and all tokens for
accuracy, and for F1 twice the right spans and all spans, predicted plus gold. Both methods resample whole sentences,
because the tokens of one sentence tend to be right or wrong together:

- the bootstrap (Efron and Tibshirani 1993; paired, for two models, by Koehn 2004) draws as many sentences as there are,
  with replacement;
- approximate randomisation (Noreen 1989; Yeh 2000) exchanges the two models' answers in a random half of the sentences,
  which would make no difference if the models were equally good.

Sentences with the same counts are drawn together: how many of them a resample has is a multinomial number, and how many
of them are exchanged a binomial one. That is the same distribution in a fraction of the time and memory.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tagger.evaluation.scores import share
from tagger.evaluation.sums import scored_spans

RESAMPLES = 10_000
LEVEL = 0.95
"""Level of an interval: the share of the resamples that lie in it."""
NUMBERS_AT_ONCE = 1 << 20
"""Random numbers held in memory at a time."""
TIE_TOLERANCE = 1e-12
"""Differences this close differ by rounding alone."""


@dataclass(frozen=True)
class Difference:
    """The scores of two models on the same sentences, and the significance of their difference.

    Scores are between 0 and 1. `difference` is the second score minus the first; `low` and `high` are its bootstrap
    interval. Both p-values are two-sided: the probability of a difference at least as large between equally good
    models. The bootstrap's p-value shifts the resampled differences to a mean of 0.
    """

    first: float
    second: float
    difference: float
    low: float
    high: float
    bootstrap_p: float
    randomization_p: float
    sentences: int


def sentence_counts(gold: Sequence[str], predicted: Sequence[str], scheme: str | None) -> tuple[int, int]:
    """What one sentence adds to the two sums of its task's score.

    The score is F1 of spans (seqeval, strict mode) for a task with a scheme, else accuracy.
    """
    if scheme is None:
        right = sum(tag == predicted_tag for tag, predicted_tag in zip(gold, predicted, strict=True))
        return right, len(gold) - gold.count("")  # "" is a token that is not annotated
    gold_spans, predicted_spans = scored_spans(gold, predicted, scheme)
    return 2 * len(gold_spans & predicted_spans), len(gold_spans) + len(predicted_spans)


def bootstrap_interval(
    counts: np.ndarray, *, seed: int = 1, resamples: int = RESAMPLES, level: float = LEVEL
) -> tuple[float, float]:
    """The bootstrap percentile interval of a score, from its sentences' counts `[S, 2]`.

    S is at least 1. A resample in which the second sum is 0, such as one without a single occurrence of a rare tag, has
    no score and is left out. Where none has, the interval is the score itself.
    """
    sums = np.concatenate(list(bootstrap_sums(counts, resamples, np.random.default_rng(seed))))
    defined = sums[sums[:, 1] > 0]
    if not len(defined):
        score = share(*counts.sum(axis=0).tolist())
        return score, score
    return _interval(_ratio(defined), level)


def compare_counts(
    first: np.ndarray, second: np.ndarray, *, seed: int = 1, resamples: int = RESAMPLES, level: float = LEVEL
) -> Difference:
    """The difference between two models, from their counts `[S, 2]` of the same sentences.

    S is at least 1.
    """
    generator = np.random.default_rng(seed)
    both = np.concatenate([first, second], axis=1)  # [S, 4]
    first_score, second_score = (share(*counts.sum(axis=0).tolist()) for counts in (first, second))
    observed = second_score - first_score
    drawn = np.concatenate([_differences(sums) for sums in bootstrap_sums(both, resamples, generator)])
    exchanged = np.concatenate([_differences(sums) for sums in exchanged_sums(both, resamples, generator)])
    low, high = _interval(drawn, level)
    return Difference(
        first=first_score,
        second=second_score,
        difference=observed,
        low=low,
        high=high,
        bootstrap_p=_p_value(drawn - observed, observed),
        randomization_p=_p_value(exchanged, observed),
        sentences=len(first),
    )


def bootstrap_sums(counts: np.ndarray, resamples: int, generator: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield the sums `[R, C]` of counts `[S, C]` over R resamples at a time.

    A resample is S sentences drawn with replacement.
    """
    rows, times = np.unique(counts, axis=0, return_counts=True)  # [K, C], [K]
    for draws in _portions(resamples, len(rows)):
        # In float64, because its matrix products are fast and whole numbers are exact in it.
        yield generator.multinomial(len(counts), times / len(counts), size=draws) @ rows.astype(np.float64)


def exchanged_sums(both: np.ndarray, resamples: int, generator: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield the sums `[R, 4]` of two models' counts `[S, 4]` over R exchanges at a time.

    An exchange swaps the two models' answers in a random half of the sentences.
    """
    rows, times = np.unique(both, axis=0, return_counts=True)
    change = rows[:, [2, 3, 0, 1]] - rows  # [K, 4]
    differ = change.any(axis=1)
    change, times = change[differ].astype(np.float64), times[differ]
    for draws in _portions(resamples, len(times)):
        yield both.sum(axis=0) + generator.binomial(times, 0.5, size=(draws, len(times))) @ change


def _portions(resamples: int, numbers: int) -> Iterator[int]:
    """Split resamples into portions with NUMBERS_AT_ONCE random numbers in memory.

    A resample takes `numbers` random numbers.
    """
    size = max(1, NUMBERS_AT_ONCE // max(1, numbers))
    for start in range(0, resamples, size):
        yield min(size, resamples - start)


def _differences(sums: np.ndarray) -> np.ndarray:
    """The second score minus the first of each resample: sums `[R, 4]` to differences `[R]`."""
    difference: np.ndarray = _ratio(sums[:, 2:]) - _ratio(sums[:, :2])
    return difference


def _ratio(sums: np.ndarray) -> np.ndarray:
    """The score of each resample: sums `[R, 2]` to scores `[R]`, 0 where the second sum is 0."""
    scores = np.zeros(len(sums))
    np.divide(sums[:, 0], sums[:, 1], out=scores, where=sums[:, 1] > 0)
    return scores


def _interval(drawn: np.ndarray, level: float) -> tuple[float, float]:
    """The percentile interval of resampled figures: the bounds of the middle `level` of them."""
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _p_value(drawn: np.ndarray, observed: float) -> float:
    """The share of resampled differences at least as far from 0 as the observed one.

    The resamples are those of models that are equally good. The observed difference counts as one of them, so no
    p-value is 0.
    """
    return (1 + int(np.count_nonzero(np.abs(drawn) >= abs(observed) - TIE_TOLERANCE))) / (1 + len(drawn))

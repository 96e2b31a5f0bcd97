"""How sure a score is, and whether the difference between two is real, by drawing sentences again.

A score is a ratio of two sums over sentences, its counts `[S, 2]`: right tokens of all tokens for accuracy, and for F1
twice the right spans of all spans predicted and gold. Both ways of drawing keep to whole sentences, since the tokens of
one sentence are right or wrong together:

- the bootstrap (Efron and Tibshirani 1993; paired, for two models, by Koehn 2004) draws as many sentences as there are,
  with replacement;
- approximate randomisation (Noreen 1989; Yeh 2000) exchanges the two models' answers in a random half of the sentences,
  which would make no difference if the models were equally good.

Sentences with the same counts are drawn together: how many of them a draw has is a multinomial number, and how many of
them are exchanged a binomial one. That is the same distribution, in a fraction of the time and memory.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tagger.evaluation.scores import share
from tagger.evaluation.sums import strict_spans

RESAMPLES = 10_000
LEVEL = 0.95
"""Of an interval: the share of the draws that lie in it."""
NUMBERS = 1 << 20
"""Random numbers held at a time."""
TIE = 1e-12
"""Differences that are this close are equal, but for rounding."""


@dataclass(frozen=True)
class Difference:
    """Two scores on the same sentences, between 0 and 1, and how sure their `difference` is, the second less the first.

    `low` and `high` are its bootstrap interval. Both p-values are two-sided: the probability of a difference at least
    as large between models that are equally good. That of the bootstrap shifts its draws to a mean of no difference.
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
    """What one sentence adds to the two sums of its task's score: F1 of spans (seqeval, strict) where there is a
    scheme, else accuracy."""
    if scheme is None:
        return sum(right == given for right, given in zip(gold, predicted, strict=True)), len(gold)
    gold_spans, predicted_spans = strict_spans(gold, scheme), strict_spans(predicted, scheme)
    return 2 * len(gold_spans & predicted_spans), len(gold_spans) + len(predicted_spans)


def bootstrap_interval(
    counts: np.ndarray, *, seed: int = 1, resamples: int = RESAMPLES, level: float = LEVEL
) -> tuple[float, float]:
    """The percentile interval of the score with these counts of each sentence, `[S, 2]`; S at least 1."""
    sums = np.concatenate(list(bootstrap_sums(counts, resamples, np.random.default_rng(seed))))
    return interval(ratio(sums), level)


def compare_counts(
    first: np.ndarray, second: np.ndarray, *, seed: int = 1, resamples: int = RESAMPLES, level: float = LEVEL
) -> Difference:
    """Whether two models differ, by their counts of the same sentences, `[S, 2]` each; S at least 1."""
    generator = np.random.default_rng(seed)
    both = np.concatenate([first, second], axis=1)  # [S, 4]
    one, other = (share(*counts.sum(axis=0).tolist()) for counts in (first, second))
    observed = other - one
    drawn = np.concatenate([differences(sums) for sums in bootstrap_sums(both, resamples, generator)])
    exchanged = np.concatenate([differences(sums) for sums in exchanged_sums(both, resamples, generator)])
    low, high = interval(drawn, level)
    return Difference(
        first=one,
        second=other,
        difference=observed,
        low=low,
        high=high,
        bootstrap_p=p_value(drawn - observed, observed),
        randomization_p=p_value(exchanged, observed),
        sentences=len(first),
    )


def bootstrap_sums(counts: np.ndarray, resamples: int, generator: np.random.Generator) -> Iterator[np.ndarray]:
    """The sums of counts `[S, C]` over each draw of S sentences with replacement: some draws `[R, C]` at a time."""
    rows, times = np.unique(counts, axis=0, return_counts=True)  # [K, C], [K]
    for draws in portions(resamples, len(rows)):
        # In float64, whose whole numbers are exact, as matrix products are fast in it.
        yield generator.multinomial(len(counts), times / len(counts), size=draws) @ rows.astype(np.float64)


def exchanged_sums(both: np.ndarray, resamples: int, generator: np.random.Generator) -> Iterator[np.ndarray]:
    """The sums of two models' counts `[S, 4]`, each sentence's exchanged or not: some draws `[R, 4]` at a time."""
    rows, times = np.unique(both, axis=0, return_counts=True)
    change = rows[:, [2, 3, 0, 1]] - rows  # [K, 4]
    differ = change.any(axis=1)
    change, times = change[differ].astype(np.float64), times[differ]
    for draws in portions(resamples, len(times)):
        yield both.sum(axis=0) + generator.binomial(times, 0.5, size=(draws, len(times))) @ change


def portions(resamples: int, numbers: int) -> Iterator[int]:
    """So many draws of so many random numbers each, cut so that NUMBERS of them are held at a time."""
    size = max(1, NUMBERS // max(1, numbers))
    for start in range(0, resamples, size):
        yield min(size, resamples - start)


def differences(sums: np.ndarray) -> np.ndarray:
    """The second score less the first of each draw: `[R, 4]` to `[R]`."""
    return ratio(sums[:, 2:]) - ratio(sums[:, :2])


def ratio(sums: np.ndarray) -> np.ndarray:
    """The score of each draw: `[R, 2]` to `[R]`; 0 of nothing is 0."""
    return np.divide(sums[:, 0], sums[:, 1], out=np.zeros(len(sums)), where=sums[:, 1] > 0)


def interval(drawn: np.ndarray, level: float) -> tuple[float, float]:
    """The bounds of that share of some draws which lies in the middle."""
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def p_value(drawn: np.ndarray, observed: float) -> float:
    """The share of draws under no difference that are as far from 0 as what was observed, which counts as one of them,
    so that no p-value is 0."""
    return (1 + int(np.count_nonzero(np.abs(drawn) >= abs(observed) - TIE))) / (1 + len(drawn))

"""Bootstrap intervals of all the figures of one evaluation."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

import numpy as np

from tagger.evaluation.scores import share
from tagger.evaluation.significance import bootstrap_interval

RESAMPLES = 2000
SEED = 1


@dataclass(frozen=True)
class Estimate:
    """A figure between 0 and 1 with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass
class _Counts:
    """The two counts that each sentence adds to a figure, for the sentences that have any."""

    sentences: list[int] = field(default_factory=list)
    counts: list[tuple[int, int]] = field(default_factory=list)


class Ratios:
    """Named figures, each a ratio of two sums over sentences.

    Accuracy, precision, recall and F1 all are such ratios.
    """

    def __init__(self) -> None:
        self._sentences = 0
        self._counts: dict[Hashable, _Counts] = {}

    def add(self, sentence: Mapping[Hashable, tuple[int, int]]) -> None:
        """Count one sentence: what it adds to the numerator and the denominator of each figure."""
        for name, pair in sentence.items():
            counts = self._counts.setdefault(name, _Counts())
            counts.sentences.append(self._sentences)
            counts.counts.append(pair)
        self._sentences += 1

    def support(self, name: Hashable) -> tuple[int, int]:
        """The denominator of a figure, and the number of sentences that add to it."""
        counts = self._counts.get(name, _Counts())
        return sum(whole for _, whole in counts.counts), len(counts.sentences)

    def estimates(self) -> dict[Hashable, Estimate]:
        """Every figure with its bootstrap interval over sentences."""
        return {name: self._estimate(counts) for name, counts in self._counts.items()}

    def _estimate(self, counts: _Counts) -> Estimate:
        by_sentence = np.zeros((self._sentences, 2), np.int64)
        by_sentence[counts.sentences] = counts.counts
        low, high = bootstrap_interval(by_sentence, seed=SEED, resamples=RESAMPLES)
        return Estimate(share(*by_sentence.sum(axis=0).tolist()), low, high)

"""Many figures of one evaluation, each with its 95 % interval."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

import numpy as np

from tagger.evaluation.scores import share
from tagger.evaluation.significance import LEVEL, bootstrap_sums, interval, ratio

RESAMPLES = 2000
SEED = 1


@dataclass(frozen=True)
class Estimate:
    """A figure between 0 and 1, and the ends of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass
class Terms:
    """What the sentences that have anything to do with a figure add to its two sums."""

    sentences: list[int] = field(default_factory=list)
    counts: list[tuple[int, int]] = field(default_factory=list)


class Ratios:
    """Figures that are a sum over sentences divided by another: accuracy, precision, recall and F1 all are."""

    def __init__(self) -> None:
        self._sentences = 0
        self._terms: dict[Hashable, Terms] = {}

    def add(self, sentence: Mapping[Hashable, tuple[int, int]]) -> None:
        """Count one sentence: what it adds, by figure, to the part and to the whole."""
        for name, counts in sentence.items():
            terms = self._terms.setdefault(name, Terms())
            terms.sentences.append(self._sentences)
            terms.counts.append(counts)
        self._sentences += 1

    def support(self, name: Hashable) -> tuple[int, int]:
        """The whole of a figure, and the sentences that have some of it."""
        terms = self._terms.get(name, Terms())
        return sum(whole for _, whole in terms.counts), len(terms.sentences)

    def estimates(self) -> dict[Hashable, Estimate]:
        """Every figure with its bootstrap interval over sentences."""
        return {name: self._estimate(terms) for name, terms in self._terms.items()}

    def _estimate(self, terms: Terms) -> Estimate:
        counts = np.zeros((self._sentences, 2), np.int64)
        counts[terms.sentences] = terms.counts
        sums = np.concatenate(list(bootstrap_sums(counts, RESAMPLES, np.random.default_rng(SEED))))
        some = sums[sums[:, 1] > 0]  # a draw without any of a rare tag says nothing of it
        value = share(*counts.sum(axis=0).tolist())
        return Estimate(value, *(interval(ratio(some), LEVEL) if len(some) else (value, value)))

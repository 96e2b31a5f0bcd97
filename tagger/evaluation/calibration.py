"""Calibration: whether predictions with a probability of 0.9 are right nine times in ten."""

from dataclasses import dataclass

from tagger.evaluation.scores import share

BINS = 15
"""Bins of equal width, as in Guo et al. (2017); each excludes its lower and includes its upper end."""


@dataclass(frozen=True)
class Bin:
    """Predictions with a probability in `(low, high]`.

    `confidence` is their mean probability, `accuracy` the share that is right.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Calibration:
    """Predicted probabilities compared with the share of predictions that are right.

    `error` is the expected calibration error of Guo et al. (2017): the difference between mean probability and
    accuracy of a bin, averaged over all predictions. `bins` leaves out empty bins.
    """

    count: int
    confidence: float
    accuracy: float
    error: float
    bins: tuple[Bin, ...]


class CalibrationSums:
    """Counts and probability sums of each bin, divided once at the end."""

    def __init__(self, bins: int = BINS) -> None:
        self._counts, self._rights, self._scores = [0] * bins, [0] * bins, [0.0] * bins

    def add(self, score: float, is_right: bool) -> None:
        """Count one prediction with its probability."""
        place = self._bin(score)
        self._counts[place] += 1
        self._rights[place] += is_right
        self._scores[place] += score

    def _bin(self, score: float) -> int:
        """The index of the bin `(low, high]` of a probability.

        Rounding may have moved the probability outside of 0 to 1.
        """
        bins = len(self._counts)
        place = min(bins - 1, max(0, int(score * bins)))
        return place - (place > 0 and score <= place / bins)

    def calibration(self) -> Calibration:
        """The calibration of all predictions added so far."""
        bins, count = len(self._counts), sum(self._counts)
        rows = list(zip(self._counts, self._rights, self._scores, strict=True))
        return Calibration(
            count=count,
            confidence=share(sum(self._scores), count),
            accuracy=share(sum(self._rights), count),
            error=share(sum(abs(right - score) for _, right, score in rows), count),
            bins=tuple(
                Bin(place / bins, (place + 1) / bins, number, score / number, right / number)
                for place, (number, right, score) in enumerate(rows)
                if number
            ),
        )

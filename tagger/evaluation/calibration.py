"""Whether a model's scores are what they say: of all that it gives with 0.9, are nine in ten right?"""

from dataclasses import dataclass

from tagger.evaluation.scores import share

BINS = 15
"""As Guo et al. (2017) have them: of equal width, each without its lower and with its upper end."""


@dataclass(frozen=True)
class Bin:
    """What was given with a score in `(low, high]`: how many, their mean score, and the share that is right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Calibration:
    """Scores against what came of them.

    `error` is the expected calibration error of Guo et al. (2017): how far mean score and share of right ones lie
    apart in a bin, on average over all that was given. `bins` leaves out the empty ones.
    """

    count: int
    confidence: float
    accuracy: float
    error: float
    bins: tuple[Bin, ...]


class CalibrationSums:
    """What is counted of scores: whole numbers and sums, by bin."""

    def __init__(self, bins: int = BINS) -> None:
        self._counts, self._rights, self._scores = [0] * bins, [0] * bins, [0.0] * bins

    def add(self, score: float, is_right: bool) -> None:
        """Count one thing that was given, with its score."""
        place = self._bin(score)
        self._counts[place] += 1
        self._rights[place] += is_right
        self._scores[place] += score

    def _bin(self, score: float) -> int:
        """The bin in `(low, high]` of a score, whose last digits may have taken it outside of 0 to 1."""
        bins = len(self._counts)
        place = min(bins - 1, max(0, int(score * bins)))
        return place - (place > 0 and score <= place / bins)

    def calibration(self) -> Calibration:
        """The figures of all so far."""
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

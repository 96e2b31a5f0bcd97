"""How many steps each epoch takes, where the last epochs read less than the first."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class EpochSteps:
    """The expected steps of a run whose last epochs read the corpora alone, and the others unlabelled text too."""

    epochs: int
    """Epochs of the whole run."""
    gold_epochs: int
    """Epochs at the end that read the corpora alone."""
    mixed: int
    """Steps of an epoch before these."""
    gold: int
    """Steps of an epoch of the corpora alone."""

    @property
    def total(self) -> int:
        """The steps of all epochs."""
        return self.before(self.epochs)

    @property
    def mixed_epochs(self) -> int:
        """The number of epochs that read unlabelled text too."""
        return max(0, self.epochs - self.gold_epochs)

    def before(self, epoch: int) -> int:
        """The steps of all epochs before the one with this number, from 0."""
        mixed = min(epoch, self.mixed_epochs)
        return mixed * self.mixed + (epoch - mixed) * self.gold

    def total_after(self, taken: Sequence[int]) -> int:
        """The steps of the whole run, given those that the first epochs have `taken`.

        The epochs that are left have as many as those of their kind had on average; where there was none, as many as
        expected, but in proportion to the other kind.
        """
        mixed, gold = taken[: self.mixed_epochs], taken[self.mixed_epochs :]
        of_mixed = _mean(mixed) if mixed else self.mixed
        of_gold = _mean(gold) if gold else round(self.gold * of_mixed / max(1, self.mixed))
        corrected = EpochSteps(self.epochs, self.gold_epochs, of_mixed, of_gold)
        return sum(taken) + corrected.total - corrected.before(len(taken))


def _mean(steps: Sequence[int]) -> int:
    return round(sum(steps) / len(steps))

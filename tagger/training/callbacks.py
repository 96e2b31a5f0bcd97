"""What a program is told after each epoch of a training, and how it stops one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tagger.errors import ConfigError


@dataclass(frozen=True)
class EpochScores:
    """Loss, scores and speed of one finished epoch, which callbacks of a training get."""

    epoch: int
    """Number of the epoch, from 1."""
    epochs: int
    """Number of epochs of the whole training, unless it stops early."""
    loss: float
    """Average loss of a step of the epoch."""
    scores: Mapping[str, float]
    """Score of each task on dev, between 0 and 1: F1 of spans, or accuracy of plain tags; empty without a dev split."""
    tokens_per_second: float
    """Training tokens a second, without padding, the time for scoring included."""
    seconds: float
    """Seconds that training and scoring took."""
    is_best: bool
    """Whether this is the best epoch so far, whose weights are kept."""


class StopTraining(Exception):
    """Raised by a callback to end a training after the epoch; the best epoch so far becomes the model."""


Callback = Callable[[EpochScores], object]
"""Is called after each epoch."""


def as_callbacks(given: Callback | Iterable[Callback]) -> tuple[Callback, ...]:
    """Return one callback or several of them as a tuple. Raises ConfigError for anything that cannot be called."""
    if callable(given):
        return (given,)
    found = tuple(given) if isinstance(given, Iterable) else (given,)
    for each in found:
        if not callable(each):
            raise ConfigError(f"callbacks: {str(each)[:60]!r} is no function: give functions that take an EpochScores")
    return found

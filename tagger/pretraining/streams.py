"""A text cut into parallel streams, which are read window by window."""

from dataclasses import dataclass

import numpy as np

from tagger.errors import DataError


@dataclass(frozen=True)
class Streams:
    """Equal parts of a text, side by side, each read in windows of `steps` ids.

    Stream b begins where stream b - 1 ends. What is left over at the end of the text, less than one id a stream, is not
    read.
    """

    ids: np.ndarray
    """The text `[N]`."""
    count: int
    """The number of streams B."""
    steps: int

    @property
    def length(self) -> int:
        """The number of ids of a stream that are predicted: all but the first of the text."""
        return (len(self.ids) - 1) // self.count

    @property
    def windows(self) -> int:
        """The number of windows of a stream; the last one may be shorter."""
        return -(-self.length // self.steps)

    def window(self, number: int) -> np.ndarray:
        """Return ids `[B, T + 1]`: those that a window reads, and the one after it, which is the last to predict."""
        first = number * self.steps
        last = min(first + self.steps, self.length) + 1
        starts = range(0, self.count * self.length, self.length)
        return np.stack([self.ids[start + first : start + last] for start in starts]).astype(np.int32)


def training_streams(ids: np.ndarray, count: int, steps: int) -> Streams:
    """Return the streams to learn from. Raises DataError where they are shorter than one window."""
    streams = Streams(ids, count, steps)
    if streams.length < steps:
        raise DataError(
            f"the text has {len(ids):,} characters to learn from, but {count:,} streams (training.batch_size) of one "
            f"window (training.steps = {steps:,}) take {count * steps + 1:,}: give more text, or lower one of them"
        )
    return streams


def held_out_streams(ids: np.ndarray, count: int, steps: int) -> Streams:
    """Return the streams to score: up to `count`, but fewer where they would be shorter than one window.

    Raises DataError where nothing can be predicted.
    """
    if len(ids) < 2:
        raise DataError(
            f"the held-out text has {len(ids)} characters, of which none can be predicted: raise text.held_out, or set "
            "it to 0"
        )
    return Streams(ids, max(1, min(count, (len(ids) - 1) // steps)), steps)

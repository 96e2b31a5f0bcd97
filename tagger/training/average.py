"""An exponential moving average of the weights (Polyak & Juditsky 1992), which is often better than the last ones."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tagger.backend import tf


class WeightAverage(tf.Module):
    """Averages of variables. The decay rises from 2/11 to its height, so that the first values are soon forgotten."""

    def __init__(self, decay: float, variables: Sequence[tf.Variable]) -> None:
        super().__init__(name="average")
        self._decay = decay
        self._averaged = list(variables)
        self.averages = [tf.Variable(variable, trainable=False) for variable in variables]

    def update(self, step: tf.Tensor) -> None:
        """Take the variables' values in after a step, counted from 0."""
        count = tf.cast(step + 1, tf.float32)
        decay = tf.minimum(self._decay, (1.0 + count) / (10.0 + count))
        for average, variable in zip(self.averages, self._averaged, strict=True):
            average.assign_sub((1.0 - decay) * (average - variable))

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Inside the block the variables hold their averages; after it, what they held before."""
        held = [variable.numpy() for variable in self._averaged]
        for variable, average in zip(self._averaged, self.averages, strict=True):
            variable.assign(average)
        try:
            yield
        finally:
            for variable, value in zip(self._averaged, held, strict=True):
                variable.assign(value)

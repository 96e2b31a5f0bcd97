"""An exponential moving average of the weights (Polyak & Juditsky 1992), which is often better than the last ones."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tagger.backend import tf

ROWS = 1 << 14
"""Rows of the table that change places at once."""


class WeightAverage(tf.Module):
    """Averages of variables. The decay rises from 2/11 to its height, so that the first values are soon forgotten.

    The rows of the embedding table are averaged when they are read, for all the steps since they last were.
    """

    def __init__(self, decay: float, table: tf.Variable, variables: Sequence[tf.Variable]) -> None:
        super().__init__(name="average")
        self._decay = decay
        self._table, self._dense = table, list(variables)
        self.averages = [tf.Variable(variable, trainable=False) for variable in variables]
        self.rows = tf.Variable(table, trainable=False, name="rows")
        # The logarithm of all decays so far multiplied, and what it was when each row was last averaged.
        self.log_decay = tf.Variable(0.0, dtype=tf.float64, trainable=False, name="log_decay")
        self.clock = tf.Variable(tf.zeros(table.shape[:1], tf.float64), trainable=False, name="clock")

    def update(self, rows: tf.Tensor, step: tf.Tensor) -> None:
        """Take in what a step, counted from 0, has made of the dense variables and of these rows of the table."""
        count = tf.cast(step + 1, tf.float32)
        decay = tf.minimum(self._decay, (1.0 + count) / (10.0 + count))
        for average, variable in zip(self.averages, self._dense, strict=True):
            average.assign_sub((1.0 - decay) * (average - variable))
        self.log_decay.assign_add(tf.math.log(tf.cast(decay, tf.float64)))
        self.catch_up(rows)

    def catch_up(self, rows: tf.Tensor) -> None:
        """Average these rows of the table, each named once, as if they had been what they are since the last time."""
        decay = tf.cast(tf.exp(self.log_decay - tf.gather(self.clock, rows)), tf.float32)[:, tf.newaxis]
        change = (1.0 - decay) * (tf.gather(self.rows, rows) - tf.gather(self._table, rows))
        self.rows.scatter_sub(tf.IndexedSlices(change, rows))
        self.clock.scatter_update(tf.IndexedSlices(tf.fill(tf.shape(rows), self.log_decay), rows))

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Inside the block the variables hold their averages; after it, what they held before."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    def _exchange(self) -> None:
        """Let variables and averages change places; of the table a part at a time, for it may be large."""
        for variable, average in zip(self._dense, self.averages, strict=True):
            held = variable.numpy()
            variable.assign(average)
            average.assign(held)
        for first in range(0, self._table.shape[0], ROWS):
            rows = slice(first, first + ROWS)
            held = self._table[rows].numpy()
            self._table[rows].assign(self.rows[rows])
            self.rows[rows].assign(held)

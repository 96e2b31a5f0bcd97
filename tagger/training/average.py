"""An exponential moving average of the weights (Polyak & Juditsky 1992).

The average often scores better than the last weights do.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tagger.backend import tf

_ROWS_AT_ONCE = 1 << 14
"""Rows of the embedding table that are exchanged with their averages at once.
A smaller part needs less extra memory."""


class WeightAverage(tf.Module):
    """Moving averages of dense variables and of an embedding table.

    The decay rises from 2/11 to its maximum, so that the first values are soon forgotten.
    A row of the embedding table is averaged when it is read, for all the steps since it was last averaged.
    """

    def __init__(self, decay: float, table: tf.Variable, variables: Sequence[tf.Variable]) -> None:
        """Average an embedding table `[V, D]` and dense variables, from their present values on."""
        super().__init__(name="average")
        self._decay = decay
        self._table, self._dense = table, list(variables)
        self.averages = [tf.Variable(variable, trainable=False) for variable in variables]
        self.rows = tf.Variable(table, trainable=False, name="rows")
        # The logarithm of the product of all decays so far, and its value when each row was last averaged.
        self.log_decay = tf.Variable(0.0, dtype=tf.float64, trainable=False, name="log_decay")
        self.clock = tf.Variable(tf.zeros(table.shape[:1], tf.float64), trainable=False, name="clock")

    def update(self, rows: tf.Tensor, step: tf.Tensor) -> None:
        """Average the dense variables and rows `[R]` of the table after a step, counted from 0."""
        count = tf.cast(step + 1, tf.float32)
        decay = tf.minimum(self._decay, (1.0 + count) / (10.0 + count))
        for average, variable in zip(self.averages, self._dense, strict=True):
            average.assign_sub((1.0 - decay) * (average - variable))
        self.log_decay.assign_add(tf.math.log(tf.cast(decay, tf.float64)))
        self.catch_up(rows)

    def catch_up(self, rows: tf.Tensor) -> None:
        """Average rows `[R]` of the table, no two the same, over the steps without a change."""
        decay = tf.cast(tf.exp(self.log_decay - tf.gather(self.clock, rows)), tf.float32)[:, tf.newaxis]
        change = (1.0 - decay) * (tf.gather(self.rows, rows) - tf.gather(self._table, rows))
        self.rows.scatter_sub(tf.IndexedSlices(change, rows))
        self.clock.scatter_update(tf.IndexedSlices(tf.fill(tf.shape(rows), self.log_decay), rows))

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Give the variables their averages inside the block, and their own values back after it."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    def _exchange(self) -> None:
        """Exchange variables and averages; a large table a part at a time."""
        for variable, average in zip(self._dense, self.averages, strict=True):
            own = variable.numpy()
            variable.assign(average)
            average.assign(own)
        for first in range(0, self._table.shape[0], _ROWS_AT_ONCE):
            rows = slice(first, first + _ROWS_AT_ONCE)
            own = self._table[rows].numpy()
            self._table[rows].assign(self.rows[rows])
            self.rows[rows].assign(own)

"""Adam and SGD whose cost grows with the words of a batch, not with the vocabulary.

As published, both update every weight at every step: the moving mean of the gradients moves a weight on even when it
has no gradient. In a large embedding table nearly all rows have none. Here such a row waits, and catches up when it is
next read: k steps without a gradient decay its moments and move it by a geometric series,

    w -= rate * m / (sqrt(v) + epsilon) * (r + r^2 + ... + r^k)     r = beta1 / sqrt(beta2)

(for SGD with m in place of the quotient, and r the momentum). That is what k dense steps do as long as the rate stays
what it was at the first of them and epsilon is small beside sqrt(v). Call `catch_up` on the rows of a batch before they
are read, and on all rows before weights are scored or saved.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from tagger.backend import tf
from tagger.config.recurrent_keys import OptimizerConfig

Rate = Callable[[tf.Tensor], tf.Tensor]
"""Step numbers, counted from 0, to their learning rates."""


class Optimizer(tf.Module, ABC):
    """Base of Adam and SGD: dense variables, and a table `[V, D]` with a clock for each row."""

    def __init__(self, name: str, rate: Rate, table: tf.Variable, variables: Sequence[tf.Variable]) -> None:
        super().__init__(name=name)
        self.table = table
        self.dense = list(variables)
        self._rate = rate
        self.dense_rates: Sequence[Rate] = [rate] * len(self.dense)
        """The rate of each dense variable."""
        # The step that each row has reached.
        self.clock = tf.Variable(tf.zeros(table.shape[:1], tf.int64), trainable=False, name="clock")

    def apply(self, gradients: Sequence[tf.Tensor], rows: tf.IndexedSlices, step: tf.Tensor) -> None:
        """Take one step with `gradients` of the dense variables and of some rows of the table.

        `rows` has no repeats, and all of them have caught up. `step` counts from 0.
        """
        self._apply_dense(gradients, step)
        self._apply_rows(rows, step)
        self.clock.scatter_update(tf.IndexedSlices(tf.fill(tf.shape(rows.indices), step + 1), rows.indices))

    def catch_up(self, rows: tf.Tensor, step: tf.Tensor) -> None:
        """Take rows `[R]`, no two the same, through the steps before `step` that they waited."""
        behind = tf.gather(self.clock, rows)
        lag = tf.cast(step - behind, tf.float32)[:, tf.newaxis]
        self._catch_up(rows, behind, lag)
        self.clock.scatter_update(tf.IndexedSlices(tf.fill(tf.shape(rows), step), rows))

    @abstractmethod
    def _apply_dense(self, gradients: Sequence[tf.Tensor], step: tf.Tensor) -> None:
        """Update the dense variables."""

    @abstractmethod
    def _apply_rows(self, rows: tf.IndexedSlices, step: tf.Tensor) -> None:
        """Update rows of the table."""

    @abstractmethod
    def _catch_up(self, rows: tf.Tensor, behind: tf.Tensor, lag: tf.Tensor) -> None:
        """Take rows from step `behind` `[R]` through `lag` `[R, 1]` steps without a gradient."""


class Adam(Optimizer):
    """Adam (Kingma & Ba 2015), in the order of operations at the end of section 2.

    TensorFlow's kernel has the same order: `epsilon` is added to the square root of the uncorrected second moment.
    """

    def __init__(
        self, config: OptimizerConfig, rate: Rate, table: tf.Variable, variables: Sequence[tf.Variable]
    ) -> None:
        super().__init__("adam", rate, table, variables)
        self._beta1, self._beta2, self._epsilon = config.beta1, config.beta2, config.epsilon
        self.means = [tf.Variable(tf.zeros_like(variable), trainable=False) for variable in variables]
        self.squares = [tf.Variable(tf.zeros_like(variable), trainable=False) for variable in variables]
        self.mean_rows = tf.Variable(tf.zeros_like(table), trainable=False, name="mean_rows")
        self.square_rows = tf.Variable(tf.zeros_like(table), trainable=False, name="square_rows")

    def _apply_dense(self, gradients: Sequence[tf.Tensor], step: tf.Tensor) -> None:
        count = tf.cast(step + 1, tf.float32)
        for variable, mean, square, gradient, rate in zip(
            self.dense, self.means, self.squares, gradients, self.dense_rates, strict=True
        ):
            tf.raw_ops.ResourceApplyAdam(
                var=variable.handle,
                m=mean.handle,
                v=square.handle,
                beta1_power=tf.pow(self._beta1, count),
                beta2_power=tf.pow(self._beta2, count),
                lr=rate(step),
                beta1=self._beta1,
                beta2=self._beta2,
                epsilon=self._epsilon,
                grad=gradient,
            )

    def _apply_rows(self, rows: tf.IndexedSlices, step: tf.Tensor) -> None:
        indices, values = rows.indices, rows.values
        mean = self._beta1 * tf.gather(self.mean_rows, indices) + (1.0 - self._beta1) * values
        square = self._beta2 * tf.gather(self.square_rows, indices) + (1.0 - self._beta2) * tf.square(values)
        self._set_moments(indices, mean, square)
        change = self._corrected_rate(step) * mean / (tf.sqrt(square) + self._epsilon)
        self.table.scatter_sub(tf.IndexedSlices(change, indices))

    def _catch_up(self, rows: tf.Tensor, behind: tf.Tensor, lag: tf.Tensor) -> None:
        mean, square = tf.gather(self.mean_rows, rows), tf.gather(self.square_rows, rows)
        moves = self._corrected_rate(behind)[:, tf.newaxis] * geometric(self._beta1 / self._beta2**0.5, lag)
        self.table.scatter_sub(tf.IndexedSlices(moves * mean / (tf.sqrt(square) + self._epsilon), rows))
        self._set_moments(rows, mean * tf.pow(self._beta1, lag), square * tf.pow(self._beta2, lag))

    def _corrected_rate(self, step: tf.Tensor) -> tf.Tensor:
        count = tf.cast(step + 1, tf.float32)
        return self._rate(step) * tf.sqrt(1.0 - tf.pow(self._beta2, count)) / (1.0 - tf.pow(self._beta1, count))

    def _set_moments(self, rows: tf.Tensor, mean: tf.Tensor, square: tf.Tensor) -> None:
        self.mean_rows.scatter_update(tf.IndexedSlices(mean, rows))
        self.square_rows.scatter_update(tf.IndexedSlices(square, rows))


class SGD(Optimizer):
    """Stochastic gradient descent with `velocity = momentum * velocity + gradient`."""

    def __init__(
        self, config: OptimizerConfig, rate: Rate, table: tf.Variable, variables: Sequence[tf.Variable]
    ) -> None:
        super().__init__("sgd", rate, table, variables)
        self._momentum = config.momentum
        self.velocities = [tf.Variable(tf.zeros_like(variable), trainable=False) for variable in variables]
        self.velocity_rows = tf.Variable(tf.zeros_like(table), trainable=False, name="velocity_rows")

    def _apply_dense(self, gradients: Sequence[tf.Tensor], step: tf.Tensor) -> None:
        for variable, velocity, gradient, rate in zip(
            self.dense, self.velocities, gradients, self.dense_rates, strict=True
        ):
            variable.assign_sub(rate(step) * velocity.assign(self._momentum * velocity + gradient))

    def _apply_rows(self, rows: tf.IndexedSlices, step: tf.Tensor) -> None:
        velocity = self._momentum * tf.gather(self.velocity_rows, rows.indices) + rows.values
        self.velocity_rows.scatter_update(tf.IndexedSlices(velocity, rows.indices))
        self.table.scatter_sub(tf.IndexedSlices(self._rate(step) * velocity, rows.indices))

    def _catch_up(self, rows: tf.Tensor, behind: tf.Tensor, lag: tf.Tensor) -> None:
        velocity = tf.gather(self.velocity_rows, rows)
        moves = self._rate(behind)[:, tf.newaxis] * geometric(self._momentum, lag)
        self.table.scatter_sub(tf.IndexedSlices(moves * velocity, rows))
        self.velocity_rows.scatter_update(tf.IndexedSlices(velocity * tf.pow(self._momentum, lag), rows))


def make_optimizer(
    config: OptimizerConfig,
    rate: Rate,
    table: tf.Variable,
    variables: Sequence[tf.Variable],
    rates: Sequence[Rate] | None = None,
) -> Optimizer:
    """Return the optimizer that a configuration asks for; `rates` are those of the dense variables, if not `rate`."""
    optimizer = {"adam": Adam, "sgd": SGD}[config.optimizer](config, rate, table, variables)
    if rates is not None:
        optimizer.dense_rates = rates
    return optimizer


def geometric(ratio: float, count: tf.Tensor) -> tf.Tensor:
    """Return ratio + ratio^2 + ... + ratio^count."""
    if ratio == 1.0:
        return count
    return ratio * (1.0 - tf.pow(ratio, count)) / (1.0 - ratio)


def summed_rows(gradient: tf.IndexedSlices, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return for each row the sum `[R, D]` of a gradient's values, and their number `[R]`.

    `rows` `[R]` are sorted, and include all rows of the gradient.
    """
    place = tf.searchsorted(rows, tf.cast(gradient.indices, rows.dtype))
    given = tf.ones_like(place, gradient.values.dtype)
    size = tf.size(rows)
    return tf.math.unsorted_segment_sum(gradient.values, place, size), tf.math.unsorted_segment_sum(given, place, size)


def clip_by_global_norm(
    gradients: Sequence[tf.Tensor | tf.IndexedSlices], norm: float
) -> list[tf.Tensor | tf.IndexedSlices]:
    """Scale gradients down together to a global norm of at most `norm`.

    The method is that of Pascanu et al. 2013. With a norm of 0 the gradients stay as they are. Sparse gradients must
    have no repeated rows, which would change the norm.
    """
    return tf.clip_by_global_norm(gradients, norm)[0] if norm else list(gradients)

"""One step of training, as one graph: loss, gradients, clipping, optimizer, average."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import NamedTuple

from tagger.backend import tf
from tagger.config.schema import Config
from tagger.config.word_model_keys import WordModelConfig
from tagger.model.vector_table import VECTORS
from tagger.network.network import Batch, Network
from tagger.training.average import WeightAverage
from tagger.training.optimizers import Optimizer, Rate, clip_by_global_norm, make_optimizer, summed_rows
from tagger.training.precision import with_products_in
from tagger.training.schedule import learning_rate
from tagger.training.workers import Workers

_ROWS_AT_ONCE = 1 << 16
"""Rows of an embedding table that catch up at once before weights are scored.
A smaller part needs less extra memory."""


class Table(NamedTuple):
    """An embedding table that is updated by rows, with its optimizer and its average, if any."""

    variable: tf.Variable
    optimizer: Optimizer
    average: WeightAverage | None


class SlowPart(NamedTuple):
    """Variables that learn more slowly than the others, such as those that were pretrained."""

    variables: Sequence[tf.Variable] = ()
    pace: float = 1.0
    """Their learning rate, as a share of that of the others."""
    freezes: bool = False
    """Whether there are epochs in which they do not change."""

    def __contains__(self, variable: object) -> bool:
        return any(variable is each for each in self.variables)

    def rate(self, variable: tf.Variable, usual: Rate) -> Rate:
        """The learning rate of a variable, given the usual one."""
        return (lambda step: self.pace * usual(step)) if variable in self and self.pace != 1.0 else usual


class TrainingStep(tf.Module):
    """The network with everything that changes in training, so that a checkpoint resumes it."""

    def __init__(
        self,
        network: Network,
        config: Config | WordModelConfig,
        steps: int,
        signature: dict[str, tf.TensorSpec],
        workers: Workers = Workers(),  # noqa: B008 (frozen)
        slow: SlowPart = SlowPart(),  # noqa: B008 (immutable)
    ) -> None:
        """Make the step for batches of this signature; `plan` may correct the number of steps."""
        super().__init__(name="training")
        self._workers = workers
        self.network = network
        self.table = network.words.table
        self.tuned = network.vectors and network.vectors.table  # fine-tuned pretrained vectors, if any
        sparse = {id(table) for table in (self.table, self.tuned)}
        self.dense = [variable for variable in network.trainable_variables if id(variable) not in sparse]
        self.steps = tf.Variable(steps, dtype=tf.int64, trainable=False, name="steps")

        def rate(step: tf.Tensor) -> tf.Tensor:
            return learning_rate(config.training, step, self.steps)

        rates = [slow.rate(variable, rate) for variable in self.dense]
        self.optimizer = make_optimizer(config.training, slow.rate(self.table, rate), self.table, self.dense, rates)
        decay = config.training.average
        self.average = WeightAverage(decay, self.table, self.dense) if decay else None
        if self.tuned is not None:
            self.tuned_optimizer = make_optimizer(config.training, rate, self.tuned, [])
            self.tuned_average = WeightAverage(decay, self.tuned, []) if decay else None
        self._slow = slow
        self.pace_of_slow = tf.Variable(1.0, trainable=False, name="pace_of_slow") if slow.freezes else None
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")
        # Sums over the current epoch, to be divided once when they are shown.
        self.loss_sum = tf.Variable(0.0, dtype=tf.float64, trainable=False, name="loss_sum")
        self.real = tf.Variable(0, dtype=tf.int64, trainable=False, name="real_tokens")
        self.padded = tf.Variable(0, dtype=tf.int64, trainable=False, name="padded_tokens")
        self._config = config
        run = tf.function(workers.together(self._run), input_signature=[signature], autograph=False)
        self.run = with_products_in(config.training.precision, run)
        rows = [tf.TensorSpec([None], tf.int32)]
        words, *tuned = self._tables()
        self._catch_up = tf.function(partial(self._catch_up_rows, words), input_signature=rows, autograph=False)
        if tuned:
            tuning = partial(self._catch_up_rows, *tuned)
            self._catch_up_tuned = tf.function(tuning, input_signature=rows, autograph=False)

    def plan(self, steps: int) -> None:
        """Let the learning rate decay over `steps` steps."""
        self.steps.assign(steps)

    def freeze(self, frozen: bool) -> None:
        """Let the slow part stay as it is in the steps to come, or learn again."""
        if self.pace_of_slow is not None:
            self.pace_of_slow.assign(0.0 if frozen else 1.0)

    def _run(self, batch: Batch) -> None:
        workers = self._workers
        tables = self._tables()
        seed = tf.random.experimental.stateless_fold_in(tf.constant([self._config.seed, 1], tf.int64), self.step)
        if workers.index:
            seed = tf.random.experimental.stateless_fold_in(seed, workers.index)
        read = [self.network.rows_read(batch, seed)]
        if self.tuned is not None and self.network.vectors:
            read.append(self.network.vectors.rows_read(batch[VECTORS]))
        rows = [tf.sort(tf.unique(workers.gather(each))[0]) for each in read]
        for table, of_table in zip(tables, rows, strict=True):
            self._catch_up_rows(table, of_table)
        with tf.GradientTape() as tape:
            loss = self.network.loss(batch, seed, workers.add_up)
        variables = [*(table.variable for table in tables), *self.dense]
        gradients = tape.gradient(loss, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        if self.pace_of_slow is not None:  # before they are clipped together
            pairs = zip(gradients, variables, strict=True)
            gradients = [_scaled(each, self.pace_of_slow) if of in self._slow else each for each, of in pairs]
        dense = gradients[len(tables) :]
        sparse = [each for pair in map(summed_rows, gradients[: len(tables)], rows) for each in pair]
        sizes = [tf.cast(size, tf.float32) for size in (tf.reduce_sum(batch["lengths"]), tf.size(batch["words"]))]
        # All at once: each exchange between workers costs as much as a small matrix product.
        loss, real, padded, *added = workers.add_up([loss, *sizes, *sparse, *map(tf.convert_to_tensor, dense)])
        slices = []
        for of_table in rows:
            values, times, *added = added
            has_gradient = times > 0
            indices = tf.boolean_mask(of_table, has_gradient)
            slices.append(tf.IndexedSlices(tf.boolean_mask(values, has_gradient), indices))
        clipped = clip_by_global_norm([*slices, *added], self._config.training.clip_norm)
        slices, dense = clipped[: len(tables)], clipped[len(tables) :]
        for table, gradient in zip(tables, slices, strict=True):
            table.optimizer.apply(dense if table.variable is self.table else [], gradient, self.step)
            if table.average:
                table.average.update(gradient.indices, self.step)
        self.step.assign_add(1)
        self.loss_sum.assign_add(tf.cast(loss, tf.float64))
        self.real.assign_add(tf.cast(real, tf.int64))
        self.padded.assign_add(tf.cast(padded, tf.int64))

    def _tables(self) -> list[Table]:
        """Return the tables; the first one's optimizer and average have the dense variables too."""
        tables = [Table(self.table, self.optimizer, self.average)]
        if self.tuned is not None:
            tables.append(Table(self.tuned, self.tuned_optimizer, self.tuned_average))
        return tables

    def _catch_up_rows(self, table: Table, rows: tf.Tensor) -> None:
        table.optimizer.catch_up(rows, self.step)
        if table.average:
            table.average.catch_up(rows)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Give the network the weights to score and keep inside the block.

        Inside the block all rows have caught up, and where weights are averaged, the network has the averages.
        """
        for table in self._tables():
            catch_up = self._catch_up if table.variable is self.table else self._catch_up_tuned
            size = table.variable.shape[0]
            for first in range(0, size, _ROWS_AT_ONCE):
                catch_up(tf.range(first, min(first + _ROWS_AT_ONCE, size)))
        with ExitStack() as stack:
            for table in self._tables():
                if table.average:
                    stack.enter_context(table.average.in_place())
            yield

    def start_epoch(self) -> None:
        """Reset the sums of the epoch."""
        self.loss_sum.assign(0.0)
        self.real.assign(0)
        self.padded.assign(0)


def _scaled(gradient: tf.Tensor | tf.IndexedSlices, scale: tf.Tensor) -> tf.Tensor | tf.IndexedSlices:
    """A gradient times a number."""
    if isinstance(gradient, tf.IndexedSlices):
        return tf.IndexedSlices(gradient.values * scale, gradient.indices, gradient.dense_shape)
    return gradient * scale

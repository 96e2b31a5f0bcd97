"""One step of training, as one graph: loss, gradients, clipping, optimizer, average."""

from collections.abc import Iterator
from contextlib import contextmanager

from tagger.backend import tf
from tagger.config import Config
from tagger.network.network import Batch, Network
from tagger.training.average import WeightAverage
from tagger.training.optimizers import clip_by_global_norm, make_optimizer, summed_rows
from tagger.training.schedule import learning_rate
from tagger.training.workers import Workers

ROWS = 1 << 16
"""Rows of the embedding table that are caught up with at once."""


class TrainingStep(tf.Module):
    """The network with all that changes while it is trained; a checkpoint of it is all that a run needs to go on."""

    def __init__(
        self,
        network: Network,
        config: Config,
        steps: int,
        signature: dict[str, tf.TensorSpec],
        workers: Workers = Workers(),  # noqa: B008 (frozen)
    ) -> None:
        """A run of about `steps` steps, which `plan` may set right, on batches of this signature."""
        super().__init__(name="training")
        self._workers = workers
        self.network = network
        self.table = network.words.table
        self.dense = [variable for variable in network.trainable_variables if variable is not self.table]
        self.steps = tf.Variable(steps, dtype=tf.int64, trainable=False, name="steps")
        self.optimizer = make_optimizer(
            config.training, lambda step: learning_rate(config.training, step, self.steps), self.table, self.dense
        )
        decay = config.training.average
        self.average = WeightAverage(decay, self.table, self.dense) if decay else None
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")
        # Sums of the epoch under way, divided once when they are shown.
        self.loss_sum = tf.Variable(0.0, dtype=tf.float64, trainable=False, name="loss_sum")
        self.real = tf.Variable(0, dtype=tf.int64, trainable=False, name="real_tokens")
        self.padded = tf.Variable(0, dtype=tf.int64, trainable=False, name="padded_tokens")
        self._config = config
        self.run = tf.function(workers.together(self._run), input_signature=[signature])
        self._catch_up = tf.function(self._catch_up_rows, input_signature=[tf.TensorSpec([None], tf.int32)])

    def plan(self, steps: int) -> None:
        """Let the learning rate fall over so many steps in all."""
        self.steps.assign(steps)

    def _run(self, batch: Batch) -> None:
        workers = self._workers
        rows = tf.sort(tf.unique(workers.gather(self.network.words.rows_read(batch["words"])))[0])
        self._catch_up_rows(rows)
        seed = tf.random.experimental.stateless_fold_in(tf.constant([self._config.seed, 1], tf.int64), self.step)
        if workers.index:
            seed = tf.random.experimental.stateless_fold_in(seed, workers.index)
        with tf.GradientTape() as tape:
            loss = self.network.loss(batch, seed, workers.add_up)
        table, *dense = tape.gradient(
            loss, [self.table, *self.dense], unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        table, held = summed_rows(table, rows)
        sizes = [tf.cast(size, tf.float32) for size in (tf.reduce_sum(batch["lengths"]), tf.size(batch["words"]))]
        # All at once: each time that workers wait for each other costs as much as a small product.
        added = workers.add_up([loss, *sizes, table, held, *map(tf.convert_to_tensor, dense)])
        loss, real, padded, table, held, *dense = added
        has_gradient = held > 0
        table = tf.IndexedSlices(tf.boolean_mask(table, has_gradient), tf.boolean_mask(rows, has_gradient))
        table, *dense = clip_by_global_norm([table, *dense], self._config.training.clip_norm)
        self.optimizer.apply(dense, table, self.step)
        if self.average:
            self.average.update(table.indices, self.step)
        self.step.assign_add(1)
        self.loss_sum.assign_add(tf.cast(loss, tf.float64))
        self.real.assign_add(tf.cast(real, tf.int64))
        self.padded.assign_add(tf.cast(padded, tf.int64))

    def _catch_up_rows(self, rows: tf.Tensor) -> None:
        self.optimizer.catch_up(rows, self.step)
        if self.average:
            self.average.catch_up(rows)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Inside the block the network has the weights that are scored and kept: whole, and their average if wanted."""
        size = self.table.shape[0]
        for first in range(0, size, ROWS):
            self._catch_up(tf.range(first, min(first + ROWS, size)))
        if not self.average:
            yield
            return
        with self.average.in_place():
            yield

    def start_epoch(self) -> None:
        """Set the epoch's sums to zero."""
        self.loss_sum.assign(0.0)
        self.real.assign(0)
        self.padded.assign(0)

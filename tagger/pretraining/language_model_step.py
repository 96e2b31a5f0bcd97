"""One step of pretraining, as one graph: loss, gradients, clipping, optimizer, and the state that is carried over."""

import numpy as np

from tagger.backend import tf
from tagger.config.pretraining_keys import PretrainingLoopConfig
from tagger.network.recurrent_language_model import RecurrentLanguageModel
from tagger.pretraining.streams import Streams
from tagger.training.optimizers import clip_by_global_norm, make_optimizer
from tagger.training.precision import with_products_in
from tagger.training.schedule import learning_rate


class LanguageModelStep(tf.Module):
    """The network with everything that changes in training, so that a checkpoint resumes it."""

    def __init__(self, network: RecurrentLanguageModel, config: PretrainingLoopConfig, steps: int) -> None:
        """Make the step of a run of `steps` steps."""
        super().__init__(name="pretraining")
        self.network = network
        table = network.embedding
        dense = [variable for variable in network.trainable_variables if variable is not table]
        self.optimizer = make_optimizer(config, lambda step: learning_rate(config, step, steps), table, dense)
        self.carried = [
            tf.Variable(part, trainable=False, name="carried")
            for part in tf.nest.flatten(network.zero_state(config.batch_size))
        ]
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")
        # Sums over the current epoch, to be divided once when they are shown.
        self.loss_sum = tf.Variable(0.0, dtype=tf.float64, trainable=False, name="loss_sum")
        self.predicted = tf.Variable(0, dtype=tf.int64, trainable=False, name="predicted")
        self._structure = network.zero_state(1)
        self._clip_norm = config.clip_norm
        window = tf.TensorSpec([config.batch_size, None], tf.int32)
        run = tf.function(self._run, input_signature=[window], autograph=False)
        self.run = with_products_in(config.precision, run)
        parts = [tf.TensorSpec([None, *part.shape[1:]], part.dtype) for part in self.carried]
        self._score = tf.function(
            self._score_window, input_signature=[tf.TensorSpec([None, None], tf.int32), parts], autograph=False
        )

    @property
    def mean_loss(self) -> float:
        """The mean loss of the current epoch so far, in nats."""
        return float(self.loss_sum) / max(1, int(self.predicted))

    def start_epoch(self) -> None:
        """Reset the sums of the epoch and the carried state."""
        self.loss_sum.assign(0.0)
        self.predicted.assign(0)
        for part in self.carried:
            part.assign(tf.zeros_like(part))

    def score(self, streams: Streams) -> float:
        """Return the mean loss of some streams in nats, without dropout, from a state of zeros."""
        parts = tf.nest.flatten(self.network.zero_state(streams.count))
        total = 0.0
        for number in range(streams.windows):
            loss, parts = self._score(streams.window(number), parts)
            total += float(loss)
        return total / (streams.count * streams.length)

    def _run(self, window: tf.Tensor) -> None:
        """Learn from a window of ids `[B, T + 1]`."""
        state = tf.nest.pack_sequence_as(self._structure, [tf.convert_to_tensor(part) for part in self.carried])
        with tf.GradientTape() as tape:
            losses, state = self.network.losses(window, state, training=True)
            loss = tf.reduce_mean(losses)
        optimizer = self.optimizer
        variables = [optimizer.table, *optimizer.dense]
        # A cell of one's own may have a variable that nothing depends on.
        rows, *dense = tape.gradient(loss, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        # The table is small beside a batch: all of its rows take the step, with the gradient that they have, if any.
        rows, *dense = clip_by_global_norm([tf.convert_to_tensor(rows), *dense], self._clip_norm)
        optimizer.apply(dense, tf.IndexedSlices(rows, tf.range(optimizer.table.shape[0])), self.step)
        for variable, part in zip(self.carried, tf.nest.flatten(state), strict=True):
            variable.assign(part)
        self.step.assign_add(1)
        self.loss_sum.assign_add(tf.reduce_sum(tf.cast(losses, tf.float64)))
        self.predicted.assign_add(tf.size(losses, tf.int64))

    def _score_window(self, window: tf.Tensor, parts: list[tf.Tensor]) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """The sum of a window's losses, and the parts of the state to go on from."""
        state = tf.nest.pack_sequence_as(self._structure, parts)
        losses, state = self.network.losses(window, state, training=False)
        return tf.reduce_sum(tf.cast(losses, tf.float64)), tf.nest.flatten(state)


def bits(nats: float) -> float:
    """Return a loss in bits."""
    return nats / float(np.log(2.0))


def perplexity(nats: float) -> float:
    """Return the number of equally likely answers that leave one as uncertain as a loss does; it may be infinite."""
    with np.errstate(over="ignore"):
        return float(np.exp(nats))

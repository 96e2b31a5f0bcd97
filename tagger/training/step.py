"""One step of training, as one graph: loss, gradients, clipping, optimizer, average."""

from contextlib import AbstractContextManager, nullcontext

from tagger.backend import tf
from tagger.config import Config
from tagger.network.network import Batch, Network
from tagger.training.average import WeightAverage
from tagger.training.optimizers import clip_by_global_norm, make_optimizer, summed_rows
from tagger.training.schedule import learning_rate


class TrainingStep(tf.Module):
    """The network with all that changes while it is trained; a checkpoint of it is all that a run needs to go on."""

    def __init__(self, network: Network, config: Config, steps: int, signature: dict[str, tf.TensorSpec]) -> None:
        super().__init__(name="training")
        self.network = network
        self.optimizer = make_optimizer(config.training, network.trainable_variables)
        decay = config.training.average
        self.average = WeightAverage(decay, network.trainable_variables) if decay else None
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")
        # Sums of the epoch under way, divided once when they are shown.
        self.loss_sum = tf.Variable(0.0, dtype=tf.float64, trainable=False, name="loss_sum")
        self.real = tf.Variable(0, dtype=tf.int64, trainable=False, name="real_tokens")
        self.padded = tf.Variable(0, dtype=tf.int64, trainable=False, name="padded_tokens")
        self._config, self._steps = config, steps
        self.run = tf.function(self._run, input_signature=[signature])

    def _run(self, batch: Batch) -> None:
        config = self._config.training
        seed = tf.random.experimental.stateless_fold_in(tf.constant([self._config.seed, 1], tf.int64), self.step)
        with tf.GradientTape() as tape:
            loss = self.network.loss(batch, seed)
        gradients = tape.gradient(
            loss, self.optimizer.variables_moved, unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        gradients, _ = clip_by_global_norm([summed_rows(gradient) for gradient in gradients], config.clip_norm)
        self.optimizer.apply(gradients, learning_rate(config, self.step, self._steps), self.step)
        if self.average:
            self.average.update(self.step)
        self.step.assign_add(1)
        self.loss_sum.assign_add(tf.cast(loss, tf.float64))
        self.real.assign_add(tf.cast(tf.reduce_sum(batch["lengths"]), tf.int64))
        self.padded.assign_add(tf.size(batch["words"], tf.int64))

    def averaged(self) -> AbstractContextManager[None]:
        """Inside the block the network has the weights that are scored and kept: their average, where there is one."""
        return self.average.in_place() if self.average else nullcontext()

    def start_epoch(self) -> None:
        """Set the epoch's sums to zero."""
        self.loss_sum.assign(0.0)
        self.real.assign(0)
        self.padded.assign(0)

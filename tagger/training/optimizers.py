"""Optimizers that touch only what a batch touches: Adam and SGD, with sparse rows for embeddings.

A gradient of an embedding table names rows. Its repeated rows are summed, and only they and their moments move: a row
that no word of the batch uses keeps its weights and its moments as they are, decay included ("lazy" Adam). A step's
cost does not depend on the size of the vocabulary.
"""

from collections.abc import Sequence

from tagger.backend import tf
from tagger.config import TrainingConfig

Gradient = tf.Tensor | tf.IndexedSlices


class Adam(tf.Module):
    """Adam in the order of operations at the end of section 2 of Kingma & Ba (2015), as TensorFlow's own kernel has it:
    `epsilon` is added to the square root of the uncorrected second moment."""

    def __init__(self, config: TrainingConfig, variables: Sequence[tf.Variable]) -> None:
        super().__init__(name="adam")
        self._beta1, self._beta2, self._epsilon = config.beta1, config.beta2, config.epsilon
        self.variables_moved = list(variables)
        self.means = [tf.Variable(tf.zeros_like(variable), trainable=False) for variable in variables]
        self.squares = [tf.Variable(tf.zeros_like(variable), trainable=False) for variable in variables]

    def apply(self, gradients: Sequence[Gradient], learning_rate: tf.Tensor, step: tf.Tensor) -> None:
        """Move every variable; `step` counts from 0."""
        count = tf.cast(step + 1, tf.float32)
        power1, power2 = tf.pow(self._beta1, count), tf.pow(self._beta2, count)
        for variable, mean, square, gradient in zip(
            self.variables_moved, self.means, self.squares, gradients, strict=True
        ):
            if isinstance(gradient, tf.IndexedSlices):
                rate = learning_rate * tf.sqrt(1.0 - power2) / (1.0 - power1)
                self._apply_rows(variable, mean, square, gradient, rate)
                continue
            tf.raw_ops.ResourceApplyAdam(
                var=variable.handle,
                m=mean.handle,
                v=square.handle,
                beta1_power=power1,
                beta2_power=power2,
                lr=learning_rate,
                beta1=self._beta1,
                beta2=self._beta2,
                epsilon=self._epsilon,
                grad=gradient,
            )

    def _apply_rows(
        self, variable: tf.Variable, mean: tf.Variable, square: tf.Variable, gradient: tf.IndexedSlices, rate: tf.Tensor
    ) -> None:
        rows, values = gradient.indices, gradient.values
        new_mean = self._beta1 * tf.gather(mean, rows) + (1.0 - self._beta1) * values
        new_square = self._beta2 * tf.gather(square, rows) + (1.0 - self._beta2) * tf.square(values)
        mean.scatter_update(tf.IndexedSlices(new_mean, rows))
        square.scatter_update(tf.IndexedSlices(new_square, rows))
        variable.scatter_sub(tf.IndexedSlices(rate * new_mean / (tf.sqrt(new_square) + self._epsilon), rows))


class SGD(tf.Module):
    """Stochastic gradient descent, with momentum where the configuration gives one."""

    def __init__(self, config: TrainingConfig, variables: Sequence[tf.Variable]) -> None:
        super().__init__(name="sgd")
        self._momentum = config.momentum
        self.variables_moved = list(variables)
        self.velocities = [
            tf.Variable(tf.zeros_like(variable), trainable=False) for variable in (variables if self._momentum else ())
        ]

    def apply(self, gradients: Sequence[Gradient], learning_rate: tf.Tensor, step: tf.Tensor) -> None:
        """Move every variable; `step` counts from 0 and has no effect."""
        del step
        for index, (variable, gradient) in enumerate(zip(self.variables_moved, gradients, strict=True)):
            is_sparse = isinstance(gradient, tf.IndexedSlices)
            if self._momentum:
                velocity = self.velocities[index]
                if is_sparse:
                    values = self._momentum * tf.gather(velocity, gradient.indices) + gradient.values
                    gradient = tf.IndexedSlices(values, gradient.indices)
                    velocity.scatter_update(gradient)
                else:
                    gradient = velocity.assign(self._momentum * velocity + gradient)
            if is_sparse:
                variable.scatter_sub(tf.IndexedSlices(learning_rate * gradient.values, gradient.indices))
            else:
                variable.assign_sub(learning_rate * gradient)


def make_optimizer(config: TrainingConfig, variables: Sequence[tf.Variable]) -> Adam | SGD:
    """The optimizer that a configuration asks for."""
    return {"adam": Adam, "sgd": SGD}[config.optimizer](config, variables)


def summed_rows(gradient: Gradient) -> Gradient:
    """The same gradient with each row named once: repeated rows of a sparse one are added up."""
    if not isinstance(gradient, tf.IndexedSlices):
        return gradient
    rows, place = tf.unique(gradient.indices)
    values = tf.math.unsorted_segment_sum(gradient.values, place, tf.size(rows))
    return tf.IndexedSlices(values, rows, gradient.dense_shape)


def clip_by_global_norm(gradients: Sequence[Gradient], norm: float) -> tuple[list[Gradient], tf.Tensor]:
    """Gradients scaled down together so that their global norm is at most `norm` (0: as they are), and that norm before
    (Pascanu et al. 2013). Rows must be summed first: a norm over repeated rows would not be the gradient's."""
    if norm:
        return tf.clip_by_global_norm(gradients, norm)
    return list(gradients), tf.linalg.global_norm(gradients)

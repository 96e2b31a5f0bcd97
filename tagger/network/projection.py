"""From features to scores."""

import numpy as np

from tagger.backend import tf
from tagger.network.cells.initializers import glorot


class Projection(tf.Module):
    """Scores of K classes, linear in D features."""

    def __init__(self, features: int, classes: int, generator: np.random.Generator) -> None:
        super().__init__(name="projection")
        self.kernel = tf.Variable(glorot(generator, (features, classes)), name="kernel")
        self.bias = tf.Variable(tf.zeros([classes]), name="bias")

    def __call__(self, features: tf.Tensor) -> tf.Tensor:
        """`[B, T, D]` to `[B, T, K]`."""
        return tf.tensordot(features, self.kernel, 1) + self.bias

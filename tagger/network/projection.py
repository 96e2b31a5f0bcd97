"""The output layer: scores of classes, linear in a token's features."""

import numpy as np

from tagger.backend import tf
from tagger.network.cells.initializers import glorot


class Projection(tf.Module):
    """A linear layer from D features to the scores of K classes."""

    def __init__(self, features: int, classes: int, generator: np.random.Generator) -> None:
        super().__init__(name="projection")
        self.kernel = tf.Variable(glorot(generator, (features, classes)), name="kernel")
        self.bias = tf.Variable(tf.zeros([classes]), name="bias")

    def __call__(self, features: tf.Tensor) -> tf.Tensor:
        """Scores `[B, T, K]` of features `[B, T, D]`."""
        return tf.tensordot(features, self.kernel, 1) + self.bias

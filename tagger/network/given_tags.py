"""Embeddings of tags that sentences already have, read as a feature of their tokens."""

import numpy as np

from tagger.backend import tf
from tagger.config.word_inputs import GivenConfig
from tagger.model.vocabulary import PADDING, UNKNOWN
from tagger.network.cells.initializers import embedding


class GivenTags(tf.Module):
    """Tag ids of one layer to vectors.

    In training some tags become unknown, so that the vector of the unknown tag is learned.
    """

    def __init__(self, config: GivenConfig, size: int, generator: np.random.Generator) -> None:
        """`size` is the number of ids of the layer's vocabulary."""
        super().__init__(name="given")
        self.output_size = config.dimension
        self._dropout = config.dropout
        self.table = tf.Variable(embedding(generator, size, config.dimension), name="table")

    def __call__(self, tags: tf.Tensor, training: bool, seed: tf.Tensor) -> tf.Tensor:
        """Vectors `[B, T, D]` of tag ids `[B, T]`.

        `seed` `[2]` decides which tags become unknown in training.
        """
        if training and self._dropout:
            is_dropped = tf.random.stateless_uniform(tf.shape(tags), seed) < self._dropout
            tags = tf.where(is_dropped & (tags != PADDING), UNKNOWN, tags)
        return tf.gather(self.table, tags)

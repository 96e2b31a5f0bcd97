"""Tags that a sentence has already, read as a feature of its tokens; some are made unknown in training."""

import numpy as np

from tagger.backend import tf
from tagger.config.schema import GivenConfig
from tagger.model.vocabulary import PADDING, UNKNOWN
from tagger.network.cells.initializers import embedding


class GivenTags(tf.Module):
    """Ids of one layer's tags to vectors."""

    def __init__(self, config: GivenConfig, size: int, generator: np.random.Generator) -> None:
        super().__init__(name="given")
        self.output_size = config.dimension
        self._dropout = config.dropout
        self.table = tf.Variable(embedding(generator, size, config.dimension), name="table")

    def __call__(self, tags: tf.Tensor, training: bool, seed: tf.Tensor) -> tf.Tensor:
        """Vectors `[B, T, D]` of ids `[B, T]`; `seed` `[2]` decides which tags are made unknown in training."""
        if training and self._dropout:
            is_dropped = tf.random.stateless_uniform(tf.shape(tags), seed) < self._dropout
            tags = tf.where(is_dropped & (tags != PADDING), UNKNOWN, tags)
        return tf.gather(self.table, tags)

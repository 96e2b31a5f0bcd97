"""Word embeddings, with a learned vector of the unknown word.

In training some words are replaced by the unknown word, so that its vector is learned too.
"""

import numpy as np

from tagger.backend import tf
from tagger.config.word_inputs import WordsConfig
from tagger.model.vocabulary import FIRST_WORD, UNKNOWN
from tagger.network.cells.initializers import embedding


class WordEmbedding(tf.Module):
    """Word ids to vectors. Ids from `first_singleton` on belong to words seen once in train."""

    def __init__(self, config: WordsConfig, size: int, first_singleton: int, generator: np.random.Generator) -> None:
        """`size` is the number of ids of the vocabulary."""
        super().__init__(name="words")
        self.output_size = config.dimension
        self.first_singleton = first_singleton
        self._unknown_rate = config.unknown_rate
        self._singleton_rate = config.singleton_rate
        self.table = tf.Variable(embedding(generator, size, config.dimension), name="table")

    def __call__(self, words: tf.Tensor, training: bool, seed: tf.Tensor) -> tf.Tensor:
        """Vectors `[B, T, D]` of word ids `[B, T]`.

        `seed` `[2]` decides which words become unknown in training.
        """
        if training:
            words = self.with_unknowns(words, seed)
        return tf.nn.embedding_lookup(self.table, words)

    def rows_read(self, words: tf.Tensor) -> tf.Tensor:
        """The distinct rows `[N]` of the table that a batch of ids `[B, T]` may read in training."""
        return tf.unique(tf.concat([tf.reshape(words, [-1]), [UNKNOWN]], axis=0))[0]

    def with_unknowns(self, words: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Ids `[B, T]` with random words replaced by the unknown word.

        Words seen once in train are replaced at a higher rate.
        """
        is_singleton = words >= self.first_singleton
        # Both rates apply to a word seen once, independently.
        singleton_rate = 1.0 - (1.0 - self._unknown_rate) * (1.0 - self._singleton_rate)
        rate = tf.where(is_singleton, singleton_rate, self._unknown_rate)
        replaced = (tf.random.stateless_uniform(tf.shape(words), seed) < rate) & (words >= FIRST_WORD)
        return tf.where(replaced, UNKNOWN, words)

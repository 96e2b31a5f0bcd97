"""Character encoders: from the characters of each distinct word to a vector."""

import numpy as np

from tagger.backend import tf
from tagger.config.word_inputs import CharactersConfig
from tagger.model.vocabulary import PADDING
from tagger.network.cells import LSTMCell, training_mode
from tagger.network.cells.initializers import embedding, glorot


class CharacterConvolution(tf.Module):
    """Convolution over the characters of a word, then the maximum of each filter.

    The word is padded with zeros, so that a filter sees where it begins and ends. Source: dos Santos & Zadrozny 2014.
    """

    def __init__(self, config: CharactersConfig, size: int, generator: np.random.Generator) -> None:
        super().__init__(name="characters")
        self.output_size = config.filters * len(config.widths)
        self.dropout = config.dropout
        self.table = tf.Variable(embedding(generator, size, config.dimension), name="table")
        shapes = [(width, config.dimension, config.filters) for width in config.widths]
        self.kernels = [tf.Variable(glorot(generator, shape), name=f"kernel_{shape[0]}") for shape in shapes]
        self.biases = [tf.Variable(tf.zeros([config.filters]), name=f"bias_{width}") for width in config.widths]

    def __call__(self, characters: tf.Tensor, training: bool) -> tf.Tensor:
        """Vectors `[W, D]` of words as character ids `[W, C]`; zero for a row of padding alone."""
        del training
        real = tf.cast(characters != PADDING, tf.float32)[:, :, tf.newaxis]
        embedded = tf.nn.embedding_lookup(self.table, characters) * real  # [W, C, D]
        pooled = []
        for kernel, bias in zip(self.kernels, self.biases, strict=True):
            before = (kernel.shape[0] - 1) // 2
            after = kernel.shape[0] - 1 - before
            padded = tf.pad(embedded, [[0, 0], [before, after], [0, 0]])
            # relu is never below 0, so padding, which is set to 0, cannot win the maximum.
            filtered = tf.nn.relu(tf.nn.conv1d(padded, kernel, stride=1, padding="VALID") + bias) * real
            pooled.append(tf.reduce_max(filtered, axis=1))
        return tf.concat(pooled, axis=-1)


class CharacterRecurrence(tf.Module):
    """Last outputs of a forward and a backward LSTM over the characters of a word.

    Source: Ling et al. 2015.
    """

    def __init__(self, config: CharactersConfig, size: int, generator: np.random.Generator) -> None:
        super().__init__(name="characters")
        self.output_size = 2 * config.units
        self.dropout = config.dropout
        self.table = tf.Variable(embedding(generator, size, config.dimension), name="table")
        seeds = generator.integers(2**31, size=2)
        self.forward, self.backward = (LSTMCell(config.units, seed=int(seed)) for seed in seeds)
        self.forward.build(config.dimension)
        self.backward.build(config.dimension)

    def __call__(self, characters: tf.Tensor, training: bool) -> tf.Tensor:
        """Vectors `[W, D]` of words as character ids `[W, C]`; zero for a row of padding alone."""
        lengths = tf.reduce_sum(tf.cast(characters != PADDING, tf.int32), axis=1)
        with training_mode(self, training):
            _, (forward, backward) = tf.compat.v1.nn.bidirectional_dynamic_rnn(
                self.forward,
                self.backward,
                tf.nn.embedding_lookup(self.table, characters),
                sequence_length=lengths,
                dtype=tf.float32,
                parallel_iterations=1,
            )
        return tf.concat([forward.h, backward.h], axis=-1)


CharacterEncoder = CharacterConvolution | CharacterRecurrence


def character_encoder(config: CharactersConfig, size: int, generator: np.random.Generator) -> CharacterEncoder | None:
    """The encoder that a configuration asks for; None where it asks for none.

    `size` is the number of ids of the characters.
    """
    if config.encoder == "convolution":
        return CharacterConvolution(config, size, generator)
    if config.encoder == "bidirectional":
        return CharacterRecurrence(config, size, generator)
    return None

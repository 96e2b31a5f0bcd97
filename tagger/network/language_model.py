"""A language model as an auxiliary objective of training.

Each word is predicted from its left and from its right context. The objective needs no further annotation, and
teaches the encoder more of the language than the tags of a small corpus do (Rei 2017, "Semi-supervised Multitask
Learning for Sequence Labeling"). Tagging does not run it.
"""

import numpy as np

from tagger.backend import tf
from tagger.config.schema import Config, LanguageModelConfig
from tagger.errors import ConfigError
from tagger.model.vocabulary import FIRST_TAG, FIRST_WORD, UNKNOWN
from tagger.network.cells.initializers import glorot
from tagger.network.encoder import Encoder
from tagger.network.losses import masked_cross_entropy
from tagger.network.projection import Projection


class LanguageModel(tf.Module):
    """A tanh layer and a softmax over frequent words, for each direction of the encoder.

    The forward direction predicts the next word, the backward direction the previous one. All rarer words count as the
    unknown word, and one more class stands for the sentence's end.
    """

    def __init__(
        self, config: LanguageModelConfig, words: int, directions: int, features: int, generator: np.random.Generator
    ) -> None:
        """`words` is the number of ids, `features` the width of each direction's outputs."""
        super().__init__(name="language_model")
        self.classes = min(words, FIRST_WORD + config.words)
        self.hidden = [
            tf.Variable(glorot(generator, (features, config.units)), name="hidden") for _ in range(directions)
        ]
        self.projections = [Projection(config.units, self.classes, generator) for _ in range(directions)]

    def loss(self, encoded: tf.Tensor, words: tf.Tensor, mask: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
        """The mean cross-entropy of the tokens in `mask`, summed over directions: a scalar.

        `mask` is `[B, T]`. `encoded` are the encoder's outputs `[B, T, directions * H]`, `words` the word ids `[B, T]`;
        `count` divides the losses as in `masked_cross_entropy`.
        """
        classes = tf.where(words < self.classes, words, UNKNOWN)
        # Id 0, padding, is the class of the sentence's end, and of its start in the backward direction.
        neighbours = [tf.pad(classes, [[0, 0], [0, 1]])[:, 1:], tf.pad(classes, [[0, 0], [1, 0]])[:, :-1]]
        directions = len(self.hidden)
        total = tf.zeros([])
        for outputs, hidden, projection, target in zip(
            tf.split(encoded, directions, axis=-1), self.hidden, self.projections, neighbours[:directions], strict=True
        ):
            scores = projection(tf.tanh(tf.tensordot(outputs, hidden, 1)))
            total += masked_cross_entropy(scores, target + FIRST_TAG, mask, count)
        return total


def language_model(
    config: Config, words: int, encoder: Encoder, generator: np.random.Generator
) -> LanguageModel | None:
    """The language model that a configuration asks for; None where it asks for none.

    `words` is the number of ids of the vocabulary. Raises ConfigError where the encoder's outputs have already seen the
    word to predict.
    """
    if not config.language_model.weight:
        return None
    if len(encoder.groups) > 1:
        raise ConfigError(
            "a language model guesses words that the encoder has not read, but layers that read both directions have "
            "read all: set encoder.stack to 'directions', or language_model.weight to 0"
        )
    directions = 2 if encoder.backward else 1
    return LanguageModel(config.language_model, words, directions, encoder.output_size // directions, generator)

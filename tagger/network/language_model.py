"""A second task that needs no annotation: each word guessed from those before it, and from those after it (Rei 2017,
"Semi-supervised Multitask Learning for Sequence Labeling").

It is learned beside the tags, so that the encoder knows more of the language than the tags of a small corpus tell, and
is not there when a model tags.
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
    """Of each direction of the encoder, in turn forward and backward, a layer of tanh and a softmax over the commonest
    words, the unknown word for all others, and the end of the sentence."""

    def __init__(
        self, config: LanguageModelConfig, words: int, directions: int, features: int, generator: np.random.Generator
    ) -> None:
        """`words` is the size of the vocabulary, `features` that of each direction's outputs."""
        super().__init__(name="language_model")
        self.classes = min(words, FIRST_WORD + config.words)
        self.hidden = [
            tf.Variable(glorot(generator, (features, config.units)), name="hidden") for _ in range(directions)
        ]
        self.projections = [Projection(config.units, self.classes, generator) for _ in range(directions)]

    def loss(self, encoded: tf.Tensor, words: tf.Tensor, mask: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
        """The directions' summed mean losses over the true tokens of `mask` `[B, T]`, of the encoder's outputs
        `[B, T, directions * H]` and word ids `[B, T]`; `count` as in `masked_cross_entropy`."""
        guessed = tf.where(words < self.classes, words, UNKNOWN)
        # Padding's id, 0, is the class of a sentence's end, and of its start for those who read backward.
        neighbours = [tf.pad(guessed, [[0, 0], [0, 1]])[:, 1:], tf.pad(guessed, [[0, 0], [1, 0]])[:, :-1]]
        directions = len(self.hidden)
        total = tf.zeros([])
        for read, hidden, projection, target in zip(
            tf.split(encoded, directions, axis=-1), self.hidden, self.projections, neighbours[:directions], strict=True
        ):
            scores = projection(tf.tanh(tf.tensordot(read, hidden, 1)))
            total += masked_cross_entropy(scores, target + FIRST_TAG, mask, count)
        return total


def language_model(
    config: Config, words: int, encoder: Encoder, generator: np.random.Generator
) -> LanguageModel | None:
    """The one that the configuration asks for, if any, over a vocabulary of this size. Raises ConfigError where the
    encoder has read the word already that is to be guessed."""
    if not config.language_model.weight:
        return None
    if len(encoder.groups) > 1:
        raise ConfigError(
            "a language model guesses words that the encoder has not read, but layers that read both directions have "
            "read all: set encoder.stack to 'directions', or language_model.weight to 0"
        )
    directions = 2 if encoder.backward else 1
    return LanguageModel(config.language_model, words, directions, encoder.output_size // directions, generator)

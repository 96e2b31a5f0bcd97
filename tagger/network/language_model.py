"""A second task that needs no annotation: each word guessed from those before it, and from those after it (Rei 2017,
"Semi-supervised Multitask Learning for Sequence Labeling").

It is learned beside the tags, so that the encoder knows more of the language than the tags of a small corpus tell, and
is not there when a model tags.
"""

import numpy as np

from tagger.backend import tf
from tagger.config import LanguageModelConfig
from tagger.network.initial import glorot
from tagger.network.losses import masked_cross_entropy
from tagger.vocabulary import FIRST_TAG, FIRST_WORD, UNKNOWN


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
        self.kernels = [
            tf.Variable(glorot(generator, (config.units, self.classes)), name="kernel") for _ in range(directions)
        ]
        self.biases = [tf.Variable(tf.zeros([self.classes]), name="bias") for _ in range(directions)]

    def loss(self, encoded: tf.Tensor, words: tf.Tensor, mask: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
        """The directions' summed mean losses over the true tokens of `mask` `[B, T]`, of the encoder's outputs
        `[B, T, directions * H]` and word ids `[B, T]`; `count` as in `masked_cross_entropy`."""
        guessed = tf.where(words < self.classes, words, UNKNOWN)
        # Padding's id, 0, is the class of a sentence's end, and of its start for those who read backward.
        neighbours = [tf.pad(guessed, [[0, 0], [0, 1]])[:, 1:], tf.pad(guessed, [[0, 0], [1, 0]])[:, :-1]]
        total = tf.zeros([])
        outputs = tf.split(encoded, len(self.hidden), axis=-1)
        for read, hidden, kernel, bias, target in zip(
            outputs, self.hidden, self.kernels, self.biases, neighbours, strict=False
        ):
            scores = tf.tensordot(tf.tanh(tf.tensordot(read, hidden, 1)), kernel, 1) + bias
            total += masked_cross_entropy(scores, target + FIRST_TAG, mask, count)
        return total

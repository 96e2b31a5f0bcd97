"""Words in Unicode's composed form, inside the `tf.data` graph of training."""

import numpy as np

from tagger.backend import tf
from tagger.text.composing import composed


def composed_words(tokens: tf.RaggedTensor) -> tf.RaggedTensor:
    """The words `[B, (T)]`, each in NFC, as `tagger.text.composing` has it.

    TensorFlow has no such operation, so that Python is called, and a graph with this cannot be saved.
    """
    distinct, index = tf.unique(tokens.flat_values)
    words = tf.numpy_function(_composed, [distinct], tf.string, stateful=False)
    return tokens.with_flat_values(tf.gather(tf.ensure_shape(words, [None]), index))


def _composed(words: np.ndarray) -> np.ndarray:
    return np.array(
        [word if word.isascii() else composed(word.decode("utf-8", "replace")).encode("utf-8") for word in words],
        object,
    )

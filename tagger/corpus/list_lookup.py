"""Looks up names of lists in the sentences of a batch, inside the `tf.data` graph of training."""

import numpy as np

from tagger.backend import tf
from tagger.model.name_lists import NameLists
from tagger.model.tensor_names import GIVEN, LISTS
from tagger.model.vocabulary import PADDING


def list_inputs(lists: NameLists, tokens: tf.RaggedTensor) -> dict[str, tf.Tensor]:
    """The marks `[B, T]`, int32, of the words `[B, (T)]` in each list, by the name of the network's input.

    TensorFlow has no such operation, so that Python is called, and a graph with this cannot be saved.
    """

    def marks_of(words: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        return np.stack([*lists.marks((word.decode("utf-8", "replace") for word in words), lengths).values()])

    marks = tf.numpy_function(marks_of, [tokens.flat_values, tokens.row_lengths()], tf.int32, stateful=False)
    columns = tf.unstack(tf.ensure_shape(marks, [len(lists.by_type), None]))
    return {
        f"{GIVEN}{LISTS}{name}": tokens.with_flat_values(column).to_tensor(PADDING)
        for name, column in zip(lists.by_type, columns, strict=True)
    }

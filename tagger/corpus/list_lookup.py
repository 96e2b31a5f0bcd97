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

    def marks_of(words: np.ndarray, lengths: np.ndarray) -> list[np.ndarray]:
        return list(lists.marks((word.decode("utf-8", "replace") for word in words), lengths).values())

    arguments = [tokens.flat_values, tokens.row_lengths()]
    columns = tf.numpy_function(marks_of, arguments, [tf.int32] * len(lists.by_type), stateful=False)
    return {
        f"{GIVEN}{LISTS}{name}": tokens.with_flat_values(tf.ensure_shape(column, [None])).to_tensor(PADDING)
        for name, column in zip(lists.by_type, columns, strict=True)
    }

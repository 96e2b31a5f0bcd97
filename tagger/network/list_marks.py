"""Embeddings of the places of words in the names of a list."""

from collections.abc import Mapping

import numpy as np

from tagger.backend import tf
from tagger.config.list_keys import ListConfig
from tagger.model.name_lists import MARKS, NO_MATCH
from tagger.model.tensor_names import LISTS
from tagger.model.vocabulary import PADDING
from tagger.network.cells.initializers import embedding


class ListMarks(tf.Module):
    """Marks of one list of names, which `model.name_lists` defines, to vectors.

    In training some sentences are read as if nothing in them were in the list.
    """

    def __init__(self, config: ListConfig, generator: np.random.Generator) -> None:
        super().__init__(name="list_marks")
        self.output_size = config.dimension
        self._dropout = config.dropout
        self.table = tf.Variable(embedding(generator, MARKS, config.dimension), name="table")

    def __call__(self, marks: tf.Tensor, training: bool, seed: tf.Tensor) -> tf.Tensor:
        """Vectors `[B, T, D]` of marks `[B, T]`.

        `seed` `[2]` decides for which sentences the list is left out in training.
        """
        if training and self._dropout:
            is_dropped = tf.random.stateless_uniform([tf.shape(marks)[0], 1], seed) < self._dropout
            marks = tf.where(is_dropped & (marks != PADDING), NO_MATCH, marks)
        return tf.gather(self.table, marks)


def list_marks(lists: Mapping[str, ListConfig], generator: np.random.Generator) -> dict[str, ListMarks]:
    """The embeddings of all lists of a configuration, by the names of their layers."""
    return {LISTS + name: ListMarks(lists[name], generator) for name in sorted(lists)}

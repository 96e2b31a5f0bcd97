"""Names of lists in the batches of training: the same marks as those that tagging reads."""

import numpy as np

from tagger.backend import tf
from tagger.corpus.list_lookup import list_inputs
from tagger.model.name_lists import BEGIN, END, NO_MATCH, SINGLE, NameLists, make_name_list


def test_a_batch_has_the_marks_of_each_list_padded():
    lists = NameLists(
        {
            "person": make_name_list([(("ada", "lovelace"),)]),
            "place": make_name_list([(("Zürich",),), (("new", "york"),)]),
        }
    )
    sentences = [["Ada", "Lovelace", "in", "New", "York"], [], ["ZU\u0308RICH", "New"], ["York"]]
    tokens = tf.ragged.constant(sentences, tf.string, row_splits_dtype=tf.int64)
    # As in a graph: `tf.data` runs it so.
    found = next(iter(tf.data.Dataset.from_tensors(tokens).map(lambda tokens: list_inputs(lists, tokens))))
    assert found.keys() == {"given/lists/person", "given/lists/place"}
    assert found["given/lists/person"].dtype == tf.int32
    np.testing.assert_array_equal(
        found["given/lists/person"],
        [[BEGIN, END, *[NO_MATCH] * 3], [0] * 5, [NO_MATCH, NO_MATCH, 0, 0, 0], [NO_MATCH, 0, 0, 0, 0]],
    )
    np.testing.assert_array_equal(
        found["given/lists/place"],
        [[*[NO_MATCH] * 3, BEGIN, END], [0] * 5, [SINGLE, NO_MATCH, 0, 0, 0], [NO_MATCH, 0, 0, 0, 0]],
    )


def test_an_empty_batch_has_empty_marks():
    lists = NameLists({"person": make_name_list([(("ada",),)])})
    tokens = tf.RaggedTensor.from_row_lengths(tf.constant([], tf.string), tf.constant([], tf.int64))
    assert list_inputs(lists, tokens)["given/lists/person"].shape == [0, 0]

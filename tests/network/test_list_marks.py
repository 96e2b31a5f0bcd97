import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.list_keys import ListConfig
from tagger.config.load import check_config
from tagger.model.name_lists import BEGIN, END, MARKS, NO_MATCH
from tagger.network.list_marks import ListMarks
from tagger.network.network import Network, VocabularySizes

SEED = tf.constant([3, 4])


def marks_of(**settings) -> ListMarks:
    return ListMarks(ListConfig(files=("x",), dimension=4, **settings), np.random.default_rng(1))


def test_each_mark_has_a_vector_and_padding_is_zero():
    marks = marks_of()
    assert marks.table.shape == (MARKS, marks.output_size)
    vectors = marks(tf.constant([[BEGIN, END], [NO_MATCH, 0]]), False, SEED).numpy()
    np.testing.assert_array_equal(vectors, marks.table.numpy()[[[BEGIN, END], [NO_MATCH, 0]]])
    assert not vectors[1, 1].any()


def test_in_training_whole_sentences_are_read_without_the_list():
    marks = marks_of(dropout=0.3)
    ids = np.tile([BEGIN, END, NO_MATCH, 0], (2000, 1))
    vectors = marks(tf.constant(ids), True, SEED).numpy()
    table = marks.table.numpy()
    dropped = np.where(ids > 0, NO_MATCH, 0)
    is_dropped = (vectors == table[dropped]).all(axis=(1, 2))
    assert is_dropped.mean() == pytest.approx(0.3, abs=0.04)
    np.testing.assert_array_equal(vectors[~is_dropped], table[ids[~is_dropped]])
    np.testing.assert_array_equal(marks_of(dropout=0)(tf.constant(ids), True, SEED), table[ids])


def test_marks_change_the_scores_and_have_gradients():
    lists = {"city": {"files": ["x"]}, "person": {"files": ["y"], "dimension": 2}}
    config = check_config({"tasks": {"ner": {}}, "lists": lists, "encoder": {"units": 6}}, "test")
    network = Network(config, VocabularySizes(words=9, characters=5, tags={"ner": 4}, first_singleton=9))
    batch = {
        "words": tf.constant([[2, 3, 4]]),
        "distinct": tf.constant([[1, 2, 3]]),
        "characters": tf.constant([[0, 0], [2, 0], [3, 4], [4, 4]]),
        "lengths": tf.constant([3]),
        "given/lists/city": tf.constant([[BEGIN, END, NO_MATCH]]),
        "given/lists/person": tf.constant([[NO_MATCH, BEGIN, END]]),
        "tags/ner": tf.constant([[1, 2, 3]]),
        "annotated/ner": tf.constant([True]),
    }
    scores = network.scores(batch, False, SEED)["ner"].numpy()
    for name in lists:
        others = {**batch, f"given/lists/{name}": tf.constant([[NO_MATCH] * 3])}
        assert np.abs(network.scores(others, False, SEED)["ner"].numpy() - scores).max() > 1e-4
    tables = [marks.table for marks in network.given.values()]
    assert len(tables) == 2
    with tf.GradientTape() as tape:
        loss = network.loss(batch, SEED)
    assert all(tf.convert_to_tensor(gradient).numpy().any() for gradient in tape.gradient(loss, tables))


def test_a_network_without_lists_has_the_weights_that_it_had():
    sizes = VocabularySizes(words=9, characters=5, tags={"ner": 4}, first_singleton=9)
    settings = {"tasks": {"ner": {}}, "encoder": {"units": 6}}
    without = Network(check_config(settings, "test"), sizes)
    assert not without.given and "lists" not in check_config(settings, "test").to_toml()

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.load import check_config
from tagger.config.word_inputs import GivenConfig
from tagger.model.vocabulary import UNKNOWN
from tagger.network.given_tags import GivenTags
from tagger.network.network import Network, VocabularySizes

SEED = tf.constant([3, 4])


def tags_of(**settings) -> GivenTags:
    return GivenTags(GivenConfig(dimension=4, **settings), 6, np.random.default_rng(1))


def test_each_tag_has_a_vector_and_padding_is_zero():
    tags = tags_of()
    vectors = tags(tf.constant([[5, 1], [2, 0]]), False, SEED).numpy()
    assert vectors.shape == (2, 2, tags.output_size)
    np.testing.assert_array_equal(vectors, tags.table.numpy()[[[5, 1], [2, 0]]])
    assert not vectors[1, 1].any()


def test_in_training_some_tags_become_unknown_but_never_padding():
    tags = tags_of(dropout=0.3)
    ids = np.tile([2, 3, 4, 0], (100, 25))
    vectors = tags(tf.constant(ids), True, SEED).numpy()
    table = tags.table.numpy()
    is_unknown = (vectors == table[UNKNOWN]).all(axis=-1)
    assert is_unknown[ids > 0].mean() == pytest.approx(0.3, abs=0.03)
    np.testing.assert_array_equal(vectors[~is_unknown], table[ids[~is_unknown]])
    assert not is_unknown[ids == 0].any()
    np.testing.assert_array_equal(tags_of(dropout=0)(tf.constant(ids), True, SEED), table[ids])


def test_given_tags_change_the_scores_and_have_gradients():
    given = {"pos": {}, "chunk": {"dimension": 2}}
    config = check_config({"tasks": {"ner": {}}, "given": given, "encoder": {"units": 6}}, "test")
    sizes = VocabularySizes(words=9, characters=5, tags={"ner": 4}, first_singleton=9, given={"pos": 6, "chunk": 3})
    network = Network(config, sizes)
    batch = {
        "words": tf.constant([[2, 3, 4]]),
        "distinct": tf.constant([[1, 2, 3]]),
        "characters": tf.constant([[0, 0], [2, 0], [3, 4], [4, 4]]),
        "lengths": tf.constant([3]),
        "given/pos": tf.constant([[2, 3, 1]]),
        "given/chunk": tf.constant([[1, 2, 2]]),
        "tags/ner": tf.constant([[1, 2, 3]]),
        "annotated/ner": tf.constant([True]),
    }
    scores = network.scores(batch, False, SEED)["ner"].numpy()
    for layer in given:
        others = {**batch, f"given/{layer}": tf.constant([[1, 1, 1]])}
        assert np.abs(network.scores(others, False, SEED)["ner"].numpy() - scores).max() > 1e-4
    tables = [tags.table for tags in network.given.values()]
    with tf.GradientTape() as tape:
        loss = network.loss(batch, SEED)
    assert all(tf.convert_to_tensor(gradient).numpy().any() for gradient in tape.gradient(loss, tables))

import numpy as np
import pytest

from tagger.backend import tf
from tagger.corpus.records import make_example, parse_example, with_feature_list
from tagger.corpus.soft_targets import (
    CLASSES_KEPT,
    pack_soft_targets,
    soft_targets,
    soft_targets_key,
    unpack_soft_targets,
)
from tagger.text.sentence import Sentence


def unpacked(*sentences: np.ndarray) -> np.ndarray:
    """The probabilities `[B, T, N]` read back after packing those of some sentences, `[T, N]` each."""
    classes = sentences[0].shape[1]
    values = tf.ragged.constant([pack_soft_targets(of) for of in sentences], tf.string, ragged_rank=1)
    longest = max(map(len, sentences))
    found = soft_targets({"soft/ner": unpack_soft_targets(values, tf.constant(longest, tf.int64))}, "ner", 0.9)
    back = np.zeros((len(sentences), longest, classes))
    for place in np.ndindex(*found.classes.shape):
        back[*place[:2], found.classes[place]] += found.probabilities[place]
    return back


def test_the_most_probable_classes_are_read_back_and_padding_has_none():
    drawn = np.random.default_rng(1).dirichlet(np.full(5, 0.3), size=4).astype(np.float32)
    back = unpacked(drawn, drawn[:1])
    np.testing.assert_allclose(back[0], drawn, atol=1e-6)
    np.testing.assert_allclose(back[1, 0], drawn[0], atol=1e-6)
    assert not back[1, 1:].any()


def test_the_classes_kept_share_the_probability_of_the_others():
    weights = np.arange(1, 21, dtype=np.float32)
    kept = np.where(weights > 20 - CLASSES_KEPT, weights, 0)
    np.testing.assert_allclose(unpacked((weights / weights.sum())[np.newaxis])[0, 0], kept / kept.sum(), atol=1e-6)


def test_a_batch_of_nothing_has_no_targets():
    values = tf.RaggedTensor.from_row_lengths(tf.constant([], tf.string), tf.constant([], tf.int64))
    assert unpack_soft_targets(values, tf.constant(0, tf.int64)).shape == (0, 0, 2 * CLASSES_KEPT)
    assert soft_targets({}, "ner", 0.9) is None


def test_a_record_with_targets_is_the_same_sentence():
    sentence = Sentence.from_words(["Ada", "slept"], tags={"ner": ["B-PER", "O"]}, id="1")
    record = make_example(sentence)
    values = pack_soft_targets(np.eye(2, dtype=np.float32))
    changed = with_feature_list(record, soft_targets_key("ner"), values)
    lists = tf.train.SequenceExample.FromString(changed).feature_lists.feature_list
    assert [feature.bytes_list.value[0] for feature in lists["ner/soft"].feature] == values
    example = tf.train.SequenceExample.FromString(changed)
    del example.feature_lists.feature_list["ner/soft"]
    assert parse_example(example.SerializeToString()) == sentence
    assert example.SerializeToString(deterministic=True) == record


@pytest.mark.parametrize("classes", [1, 3])
def test_fewer_classes_than_are_kept_are_all_kept(classes):
    certain = np.eye(classes, dtype=np.float32)
    np.testing.assert_array_equal(unpacked(certain)[0], certain)

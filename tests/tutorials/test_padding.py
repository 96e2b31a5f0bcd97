"""Lesson: sentences of different lengths in one batch."""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.corpus.batches import training_batches
from tagger.corpus.bucketing import Batching
from tagger.corpus.lookup import Lookup, Spelling
from tagger.corpus.shards import ShardWriter
from tagger.corpus.training_records import TrainingRecords
from tagger.model.vocabulary import FIRST_TAG, tag_vocabulary, word_vocabulary
from tagger.network.losses import masked_cross_entropy, real_tokens, sequence_loss
from tagger.text.sentence import Sentence

PADDED = [[0, 0, 0, 0], [1, 0, 0, 0], [1, 2, 0, 0], [1, 2, 3, 0], [1, 2, 3, 4]]
NUMBERS = "123456789"


def test_tf_data_pads_a_batch_to_its_longest():
    slices = tf.data.Dataset.range(5).map(lambda end: tf.range(1, 10)[:end])
    (batch,) = slices.padded_batch(5)
    assert batch.numpy().tolist() == PADDED


@pytest.fixture
def lookup():
    """The numbers 1 to 9, as words and as the tags of a task."""
    vocabulary = word_vocabulary(dict.fromkeys(NUMBERS, 2))
    return Lookup(vocabulary, vocabulary, {"number": tag_vocabulary(NUMBERS)}, Spelling(lowercase=False, max_length=10))


def test_our_lookup_pads_a_batch_to_its_longest(lookup):
    """Here the number n is tag n, for tags start at 1, and word n + 1, for word 1 is the unknown one."""
    numbers = tf.ragged.constant([list(NUMBERS[:end]) for end in range(5)])
    batch = lookup.inputs(numbers)
    words = batch["words"].numpy()

    assert lookup.tags("number", numbers, tf.constant(4, tf.int64)).numpy().tolist() == PADDED
    assert np.where(words, words - 1, 0).tolist() == PADDED
    assert batch["lengths"].numpy().tolist() == [0, 1, 2, 3, 4]


def test_a_sentence_of_length_1000_pads_only_its_own_batch(lookup, tmp_path):
    lengths = [1000, *(15 + number % 11 for number in range(63))]  # around 20
    with ShardWriter(tmp_path, "train", 1) as writer:
        for length in lengths:
            words = [NUMBERS[place % 9] for place in range(length)]
            writer.write(Sentence.from_words(words, tags={"number": words}))
        (shard,) = writer.close()
    batching = Batching(batch_size=8, pool=8, shuffle_buffer=64)
    shards = TrainingRecords([tmp_path / shard.file], [shard.sentences])
    *batches, end = training_batches([shards], lookup, ["number"], batching, 1, range(1))

    assert len(end["lengths"]) == 0
    widths = sorted(batch["words"].shape[1] for batch in batches)
    assert len(widths) == 8
    assert widths[-1] == 1000
    assert widths[-2] <= 25
    for batch in batches:
        assert batch["words"].shape[1] == max(batch["lengths"])
        assert batch["tags/number"].shape == batch["words"].shape
    assert sorted(int(length) for batch in batches for length in batch["lengths"]) == sorted(lengths)


# One sentence of three tokens of the classes 0, 1 and 0, and one step of padding, which is 0 as well. The network gives
# class 0 three quarters and class 1 one quarter at every step.
TARGETS = [[0, 1, 0, 0]]
LENGTHS = [3]
LOGITS = [[[np.log(3.0), 0.0]] * 4]
RIGHT = -(np.log(0.75) + np.log(0.25) + np.log(0.75)) / 3


def test_length_tells_class_0_from_padding():
    weights = tf.sequence_mask(LENGTHS, 4, tf.float32)
    assert float(sequence_loss(LOGITS, TARGETS, weights)) == pytest.approx(RIGHT)


def test_the_sign_of_the_label_gives_a_wrong_loss():
    signs = tf.sign(tf.cast(TARGETS, tf.float32))
    wrong = float(sequence_loss(LOGITS, TARGETS, signs))
    assert wrong == pytest.approx(-np.log(0.25))  # of the one token that is not of class 0
    assert wrong > 2 * RIGHT


def test_no_mask_at_all_gives_another_wrong_loss():
    wrong = float(sequence_loss(LOGITS, TARGETS, tf.ones([1, 4])))
    assert wrong == pytest.approx((3 * RIGHT - np.log(0.75)) / 4)


def test_our_tags_start_at_1_and_our_mask_follows_the_length():
    tags = np.where(np.arange(4) < 3, np.array(TARGETS) + FIRST_TAG, 0)
    mask = real_tokens(tf.constant(LENGTHS), tf.constant([True]), tf.constant(4))
    loss = masked_cross_entropy(tf.constant(LOGITS, tf.float32), tf.constant(tags, tf.int32), mask)
    assert float(loss) == pytest.approx(RIGHT)

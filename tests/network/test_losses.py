import numpy as np
import pytest

from tagger.backend import tf
from tagger.corpus.soft_targets import SoftTargets
from tagger.network.losses import masked_cross_entropy, real_tokens, with_costs

SCORES = np.random.default_rng(0).normal(size=(3, 4, 5)).astype(np.float32)
TAGS = np.array([[1, 5, 2, 3], [4, 1, 0, 0], [0, 0, 0, 0]], np.int32)


def test_real_tokens_are_those_of_annotated_sentences():
    mask = real_tokens(tf.constant([4, 2, 3]), tf.constant([True, True, False]), tf.constant(4))
    assert mask.numpy().tolist() == [[True] * 4, [True, True, False, False], [False] * 4]


def test_the_loss_is_the_mean_negative_log_probability_over_real_tokens():
    mask = real_tokens(tf.constant([4, 2, 3]), tf.constant([True, True, False]), tf.constant(4))
    losses = [
        np.log(np.exp(SCORES[row, column].astype(np.float64)).sum()) - SCORES[row, column, TAGS[row, column] - 1]
        for row, column in [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1)]
    ]
    assert masked_cross_entropy(tf.constant(SCORES), tf.constant(TAGS), mask).numpy() == pytest.approx(np.mean(losses))


def test_the_loss_of_equal_scores_is_the_log_of_the_number_of_tags():
    loss = masked_cross_entropy(tf.zeros([1, 2, 8]), tf.constant([[3, 8]]), tf.constant([[True, True]]))
    assert loss.numpy() == pytest.approx(np.log(8))


def test_label_smoothing_worked_by_hand():
    # Three tags with probabilities 1/2, 1/4, 1/4, the first one gold. Smoothing spreads 0.3 over them: the target is
    # 0.8, 0.1, 0.1, and the loss 0.8 log 2 + 0.1 log 4 + 0.1 log 4 = 1.2 log 2.
    scores, tags = tf.math.log([[[0.5, 0.25, 0.25], [7.0, 1.0, 9.0]]]), tf.constant([[1, 0]])
    loss = masked_cross_entropy(scores, tags, tf.constant([[True, False]]), smoothing=0.3)
    assert loss.numpy() == pytest.approx(1.2 * np.log(2))


def test_the_gradient_with_smoothing_is_the_distance_to_the_smoothed_target():
    mask = tf.constant([[True] * 4, [True, True, False, False], [False] * 4])
    scores = tf.Variable(SCORES)
    with tf.GradientTape() as tape:
        loss = masked_cross_entropy(scores, tf.constant(TAGS), mask, tf.constant(10), smoothing=0.2)
    target = 0.8 * np.eye(5)[np.maximum(TAGS - 1, 0)] + 0.04
    expected = np.where(mask[..., None], tf.nn.softmax(SCORES) - target, 0) / 10
    np.testing.assert_allclose(tape.gradient(loss, scores).numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_padding_changes_neither_loss_nor_gradient(smoothing):
    mask = tf.constant([[True] * 4, [True, True, False, False], [False] * 4])
    scores, tags = SCORES.copy(), TAGS.copy()
    scores[1, 2:], tags[1, 2:], scores[2], tags[2] = 1e4, 5, -1e4, 3
    found = []
    for values, ids in ((SCORES, TAGS), (scores, tags)):
        variable = tf.Variable(values)
        with tf.GradientTape() as tape:
            loss = masked_cross_entropy(variable, tf.constant(ids), mask, smoothing=smoothing)
        found.append((loss.numpy(), tape.gradient(loss, variable).numpy()))
    assert found[0][0] == found[1][0]
    assert (found[0][1] == found[1][1]).all()
    assert not found[0][1][~mask.numpy()].any()


def test_without_real_tokens_loss_and_gradient_are_zero():
    scores = tf.Variable(SCORES)
    with tf.GradientTape() as tape:
        loss = masked_cross_entropy(scores, tf.constant(TAGS), tf.zeros([3, 4], tf.bool))
    assert loss.numpy() == 0
    assert not tape.gradient(loss, scores).numpy().any()


def test_cost_augmented_scores_worked_by_hand():
    # Three tags, the second of which, id 2, is O. Where the first is gold, the score of O rises by log 4 and that of
    # the third by log 2: gold has a probability of 1 / (1 + 4 + 2). Where O is gold nothing changes: 1 / 3.
    scores = with_costs(tf.zeros([1, 2, 3]), tf.constant([[1, 2]]), 2, np.log(4.0), np.log(2.0))
    loss = masked_cross_entropy(scores, tf.constant([[1, 2]]), tf.constant([[True, True]]))
    assert loss.numpy() == pytest.approx((np.log(7) + np.log(3)) / 2)


def test_soft_targets_worked_by_hand():
    # Three tags with probabilities 1/2, 1/4, 1/4, the first one gold. The soft targets are 1/2 for each of the last
    # two, so the loss is 0.4 log 2 + 0.6 log 4 = 1.6 log 2. Padding is masked.
    scores = tf.math.log([[[0.5, 0.25, 0.25], [7.0, 1.0, 9.0]]])
    soft = SoftTargets(tf.constant([[[2, 1], [0, 0]]]), tf.constant([[[0.5, 0.5], [0.0, 0.0]]]), 0.6)
    mask = tf.constant([[True, False]])
    loss = masked_cross_entropy(scores, tf.constant([[1, 0]]), mask, soft=soft)
    assert loss.numpy() == pytest.approx(1.6 * np.log(2))


def test_tokens_without_soft_targets_have_the_loss_of_their_gold_tags():
    scores, tags, mask = tf.constant([[[1.0, 2.0], [0.5, 0.0]]]), tf.constant([[1, 2]]), tf.constant([[True, True]])
    nothing = SoftTargets(tf.zeros([1, 2, 2], tf.int32), tf.zeros([1, 2, 2]), 0.9)
    found = masked_cross_entropy(scores, tags, mask, soft=nothing)
    assert found.numpy() == masked_cross_entropy(scores, tags, mask).numpy()

"""Lesson: the loss over sequences, with weights that leave padding out."""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.losses import sequence_loss, sequence_loss_by_example

TARGETS = [[1, 1, 1]]
ONES = [[1.0, 1.0, 1.0]]


@pytest.mark.parametrize(
    ("logits", "loss"),
    [  # the three figures of the slides
        ([[0.2, 0.7], [0.6, 0.2], [0.2, 0.9]], 0.596759),
        ([[0.3, 0.7]] * 3, 0.513015),
        ([[0.1, 0.9]] * 3, 0.371101),
    ],
)
def test_the_loss_of_three_steps_is_that_of_the_slides(logits, loss):
    assert float(sequence_loss([logits], TARGETS, ONES)) == pytest.approx(loss, abs=5e-7)


@pytest.fixture(scope="module")
def padded():
    """Logits of 10 classes for 4 sentences of 1, 2, 3 and 8 steps, targets from 1 on, 0 where there is padding."""
    generator = np.random.default_rng(0)
    lengths = np.array([1, 2, 3, 8])
    logits = generator.normal(size=[4, 8, 10])
    targets = np.where(np.arange(8) < lengths[:, None], generator.integers(1, 10, [4, 8]), 0)
    return logits, targets, lengths


def losses_by_hand(logits, targets):
    """-log softmax of the right class, [B, T]."""
    shares = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    return -np.log(np.take_along_axis(shares, targets[..., None], -1)[..., 0])


def test_the_mean_by_example_is_over_its_real_steps(padded):
    logits, targets, lengths = padded
    by_hand = losses_by_hand(logits, targets)
    expected = [by_hand[row, :length].mean() for row, length in enumerate(lengths)]

    weights = tf.sequence_mask(lengths, 8, tf.float64)
    by_example = sequence_loss_by_example(logits, targets, weights)
    np.testing.assert_allclose(by_example, expected)
    np.testing.assert_allclose(sequence_loss(logits, targets, weights, average_across_batch=False), expected)
    assert float(tf.reduce_mean(by_example)) == pytest.approx(np.mean(expected))


def test_the_mean_of_means_is_not_the_mean_over_all_steps(padded):
    logits, targets, lengths = padded
    real = np.arange(8) < lengths[:, None]
    weights = real.astype(np.float64)
    over_steps = losses_by_hand(logits, targets)[real].mean()
    over_examples = float(tf.reduce_mean(sequence_loss_by_example(logits, targets, weights)))
    assert float(sequence_loss(logits, targets, weights)) == pytest.approx(over_steps)
    assert over_examples != pytest.approx(over_steps, rel=0.01)


def test_without_weights_for_it_padding_would_count(padded):
    logits, targets, lengths = padded
    elsewhere = np.where(np.arange(8)[:, None] < lengths[:, None, None], logits, -logits)  # other logits past the end
    real, all_steps = np.where(np.arange(8) < lengths[:, None], 1.0, 0.0), np.ones([4, 8])
    for weights, is_equal in ((real, True), (all_steps, False)):
        losses = [float(sequence_loss(each, targets, weights)) for each in (logits, elsewhere)]
        assert (losses[0] == pytest.approx(losses[1])) is is_equal


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((True, True, False, False), 15 / 5),
        ((True, False, False, False), [5 / 3, 10 / 2]),  # a loss for each sentence
        ((False, True, False, False), [3 / 2, 12 / 3]),  # and for each step
        ((False, False, False, False), [[1, 4], [2, 8]]),
        ((False, False, True, True), 15 / 4),
        ((False, False, True, False), [5 / 2, 10 / 2]),
        ((False, False, False, True), [3 / 2, 12 / 2]),
    ],
)
def test_each_choice_of_averages_and_sums(options, expected):
    """Losses of 1, 2, 2 and 8 with weights of 1, 2, 1 and 1 by a loss function of our own."""
    timesteps, batch, sum_timesteps, sum_batch = options
    losses = {"softmax_loss_function": lambda labels, logits: tf.reduce_sum(logits, axis=1)}
    loss = sequence_loss(
        tf.constant([[[1.0], [2.0]], [[2.0], [8.0]]]),
        [[0, 0], [0, 0]],
        [[1.0, 2.0], [1.0, 1.0]],
        timesteps,
        batch,
        sum_over_timesteps=sum_timesteps,
        sum_over_batch=sum_batch,
        **losses,
    )
    np.testing.assert_allclose(loss, expected, rtol=1e-6)


def test_to_average_and_to_sum_at_once_is_an_error():
    with pytest.raises(ConfigError, match="not both"):
        sequence_loss([[[0.3, 0.7]]], [[1]], [[1.0]], sum_over_timesteps=True)


def test_nothing_but_padding_has_no_loss():
    assert float(sequence_loss([[[0.3, 0.7]]], [[1]], [[0.0]])) == 0
    assert sequence_loss_by_example([[[0.3, 0.7]]], [[1]], [[0.0]]).numpy() == [0]


def test_lists_of_steps_give_the_same_as_one_tensor(padded):
    logits, targets, lengths = padded
    weights = tf.sequence_mask(lengths, 8, tf.float64)
    by_step = [tf.unstack(tf.convert_to_tensor(part), axis=1) for part in (logits, targets, weights)]
    np.testing.assert_allclose(sequence_loss_by_example(*by_step), sequence_loss_by_example(logits, targets, weights))
    summed = sequence_loss_by_example(*by_step, average_across_timesteps=False)
    np.testing.assert_allclose(summed, sequence_loss_by_example(logits, targets, weights) * lengths)

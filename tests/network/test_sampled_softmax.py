import numpy as np
import pytest

from tagger.backend import tf
from tagger.network.sampled_softmax import log_inclusion, sampled_ids, sampled_softmax_losses

CLASSES = 50


def test_one_draw_is_that_of_tensorflows_log_uniform_sampler():
    ids = tf.range(CLASSES, dtype=tf.int64)
    _, expected, _ = tf.random.log_uniform_candidate_sampler(
        ids[tf.newaxis], CLASSES, num_sampled=1, unique=False, range_max=CLASSES
    )
    np.testing.assert_allclose(np.exp(log_inclusion(tf.range(CLASSES), 1, CLASSES)), expected[0], rtol=1e-5)


def test_ids_are_in_the_sample_as_often_as_their_probability_says():
    draws, times = 20, 2000
    draw = tf.function(lambda seed: sampled_ids(draws, CLASSES, seed), autograph=False)
    found = np.zeros(CLASSES)
    for number in range(times):
        sample = draw(tf.constant([number, 3])).numpy()
        assert (np.diff(sample) > 0).all() and sample[0] >= 0 and sample[-1] < CLASSES
        found[sample] += 1
    expected = np.exp(log_inclusion(tf.range(CLASSES), draws, CLASSES).numpy())
    deviation = np.sqrt(expected * (1 - expected) / times)
    assert (np.abs(found / times - expected) < 5 * deviation + 1e-9).all()


def test_losses_are_those_of_tensorflows_sampled_softmax():
    generator = np.random.default_rng(1)
    table = generator.normal(size=(CLASSES, 4)).astype(np.float32)
    biases = generator.normal(size=CLASSES).astype(np.float32)
    vectors = generator.normal(size=(7, 4)).astype(np.float32)
    targets = np.array([0, 3, 3, 49, 7, 1, 20])
    draws = 30
    sample = sampled_ids(draws, CLASSES, tf.constant([5, 6]))
    assert set(targets) & set(sample.numpy()) and set(targets) - set(sample.numpy())
    probability = [tf.exp(log_inclusion(tf.constant(ids), draws, CLASSES)) for ids in (targets, sample)]
    expected = tf.nn.sampled_softmax_loss(
        table,
        biases,
        targets[:, np.newaxis],
        vectors,
        num_sampled=len(sample),
        num_classes=CLASSES,
        sampled_values=(tf.cast(sample, tf.int64), probability[0][:, tf.newaxis], probability[1]),
    )
    scores = vectors @ table[sample.numpy()].T + biases[sample.numpy()] - log_inclusion(sample, draws, CLASSES)
    right = (vectors * table[targets]).sum(axis=1) + biases[targets]
    losses = sampled_softmax_losses(scores, right, tf.constant(targets, tf.int32), sample, draws, CLASSES)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


def test_a_sample_of_all_words_gives_the_exact_loss():
    scores = np.random.default_rng(2).normal(size=(3, CLASSES)).astype(np.float32)
    targets = np.array([4, 0, 49], np.int32)
    right = scores[range(3), targets]
    draws = 10_000_000  # every id is all but surely among them
    losses = sampled_softmax_losses(tf.constant(scores), right, tf.constant(targets), tf.range(CLASSES), draws, CLASSES)
    exact = np.log(np.exp(scores).sum(axis=1)) - right
    assert losses.numpy() == pytest.approx(exact, rel=1e-5)

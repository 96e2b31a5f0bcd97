"""Lesson: a series too long for one graph is read in windows, the state carried from one to the next.

The task is to repeat the input of three steps before, of a series of random bits.
"""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.network.cells import BasicRNNCell
from tagger.network.losses import sequence_loss

BATCH, WINDOW, ECHO, UNITS = 5, 15, 3, 16
WINDOWS, PASSES = 80, 5


class Echo(tf.Module):
    """A plain recurrent cell, and two classes read off its output."""

    def __init__(self):
        super().__init__()
        self.cell = BasicRNNCell(UNITS, seed=1)
        self.cell.build(1)
        self.kernel = tf.Variable(np.random.default_rng(1).normal(scale=0.1, size=[UNITS, 2]), dtype=tf.float32)
        self.bias = tf.Variable(tf.zeros([2]))
        self.optimizer = tf.compat.v1.train.AdamOptimizer(0.02)

    def scores(self, inputs, state):
        """Scores of all steps in one matrix `[B * T, 2]`, and the state to go on from."""
        outputs, state = tf.compat.v1.nn.dynamic_rnn(self.cell, inputs[:, :, tf.newaxis], initial_state=state)
        return tf.reshape(outputs, [-1, UNITS]) @ self.kernel + self.bias, state

    def loss(self, inputs, targets, state):
        """The mean over all steps of all rows alike."""
        scores, state = self.scores(inputs, state)
        flat = tf.reshape(targets, [-1])
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(flat, scores)), state

    @tf.function
    def train(self, inputs, targets, state):
        with tf.GradientTape() as tape:
            loss, state = self.loss(inputs, targets, state)
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss, state


def windows():
    """Inputs and targets `[B, T]` of each window of a series `[B, windows * T]`; its first three echoes are 0."""
    series = np.random.default_rng(0).integers(0, 2, [BATCH, WINDOWS * WINDOW])
    echo = np.roll(series, ECHO, axis=1)
    echo[:, :ECHO] = 0
    for start in range(0, WINDOWS * WINDOW, WINDOW):
        part = slice(start, start + WINDOW)
        yield tf.constant(series[:, part], tf.float32), tf.constant(echo[:, part], tf.int32)


def zeros():
    return tf.zeros([BATCH, UNITS])


@pytest.fixture(scope="module")
def trained():
    network = Echo()
    for _ in range(PASSES):
        state = zeros()  # a new reading of the series
        for inputs, targets in windows():
            _, state = network.train(inputs, targets, state)
    return network


def losses(network, *, carried):
    """The loss of each window, [windows]."""
    state, values = zeros(), []
    for inputs, targets in windows():
        loss, last = network.loss(inputs, targets, state)
        values.append(float(loss))
        state = last if carried else zeros()
    return np.array(values)


def test_the_echo_is_learned(trained):
    assert losses(trained, carried=True).mean() < 0.02


def test_it_could_not_be_without_the_state(trained):
    """The echoes of a window's first three steps lie in the window before: they can but be guessed."""
    without = losses(trained, carried=False)[1:]
    assert without.mean() > ECHO / WINDOW * np.log(2)


def test_windows_with_the_state_carried_are_the_series_in_one(trained):
    pairs = list(windows())[:4]
    state, by_window = zeros(), []
    for inputs, _ in pairs:
        scores, state = trained.scores(inputs, state)
        by_window.append(tf.reshape(scores, [BATCH, WINDOW, 2]))
    whole, last = trained.scores(tf.concat([inputs for inputs, _ in pairs], axis=1), zeros())
    np.testing.assert_allclose(tf.concat(by_window, axis=1), tf.reshape(whole, [BATCH, -1, 2]), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(state, last, rtol=1e-4, atol=1e-4)


def test_the_flat_loss_is_the_loss_of_the_sequences(trained):
    """Rows of the flat matrix are the steps of the first sentence, then those of the next: `[B * T]`."""
    inputs, targets = next(windows())
    scores, _ = trained.scores(inputs, zeros())
    assert scores.shape == (BATCH * WINDOW, 2)
    flat, _ = trained.loss(inputs, targets, zeros())
    by_sequence = sequence_loss(tf.reshape(scores, [BATCH, WINDOW, 2]), targets, tf.ones([BATCH, WINDOW]))
    assert float(flat) == pytest.approx(float(by_sequence), rel=1e-5)


def test_no_gradient_crosses_from_a_window_to_the_one_before(trained):
    first, second = list(windows())[:2]
    with tf.GradientTape() as tape:
        tape.watch(first[0])
        _, state = trained.scores(first[0], zeros())
        loss, _ = trained.loss(*second, tf.stop_gradient(state))
    assert tape.gradient(loss, first[0]) is None

"""Lesson: many to one. From seven days of five figures, the last output of the network predicts the next day's last."""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.network.cells import BasicLSTMCell

DAYS, WINDOW, COLUMNS, UNITS = 500, 7, 5, 10
STEPS = 300
TRAIN = 0.7


def series():
    """`[days, 5]`: four waves with noise, and a volume of another size; the last column swings through twelve days."""
    generator = np.random.default_rng(3)
    days = np.arange(DAYS)[:, None]
    waves = np.sin(2 * np.pi * days / 12 + np.array([0.0, 0.5, 1.0, 2.0])) + 0.3 * np.sin(2 * np.pi * days / 55)
    prices = 800 + 20 * waves + generator.normal(scale=1.5, size=[DAYS, 4])
    volume = 1e6 * (1 + 0.3 * np.cos(2 * np.pi * days / 12) + 0.1 * generator.random([DAYS, 1]))
    return np.concatenate([prices[:, :3], volume, prices[:, 3:]], axis=1)


def windows(table):
    """Every seven rows `[N, 7, 5]`, and the last column of the row after them `[N, 1]`."""
    starts = range(len(table) - WINDOW)
    inputs = np.stack([table[start : start + WINDOW] for start in starts]).astype(np.float32)
    return inputs, table[WINDOW:, -1:].astype(np.float32)


class LastOutput(tf.Module):
    """An LSTM over the window, and a line through its last output."""

    def __init__(self):
        super().__init__()
        self.cell = BasicLSTMCell(UNITS, seed=1)
        self.cell.build(COLUMNS)
        self.kernel = tf.Variable(np.random.default_rng(1).normal(scale=0.3, size=[UNITS, 1]), dtype=tf.float32)
        self.bias = tf.Variable(tf.zeros([1]))
        self.optimizer = tf.compat.v1.train.AdamOptimizer(0.01)

    @tf.function
    def __call__(self, inputs):
        """`[B, T, D]` to `[B, 1]`."""
        outputs, _ = tf.compat.v1.nn.dynamic_rnn(self.cell, inputs, dtype=tf.float32)
        return outputs[:, -1] @ self.kernel + self.bias

    @tf.function
    def train(self, inputs, targets):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((self(inputs) - targets) ** 2)
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))


@pytest.fixture(scope="module")
def rest():
    """Predictions, truth, and each window's own last value, on the 30 percent that were not trained on."""
    table = series()
    known = table[: int(TRAIN * DAYS)]  # how the rest is scaled must not be learned from the rest
    inputs, targets = windows((table - known.min(0)) / (known.max(0) - known.min(0)))
    size = int(TRAIN * len(inputs))
    network = LastOutput()
    for _ in range(STEPS):
        network.train(inputs[:size], targets[:size])
    return network(inputs[size:]).numpy(), targets[size:], inputs[size:, -1, -1:]


def error(predicted, truth):
    return np.sqrt(np.mean((predicted - truth) ** 2))


def test_the_rest_is_three_tenths_and_begins_where_training_ended(rest):
    predicted, truth, last = rest
    assert len(predicted) == len(truth) == 493 - 345
    np.testing.assert_array_equal(truth[:-1], last[1:])


def test_it_beats_repeating_the_last_value(rest):
    predicted, truth, last = rest
    assert error(predicted, truth) < 0.5 * error(last, truth)


def test_it_beats_the_mean(rest):
    predicted, truth, _ = rest
    assert error(predicted, truth) < 0.3 * error(truth.mean(), truth)

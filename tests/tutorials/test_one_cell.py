"""Lesson: one cell with four inputs and two units, and the word `hello` a letter at a time."""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.network.cells import BasicLSTMCell

LETTERS = dict(zip("helo", np.eye(4), strict=True))
UNITS = 2
WORDS = ["hello", "eolll", "lleel"]


def one_hot(*words):
    """`[B, T, 4]`"""
    return np.array([[LETTERS[letter] for letter in word] for word in words])


@pytest.fixture
def cell():
    cell = BasicLSTMCell(UNITS, dtype=tf.float64, seed=1)
    cell.build(4)
    cell.bias.assign(np.linspace(-0.5, 0.5, 8))
    return cell


def by_hand(cell, letters):
    """Outputs `[T, 2]` and the last memory, gate by gate; of the kernel's columns two belong to each of i, j, f, o."""

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    c, h, outputs = np.zeros(UNITS), np.zeros(UNITS), []
    for x in letters:
        i, j, f, o = np.split(np.concatenate([x, h]) @ cell.kernel.numpy() + cell.bias.numpy(), 4)
        c = sigmoid(f + 1) * c + sigmoid(i) * np.tanh(j)
        h = sigmoid(o) * np.tanh(c)
        outputs.append(h)
    return np.array(outputs), c


def run(cell, letters, lengths=None):
    outputs, state = tf.compat.v1.nn.dynamic_rnn(cell, letters, sequence_length=lengths, dtype=tf.float64)
    return outputs.numpy(), state


def test_one_letter(cell):
    outputs, state = run(cell, one_hot("h"))
    assert outputs.shape == (1, 1, UNITS)
    expected, c = by_hand(cell, one_hot("h")[0])
    np.testing.assert_allclose(outputs[0], expected, rtol=1e-12)
    np.testing.assert_allclose(state.c[0], c, rtol=1e-12)
    np.testing.assert_array_equal(state.h, outputs[:, -1])


def test_one_word(cell):
    outputs, state = run(cell, one_hot("hello"))
    assert outputs.shape == (1, 5, UNITS)
    expected, c = by_hand(cell, one_hot("hello")[0])
    np.testing.assert_allclose(outputs[0], expected, rtol=1e-12)
    np.testing.assert_allclose(state.c[0], c, rtol=1e-12)
    assert np.any(outputs[0, 2] != outputs[0, 3])  # the second l comes after the first


def test_three_words_at_once(cell):
    outputs, _ = run(cell, one_hot(*WORDS))
    assert outputs.shape == (3, 5, UNITS)
    for row, word in enumerate(WORDS):
        np.testing.assert_allclose(outputs[row], by_hand(cell, one_hot(word)[0])[0], rtol=1e-12)


def test_three_words_of_different_lengths(cell):
    lengths = [5, 3, 4]
    outputs, state = run(cell, one_hot(*WORDS), lengths)
    for row, (word, length) in enumerate(zip(WORDS, lengths, strict=True)):
        expected, c = by_hand(cell, one_hot(word[:length])[0])
        np.testing.assert_allclose(outputs[row, :length], expected, rtol=1e-12)
        np.testing.assert_allclose(state.c[row], c, rtol=1e-12)
        np.testing.assert_allclose(state.h[row], expected[-1], rtol=1e-12)
        assert not np.any(outputs[row, length:])

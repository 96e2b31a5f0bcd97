"""Lesson: `dynamic_rnn` and what `sequence_length` is for."""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.network.cells import LSTMCell

UNITS = 64
LENGTHS = [10, 6]


@pytest.fixture(scope="module")
def cell():
    cell = LSTMCell(UNITS, dtype=tf.float64, seed=1)
    cell.build(8)
    return cell


@pytest.fixture(scope="module")
def inputs():
    """Two sentences `[2, 10, 8]`, the second of length 6, padded with zeros."""
    inputs = np.random.default_rng(1).normal(size=[2, 10, 8])
    inputs[1, 6:] = 0
    return inputs


def run(cell, inputs, lengths):
    outputs, state = tf.compat.v1.nn.dynamic_rnn(cell, inputs, sequence_length=lengths, dtype=inputs.dtype)
    return outputs.numpy(), state


def test_outputs_past_the_end_are_exactly_zero(cell, inputs):
    outputs, _ = run(cell, inputs, LENGTHS)
    assert outputs.shape == (2, 10, UNITS)
    assert not np.any(outputs[1, 6:])
    assert np.all(outputs[0])
    assert np.all(outputs[1, :6])


def test_the_last_state_is_that_of_the_last_word(cell, inputs):
    outputs, state = run(cell, inputs, LENGTHS)
    np.testing.assert_array_equal(state.h[1], outputs[1, 5])
    np.testing.assert_array_equal(state.h[0], outputs[0, 9])
    _, alone = run(cell, inputs[1:, :6], None)  # the sentence by itself, without padding
    np.testing.assert_allclose(state.h[1:], alone.h, rtol=1e-12)
    np.testing.assert_allclose(state.c[1:], alone.c, rtol=1e-12)


def test_without_lengths_the_network_reads_on_in_the_padding(cell, inputs):
    outputs, state = run(cell, inputs, None)
    with_lengths, right = run(cell, inputs, LENGTHS)
    assert np.all(outputs[1, 6:])
    assert np.abs(state.h[1] - right.h[1]).max() > 0.01
    np.testing.assert_array_equal(outputs[1, :6], with_lengths[1, :6])  # what was read before is the same
    np.testing.assert_array_equal(outputs[0], with_lengths[0])


def test_batches_of_any_size_and_length_run_through_one_graph(cell):
    traces = []

    @tf.function(input_signature=[tf.TensorSpec([None, None, 8], tf.float64), tf.TensorSpec([None], tf.int32)])
    def encode(inputs, lengths):
        traces.append(inputs.shape)
        return tf.compat.v1.nn.dynamic_rnn(cell, inputs, sequence_length=lengths, dtype=tf.float64)

    for batch, longest in [(2, 10), (5, 3), (1, 1), (3, 200)]:
        inputs = np.random.default_rng(longest).normal(size=[batch, longest, 8])
        lengths = np.linspace(longest, 1, batch).astype(np.int32)
        outputs, state = encode(inputs, lengths)
        expected, last = run(cell, inputs, lengths)
        np.testing.assert_allclose(outputs, expected, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(state.h, last.h, rtol=1e-9, atol=1e-12)
    assert len(traces) == 1
    assert encode.experimental_get_tracing_count() == 1

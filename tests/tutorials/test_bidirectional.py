"""Lesson: one network that reads forward, one that reads backward."""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells import GRUCell, LSTMCell

UNITS = 64
LENGTHS = [10, 6, 1]


@pytest.fixture(scope="module", params=[LSTMCell, GRUCell])
def cells(request):
    """A cell for each direction."""
    pair = [request.param(UNITS, dtype=tf.float64, seed=seed) for seed in (1, 2)]
    for cell in pair:
        cell.build(8)
    return pair


@pytest.fixture(scope="module")
def inputs():
    inputs = np.random.default_rng(2).normal(size=[3, 10, 8])
    for row, length in enumerate(LENGTHS):
        inputs[row, length:] = 0
    return inputs


@pytest.fixture(scope="module")
def both(cells, inputs):
    """Outputs and states of both directions."""
    return tf.compat.v1.nn.bidirectional_dynamic_rnn(*cells, inputs, sequence_length=LENGTHS, dtype=tf.float64)


def forward(cell, inputs):
    """Outputs and state of a sentence on its own `[T, D]`, which has no padding and needs no length."""
    outputs, state = tf.compat.v1.nn.dynamic_rnn(cell, inputs[np.newaxis], dtype=tf.float64)
    return outputs[0].numpy(), tf.nest.map_structure(lambda part: part[0].numpy(), state)


def test_outputs_and_states_of_the_directions_are_apart(both):
    outputs, states = both
    assert [output.shape for output in outputs] == [(3, 10, UNITS)] * 2
    assert len(states) == 2
    assert np.all(outputs[0][0] != outputs[1][0])
    assert tf.concat(outputs, axis=-1).shape == (3, 10, 2 * UNITS)


def test_the_forward_direction_is_a_plain_run(cells, inputs, both):
    outputs, states = both
    for row, length in enumerate(LENGTHS):
        expected, state = forward(cells[0], inputs[row, :length])
        np.testing.assert_allclose(outputs[0][row, :length], expected, rtol=1e-9, atol=1e-12)
        for part, last in zip(tf.nest.flatten(states[0]), tf.nest.flatten(state), strict=True):
            np.testing.assert_allclose(part[row], last, rtol=1e-9, atol=1e-12)


def test_the_backward_direction_is_a_forward_run_over_each_reversed_sentence(cells, inputs, both):
    outputs, states = both
    for row, length in enumerate(LENGTHS):
        expected, state = forward(cells[1], inputs[row, :length][::-1])
        np.testing.assert_allclose(outputs[1][row, :length], expected[::-1], rtol=1e-9, atol=1e-12)
        for part, last in zip(tf.nest.flatten(states[1]), tf.nest.flatten(state), strict=True):
            np.testing.assert_allclose(part[row], last, rtol=1e-9, atol=1e-12)


def test_the_backward_state_is_that_of_the_first_word(both):
    outputs, states = both
    last = states[1].h if isinstance(states[1], tuple) else states[1]
    np.testing.assert_array_equal(last, outputs[1][:, 0])


def test_both_directions_are_zero_past_the_end(both):
    for output in both[0]:
        for row, length in enumerate(LENGTHS):
            assert not np.any(output[row, length:])


def test_the_guides_one_cell_for_both_directions_is_an_error(inputs):
    cell = LSTMCell(num_units=64, state_is_tuple=True, dtype=tf.float64)
    with pytest.raises(ConfigError, match="make a new cell for each direction"):
        tf.compat.v1.nn.bidirectional_dynamic_rnn(
            cell_fw=cell, cell_bw=cell, dtype=tf.float64, sequence_length=LENGTHS, inputs=inputs
        )

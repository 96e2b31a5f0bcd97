"""Stacks and residual connections: their sizes and states, and their errors."""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells import GRUCell, LSTMCell, LSTMStateTuple, MultiRNNCell, ResidualWrapper


def test_sizes_and_states_nest_as_the_cells_do():
    stack = MultiRNNCell([LSTMCell(3), ResidualWrapper(GRUCell(3)), LSTMCell(5, num_proj=2)])
    assert stack.state_size == (LSTMStateTuple(3, 3), 3, LSTMStateTuple(5, 2))
    assert stack.output_size == 2
    state = stack.zero_state(4, tf.float64)
    assert tf.nest.map_structure(lambda part: part.shape[1], state) == stack.state_size
    assert {part.dtype for part in tf.nest.flatten(state)} == {tf.float64}


def test_build_hands_each_cell_the_width_of_the_one_before():
    stack = MultiRNNCell([LSTMCell(3), LSTMCell(5, num_proj=2), GRUCell(4)])
    stack.build(7)
    assert [cell.input_size for cell in stack.cells] == [7, 3, 2]


def test_an_empty_stack_is_an_error():
    with pytest.raises(ConfigError, match="at least one cell"):
        MultiRNNCell([])


def test_states_that_are_tuples_cannot_be_joined():
    with pytest.raises(ConfigError, match="state_is_tuple=False"):
        MultiRNNCell([LSTMCell(3)], state_is_tuple=False)


def test_a_residual_connection_needs_equal_widths():
    with pytest.raises(ConfigError, match="inputs of width 4 to outputs of width 3"):
        ResidualWrapper(GRUCell(3)).build(4)


def test_half_of_what_two_made_is_added_each_its_own():
    inputs, state = tf.constant([[1.0, 2.0, 3.0, 4.0]]), tf.zeros([1, 2])
    for half, added in ((0, [[1.0, 2.0]]), (1, [[3.0, 4.0]])):
        cell = ResidualWrapper(GRUCell(2, seed=1), half=half)
        output, new = cell(inputs, state)
        np.testing.assert_allclose(output, new + tf.constant(added))
    with pytest.raises(ConfigError, match="inputs of width 3 to outputs of width 4"):
        ResidualWrapper(GRUCell(2), half=0).build(3)

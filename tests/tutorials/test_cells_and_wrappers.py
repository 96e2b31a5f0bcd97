"""Lesson: any cell, alone or in wrappers, runs under `dynamic_rnn`."""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells import DropoutWrapper, LSTMCell, MultiRNNCell, make_cell, training_mode

UNITS, LAYERS, KEEP = 64, 4, 0.5
INPUTS = np.random.default_rng(0).normal(size=[2, 10, 8]).astype(np.float32)
LENGTHS = [10, 6]
NAMES = [
    "BasicRNNCell",
    "GRUCell",
    "BasicLSTMCell",
    "LSTMCell",
    "CoupledInputForgetGateLSTMCell",
    "TimeFreqLSTMCell",
    "GridLSTMCell",
    "AttentionCellWrapper",
    "LSTMBlockCell",
]


@pytest.mark.parametrize("name", NAMES)
def test_each_cell_goes_by_the_name_it_had_in_tensorflow(name):
    cell = make_cell(name, UNITS, seed=1)
    cell.build(8)
    run = tf.function(
        lambda inputs: tf.compat.v1.nn.dynamic_rnn(cell, inputs, sequence_length=LENGTHS, dtype=tf.float32)
    )
    outputs, state = run(INPUTS)
    assert outputs.shape == (2, 10, cell.output_size)
    assert not np.any(outputs[1, 6:])
    assert np.any(outputs[1, 5])
    assert all(part.shape[0] == 2 for part in tf.nest.flatten(state))


class Stack(tf.Module):
    """Four LSTMs, each with dropout on its output."""

    def __init__(self):
        super().__init__()
        cells = [LSTMCell(UNITS, seed=layer) for layer in range(LAYERS)]
        self.cell = MultiRNNCell(
            [DropoutWrapper(cell, output_keep_prob=KEEP, seed=seed) for seed, cell in enumerate(cells)]
        )
        self.cell.build(8)

    @tf.function
    def __call__(self, training):
        with training_mode(self, training):
            return tf.compat.v1.nn.dynamic_rnn(
                self.cell, INPUTS, sequence_length=LENGTHS, dtype=tf.float32, parallel_iterations=1
            )


def test_a_stack_of_wrapped_cells_is_a_cell():
    stack = Stack()
    outputs, state = stack(False)
    assert outputs.shape == (2, 10, UNITS)
    assert len(state) == LAYERS
    np.testing.assert_array_equal(state[-1].h[1], outputs[1, 5])
    kernels = [variable for variable in stack.trainable_variables if len(variable.shape) == 2]
    assert [kernel.shape for kernel in kernels] == [(8 + UNITS, 4 * UNITS)] + [(2 * UNITS, 4 * UNITS)] * (LAYERS - 1)


def test_the_guides_stack_of_one_cell_four_times_is_an_error():
    """Its layers would share one cell's weights, and the guide's first layer reads another width anyhow."""
    cell = LSTMCell(num_units=64, state_is_tuple=True)
    cell = DropoutWrapper(cell=cell, output_keep_prob=0.5)
    with pytest.raises(ConfigError, match=r"would share its weights; make a new cell for each layer"):
        MultiRNNCell(cells=[cell] * 4, state_is_tuple=True)


def test_a_wrapped_cell_drops_as_in_the_guide():
    """`output_keep_prob=0.5` drops half of the outputs and doubles the rest, without any mode."""
    cell = DropoutWrapper(LSTMCell(UNITS, seed=1), output_keep_prob=KEEP, seed=1)
    outputs, _ = tf.compat.v1.nn.dynamic_rnn(cell, INPUTS, sequence_length=LENGTHS, dtype=tf.float32)
    whole, _ = tf.compat.v1.nn.dynamic_rnn(cell.cell, INPUTS, sequence_length=LENGTHS, dtype=tf.float32)
    kept = outputs.numpy() != 0
    np.testing.assert_allclose(outputs.numpy()[kept], whole.numpy()[kept] / KEEP, rtol=1e-5)
    assert np.mean(kept[0]) == pytest.approx(KEEP, abs=4 * 0.5 / np.sqrt(kept[0].size))


def test_dropout_is_for_training_alone():
    stack = Stack()
    np.testing.assert_array_equal(stack(False)[0], stack(False)[0])
    trained, _ = stack(True)
    real = np.concatenate([trained[0], trained[1, :6]])
    assert np.mean(real == 0) == pytest.approx(1 - KEEP, abs=0.08)

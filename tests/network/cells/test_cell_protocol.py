"""Rules for every cell under TensorFlow's `dynamic_rnn`: sizes, variables, data types, checkpoints."""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells import CELLS, DropoutWrapper, GRUCell, LSTMCell, MultiRNNCell, make_cell, training_mode

INPUTS = np.random.default_rng(3).normal(size=[3, 5, 8])
LENGTHS = [5, 3, 1]
PLAIN = [name for name in CELLS if name != "lstm_block"]  # its kernel is for float32 and float16


def stack(name, dtype=tf.float32, seed=1):
    return MultiRNNCell([DropoutWrapper(make_cell(name, 4, dtype=dtype, seed=seed), 0.5, 0.5, 0.5, seed=seed)])


class Both(tf.Module):
    """A forward and a backward stack, as in the encoder."""

    def __init__(self, name, dtype=tf.float32):
        super().__init__()
        self.forward, self.backward = stack(name, dtype, seed=1), stack(name, dtype, seed=100)
        for cells in (self.forward, self.backward):
            cells.build(INPUTS.shape[-1])

    @tf.function(autograph=False)
    def __call__(self, inputs, lengths, training):
        with training_mode(self, training, tf.shape(inputs)[0]):
            return tf.compat.v1.nn.bidirectional_dynamic_rnn(
                self.forward, self.backward, inputs, sequence_length=lengths, dtype=inputs.dtype, parallel_iterations=1
            )


@pytest.mark.parametrize("name", CELLS)
def test_every_cell_trains_in_two_directions(name):
    module = Both(name)
    with tf.GradientTape() as tape:
        outputs, states = module(tf.constant(INPUTS, tf.float32), LENGTHS, True)
        loss = sum(tf.reduce_sum(part**2) for part in [*outputs, *tf.nest.flatten(states)])
    gradients = tape.gradient(loss, module.trainable_variables)

    assert outputs[0].shape == [3, 5, module.forward.output_size]
    for variable, gradient in zip(module.trainable_variables, gradients, strict=True):
        assert np.abs(tf.convert_to_tensor(gradient)).max() > 0, variable.name
    for output in outputs:
        assert not np.any(output[1, 3:])
        assert not np.any(output[2, 1:])


@pytest.mark.parametrize("name", PLAIN)
def test_every_cell_gives_the_same_in_another_precision(name, cell_tools):
    expected, _ = cell_tools.run(stack(name), INPUTS.astype(np.float32), LENGTHS)
    for dtype, tolerance in ((tf.float64, 1e-5), (tf.bfloat16, 0.1)):
        outputs, state = cell_tools.run(stack(name, dtype), tf.cast(INPUTS, dtype), LENGTHS)

        assert {part.dtype for part in [outputs, *tf.nest.flatten(state)]} == {dtype}
        np.testing.assert_allclose(tf.cast(outputs, tf.float32), expected, atol=tolerance, err_msg=dtype.name)


def test_the_backward_direction_is_a_forward_run_over_the_reversed_sentence(cell_tools):
    module = Both("lstm")
    inputs = tf.constant(INPUTS, tf.float32)
    outputs, _ = module(inputs, LENGTHS, False)
    reversed_run, _ = cell_tools.run(module.backward, tf.reverse_sequence(inputs, LENGTHS, seq_axis=1), LENGTHS)
    np.testing.assert_allclose(outputs[1], tf.reverse_sequence(reversed_run, LENGTHS, seq_axis=1), atol=1e-6)


@pytest.mark.parametrize("name", CELLS)
def test_a_seed_makes_equal_cells_and_each_has_variables_of_its_own(name):
    first, second, third = stack(name), stack(name), stack(name, seed=50)
    for cell in (first, second, third):
        cell.build(8)
    for one, two in zip(first.variables, second.variables, strict=True):
        assert one is not two
        np.testing.assert_array_equal(one, two)
    kernels = zip(first.variables, third.variables, strict=True)
    assert any(np.any(one.numpy() != two.numpy()) for one, two in kernels)


@pytest.mark.parametrize("name", CELLS)
def test_a_checkpoint_brings_back_a_cell(name, tmp_path, cell_tools):
    first, second = stack(name), stack(name)
    for cell in (first, second):
        cell.build(8)
    cell_tools.randomize(first, seed=8)
    path = tf.train.Checkpoint(first).save(tmp_path / "model")
    tf.train.Checkpoint(second).restore(path).assert_consumed()
    for one, two in zip(first.variables, second.variables, strict=True):
        np.testing.assert_array_equal(one, two)


def test_variables_are_made_at_the_first_call_even_inside_a_traced_loop():
    lazy, eager = stack("lstm"), stack("lstm")
    eager.build(8)

    def outputs(cell):
        run = tf.function(lambda inputs: tf.compat.v1.nn.dynamic_rnn(cell, inputs, dtype=tf.float32)[0])
        return run(tf.constant(INPUTS, tf.float32))

    np.testing.assert_array_equal(outputs(lazy), outputs(eager))
    assert len(lazy.trainable_variables) == 2


def test_building_again_changes_nothing_and_another_width_is_an_error():
    cell = GRUCell(3, seed=1)
    cell.build(4)
    kernel = cell.gate_kernel
    cell.build(4)
    assert cell.gate_kernel is kernel
    with pytest.raises(ConfigError, match="GRUCell was built for inputs of width 4 and now gets 5"):
        cell(tf.zeros([1, 5]), tf.zeros([1, 3]))


def test_first_values_are_those_of_tensorflow():
    cell = GRUCell(300, seed=1)
    cell.build(100)
    limit = np.sqrt(6 / (400 + 600))  # Glorot & Bengio (2010) over the whole kernel
    kernel = cell.gate_kernel.numpy()
    assert limit * 0.99 < np.abs(kernel).max() <= limit
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.01)
    assert set(cell.gate_bias.numpy()) == {1}
    assert set(cell.candidate_bias.numpy()) == {0}


def test_an_initializer_of_ones_own_or_of_tensorflow_sets_the_kernels():
    cell = LSTMCell(2, use_peepholes=True, initializer=tf.compat.v1.constant_initializer(0.25))
    cell.build(3)
    assert {float(value) for variable in (cell.kernel, cell.w_f_diag) for value in np.unique(variable)} == {0.25}
    assert not np.any(cell.bias)


def test_an_unknown_activation_is_an_error():
    with pytest.raises(ConfigError, match="unknown activation 'thanh'"):
        GRUCell(3, "thanh")

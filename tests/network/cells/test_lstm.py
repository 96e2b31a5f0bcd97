"""Variants of the LSTM: gradients by finite differences, coupled gates, and the fused kernel against the plain cell."""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells import BasicRNNCell, CoupledInputForgetGateLSTMCell, LSTMBlockCell, LSTMCell


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_gradients(cell_tools):
    cell_tools.check_gradient(BasicRNNCell(4, dtype="float64"))
    cell_tools.check_gradient(LSTMCell(4, use_peepholes=True, num_proj=2, dtype="float64"))
    cell_tools.check_gradient(CoupledInputForgetGateLSTMCell(4, use_peepholes=True, num_proj=2, dtype="float64"))


def test_coupled_gates_follow_greff_et_al(cell_tools):
    """c = f * c + (1 - f) * z with peepholes on f and o (LSTM: A Search Space Odyssey, section 2 and variant CIFG)."""
    cell = CoupledInputForgetGateLSTMCell(4, use_peepholes=True, forget_bias=0.5, dtype="float64")
    cell.build(3)
    cell_tools.randomize(cell)
    inputs = np.random.default_rng(0).normal(size=[2, 5, 3])
    kernel, bias = (np.split(variable.numpy(), 3, axis=-1) for variable in (cell.kernel, cell.bias))
    c = h = np.zeros([2, 4])
    expected = []
    for x in inputs.swapaxes(0, 1):
        z, f, o = (np.concatenate([x, h], 1) @ part + b for part, b in zip(kernel, bias, strict=True))
        f = sigmoid(f + cell.w_f_diag.numpy() * c + 0.5)
        c = f * c + (1 - f) * np.tanh(z)
        h = sigmoid(o + cell.w_o_diag.numpy() * c) * np.tanh(c)
        expected.append(h)

    outputs, last = cell_tools.run(cell, inputs)
    np.testing.assert_allclose(outputs, np.stack(expected, 1), atol=1e-12)
    np.testing.assert_allclose(last.c, c, atol=1e-12)


def test_coupled_gates_are_an_lstm_whose_input_gate_is_one_minus_the_forget_gate(cell_tools):
    """1 - sigmoid(f) = sigmoid(-f): an LSTM with the negated forget gate as its input gate gives the same numbers."""
    coupled = CoupledInputForgetGateLSTMCell(4, forget_bias=0.0, dtype="float64")
    plain = LSTMCell(4, forget_bias=0.0, dtype="float64")
    for cell in (coupled, plain):
        cell.build(3)
    cell_tools.randomize(coupled)
    for name in ("kernel", "bias"):
        j, f, o = np.split(getattr(coupled, name).numpy(), 3, axis=-1)
        getattr(plain, name).assign(np.concatenate([-f, j, f, o], axis=-1))
    inputs = np.random.default_rng(1).normal(size=[2, 6, 3])
    np.testing.assert_allclose(cell_tools.run(coupled, inputs)[0], cell_tools.run(plain, inputs)[0], atol=1e-12)


@pytest.mark.parametrize("peepholes", [False, True])
@pytest.mark.parametrize("clip", [None, 0.2])
def test_fused_kernel_gives_the_numbers_and_gradients_of_the_plain_cell(peepholes, clip):
    fused = LSTMBlockCell(5, forget_bias=0.7, cell_clip=clip, use_peephole=peepholes, seed=1)
    plain = LSTMCell(5, forget_bias=0.7, cell_clip=clip, use_peepholes=peepholes, seed=1)
    for cell in (fused, plain):
        cell.build(4)
    inputs = tf.constant(np.random.default_rng(2).normal(size=[3, 6, 4]), tf.float32)

    @tf.function(autograph=False)
    def run(cell):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs, state = tf.compat.v1.nn.dynamic_rnn(cell, inputs, sequence_length=[6, 2, 4], dtype=tf.float32)
            loss = tf.reduce_sum(tf.sin(3 * outputs)) + tf.reduce_sum(state.c * state.h)
        return outputs, state, tape.gradient(loss, [inputs, *cell.trainable_variables])

    for got, wanted in zip(tf.nest.flatten(run(fused)), tf.nest.flatten(run(plain)), strict=True):
        np.testing.assert_allclose(got, wanted, atol=2e-6)


def test_fused_kernel_clips_the_memory(cell_tools):
    inputs = np.random.default_rng(2).normal(size=[3, 6, 4]).astype(np.float32)
    _, state = cell_tools.run(LSTMBlockCell(5, cell_clip=0.1, seed=1), inputs)
    assert np.abs(state.c).max() == pytest.approx(0.1)


def test_fused_kernel_says_which_types_it_has():
    with pytest.raises(ConfigError, match="no kernel for float64; use LSTMCell"):
        LSTMBlockCell(3, dtype=tf.float64)

"""Cells with layer normalization against the equations of Ba et al. (2016), and recurrent dropout by counting."""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.network.cells import BasicLSTMCell, LayerNormBasicLSTMCell, LayerNormGRUCell, training_mode
from tagger.network.cells.layer_norm import normalize

INPUTS = np.random.default_rng(0).normal(size=[2, 5, 3])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def norm(x, gamma, beta):
    return gamma * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5) + beta


def test_scale_one_and_shift_zero_normalise():
    values = normalize(tf.constant(INPUTS * 5 + 3), tf.ones([3], "float64"), tf.zeros([3], "float64"), 0.0).numpy()
    np.testing.assert_allclose(values.mean(-1), 0, atol=1e-12)
    np.testing.assert_allclose(values.var(-1), 1, atol=1e-12)


@pytest.mark.parametrize("carry_normalized", [False, True])
def test_lstm_normalises_its_gates_and_its_memory(carry_normalized, cell_tools):
    cell = LayerNormBasicLSTMCell(4, 0.5, carry_normalized=carry_normalized, dtype="float64")
    cell.build(3)
    cell_tools.randomize(cell)
    gammas, betas = cell.gate_gamma.numpy(), cell.gate_beta.numpy()
    c = h = np.zeros([2, 4])
    expected = []
    for x in INPUTS.swapaxes(0, 1):
        gates = np.split(np.concatenate([x, h], 1) @ cell.kernel.numpy(), 4, axis=1)
        i, j, f, o = (norm(gate, gamma, beta) for gate, gamma, beta in zip(gates, gammas, betas, strict=True))
        c = sigmoid(f + 0.5) * c + sigmoid(i) * np.tanh(j)
        shown = norm(c, cell.state_gamma.numpy(), cell.state_beta.numpy())
        h = sigmoid(o) * np.tanh(shown)
        c = shown if carry_normalized else c
        expected.append(h)

    outputs, state = cell_tools.run(cell, INPUTS)
    np.testing.assert_allclose(outputs, np.stack(expected, 1), atol=1e-10)
    np.testing.assert_allclose(state.c, c, atol=1e-10)


def test_lstm_without_normalisation_is_a_basic_lstm(cell_tools):
    cell, plain = LayerNormBasicLSTMCell(4, layer_norm=False, seed=1), BasicLSTMCell(4, seed=1)
    inputs = INPUTS.astype(np.float32)
    np.testing.assert_allclose(cell_tools.run(cell, inputs)[0], cell_tools.run(plain, inputs)[0], atol=1e-6)


def test_gru_follows_its_equations(cell_tools):
    """The paper's GRU (supplementary material), with u = 1 - z."""
    cell = LayerNormGRUCell(4, dtype="float64")
    cell.build(3)
    cell_tools.randomize(cell)
    read = {
        key: getattr(cell, key).numpy()
        for key in vars(cell)
        if key.startswith(("input_", "state_")) and "size" not in key
    }

    def normed(values, side, part):
        return norm(values @ read[f"{side}_kernel"][:, part], read[f"{side}_gamma"][part], read[f"{side}_beta"][part])

    gates, new = slice(0, 8), slice(8, 12)
    h, expected = np.zeros([2, 4]), []
    for x in INPUTS.swapaxes(0, 1):
        r, u = np.split(sigmoid(normed(x, "input", gates) + normed(h, "state", gates)), 2, axis=1)
        z, candidate = 1 - u, np.tanh(normed(x, "input", new) + r * normed(h, "state", new))
        h = (1 - z) * h + z * candidate
        expected.append(h)

    np.testing.assert_allclose(cell_tools.run(cell, INPUTS)[0], np.stack(expected, 1), atol=1e-10)


def test_gradients(cell_tools):
    cell_tools.check_gradient(LayerNormBasicLSTMCell(4, dtype="float64"))
    cell_tools.check_gradient(LayerNormGRUCell(4, dtype="float64"))


def run_without_mode(cell, steps):
    """Outputs of a program that never mentions `training_mode`."""
    return tf.compat.v1.nn.dynamic_rnn(cell, tf.zeros([4, steps, 1]), dtype=tf.float32)[0]


def test_recurrent_dropout_drops_new_input_and_never_the_memory():
    """Semeniuta et al. (2016), equation 9: with all gates open c grows by drop(g) = 0 or g / keep at every step."""
    units, steps = 200, 30
    cell = LayerNormBasicLSTMCell(units, layer_norm=False, dropout_keep_prob=0.8, activation="linear", seed=1)
    cell.build(1)
    cell.kernel.assign(tf.zeros_like(cell.kernel))
    cell.bias.assign(np.repeat([50.0, 1.0, 50.0, 50.0], units))  # i, f, o open; the new input is 1

    @tf.function(autograph=False)
    def run(training):
        with training_mode(cell, training):
            inputs = tf.zeros([4, steps, 1])
            return tf.compat.v1.nn.dynamic_rnn(cell, inputs, dtype=tf.float32, parallel_iterations=1)[0]

    np.testing.assert_allclose(np.diff(run(False), axis=1), 1, atol=1e-4)
    assert set(np.round(np.unique(np.diff(run_without_mode(cell, steps), axis=1)), 3)) == {0, 1.25}
    grown = np.diff(run(True), axis=1)
    assert set(np.round(np.unique(grown), 3)) == {0, 1.25}
    assert np.mean(grown > 1) == pytest.approx(0.8, abs=0.011)  # four standard deviations of 23,200 draws

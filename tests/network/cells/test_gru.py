"""The GRU with its reset gate after the matrix product, against the equations of cuDNN and against Keras."""

import numpy as np

from tagger.network.cells import GRUCell


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_reset_after_follows_its_equations(cell_tools):
    cell = GRUCell(4, reset_after=True, dtype="float64")
    cell.build(3)
    cell_tools.randomize(cell)
    inputs = np.random.default_rng(0).normal(size=[2, 5, 3])
    gates, candidate = cell.gate_kernel.numpy(), cell.candidate_kernel.numpy()
    state, expected = np.zeros([2, 4]), []
    for x in inputs.swapaxes(0, 1):
        r = sigmoid(x @ gates[:3, :4] + state @ gates[3:, :4] + cell.gate_bias.numpy()[:4])
        u = sigmoid(x @ gates[:3, 4:] + state @ gates[3:, 4:] + cell.gate_bias.numpy()[4:])
        recurrent = state @ candidate[3:] + cell.recurrent_bias.numpy()
        new = np.tanh(x @ candidate[:3] + cell.candidate_bias.numpy() + r * recurrent)
        state = u * state + (1 - u) * new
        expected.append(state)

    outputs, last = cell_tools.run(cell, inputs)
    np.testing.assert_allclose(outputs, np.stack(expected, 1), atol=1e-12)
    np.testing.assert_allclose(last, state, atol=1e-12)


def test_reset_after_is_keras_gru(cell_tools):
    """Keras has the gates in the order u, r, candidate, and separate biases for inputs and state."""
    import keras

    layer = keras.layers.GRU(4, reset_after=True, return_sequences=True, dtype="float64")
    inputs = np.random.default_rng(1).normal(size=[2, 5, 3])
    layer.build(inputs.shape)
    kernel, recurrent, biases = (np.random.default_rng(2).normal(size=weight.shape) for weight in layer.weights)
    layer.set_weights([kernel, recurrent, biases])
    cell = GRUCell(4, reset_after=True, dtype="float64")
    cell.build(3)
    both = np.concatenate([kernel, recurrent])
    cell.gate_kernel.assign(np.concatenate([both[:, 4:8], both[:, :4]], axis=1))
    cell.gate_bias.assign(np.concatenate([biases.sum(0)[4:8], biases.sum(0)[:4]]))
    cell.candidate_kernel.assign(both[:, 8:])
    cell.candidate_bias.assign(biases[0, 8:])
    cell.recurrent_bias.assign(biases[1, 8:])

    np.testing.assert_allclose(cell_tools.run(cell, inputs)[0], layer(inputs), atol=1e-6)


def test_gradients(cell_tools):
    for reset_after in (False, True):
        cell_tools.check_gradient(GRUCell(4, reset_after=reset_after, dtype="float64"))

"""The tutorial's own cell against its equations, and with one transformation against the GRU."""

import numpy as np

from tagger.network.cells import GRUCell, WeightedGRUCell


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_follows_the_tutorials_equations(cell_tools):
    cell = WeightedGRUCell(4, num_weights=3, dtype="float64")
    cell.build(2)
    cell_tools.randomize(cell)
    inputs = np.random.default_rng(0).normal(size=[2, 5, 2])
    h, expected = np.zeros([2, 4]), []
    for x in inputs.swapaxes(0, 1):
        both = np.concatenate([x, h], 1)
        r, u = np.split(sigmoid(both @ cell.gate_kernel.numpy() + cell.gate_bias.numpy()), 2, axis=1)
        scores = np.exp(both @ cell.average_kernel.numpy() + cell.average_bias.numpy())
        weights = scores / scores.sum(1, keepdims=True)
        average = sum(weights[:, [n]] * (x @ cell.input_kernels.numpy()[n]) for n in range(3))
        candidate = np.tanh(average + (r * h) @ cell.recurrent_kernel.numpy() + cell.candidate_bias.numpy())
        h = u * h + (1 - u) * candidate
        expected.append(h)

    np.testing.assert_allclose(cell_tools.run(cell, inputs)[0], np.stack(expected, 1), atol=1e-12)


def test_one_transformation_is_a_gru(cell_tools):
    weighted, plain = WeightedGRUCell(4, num_weights=1, dtype="float64"), GRUCell(4, dtype="float64")
    for cell in (weighted, plain):
        cell.build(3)
    cell_tools.randomize(plain)
    weighted.gate_kernel.assign(plain.gate_kernel)
    weighted.gate_bias.assign(plain.gate_bias)
    weighted.input_kernels.assign(plain.candidate_kernel[None, :3])
    weighted.recurrent_kernel.assign(plain.candidate_kernel[3:])
    weighted.candidate_bias.assign(plain.candidate_bias)
    inputs = np.random.default_rng(1).normal(size=[2, 6, 3])
    np.testing.assert_allclose(cell_tools.run(weighted, inputs)[0], cell_tools.run(plain, inputs)[0], atol=1e-12)


def test_gradient(cell_tools):
    cell_tools.check_gradient(WeightedGRUCell(4, num_weights=3, dtype="float64"))

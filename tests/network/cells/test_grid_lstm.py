"""The Grid LSTM against the equations of Kalchbrenner et al. (2016), and its special cases against simpler cells."""

import numpy as np
import pytest

from tagger.errors import ConfigError
from tagger.network.cells import Grid2LSTMCell, GridLSTMCell, LSTMCell

INPUTS = np.random.default_rng(0).normal(size=[2, 5, 3])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(seen, c, cell):
    """Equations 1 of the paper with our forget bias of 1: new hidden and memory vector; `seen` is the paper's H."""
    i, j, f, o = np.split(seen @ cell.kernel.numpy() + cell.bias.numpy(), 4, axis=1)
    c = sigmoid(f + 1) * c + sigmoid(i) * np.tanh(j)
    return sigmoid(o) * np.tanh(c), c


def built(cell, cell_tools):
    cell.build(3)
    return cell_tools.randomize(cell)


def test_three_dimensions_at_once(cell_tools):
    """Section 3.1: all sides read the same hidden vectors; in our kernels the rows of a side's own vector are last."""
    cell = built(GridLSTMCell(4, 3, dtype="float64"), cell_tools)
    h, m = np.zeros([3, 2, 4]), np.zeros([3, 2, 4])
    expected = []
    for x in INPUTS.swapaxes(0, 1):
        h[0], m[0] = x @ cell.project_m.numpy(), x @ cell.project_c.numpy()  # the input comes in along depth
        orders = ([1, 2, 0], [0, 2, 1], [0, 1, 2])
        new = [lstm(np.concatenate(h[order], 1), m[order[-1]], cell.cells[order[-1]]) for order in orders]
        h, m = (np.stack(parts) for parts in zip(*new, strict=True))
        expected.append(h[0].copy())

    outputs, state = cell_tools.run(cell, INPUTS)
    np.testing.assert_allclose(outputs, np.stack(expected, 1), atol=1e-12)
    np.testing.assert_allclose([(part.c, part.h) for part in state], np.stack([m, h], 1)[1:], atol=1e-12)


@pytest.mark.parametrize("tied", [False, True])
def test_two_dimensions_with_priority_for_depth(tied, cell_tools):
    """Section 3.2: time first, then depth, which reads time's new hidden vector."""
    cell = built(Grid2LSTMCell(4, tied=tied, dtype="float64"), cell_tools)
    h = m = np.zeros([2, 4])
    expected = []
    for x in INPUTS.swapaxes(0, 1):
        depth, memory = x @ cell.project_m.numpy(), x @ cell.project_c.numpy()
        h, m = lstm(np.concatenate([depth, h], 1), m, cell.cells[1])
        expected.append(lstm(np.concatenate([h, depth], 1), memory, cell.cells[0])[0])

    np.testing.assert_allclose(cell_tools.run(cell, INPUTS)[0], np.stack(expected, 1), atol=1e-12)
    assert len(cell.trainable_variables) == (4 if tied else 6)


def test_depth_without_memory_is_a_plain_layer(cell_tools):
    """Section 3.3: h' = alpha(V H) along depth."""
    cell = built(Grid2LSTMCell(4, non_recurrent_fn="relu", dtype="float64"), cell_tools)
    h = m = np.zeros([2, 4])
    expected = []
    for x in INPUTS.swapaxes(0, 1):
        depth = x @ cell.project_m.numpy()
        h, m = lstm(np.concatenate([depth, h], 1), m, cell.cells[1])
        seen = np.concatenate([h, depth], 1)
        expected.append(np.maximum(0, seen @ cell.cells[0].kernel.numpy() + cell.cells[0].bias.numpy()))

    np.testing.assert_allclose(cell_tools.run(cell, INPUTS)[0], np.stack(expected, 1), atol=1e-12)
    assert not hasattr(cell, "project_c")


def test_one_dimension_is_an_lstm(cell_tools):
    grid, plain = (
        built(GridLSTMCell(4, 1, dtype="float64"), cell_tools),
        built(LSTMCell(4, dtype="float64"), cell_tools),
    )
    (outputs, state), (expected, last) = cell_tools.run(grid, INPUTS), cell_tools.run(plain, INPUTS)
    np.testing.assert_array_equal(outputs, expected)
    np.testing.assert_array_equal(state[0].c, last.c)


def test_gradients(cell_tools):
    cell_tools.check_gradient(GridLSTMCell(3, 3, use_peepholes=True, dtype="float64"))
    cell_tools.check_gradient(Grid2LSTMCell(3, non_recurrent_fn="tanh", dtype="float64"))


def test_a_priority_without_its_dimension_is_an_error():
    with pytest.raises(ConfigError, match=r"2 dimensions cannot have priority_dims \[2\]"):
        GridLSTMCell(4, 2, priority_dims=[2])

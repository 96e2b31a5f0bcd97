"""The time-frequency LSTM against its equations, and with one block against an LSTM."""

import numpy as np
import pytest

from tagger.errors import ConfigError
from tagger.network.cells import LSTMCell, TimeFreqLSTMCell


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_follows_li_et_al(cell_tools):
    """Block k reads its features, the output of block k - 1 at this step, and its own output at the last step."""
    cell = TimeFreqLSTMCell(3, feature_size=4, frequency_skip=2, use_peepholes=True, forget_bias=0.5, dtype="float64")
    cell.build(9)  # blocks 0-3, 2-5, 4-7, 6-9: the last one reads one zero of padding
    cell_tools.randomize(cell)
    inputs = np.random.default_rng(0).normal(size=[2, 5, 9])
    padded = np.concatenate([inputs, np.zeros([2, 5, 1])], axis=2)
    kernel, bias = cell.cell.kernel.numpy(), cell.cell.bias.numpy()
    w_i, w_f, w_o = (getattr(cell.cell, f"w_{gate}_diag").numpy() for gate in "ifo")
    memory, hidden = np.zeros([4, 2, 3]), np.zeros([4, 2, 3])
    expected = []
    for step in range(5):
        below = np.zeros([2, 3])
        for block in range(4):
            features = padded[:, step, 2 * block : 2 * block + 4]
            i, j, f, o = np.split(np.concatenate([features, below, hidden[block]], 1) @ kernel + bias, 4, axis=1)
            old = memory[block]
            memory[block] = sigmoid(f + 0.5 + w_f * old) * old + sigmoid(i + w_i * old) * np.tanh(j)
            below = hidden[block] = sigmoid(o + w_o * memory[block]) * np.tanh(memory[block])
        expected.append(np.concatenate(list(hidden), axis=1))

    outputs, state = cell_tools.run(cell, inputs)
    np.testing.assert_allclose(outputs, np.stack(expected, 1), atol=1e-12)
    np.testing.assert_allclose([part.c for part in state], memory, atol=1e-12)


def test_one_block_is_an_lstm(cell_tools):
    """The output of the missing block below is always zero, so that part of the kernel has no effect."""
    cell, plain = TimeFreqLSTMCell(3, feature_size=5, dtype="float64", seed=1), LSTMCell(3, dtype="float64")
    cell.build(5)
    plain.build(5)
    plain.kernel.assign(np.delete(cell.cell.kernel.numpy(), [5, 6, 7], axis=0))
    inputs = np.random.default_rng(1).normal(size=[2, 4, 5])
    np.testing.assert_allclose(cell_tools.run(cell, inputs)[0], cell_tools.run(plain, inputs)[0], atol=1e-12)


@pytest.mark.parametrize(("width", "blocks"), [(8, 4), (10, 4), (3, 3), (1, 1)])
def test_without_a_size_the_input_is_cut_into_four(width, blocks):
    cell = TimeFreqLSTMCell(2)
    cell.build(width)
    assert cell.blocks == blocks
    assert cell.output_size == 2 * blocks


def test_gradient(cell_tools):
    cell_tools.check_gradient(
        TimeFreqLSTMCell(2, feature_size=2, frequency_skip=1, use_peepholes=True, dtype="float64")
    )


def test_sizes_are_unknown_before_the_input_is():
    with pytest.raises(ConfigError, match="call build"):
        _ = TimeFreqLSTMCell(2).output_size

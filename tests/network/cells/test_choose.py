"""Cells by name, by entry point and by import path."""

import sys

import numpy as np
import pytest

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells import (
    CELLS,
    AttentionCellWrapper,
    CoupledInputForgetGateLSTMCell,
    DropoutWrapper,
    GRUCell,
    LayerNormBasicLSTMCell,
    LSTMCell,
    MultiRNNCell,
    ResidualWrapper,
    make_cell,
)

# A cell of one's own, as the documentation shows it: TensorFlow's protocol and nothing of this package.
OWN_CELL = '''
import tensorflow as tf


class MyCell(tf.Module):
    """h = tanh(x + w * h), on inputs as wide as the cell."""

    def __init__(self, units):
        super().__init__()
        self.state_size = self.output_size = units
        self.w = tf.Variable(tf.fill([units], 0.5))

    def zero_state(self, batch_size, dtype):
        return tf.zeros([batch_size, self.state_size], dtype)

    def __call__(self, inputs, state, scope=None):
        output = tf.tanh(inputs + self.w * state)
        return output, output
'''


@pytest.fixture
def own_module(tmp_path, monkeypatch):
    (tmp_path / "my_cells.py").write_text(OWN_CELL)
    package = tmp_path / "my_cells-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: my-cells\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[tagger.cells]\nmine = my_cells:MyCell\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("my_cells", None)


@pytest.mark.parametrize("name", ["lstm", "LSTM", "LSTMCell", "lstm_cell"])
def test_a_name_may_be_written_as_the_class_or_in_lower_case(name):
    assert type(make_cell(name, 3)) is LSTMCell


def test_each_class_goes_by_its_own_name_too():
    assert type(make_cell("CoupledInputForgetGateLSTMCell", 3)) is CoupledInputForgetGateLSTMCell
    assert type(make_cell("LayerNormBasicLSTMCell", 3)) is LayerNormBasicLSTMCell
    assert type(make_cell("AttentionCellWrapper", 3, cell="gru").cell) is GRUCell


@pytest.mark.parametrize("name", CELLS)
def test_every_name_makes_a_cell_of_the_units_asked_for(name):
    cell = make_cell(name, 6, seed=1)
    cell.build(12)
    assert cell.output_size == (24 if name == "time_freq_lstm" else 6)


def test_options_reach_the_cell():
    cell = make_cell("gru", 3, reset_after=True, activation="relu", dtype=tf.float64)
    assert cell.reset_after
    assert cell.dtype == tf.float64
    assert isinstance(make_cell("attention", 3, attn_length=7), AttentionCellWrapper)


def test_an_unknown_name_is_an_error_that_names_the_nearest():
    with pytest.raises(ConfigError, match=r"unknown cell 'lsmt'.*did you mean 'lstm'"):
        make_cell("lsmt", 3)


def test_an_unknown_option_is_an_error_that_names_the_nearest():
    with pytest.raises(ConfigError, match=r"cell 'lstm' has no option 'use_peephole'.*'use_peepholes'"):
        make_cell("lstm", 3, use_peephole=True)


@pytest.mark.parametrize("path", ["my_cells:MyCell", "mine"])
def test_a_cell_from_outside_runs_in_every_wrapper(own_module, path, cell_tools):
    cells = [make_cell(path, 4, seed=1) for _ in range(2)]
    stack = MultiRNNCell([DropoutWrapper(cells[0], 0.5), ResidualWrapper(cells[1])])
    stack.build(4)
    outputs, _ = cell_tools.run(stack, np.ones([1, 1, 4], np.float32))
    first = np.tanh(1)
    np.testing.assert_allclose(outputs, np.full([1, 1, 4], first + np.tanh(first)), atol=1e-6)
    assert len(stack.trainable_variables) == 2


@pytest.mark.parametrize("path", ["no_such_package:Cell", "my_cells:NoSuchCell"])
def test_a_path_that_leads_nowhere_is_an_error(own_module, path):
    with pytest.raises(ConfigError, match=f"cannot import the cell '{path}'"):
        make_cell(path, 3)

"""Which cells count as plain LSTMs."""

import pytest

from tagger.network.cells import BasicLSTMCell, GRUCell, LSTMBlockCell, LSTMCell
from tagger.network.plain_lstm import is_plain_lstm


class Subclass(LSTMCell):
    """A cell whose step could be another."""


@pytest.mark.parametrize("cell", [LSTMCell(3), BasicLSTMCell(3), LSTMCell(3, forget_bias=0.5)])
def test_an_lstm_with_tanh_and_without_extras_is_plain(cell):
    assert is_plain_lstm(cell)


@pytest.mark.parametrize(
    "cell",
    [
        LSTMCell(3, use_peepholes=True),
        LSTMCell(3, cell_clip=1.0),
        LSTMCell(3, num_proj=2),
        LSTMCell(3, state_is_tuple=False),
        LSTMCell(3, activation="relu"),
        Subclass(3),
        LSTMBlockCell(3),
        GRUCell(3),
    ],
)
def test_any_other_cell_is_not(cell):
    assert not is_plain_lstm(cell)

"""Which cells are plain LSTMs: those that the fused recurrence and cuDNN compute."""

from typing import TypeGuard

from tagger.backend import tf
from tagger.network.cells import BasicLSTMCell, Cell, LSTMCell


def is_plain_lstm(cell: Cell) -> TypeGuard[LSTMCell]:
    """Whether a cell is a plain LSTM.

    A plain LSTM has tanh, and no peepholes, clipping, projection or joined state. A subclass does not count,
    because its step may be another.
    """
    if type(cell) is not LSTMCell and type(cell) is not BasicLSTMCell:
        return False
    has_extras = cell.use_peepholes or cell.cell_clip is not None or cell.num_proj or not cell.state_is_tuple
    return not has_extras and cell.activation is tf.tanh

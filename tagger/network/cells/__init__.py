"""Recurrent cells in TensorFlow's cell protocol."""

from tagger.network.cells.attention import AttentionCellWrapper
from tagger.network.cells.base import RNNCell, SingleWidthCell, training_mode
from tagger.network.cells.basic_rnn import BasicRNNCell
from tagger.network.cells.choose import CELLS, find_cell, foreign_cell, make_cell
from tagger.network.cells.coupled_lstm import CoupledInputForgetGateLSTMCell
from tagger.network.cells.dropout import DropoutWrapper
from tagger.network.cells.grid_lstm import Grid2LSTMCell, GridLSTMCell
from tagger.network.cells.gru import GRUCell
from tagger.network.cells.initializers import seed_of
from tagger.network.cells.layer_norm import LayerNormBasicLSTMCell, LayerNormGRUCell
from tagger.network.cells.lstm import BasicLSTMCell, LSTMCell, LSTMStateTuple
from tagger.network.cells.lstm_block import LSTMBlockCell
from tagger.network.cells.protocol import Cell, State
from tagger.network.cells.stacked import MultiRNNCell
from tagger.network.cells.time_freq_lstm import TimeFreqLSTMCell
from tagger.network.cells.weighted_gru import WeightedGRUCell
from tagger.network.cells.wrapper import CellWrapper, ResidualWrapper

__all__ = [
    "CELLS",
    "AttentionCellWrapper",
    "BasicLSTMCell",
    "BasicRNNCell",
    "Cell",
    "CellWrapper",
    "CoupledInputForgetGateLSTMCell",
    "DropoutWrapper",
    "GRUCell",
    "Grid2LSTMCell",
    "GridLSTMCell",
    "LSTMBlockCell",
    "LSTMCell",
    "LSTMStateTuple",
    "LayerNormBasicLSTMCell",
    "LayerNormGRUCell",
    "MultiRNNCell",
    "RNNCell",
    "ResidualWrapper",
    "SingleWidthCell",
    "State",
    "TimeFreqLSTMCell",
    "WeightedGRUCell",
    "find_cell",
    "foreign_cell",
    "make_cell",
    "seed_of",
    "training_mode",
]

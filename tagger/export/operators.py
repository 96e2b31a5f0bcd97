"""Cells for which ONNX has an operator: LSTM, GRU, RNN.

The cells' weights are converted to the operator's layout.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from tagger.backend import tf
from tagger.export.graph import Graph
from tagger.network.cells import (
    BasicLSTMCell,
    BasicRNNCell,
    Cell,
    CoupledInputForgetGateLSTMCell,
    GRUCell,
    LSTMBlockCell,
    LSTMCell,
    RNNCell,
)

DIRECTIONS = ("forward", "reverse")
"""ONNX's names of the directions of a recurrent operator."""
_ACTIVATIONS: Mapping[Callable[[tf.Tensor], tf.Tensor], str] = {
    tf.tanh: "Tanh",
    tf.sigmoid: "Sigmoid",
    tf.nn.relu: "Relu",
}
"""The operators' names of activations; a cell with any other is exported step by step, as a Scan."""


@dataclass(frozen=True)
class OperatorWeights:
    """The weights of one direction of a recurrent operator with G gates.

    `arrays` are `W` `[G * H, D]`, `R` `[G * H, H]`, `B` `[2 * G * H]`, and `P` `[3 * H]` for an LSTM with peepholes.
    """

    operator: str
    units: int
    arrays: Mapping[str, np.ndarray]
    activations: tuple[str, ...]
    attributes: Mapping[str, int] = field(default_factory=dict)


def operator_weights(cell: Cell) -> OperatorWeights | None:
    """The operator that computes what a cell does, with the cell's weights.

    None where no operator does exactly so.
    """
    convert = _CONVERTERS.get(type(cell))
    if convert is None or not isinstance(cell, RNNCell) or cell.activation not in _ACTIVATIONS:
        return None
    return convert(cell)


def add_operator(
    graph: Graph, directions: Mapping[str, OperatorWeights], inputs: str, lengths: str, name: str
) -> tuple[str, str]:
    """Add a recurrent operator and return the names of its two outputs.

    The operator reads inputs `[T, B, D]` of lengths `[B]`. `directions` has the weights of "forward", of "reverse", or
    of both. The first output has all steps, `[T, directions, B, H]`, zero in padding; the second has each sentence's
    last step, `[directions, B, H]`.
    """
    first, *_ = directions.values()
    direction = "bidirectional" if len(directions) > 1 else next(iter(directions))
    constants = {
        part: graph.constant(f"{name}/{part}", np.stack([weights.arrays[part] for weights in directions.values()]))
        for part in first.arrays
    }
    peepholes = ["", "", constants["P"]] if "P" in constants else []
    outputs, last = graph.nodes(
        first.operator,
        [inputs, constants["W"], constants["R"], constants["B"], lengths, *peepholes],
        [f"{name}/outputs", f"{name}/last"],
        direction=direction,
        hidden_size=first.units,
        activations=list(first.activations) * len(directions),
        **first.attributes,
    )
    return outputs, last


def _lstm(cell: RNNCell) -> OperatorWeights | None:
    """Gates in ONNX's order i, o, f, c, where c is TensorFlow's j."""
    clips = cell.cell_clip if type(cell) is LSTMBlockCell else cell.cell_clip is not None
    if clips or cell.num_proj:  # ONNX clips the input of activations, TensorFlow the memory
        return None
    units = cell.num_units
    gates = dict(zip(cell.gates, np.split(cell.kernel.numpy(), len(cell.gates), axis=1), strict=True))
    biases = dict(zip(cell.gates, np.split(cell.bias.numpy(), len(cell.gates)), strict=True))
    biases["f"] = biases["f"] + np.float32(cell.forget_bias)
    peepholes = {"f": cell.w_f_diag.numpy(), "o": cell.w_o_diag.numpy()} if cell.use_peepholes else {}
    if "i" in cell.gates:
        if peepholes:
            peepholes["i"] = cell.w_i_diag.numpy()
    else:  # coupled gates: i = 1 - sigmoid(f) = sigmoid(-f)
        for parts in filter(None, (gates, biases, peepholes)):
            parts["i"] = -parts["f"]
    arrays = _arrays([gates[gate].T for gate in "iofj"], [biases[gate] for gate in "iofj"], units)
    if peepholes:
        arrays["P"] = np.concatenate([peepholes[gate] for gate in "iof"])
    activation = _ACTIVATIONS[cell.activation]
    return OperatorWeights("LSTM", units, arrays, ("Sigmoid", activation, activation))


def _gru(cell: RNNCell) -> OperatorWeights:
    """Gates in ONNX's order z, r, h: update, reset and candidate."""
    units = cell.num_units
    reset, update = np.split(cell.gate_kernel.numpy(), 2, axis=1)
    reset_bias, update_bias = np.split(cell.gate_bias.numpy(), 2)
    kernels = [update.T, reset.T, cell.candidate_kernel.numpy().T]
    arrays = _arrays(kernels, [update_bias, reset_bias, cell.candidate_bias.numpy()], units)
    if cell.reset_after:
        arrays["B"][-units:] = cell.recurrent_bias.numpy()
    activations = ("Sigmoid", _ACTIVATIONS[cell.activation])
    return OperatorWeights("GRU", units, arrays, activations, {"linear_before_reset": int(cell.reset_after)})


def _basic_rnn(cell: RNNCell) -> OperatorWeights:
    arrays = _arrays([cell.kernel.numpy().T], [cell.bias.numpy()], cell.num_units)
    return OperatorWeights("RNN", cell.num_units, arrays, (_ACTIVATIONS[cell.activation],))


def _arrays(kernels: list[np.ndarray], biases: list[np.ndarray], units: int) -> dict[str, np.ndarray]:
    """`W`, `R` and `B` of an operator; the second half of `B` is zero.

    `kernels` `[H, D + H]` and `biases` `[H]` are those of each gate.
    """
    kernel = np.concatenate(kernels)
    bias = np.concatenate(biases)
    return {"W": kernel[:, :-units], "R": kernel[:, -units:], "B": np.concatenate([bias, np.zeros_like(bias)])}


_CONVERTERS: Mapping[type, Callable[[RNNCell], OperatorWeights | None]] = {
    BasicRNNCell: _basic_rnn,
    GRUCell: _gru,
    LSTMCell: _lstm,
    BasicLSTMCell: _lstm,
    LSTMBlockCell: _lstm,
    CoupledInputForgetGateLSTMCell: _lstm,
}

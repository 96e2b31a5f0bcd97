"""Cells that ONNX has an operator for: LSTM, GRU and RNN, with their weights in the operator's order."""

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
)

ACTIVATIONS: Mapping[Callable[[tf.Tensor], tf.Tensor], str] = {
    tf.tanh: "Tanh",
    tf.sigmoid: "Sigmoid",
    tf.nn.relu: "Relu",
}
"""What the operators call an activation; a cell with another is written step by step."""


@dataclass(frozen=True)
class Weights:
    """One direction of a recurrent operator: `W` `[G * H, D]`, `R` `[G * H, H]`, `B` `[2 * G * H]`, and for an LSTM
    with peepholes `P` `[3 * H]`."""

    operator: str
    units: int
    arrays: Mapping[str, np.ndarray]
    activations: tuple[str, ...]
    attributes: Mapping[str, int] = field(default_factory=dict)


def weights_of(cell: Cell) -> Weights | None:
    """What an operator needs to do what a cell does; None where no operator does exactly that."""
    make = _MAKERS.get(type(cell))
    return make(cell) if make and cell.activation in ACTIVATIONS else None


def recurrence(
    graph: Graph, directions: Mapping[str, Weights], inputs: str, lengths: str, name: str
) -> tuple[str, str]:
    """Add the operator, of one direction or of both, that reads `[T, B, D]`: the names of its outputs
    `[T, directions, B, H]`, zero past the end of each sequence, and of the last of them `[directions, B, H]`."""
    first, *_ = directions.values()
    direction = "bidirectional" if len(directions) > 1 else next(iter(directions))
    given = {
        part: graph.constant(f"{name}/{part}", np.stack([weights.arrays[part] for weights in directions.values()]))
        for part in first.arrays
    }
    return graph.nodes(
        first.operator,
        [inputs, given["W"], given["R"], given["B"], lengths, *(["", "", given["P"]] if "P" in given else [])],
        [f"{name}/outputs", f"{name}/last"],
        direction=direction,
        hidden_size=first.units,
        activations=list(first.activations) * len(directions),
        **first.attributes,
    )


def _lstm(cell: LSTMCell) -> Weights | None:
    """Gates in the order i, o, f, c, where TensorFlow's j is ONNX's c."""
    clips = cell.cell_clip if type(cell) is LSTMBlockCell else cell.cell_clip is not None
    if clips or cell.num_proj:  # ONNX clips what goes into an activation, TensorFlow the memory
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
    activation = ACTIVATIONS[cell.activation]
    return Weights("LSTM", units, arrays, ("Sigmoid", activation, activation))


def _gru(cell: GRUCell) -> Weights:
    """Gates in the order z, r, h: update, reset and candidate."""
    units = cell.num_units
    reset, update = np.split(cell.gate_kernel.numpy(), 2, axis=1)
    reset_bias, update_bias = np.split(cell.gate_bias.numpy(), 2)
    kernels = [update.T, reset.T, cell.candidate_kernel.numpy().T]
    arrays = _arrays(kernels, [update_bias, reset_bias, cell.candidate_bias.numpy()], units)
    if cell.reset_after:
        arrays["B"][-units:] = cell.recurrent_bias.numpy()
    activations = ("Sigmoid", ACTIVATIONS[cell.activation])
    return Weights("GRU", units, arrays, activations, {"linear_before_reset": int(cell.reset_after)})


def _basic_rnn(cell: BasicRNNCell) -> Weights:
    arrays = _arrays([cell.kernel.numpy().T], [cell.bias.numpy()], cell.num_units)
    return Weights("RNN", cell.num_units, arrays, (ACTIVATIONS[cell.activation],))


def _arrays(kernels: list[np.ndarray], biases: list[np.ndarray], units: int) -> dict[str, np.ndarray]:
    """Kernels `[H, D + H]` and biases `[H]` of each gate as `W`, `R` and `B`, whose second half is zero."""
    kernel = np.concatenate(kernels)
    bias = np.concatenate(biases)
    return {"W": kernel[:, :-units], "R": kernel[:, -units:], "B": np.concatenate([bias, np.zeros_like(bias)])}


_MAKERS: Mapping[type, Callable[[Cell], Weights | None]] = {
    BasicRNNCell: _basic_rnn,
    GRUCell: _gru,
    LSTMCell: _lstm,
    BasicLSTMCell: _lstm,
    LSTMBlockCell: _lstm,
    CoupledInputForgetGateLSTMCell: _lstm,
}

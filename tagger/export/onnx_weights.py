"""The network of a model folder read back from its ONNX files, for folders that have no checkpoint.

The models that come with the install are such folders. 8-bit weights become the numbers that they stand for: each
integer, less the zero point, times its scale. It is the inverse of `sentence_graph`, `spelling_graph` and `operators`,
by the names that these give to constants.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import numpy_helper

from tagger.config.load import check_config
from tagger.errors import ModelError
from tagger.export.onnx_files import Models
from tagger.export.onnx_folder import read_models
from tagger.export.operators import DIRECTIONS, operator_weights
from tagger.model.finite import check_finite
from tagger.model.folder import CHARACTERS_FILE, CONFIG_FILE, MODEL_FILE, ModelFolder, check_onnx_files
from tagger.model.tensor_names import GIVEN, WORDS, transitions_output
from tagger.network.cells import (
    BasicRNNCell,
    Cell,
    CoupledInputForgetGateLSTMCell,
    DropoutWrapper,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    ResidualWrapper,
    RNNCell,
)
from tagger.network.characters import CharacterConvolution, CharacterRecurrence
from tagger.network.encoder import Encoder
from tagger.network.network import Network
from tagger.network.saved_weights import no_network, refuse_foreign_cell
from tagger.network.vocabularies import loaded_vocabularies

Arrays = Mapping[str, np.ndarray]
"""Constants of an ONNX model by name, in float32."""


def network_from_onnx(folder: ModelFolder) -> Network:
    """The network of a folder with the weights of its ONNX files.

    Raises ModelError where these are missing, damaged or of another network, and where the encoder's cell is exported
    step by step, so that its weights have no names.
    """
    check_onnx_files(folder)
    where = folder.path / CONFIG_FILE
    config = check_config(folder.settings, str(where))
    refuse_foreign_cell(config.encoder, where, trust_code=folder.trust_code)
    with no_network(where):
        network = Network(config, loaded_vocabularies(folder).sizes, folder.vectors)
    try:
        set_weights(network, read_models(folder.path))
    except (KeyError, ValueError) as error:
        raise ModelError(
            f"{folder.path}: the weights in {MODEL_FILE} are not those of the network in {CONFIG_FILE} ({error}), and "
            "there is no checkpoint: use the folder that was trained"
        ) from None
    for variable in network.trainable_variables:
        check_finite(variable.numpy())
    return network


def set_weights(network: Network, models: Models) -> None:
    """Set the weights of a network to those of the models that were made of such a network.

    Raises KeyError or ValueError where they are those of another network.
    """
    _set_sentence_part(network, _constants(models[MODEL_FILE]))
    _set_spelling(network, _constants(models[CHARACTERS_FILE]) if CHARACTERS_FILE in models else {})


def _constants(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    """The constants of a model; those in 8 bits under the names that they had in 32."""
    raw = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    arrays = {name: array for name, array in raw.items() if array.dtype == np.float32}
    for name, integers in raw.items():
        original = name.removesuffix("_quantized")
        if original != name and f"{original}_scale" in raw:
            zero, scale = raw[f"{original}_zero_point"].astype(np.float32), raw[f"{original}_scale"]
            if integers.ndim == 3:  # of each direction of an LSTM: one scale for each of its columns
                zero, scale = zero[:, np.newaxis], scale[:, np.newaxis]
            values = (integers.astype(np.float32) - zero) * scale
            arrays[original] = values.transpose(0, 2, 1) if integers.ndim == 3 else values
    return arrays


def _set_sentence_part(network: Network, arrays: Arrays) -> None:
    network.words.table.assign(arrays[f"{WORDS}/table"])
    for layer, tags in network.given.items():
        tags.table.assign(arrays[f"{GIVEN}{layer}/table"])
    _set_encoder(network.encoder, arrays)
    for task, projection in network.projections.items():
        projection.kernel.assign(arrays[f"projections/{task}/kernel"])
        projection.bias.assign(arrays[f"projections/{task}/bias"])
    for task, field in network.fields.items():
        for part, variable in (("start", field.start), ("between", field.between), ("end", field.end)):
            variable.assign(arrays[f"{transitions_output(task, part)}/value"])


def _set_encoder(encoder: Encoder, arrays: Arrays) -> None:
    """Set the cells of an encoder, whose layers have the names that `sentence_graph` gives them."""
    for number, cells in enumerate(encoder.groups, start=1):
        stacks = [_plain_cells(cell) for cell in cells]
        for depth, layer in enumerate(zip(*stacks, strict=True)):
            name = f"encoder/layer_{number + depth}"
            if f"{name}/W" in arrays:
                for direction, cell in enumerate(layer):
                    _set_cell(cell, _of_direction(arrays, name, direction))
                continue
            for side, cell in zip(DIRECTIONS, layer, strict=False):
                _set_cell(cell, _of_direction(arrays, f"{name}/{side}", 0))


def _plain_cells(stack: Cell) -> list[RNNCell]:
    """The cells of a stack without their wrappers."""
    found = []
    for layer in stack.cells if isinstance(stack, MultiRNNCell) else [stack]:
        cell = layer
        while isinstance(cell, DropoutWrapper | ResidualWrapper):
            cell = cell.cell
        assert isinstance(cell, RNNCell)
        found.append(cell)
    return found


def _of_direction(arrays: Arrays, name: str, direction: int) -> dict[str, np.ndarray]:
    """The arrays `W`, `R`, `B` and `P`, as far as they are there, of one direction of an operator."""
    return {part: arrays[f"{name}/{part}"][direction] for part in "WRBP" if f"{name}/{part}" in arrays}


def _set_cell(cell: RNNCell, arrays: Arrays) -> None:
    """Set the variables of a cell from those of the operator that `operator_weights` makes of it."""
    if operator_weights(cell) is None:
        raise ValueError(f"the cell {type(cell).__name__} has no operator of ONNX")
    kernels = np.concatenate([arrays["W"], arrays["R"]], axis=1)  # [G * H, D + H]
    biases, *recurrent = np.split(arrays["B"], 2)
    if isinstance(cell, GRUCell):
        update, reset, candidate = np.split(kernels, 3)
        update_bias, reset_bias, candidate_bias = np.split(biases, 3)
        cell.gate_kernel.assign(np.concatenate([reset, update]).T)
        cell.gate_bias.assign(np.concatenate([reset_bias, update_bias]))
        cell.candidate_kernel.assign(candidate.T)
        cell.candidate_bias.assign(candidate_bias)
        if cell.reset_after:
            cell.recurrent_bias.assign(recurrent[0][-cell.num_units :])
    elif isinstance(cell, BasicRNNCell):
        cell.kernel.assign(kernels.T)
        cell.bias.assign(biases)
    else:
        _set_lstm(cell, kernels, biases, arrays.get("P"))


def _set_lstm(cell: RNNCell, kernels: np.ndarray, biases: np.ndarray, peepholes: np.ndarray | None) -> None:
    """Set an LSTM: its gates are in ONNX's order i, o, f, j, and its forget bias is part of the biases."""
    assert isinstance(cell, LSTMCell | CoupledInputForgetGateLSTMCell)
    by_gate = dict(zip("iofj", np.split(kernels, 4), strict=True))
    bias_of = dict(zip("iofj", np.split(biases, 4), strict=True))
    bias_of["f"] = bias_of["f"] - np.float32(cell.forget_bias)
    cell.kernel.assign(np.concatenate([by_gate[gate].T for gate in cell.gates], axis=1))
    cell.bias.assign(np.concatenate([bias_of[gate] for gate in cell.gates]))
    if cell.use_peepholes:
        if peepholes is None:
            raise KeyError("P")
        of_input, of_output, of_forget = np.split(peepholes, 3)
        cell.w_o_diag.assign(of_output)
        cell.w_f_diag.assign(of_forget)
        if "i" in cell.gates:
            cell.w_i_diag.assign(of_input)


def _set_spelling(network: Network, arrays: Arrays) -> None:
    for name, layer in network.spelling.items():
        layer.table.assign(arrays[f"{name}/table"])
        if isinstance(layer, CharacterConvolution):
            _set_convolution(layer, arrays)
        elif isinstance(layer, CharacterRecurrence):
            for direction, cell in enumerate((layer.forward, layer.backward)):
                _set_cell(cell, _of_direction(arrays, name, direction))


def _set_convolution(encoder: CharacterConvolution, arrays: Arrays) -> None:
    """Set the filters of a convolution from their parts: those of all widths side by side, by place."""
    filters = encoder.kernels[0].shape[2]
    columns = [slice(first, first + filters) for first in range(0, filters * len(encoder.kernels), filters)]
    for kernel, bias, of_width in zip(encoder.kernels, encoder.biases, columns, strict=True):
        width = kernel.shape[0]
        before = (width - 1) // 2
        places: Sequence[np.ndarray] = [
            arrays[f"filters/place_{place}/kernel"][:, of_width] for place in range(-before, width - before)
        ]
        kernel.assign(np.stack(places))
        bias.assign(arrays["filters/bias"][of_width])

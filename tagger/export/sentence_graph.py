"""The part of the network that reads sentences, as an ONNX graph."""

from collections.abc import Mapping, Sequence

import numpy as np

from tagger.export.graph import Graph
from tagger.export.operators import DIRECTIONS, OperatorWeights, add_operator, operator_weights
from tagger.export.scan import add_scan
from tagger.model.tensor_names import DISTINCT, GIVEN, LENGTHS, SCORES, SPELLINGS, WORDS, transitions_output
from tagger.network.cells import Cell, DropoutWrapper, MultiRNNCell, ResidualWrapper
from tagger.network.encoder import Encoder
from tagger.network.network import Network


def sentence_graph(network: Network) -> Graph:
    """The graph from ids of words `[B, T]` to scores `[B, T, K]` of each task.

    Scores are arbitrary in padding. Inputs and outputs are those of `model.tensor_names`, as far as the network has
    them. Raises ExportError where a cell has an operation that ONNX lacks.
    """
    graph = Graph("tagger")
    features = _add_features(graph, network)  # [T, B, D]
    lengths = graph.input(LENGTHS, np.int32, ["sentences"])
    width = network.words.output_size + network.spelling_size
    width += sum(tags.output_size for tags in network.given.values())
    encoded = _add_encoder(graph, network.encoder, width, features, lengths)  # [B, T, H]
    for task, projection in network.projections.items():
        kernel = graph.constant(f"projections/{task}/kernel", projection.kernel.numpy())
        bias = graph.constant(f"projections/{task}/bias", projection.bias.numpy())
        product = graph.node("MatMul", encoded, kernel, name=f"projections/{task}/product")
        scores = graph.node("Add", product, bias, name=SCORES + task)
        graph.output(scores, np.float32, ["sentences", "tokens", projection.bias.shape[0]])
    for task, transitions in network.transitions().items():
        for part, values in transitions._asdict().items():
            name = transitions_output(task, part)
            graph.node("Identity", graph.constant(f"{name}/value", values), name=name)
            graph.output(name, np.float32, values.shape)
    return graph


def _add_features(graph: Graph, network: Network) -> str:
    """Add the inputs with ids and their embeddings side by side: `[T, B, D]`."""
    ids = ["sentences", "tokens"]
    # ONNX's recurrent operators want time first. Ids are transposed, because that is cheaper than vectors.
    by_time = graph.node("Transpose", graph.input(WORDS, np.int32, ids), perm=[1, 0], name=f"{WORDS}/by_time")
    table = graph.constant(f"{WORDS}/table", network.words.table.numpy())
    features = graph.node("Gather", table, by_time, name=f"{WORDS}/vectors")
    if network.spelling_size:
        distinct = graph.input(DISTINCT, np.int32, ids)
        spellings = graph.input(SPELLINGS, np.float32, ["distinct_words", network.spelling_size])
        by_time = graph.node("Transpose", distinct, perm=[1, 0], name=f"{DISTINCT}/by_time")
        vectors = graph.node("Gather", spellings, by_time, name=f"{SPELLINGS}/vectors")
        features = graph.node("Concat", features, vectors, axis=2, name="features")
    for layer, tags in network.given.items():
        name = GIVEN + layer
        by_time = graph.node("Transpose", graph.input(name, np.int32, ids), perm=[1, 0], name=f"{name}/by_time")
        table = graph.constant(f"{name}/table", tags.table.numpy())
        vectors = graph.node("Gather", table, by_time, name=f"{name}/vectors")
        features = graph.node("Concat", features, vectors, axis=2, name=f"{name}/features")
    return features


def _add_encoder(graph: Graph, encoder: Encoder, width: int, features: str, lengths: str) -> str:
    """Add the encoder over features `[T, B, width]`: `[B, T, H]`."""
    *lower, top = encoder.groups
    for number, cells in enumerate(lower, start=1):
        features = _add_group(graph, cells, width, features, lengths, number)
        width = sum(cell.output_size for cell in cells)
    number = len(lower) + 1
    weights = _both_weights(top)
    if weights and not _layers(top[0])[0][1]:
        return _add_both(graph, weights, features, lengths, number, [2, 0, 1, 3])  # the axes [B, T, 2, H] at once
    outputs = _add_group(graph, top, width, features, lengths, number)
    return graph.node("Transpose", outputs, perm=[1, 0, 2], name="encoder/outputs")


def _add_group(graph: Graph, cells: Sequence[Cell], width: int, inputs: str, lengths: str, number: int) -> str:
    """Add cells that read the same inputs `[T, B, width]`, outputs side by side `[T, B, H]`.

    `number` is that of their first layer, for names.
    """
    weights = _both_weights(cells)
    if weights:
        outputs = _add_both(graph, weights, inputs, lengths, number, [0, 2, 1, 3])
        if not _layers(cells[0])[0][1]:
            return outputs
        # Each direction adds its own half of the inputs, so both together add all of them.
        return graph.node("Add", inputs, outputs, name=f"encoder/layer_{number}/residual")
    ends = [
        _add_stack(graph, cell, width, inputs, lengths, direction, number)
        for cell, direction in zip(cells, DIRECTIONS, strict=False)
    ]
    return graph.node("Concat", *ends, axis=2, name=f"encoder/layer_{number}/directions") if len(ends) > 1 else ends[0]


def _both_weights(cells: Sequence[Cell]) -> dict[str, OperatorWeights] | None:
    """The weights of both directions where one operator can run both, otherwise None.

    One operator can run both directions where each has a single layer; deeper layers read only the outputs of their
    own direction.
    """
    if len(cells) != 2 or any(len(_layers(cell)) > 1 for cell in cells):
        return None
    forward, reverse = (operator_weights(_layers(cell)[0][0]) for cell in cells)
    return dict(zip(DIRECTIONS, (forward, reverse), strict=True)) if forward and reverse else None


def _add_both(
    graph: Graph, weights: Mapping[str, OperatorWeights], inputs: str, lengths: str, number: int, order: list[int]
) -> str:
    """Add one layer of both directions over inputs `[T, B, D]`.

    Outputs are side by side as the last axis, 2H. `order` permutes the operator's axes `[T, 2, B, H]`.
    """
    name = f"encoder/layer_{number}"
    outputs, _ = add_operator(graph, weights, inputs, lengths, name)
    outputs = graph.node("Transpose", outputs, perm=order, name=f"{name}/in_order")
    width = sum(direction.units for direction in weights.values())
    return graph.node("Reshape", outputs, graph.ints(0, 0, width), name=f"{name}/side_by_side")


def _add_stack(graph: Graph, stack: Cell, width: int, inputs: str, lengths: str, direction: str, first: int) -> str:
    """Add the layers of one direction: from `[T, B, width]` to `[T, B, H]`.

    Layers are numbered from `first`.
    """
    for number, (cell, residual) in enumerate(_layers(stack), start=first):
        name = f"encoder/layer_{number}/{direction}"
        weights = operator_weights(cell)
        if weights:
            outputs, _ = add_operator(graph, {direction: weights}, inputs, lengths, name)
            outputs = graph.node("Squeeze", outputs, graph.ints(1), name=f"{name}/vectors")
        else:
            outputs = add_scan(graph, cell, width, inputs, lengths, name, backward=direction == "reverse")
        width = cell.output_size
        if residual:
            added = inputs
            if residual.half is not None:
                ends = [graph.ints(width * (residual.half + place)) for place in (0, 1)]
                added = graph.node("Slice", inputs, *ends, graph.ints(2), name=f"{name}/half")
            outputs = graph.node("Add", added, outputs, name=f"{name}/residual")
        inputs = outputs
    return inputs


def _layers(stack: Cell) -> list[tuple[Cell, ResidualWrapper | None]]:
    """The cells of a stack, each with its residual connection if it has one.

    Dropout is left out, because tagging has it off.
    """
    layers: list[tuple[Cell, ResidualWrapper | None]] = []
    for layer in stack.cells if isinstance(stack, MultiRNNCell) else [stack]:
        cell = layer.cell if type(layer) is DropoutWrapper else layer
        if type(cell) is ResidualWrapper and cell.residual_fn is None:
            layers.append((cell.cell, cell))
        else:
            layers.append((cell, None))
    return layers

"""The network as two ONNX graphs: what spells words, run once for each distinct word, and what reads sentences."""

import numpy as np

from tagger.export.graph import Graph
from tagger.export.operators import Weights, recurrence, weights_of
from tagger.export.scan import scan
from tagger.model.tensor_names import (
    DISTINCT,
    GIVEN,
    LENGTHS,
    SCORES,
    SPELLED_CHARACTERS,
    SPELLINGS,
    WORDS,
    transitions_output,
)
from tagger.model.vocabulary import PADDING
from tagger.network.cells import Cell, DropoutWrapper, MultiRNNCell, ResidualWrapper
from tagger.network.characters import CharacterConvolution, CharacterRecurrence
from tagger.network.encoder import Encoder
from tagger.network.hashed_embedding import HashedEmbedding
from tagger.network.network import Network

DIRECTIONS = ("forward", "reverse")
"""As ONNX calls them."""


def spelling_graph(network: Network) -> Graph:
    """What the network reads of words' forms, of `characters` `[W, C]`, `shapes` `[W, 1]` and `affixes` `[W, A]`, to
    `spellings` `[W, D]`."""
    graph = Graph("characters")
    alone = len(network.spelling) == 1
    parts = []
    for name, part in network.spelling.items():
        add = {CharacterConvolution: _convolution, CharacterRecurrence: _character_recurrence, HashedEmbedding: _hashed}
        parts.append(add[type(part)](graph, part, SPELLINGS if alone else f"{name}/spellings"))
    if not alone:
        graph.node("Concat", *parts, axis=1, name=SPELLINGS)
    graph.output(SPELLINGS, np.float32, ["words", sum(part.output_size for part in network.spelling.values())])
    return graph


def sentence_graph(network: Network) -> Graph:
    """`words` and `distinct` `[B, T]`, `spellings` `[W, D]` and `lengths` `[B]` to `scores/TASK` `[B, T, K]`; without
    anything of words' forms only `words` and `lengths`; with `given/LAYER` `[B, T]` of each layer of tags that the
    network is given. Values past a sentence's end are arbitrary.

    Raises ExportError where a cell has an operation that ONNX does not.
    """
    graph = Graph("tagger")
    ids = ["sentences", "tokens"]
    words = graph.input(WORDS, np.int32, ids)
    # Time comes first in ONNX: ids are turned around, which is cheaper than vectors.
    by_time = graph.node("Transpose", words, perm=[1, 0], name="words/by_time")
    table = graph.constant("words/table", network.words.table.numpy())
    features = graph.node("Gather", table, by_time, name="words/vectors")  # [T, B, D]
    if network.spelling_size:
        distinct = graph.input(DISTINCT, np.int32, ids)
        spellings = graph.input(SPELLINGS, np.float32, ["distinct_words", network.spelling_size])
        by_time = graph.node("Transpose", distinct, perm=[1, 0], name="distinct/by_time")
        spelled = graph.node("Gather", spellings, by_time, name="spellings/vectors")
        features = graph.node("Concat", features, spelled, axis=2, name="features")
    for layer, tags in network.given.items():
        name = GIVEN + layer
        by_time = graph.node("Transpose", graph.input(name, np.int32, ids), perm=[1, 0], name=f"{name}/by_time")
        table = graph.constant(f"{name}/table", tags.table.numpy())
        vectors = graph.node("Gather", table, by_time, name=f"{name}/vectors")
        features = graph.node("Concat", features, vectors, axis=2, name=f"{name}/features")
    lengths = graph.input(LENGTHS, np.int32, ["sentences"])
    width = network.words.output_size + network.spelling_size
    width += sum(tags.output_size for tags in network.given.values())
    encoded = _encoded(graph, network.encoder, width, features, lengths)
    for task, projection in network.projections.items():
        kernel = graph.constant(f"projections/{task}/kernel", projection.kernel.numpy())
        bias = graph.constant(f"projections/{task}/bias", projection.bias.numpy())
        product = graph.node("MatMul", encoded, kernel, name=f"projections/{task}/product")
        scores = graph.node("Add", product, bias, name=SCORES + task)
        graph.output(scores, np.float32, [*ids, projection.bias.shape[0]])
    for task, transitions in network.transitions().items():
        for part, values in transitions._asdict().items():
            name = transitions_output(task, part)
            graph.output(
                graph.node("Identity", graph.constant(f"{name}/value", values), name=name), np.float32, values.shape
            )
    return graph


def _encoded(graph: Graph, encoder: Encoder, width: int, features: str, lengths: str) -> str:
    """Features `[T, B, width]` to what the encoder makes of them `[B, T, H]`."""
    *lower, top = encoder.groups
    for number, cells in enumerate(lower, start=1):
        features = _group(graph, cells, width, features, lengths, number)
        width = sum(cell.output_size for cell in cells)
    number = len(lower) + 1
    both = _one_operator(top)
    if both and not _layers(top[0])[0][1]:
        return _both_directions(graph, both, features, lengths, number, [2, 0, 1, 3])  # [B, T, 2, H] at once
    outputs = _group(graph, top, width, features, lengths, number)
    return graph.node("Transpose", outputs, perm=[1, 0, 2], name="encoder/outputs")


def _group(graph: Graph, cells: list[Cell], width: int, inputs: str, lengths: str, number: int) -> str:
    """What reads the same inputs `[T, B, width]`, from the layer of this number on, to `[T, B, H]` side by side."""
    both = _one_operator(cells)
    if both:
        outputs = _both_directions(graph, both, inputs, lengths, number, [0, 2, 1, 3])
        if not _layers(cells[0])[0][1]:
            return outputs
        return graph.node("Add", inputs, outputs, name=f"encoder/layer_{number}/residual")  # a half for each direction
    ends = [
        _stack(graph, cell, width, inputs, lengths, direction, number)
        for cell, direction in zip(cells, DIRECTIONS, strict=False)
    ]
    return graph.node("Concat", *ends, axis=2, name=f"encoder/layer_{number}/directions") if len(ends) > 1 else ends[0]


def _one_operator(cells: list[Cell]) -> dict[str, Weights] | None:
    """The weights of both directions where one operator runs them both: they read the same inputs in one layer alone,
    for in a deeper one each direction reads its own."""
    if len(cells) != 2 or any(len(_layers(cell)) > 1 for cell in cells):
        return None
    weights = [weights_of(_layers(cell)[0][0]) for cell in cells]
    return dict(zip(DIRECTIONS, weights, strict=True)) if all(weights) else None


def _both_directions(
    graph: Graph, both: dict[str, Weights], inputs: str, lengths: str, number: int, order: list[int]
) -> str:
    """One layer, `[T, B, D]` to `[T, B, 2H]`, or with its axes in another order."""
    name = f"encoder/layer_{number}"
    outputs, _ = recurrence(graph, both, inputs, lengths, name)  # [T, 2, B, H]
    outputs = graph.node("Transpose", outputs, perm=order, name=f"{name}/in_order")
    width = sum(weights.units for weights in both.values())
    return graph.node("Reshape", outputs, graph.ints(0, 0, width), name=f"{name}/side_by_side")


def _stack(graph: Graph, stack: Cell, width: int, inputs: str, lengths: str, direction: str, first: int) -> str:
    """The layers of one direction, from that of the number `first` on, `[T, B, width]` to `[T, B, H]`."""
    for number, (cell, residual) in enumerate(_layers(stack), start=first):
        name = f"encoder/layer_{number}/{direction}"
        weights = weights_of(cell)
        if weights:
            outputs, _ = recurrence(graph, {direction: weights}, inputs, lengths, name)
            outputs = graph.node("Squeeze", outputs, graph.ints(1), name=f"{name}/vectors")
        else:
            outputs = scan(graph, cell, width, inputs, lengths, name, backward=direction == "reverse")
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
    """The cells of a stack without dropout, which is off, and for each what adds its inputs to its outputs."""
    layers = []
    for cell in stack.cells if isinstance(stack, MultiRNNCell) else [stack]:
        if type(cell) is DropoutWrapper:
            cell = cell.cell
        is_residual = type(cell) is ResidualWrapper and cell.residual_fn is None
        layers.append((cell.cell, cell) if is_residual else (cell, None))
    return layers


def _convolution(graph: Graph, encoder: CharacterConvolution, spellings: str) -> str:
    """Filters as sums over their places: what a character adds to all filters of all widths at one place depends on
    nothing else, and ONNX Runtime multiplies tables and kernels once, when it loads them. Measured on EWT's words to
    take a fifth of the time of its Conv."""
    characters = graph.input(SPELLED_CHARACTERS, np.int32, ["words", "characters"])
    real = graph.node(
        "Not", graph.node("Equal", characters, graph.constant("padding", np.int32(PADDING))), name="is_real"
    )
    real = graph.node("Unsqueeze", graph.node("Cast", real, to=1), graph.ints(2), name="real")  # [W, C, 1]
    values = encoder.table.numpy()
    values[PADDING] = 0.0
    table = graph.constant("characters/table", values)
    befores = [(kernel.shape[0] - 1) // 2 for kernel in encoder.kernels]
    afters = [kernel.shape[0] - 1 - before for kernel, before in zip(encoder.kernels, befores, strict=True)]
    before, after = max(befores), max(afters)
    padded = graph.node("Pad", characters, graph.ints(0, before, 0, after), name="characters/padded")
    filtered = graph.constant("filters/bias", np.concatenate([bias.numpy() for bias in encoder.biases]))
    for place in range(-before, after + 1):
        name = f"filters/place_{place}"
        kernels = [
            kernel.numpy()[place + width_before]
            if -width_before <= place <= width_after
            else np.zeros(kernel.shape[1:], np.float32)
            for kernel, width_before, width_after in zip(encoder.kernels, befores, afters, strict=True)
        ]
        kernel = graph.constant(f"{name}/kernel", np.concatenate(kernels, axis=1))  # [D, F]
        end = graph.ints(place - after if place < after else np.iinfo(np.int64).max)
        at_place = graph.node(
            "Slice", padded, graph.ints(place + before), end, graph.ints(1), name=f"{name}/characters"
        )
        added = graph.node("Gather", graph.node("MatMul", table, kernel, name=f"{name}/table"), at_place, name=name)
        filtered = graph.node("Add", filtered, added, name=f"{name}/sum")  # [W, C, F]
    # Never below 0, so that padding cannot win.
    filtered = graph.node("Mul", graph.node("Relu", filtered), real, name="filters/masked")
    return graph.node("ReduceMax", filtered, axes=[1], keepdims=0, name=spellings)


def _character_recurrence(graph: Graph, encoder: CharacterRecurrence, spellings: str) -> str:
    characters = graph.input(SPELLED_CHARACTERS, np.int32, ["words", "characters"])
    padding = graph.constant("padding", np.int32(PADDING))
    real = graph.node("Cast", graph.node("Not", graph.node("Equal", characters, padding)), to=6)
    lengths = graph.node("ReduceSum", real, graph.ints(1), keepdims=0, name="lengths")
    by_time = graph.node("Transpose", characters, perm=[1, 0])
    table = graph.constant("characters/table", encoder.table.numpy())
    embedded = graph.node("Gather", table, by_time, name="characters/vectors")  # [C, W, D]
    # The operator reads one character at least; what it makes of a word without any is taken away again.
    read = graph.node("Max", lengths, graph.constant("one", np.int32(1)), name="lengths/read")
    cells = dict(zip(DIRECTIONS, map(weights_of, (encoder.forward, encoder.backward)), strict=True))
    _, last = recurrence(graph, cells, embedded, read, "characters")  # [2, W, H]
    last = graph.node("Transpose", last, perm=[1, 0, 2])
    last = graph.node("Reshape", last, graph.ints(0, encoder.output_size))
    has_any = graph.node("Cast", graph.node("Greater", lengths, padding), to=1)
    return graph.node("Mul", last, graph.node("Unsqueeze", has_any, graph.ints(1)), name=spellings)


def _hashed(graph: Graph, embedding: HashedEmbedding, spellings: str) -> str:
    name, dimension = embedding.name, embedding.table.shape[1]
    ids = graph.input(name, np.int32, ["words", embedding.output_size // dimension])
    table = graph.constant(f"{name}/table", embedding.table.numpy())
    vectors = graph.node("Gather", table, ids, name=f"{name}/vectors")  # [W, columns, D]
    return graph.node("Reshape", vectors, graph.ints(0, embedding.output_size), name=spellings)

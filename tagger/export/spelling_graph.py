"""The part of the network that reads word forms, as an ONNX graph.

The graph runs once for each distinct word.
"""

import numpy as np
from onnx import TensorProto

from tagger.export.graph import Graph
from tagger.export.operators import DIRECTIONS, add_operator, operator_weights
from tagger.model.tensor_names import SPELLED_CHARACTERS, SPELLINGS
from tagger.model.vocabulary import PADDING
from tagger.network.characters import CharacterConvolution, CharacterRecurrence
from tagger.network.hashed_embedding import HashedEmbedding
from tagger.network.network import Network, SpellingLayer


def spelling_graph(network: Network) -> Graph:
    """The graph from word forms to their vectors `spellings` `[W, D]`.

    Inputs are `characters` `[W, C]`, `shapes` `[W, 1]` and `affixes` `[W, A]`, as far as the network has such layers.
    """
    graph = Graph("characters")
    layers = network.spelling
    if len(layers) == 1:
        (layer,) = layers.values()
        _add_layer(graph, layer, SPELLINGS)
    else:
        outputs = [_add_layer(graph, layer, f"{name}/{SPELLINGS}") for name, layer in layers.items()]
        graph.node("Concat", *outputs, axis=1, name=SPELLINGS)
    graph.output(SPELLINGS, np.float32, ["words", sum(layer.output_size for layer in layers.values())])
    return graph


def _add_layer(graph: Graph, layer: SpellingLayer, output: str) -> str:
    """Add a layer whose output `[W, D]` has this name, and return the name."""
    if isinstance(layer, CharacterConvolution):
        return _add_convolution(graph, layer, output)
    if isinstance(layer, CharacterRecurrence):
        return _add_character_recurrence(graph, layer, output)
    return _add_hashed_embedding(graph, layer, output)


def _add_convolution(graph: Graph, encoder: CharacterConvolution, output: str) -> str:
    """Add a character convolution as a sum over the places of its filters.

    What a character at one place of a filter adds depends on nothing else, so ONNX Runtime multiplies tables and
    kernels once, when it loads the model. On the words of EWT this takes a fifth of the time of its Conv operator.
    """
    characters = graph.input(SPELLED_CHARACTERS, np.int32, ["words", "characters"])
    real = graph.node(
        "Not", graph.node("Equal", characters, graph.constant("padding", np.int32(PADDING))), name="is_real"
    )
    real = graph.node("Unsqueeze", graph.node("Cast", real, to=TensorProto.FLOAT), graph.ints(2), name="real")
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
    # Relu is never below 0, so padding, which is set to 0, cannot win the maximum.
    filtered = graph.node("Mul", graph.node("Relu", filtered), real, name="filters/masked")
    return graph.node("ReduceMax", filtered, axes=[1], keepdims=0, name=output)


def _add_character_recurrence(graph: Graph, encoder: CharacterRecurrence, output: str) -> str:
    """Add a bidirectional LSTM over the characters of each word."""
    characters = graph.input(SPELLED_CHARACTERS, np.int32, ["words", "characters"])
    padding = graph.constant("padding", np.int32(PADDING))
    real = graph.node("Cast", graph.node("Not", graph.node("Equal", characters, padding)), to=TensorProto.INT32)
    lengths = graph.node("ReduceSum", real, graph.ints(1), keepdims=0, name="lengths")
    by_time = graph.node("Transpose", characters, perm=[1, 0])
    table = graph.constant("characters/table", encoder.table.numpy())
    embedded = graph.node("Gather", table, by_time, name="characters/vectors")  # [C, W, D]
    # The operator reads at least one character. The output for a word without characters is set to zero below.
    read = graph.node("Max", lengths, graph.constant("one", np.int32(1)), name="lengths/read")
    forward, backward = operator_weights(encoder.forward), operator_weights(encoder.backward)
    assert forward and backward  # both cells are plain LSTMs
    weights = dict(zip(DIRECTIONS, (forward, backward), strict=True))
    _, last = add_operator(graph, weights, embedded, read, "characters")  # [2, W, H]
    last = graph.node("Transpose", last, perm=[1, 0, 2])
    last = graph.node("Reshape", last, graph.ints(0, encoder.output_size))
    has_any = graph.node("Cast", graph.node("Greater", lengths, padding), to=TensorProto.FLOAT)
    return graph.node("Mul", last, graph.node("Unsqueeze", has_any, graph.ints(1)), name=output)


def _add_hashed_embedding(graph: Graph, embedding: HashedEmbedding, output: str) -> str:
    """Add the embedding of hashed word features."""
    name, dimension = embedding.name, embedding.table.shape[1]
    ids = graph.input(name, np.int32, ["words", embedding.output_size // dimension])
    table = graph.constant(f"{name}/table", embedding.table.numpy())
    vectors = graph.node("Gather", table, ids, name=f"{name}/vectors")  # [W, columns, D]
    return graph.node("Reshape", vectors, graph.ints(0, embedding.output_size), name=output)

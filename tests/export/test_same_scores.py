"""ONNX Runtime gives the scores of TensorFlow, for every cell, option and layout."""

import numpy as np
import pytest

from tagger.export.sentence_graph import sentence_graph
from tagger.network.cells import CELLS

OPERATORS = {
    "rnn": ("basic_rnn", {}),
    "rnn, relu": ("basic_rnn", {"activation": "relu"}),
    "gru": ("gru", {}),
    "gru, reset after": ("gru", {"reset_after": True}),
    "gru, reset after, relu": ("gru", {"reset_after": True, "activation": "relu"}),
    "lstm": ("lstm", {}),
    "lstm, peepholes": ("lstm", {"use_peepholes": True}),
    "lstm, forget bias, sigmoid": ("lstm", {"forget_bias": 2.5, "activation": "sigmoid"}),
    "basic lstm, relu": ("basic_lstm", {"activation": "relu"}),
    "coupled lstm": ("coupled_lstm", {}),
    "coupled lstm, peepholes": ("coupled_lstm", {"use_peepholes": True, "forget_bias": 0.5}),
    "lstm block": ("lstm_block", {}),
    "lstm block, peepholes": ("lstm_block", {"use_peephole": True}),
}
SCANS = {
    "rnn, elu": ("basic_rnn", {"activation": "elu"}),
    "gru, softsign": ("gru", {"activation": "softsign"}),
    "lstm, cell clip": ("lstm", {"cell_clip": 0.3, "use_peepholes": True}),
    "lstm, projection": ("lstm", {"num_proj": 5, "proj_clip": 0.2}),
    "lstm, identity": ("lstm", {"activation": "linear"}),
    "coupled lstm, all": ("coupled_lstm", {"cell_clip": 0.3, "num_proj": 5, "use_peepholes": True}),
    "lstm block, clip": ("lstm_block", {"cell_clip": 0.3}),
    "lstm block, clip, peepholes": ("lstm_block", {"cell_clip": 0.3, "use_peephole": True, "forget_bias": 0.2}),
    "time and frequency": ("time_freq_lstm", {}),
    "time and frequency, overlapping": (
        "time_freq_lstm",
        {"feature_size": 4, "frequency_skip": 3, "use_peepholes": True, "cell_clip": 0.4},
    ),
    "grid": ("grid_lstm", {}),
    "grid, one dimension": ("grid_lstm", {"num_dims": 1}),
    "grid, three dimensions": ("grid_lstm", {"num_dims": 3, "tied": True, "priority_dims": [0], "use_peepholes": True}),
    "grid, plain depth": ("grid_lstm", {"non_recurrent_fn": "relu"}),
    "grid 2": ("grid2_lstm", {"forget_bias": 0.3}),
    "grid 2, plain depth": ("grid2_lstm", {"non_recurrent_fn": "tanh", "tied": True}),
    "layer norm lstm": ("layer_norm_lstm", {"dropout_keep_prob": 0.5}),
    "layer norm lstm, carried": ("layer_norm_lstm", {"carry_normalized": True, "activation": "relu"}),
    "layer norm lstm, without": ("layer_norm_lstm", {"layer_norm": False, "forget_bias": 0.1}),
    "layer norm gru": ("layer_norm_gru", {}),
    "layer norm gru, relu": ("layer_norm_gru", {"activation": "relu", "epsilon": 0.1}),
    "weighted gru": ("weighted_gru", {}),
    "weighted gru, two": ("weighted_gru", {"num_weights": 2, "activation": "relu"}),
    "attention": ("attention", {}),
    "attention, gru": ("attention", {"cell": "gru", "attn_length": 3, "attn_size": 6, "attn_vec_size": 4}),
    "attention, block": ("attention", {"cell": "lstm_block", "attn_length": 2}),
}

SHAPE = {"dimension": 3, "buckets": 4}
AFFIXES = {"dimension": 2, "prefixes": [1, 2], "suffixes": [2, 3], "buckets": 3}


@pytest.mark.parametrize("bidirectional", [True, False], ids=["both directions", "one direction"])
@pytest.mark.parametrize(("layers", "residual"), [(1, False), (2, False), (3, True)], ids=["1", "2", "3 residual"])
@pytest.mark.parametrize(("cell", "options"), OPERATORS.values(), ids=OPERATORS)
def test_a_cell_with_an_operator_scores_as_in_tensorflow(onnx_tools, cell, options, layers, residual, bidirectional):
    encoder = {"cell": cell, "options": options, "layers": layers, "residual": residual, "bidirectional": bidirectional}
    network = onnx_tools.network(encoder)
    onnx_tools.check(network)
    kinds = {node.op_type for node in sentence_graph(network).proto().node}
    assert kinds & {"LSTM", "GRU", "RNN"} and "Scan" not in kinds


def test_the_tables_have_every_cell():
    assert {cell for cell, _ in [*OPERATORS.values(), *SCANS.values()]} == set(CELLS)


@pytest.mark.parametrize("bidirectional", [True, False], ids=["both directions", "one direction"])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize(("cell", "options"), SCANS.values(), ids=SCANS)
def test_any_other_cell_scores_as_in_tensorflow(onnx_tools, cell, options, layers, bidirectional):
    network = onnx_tools.network({"cell": cell, "options": options, "layers": layers, "bidirectional": bidirectional})
    onnx_tools.check(network)
    assert "Scan" in {node.op_type for node in sentence_graph(network).proto().node}


@pytest.mark.parametrize(("layers", "residual"), [(2, False), (3, True)], ids=["2", "3 residual"])
@pytest.mark.parametrize("name", ["rnn", "gru, reset after", "lstm, peepholes", "coupled lstm", "lstm block"])
def test_layers_that_read_both_directions_are_one_operator_each(onnx_tools, name, layers, residual):
    cell, options = OPERATORS[name]
    network = onnx_tools.network(
        {"cell": cell, "options": options, "stack": "layers", "layers": layers, "residual": residual}
    )
    onnx_tools.check(network)
    kinds = [node.op_type for node in sentence_graph(network).proto().node]
    assert sum(kind in {"LSTM", "GRU", "RNN"} for kind in kinds) == layers and "Scan" not in kinds


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("name", ["lstm, projection", "grid", "layer norm lstm", "attention, gru", "weighted gru"])
def test_layers_of_other_cells_that_read_both_directions_score_as_in_tensorflow(onnx_tools, name, residual):
    cell, options = SCANS[name]
    network = onnx_tools.network(
        {"cell": cell, "options": options, "stack": "layers", "layers": 2, "residual": residual}
    )
    onnx_tools.check(network)


@pytest.mark.parametrize("cell", ["layer_norm_lstm", "weighted_gru", "attention"])
def test_a_residual_layer_without_an_operator_scores_as_in_tensorflow(onnx_tools, cell):
    onnx_tools.check(onnx_tools.network({"cell": cell, "layers": 3, "residual": True}))


@pytest.mark.parametrize("encoder", ["convolution", "bidirectional", "none"])
def test_character_encoders_score_as_in_tensorflow(onnx_tools, encoder):
    onnx_tools.check(onnx_tools.network({}, encoder))


@pytest.mark.parametrize("encoder", ["convolution", "bidirectional", "none"])
@pytest.mark.parametrize(
    "sections", [{"shape": SHAPE}, {"affixes": AFFIXES}, {"shape": SHAPE, "affixes": AFFIXES}], ids=" ".join
)
def test_shapes_and_affixes_score_as_in_tensorflow(onnx_tools, encoder, sections):
    onnx_tools.check(onnx_tools.network({}, encoder, **sections))


@pytest.mark.parametrize("lengths", [[1], [1, 1, 1], [9], [4, 4]])
def test_sentences_of_one_word_or_of_equal_length_score_as_in_tensorflow(onnx_tools, lengths):
    onnx_tools.check(onnx_tools.network({}, "convolution"), np.array(lengths, np.int32))

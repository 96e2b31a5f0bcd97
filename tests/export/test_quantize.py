"""Models with 8-bit weights: smaller, with nearly the same scores."""

import numpy as np
import onnx
import pytest

from tagger import __version__
from tagger.export.quantize import in_8_bits
from tagger.export.sentence_graph import sentence_graph
from tagger.model.folder import MODEL_FILE


@pytest.mark.parametrize(
    "encoder",
    [
        {},
        {"options": {"use_peepholes": True}},
        {"layers": 2, "residual": True},
        {"layers": 2, "residual": True, "stack": "layers"},
        {"cell": "coupled_lstm", "bidirectional": False},
        {"cell": "gru"},
        {"cell": "layer_norm_lstm"},
        {"cell": "grid_lstm", "layers": 2},
        {"cell": "attention"},
    ],
    ids=str,
)
def test_8_bit_scores_are_close_to_32_bit_scores(onnx_tools, encoder):
    whole = sentence_graph(onnx_tools.network({"units": 32, **encoder})).model({"precision": "float32"}, "0")
    small = in_8_bits({MODEL_FILE: whole})[MODEL_FILE]
    lengths = np.array([9, 4, 1], np.int32)
    inputs = {"words": np.random.default_rng(1).integers(1, 12, [3, 9]).astype(np.int32), "lengths": lengths}
    real = np.arange(9) < lengths[:, None]
    before, after = (onnx_tools.run(model, inputs)["scores/upos"][real] for model in (whole, small))
    assert 0 < np.abs(before - after).max() < 0.1 * np.ptp(before)


def test_8_bit_weights_of_an_lstm_take_a_quarter_of_the_bytes(onnx_tools):
    whole = sentence_graph(onnx_tools.network({"units": 200})).model({}, "0")
    assert in_8_bits({MODEL_FILE: whole})[MODEL_FILE].ByteSize() < 0.28 * whole.ByteSize()


def test_the_sentence_model_is_quantized_and_its_metadata_says_so(tiny_model):
    models = {name: onnx.load(tiny_model / name) for name in (MODEL_FILE, "characters.onnx")}
    small = in_8_bits(models)
    assert small["characters.onnx"] == models["characters.onnx"]
    kinds = {node.op_type for node in small[MODEL_FILE].graph.node}
    assert "DynamicQuantizeLSTM" in kinds and not kinds & {"LSTM", "MatMul"}
    assert (small[MODEL_FILE].producer_name, small[MODEL_FILE].producer_version) == ("tagger", __version__)
    about, before = (
        {each.key: each.value for each in model.metadata_props} for model in (small[MODEL_FILE], models[MODEL_FILE])
    )
    assert about == {**before, "precision": "int8"}
    (table,) = (each for each in small[MODEL_FILE].graph.initializer if each.name == "words/table_quantized")
    assert table.data_type == onnx.TensorProto.UINT8

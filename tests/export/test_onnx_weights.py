"""Networks read back from their ONNX files."""

import shutil

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.load import check_config
from tagger.errors import ModelError
from tagger.export.onnx_weights import network_from_onnx, set_weights
from tagger.export.quantize import in_8_bits
from tagger.export.sentence_graph import sentence_graph
from tagger.export.spelling_graph import spelling_graph
from tagger.model.folder import CHARACTERS_FILE, MODEL_FILE, open_model
from tagger.model.shipped_models import find_model
from tagger.network.predictor import Predictor
from tagger.network.vocabularies import loaded_vocabularies
from tagger.runtime.runtimes import predictor_of

NETWORKS = [
    ({}, "convolution", {"shape": {"dimension": 2, "buckets": 5}, "affixes": {"dimension": 2, "buckets": 3}}),
    ({"options": {"use_peepholes": True}, "layers": 2, "residual": True}, "bidirectional", {}),
    ({"cell": "coupled_lstm", "bidirectional": False}, "none", {}),
    ({"layers": 2, "stack": "layers", "cell": "gru"}, "none", {"tasks": {"upos": {}, "ner": {"decoder": "crf"}}}),
    ({"cell": "gru", "options": {"reset_after": True}}, "none", {}),
    ({"cell": "basic_rnn", "layers": 2}, "none", {}),
]


def models_of(network):
    models = {MODEL_FILE: sentence_graph(network).model({"precision": "float32"}, "0")}
    return models | ({CHARACTERS_FILE: spelling_graph(network).model({}, "0")} if network.spelling else {})


def blank(onnx_tools, encoder, characters, sections):
    network = onnx_tools.network(encoder, characters, **sections)
    for variable in network.trainable_variables:
        variable.assign(tf.zeros_like(variable))
    return network


@pytest.mark.parametrize(("encoder", "characters", "sections"), NETWORKS, ids=str)
def test_all_weights_come_back_from_32_bits_as_they_were(onnx_tools, encoder, characters, sections):
    network = onnx_tools.network(encoder, characters, **sections)
    found = blank(onnx_tools, encoder, characters, sections)
    set_weights(found, models_of(network))
    for before, after in zip(network.trainable_variables, found.trainable_variables, strict=True):
        first = 1 if "table" in before.name else 0  # nothing reads the row of padding
        np.testing.assert_allclose(after.numpy()[first:], before.numpy()[first:], atol=1e-6, err_msg=before.name)


def test_8_bit_weights_are_within_half_a_step_of_what_they_were(onnx_tools):
    encoder, characters, sections = {"units": 16, "layers": 2, "stack": "layers"}, "convolution", {}
    network = onnx_tools.network(encoder, characters, **sections)
    found = blank(onnx_tools, encoder, characters, sections)
    set_weights(found, in_8_bits(models_of(network)))
    for before, after in zip(network.trainable_variables, found.trainable_variables, strict=True):
        # Of a table the largest number is 127 or 255 steps, of a matrix 64, for each of its columns.
        step = np.abs(before.numpy()).max() / 63
        np.testing.assert_allclose(after.numpy()[1:], before.numpy()[1:], atol=step / 2 + 1e-6, err_msg=before.name)


def test_a_cell_that_is_exported_step_by_step_is_refused(onnx_tools):
    network = onnx_tools.network({"cell": "layer_norm_gru"})
    with pytest.raises(ValueError, match="the cell LayerNormGRUCell has no operator of ONNX"):
        set_weights(network, {MODEL_FILE: sentence_graph(onnx_tools.network({"cell": "basic_rnn"})).model({}, "0")})


def test_the_shipped_model_scores_words_as_onnx_runtime_does():
    folder = open_model(find_model("english"))
    network, sentence = network_from_onnx(folder), ["Ada", "Lovelace", "lives", "in", "London", "."]
    lookup = loaded_vocabularies(folder).lookup(check_config(folder.settings, "english"))
    (ours,) = Predictor(network, lookup, folder.tags).scores([sentence])
    (theirs,) = predictor_of(folder).scores([sentence])
    for task, scores in theirs.items():  # ONNX Runtime rounds what enters a product to 8 bits as well
        np.testing.assert_allclose(ours[task], scores, atol=0.06 * np.ptp(scores))
        np.testing.assert_array_equal(ours[task].argmax(1), scores.argmax(1))


def test_weights_of_another_network_are_refused(tiny_model, tmp_path):
    copy = tmp_path / "model"
    shutil.copytree(tiny_model, copy)
    (copy / "manifest.json").unlink()
    settings = (copy / "config.toml").read_text(encoding="utf-8")
    (copy / "config.toml").write_text(settings.replace("units = 8", "units = 9"), encoding="utf-8")
    with pytest.raises(ModelError, match=r"the weights in model\.onnx are not those of the network in config\.toml"):
        network_from_onnx(open_model(copy))

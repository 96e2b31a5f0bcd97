"""Models of a real treebank: the tags of TensorFlow, ONNX Runtime and 8-bit weights."""

from pathlib import Path

import numpy as np
import pytest

from tagger.config.load import check_config
from tagger.config.schema import Config
from tagger.corpus.convert import convert_recipe
from tagger.corpus.counts import count_split
from tagger.corpus.read import open_corpus, read_split
from tagger.export.onnx_files import onnx_models, write_models
from tagger.model.folder import open_model
from tagger.network.cells import CELLS
from tagger.network.network import Network
from tagger.network.predictor import Predictor
from tagger.network.saved_weights import load_predictor
from tagger.network.vocabularies import make_vocabularies
from tagger.runtime.onnx_predictor import OnnxPredictor
from tagger.training.eight_bits import export_int8
from tagger.training.train import train

pytestmark = pytest.mark.slow
MODELS = {
    "lstm": ({"units": 64}, {}),
    "gru in two layers": ({"cell": "gru", "units": 32, "layers": 2, "residual": True}, {"encoder": "bidirectional"}),
    "layer norm": ({"cell": "layer_norm_lstm", "units": 16}, {"encoder": "none"}),
}


@pytest.fixture(scope="module")
def corpus(shared_corpora, made_once):
    source = shared_corpora / "ud/UD_English-EWT"
    folder = made_once("ewt", lambda folder: convert_recipe("corpora/ud-english-ewt", folder / "corpus", source))
    return open_corpus(folder / "corpus")


@pytest.fixture(scope="module", params=MODELS)
def model(request, corpus, made_once) -> Path:
    """A model trained for one epoch on the short sentences."""
    encoder, characters = MODELS[request.param]
    config = config_of(
        encoder=encoder,
        characters=characters,
        corpus={"max_tokens": 12},
        training={"epochs": 1, "learning_rate": 0.008, "beta2": 0.9},
        segmenter={"train": "never"},
    )
    return made_once(f"ewt, {request.param}", lambda folder: train(config, [corpus], folder / "model")) / "model"


@pytest.fixture(scope="module")
def vocabularies(corpus):
    return make_vocabularies(config_of(), count_split(read_split(corpus, "train"), ["upos", "xpos"]))


def config_of(**sections) -> Config:
    return check_config({"tasks": {"upos": {}, "xpos": {}}, **sections}, "test")


def check_tags(predictor: Predictor, folder: Path, corpus, every: int = 1) -> None:
    """Assert that the folder's ONNX model tags every n-th sentence of the test split as the predictor does."""
    words = [sentence.words for sentence in read_split(corpus, "test")][::every]
    assert len(words) == -(-2077 // every)
    assert OnnxPredictor(open_model(folder)).predict(words) == predictor.predict(words)


def test_every_token_has_the_same_tag_with_a_trained_model(model, corpus):
    check_tags(load_predictor(open_model(model)), model, corpus)


@pytest.mark.parametrize("cell", CELLS)
def test_tokens_have_the_same_tags_with_every_cell_and_random_weights(cell, vocabularies, corpus, tmp_path):
    config = config_of(encoder={"cell": cell, "units": 16}, characters={"encoder": "none"})
    network = Network(config, vocabularies.sizes)
    generator = np.random.default_rng(5)
    for variable in network.trainable_variables:  # small, because attention's outputs diverge with large ones
        variable.assign(generator.normal(scale=0.15, size=variable.shape))
    (tmp_path / "config.toml").write_text(config.to_toml())
    vocabularies.save(tmp_path)
    write_models(onnx_models(network, vocabularies.tags, dict.fromkeys(vocabularies.tags), "random", corpus), tmp_path)
    check_tags(Predictor(network, vocabularies.lookup(config), vocabularies.tags), tmp_path, corpus, every=5)


def test_8_bit_weights_cost_at_most_a_tenth_of_a_point(model, corpus, tmp_path):
    folder = open_model(model)
    losses = export_int8(folder, [corpus], 0.1, tmp_path / "small", as_configured=False)
    assert set(losses) == {"upos", "xpos"}
    small = tmp_path / "small" / "model.onnx"
    assert small.stat().st_size < 0.4 * (model / "model.onnx").stat().st_size

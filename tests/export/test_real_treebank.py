"""Models of a real treebank: ONNX Runtime gives TensorFlow's tags on every token, and 8 bits nearly all of them."""

from pathlib import Path

import pytest

from tagger.config import check_config
from tagger.corpus.convert import convert_recipe
from tagger.corpus.read import read_split
from tagger.export.folder import export_int8
from tagger.runtime.folder import open_model
from tagger.runtime.onnx import OnnxPredictor
from tagger.training.saved import load_predictor
from tagger.training.train import train

pytestmark = pytest.mark.slow
MODELS = {
    "lstm": ({"units": 64}, {}),
    "gru in two layers": ({"cell": "gru", "units": 32, "layers": 2, "residual": True}, {"encoder": "bidirectional"}),
    "layer norm": ({"cell": "layer_norm_lstm", "units": 16}, {"encoder": "none"}),
}


@pytest.fixture(scope="module")
def corpus(shared_corpora, tmp_path_factory):
    target = tmp_path_factory.mktemp("corpus") / "ewt"
    return convert_recipe("corpora/ud-english-ewt", target, shared_corpora / "ud/UD_English-EWT")


@pytest.fixture(scope="module", params=MODELS.values(), ids=MODELS)
def model(request, corpus, tmp_path_factory) -> Path:
    """A model after one epoch of the sentences of at most 8 tokens."""
    encoder, characters = request.param
    training = {"epochs": 1, "learning_rate": 0.008, "beta2": 0.9}
    settings = {
        "tasks": {"upos": {}, "xpos": {}},
        "corpus": {"max_tokens": 8},
        "encoder": encoder,
        "characters": characters,
        "training": training,
    }
    folder = tmp_path_factory.mktemp("model") / "ewt"
    train(check_config(settings, "test"), corpus, folder)
    return folder


def test_every_token_has_the_tag_that_tensorflow_gives_it(model, corpus):
    folder = open_model(model)
    words = [sentence.words for sentence in read_split(corpus, "test")]
    ours, theirs = OnnxPredictor(folder).predict(words), load_predictor(folder).predict(words)
    assert sum(map(len, words)) == 25094
    assert ours == theirs


def test_8_bits_cost_a_tenth_of_a_point_at_most(model, corpus, tmp_path):
    folder = open_model(model)
    losses = export_int8(folder, corpus, 0.1, tmp_path / "small")
    assert set(losses) == {"upos", "xpos"}
    small = tmp_path / "small" / "model.onnx"
    assert small.stat().st_size < 0.4 * (model / "model.onnx").stat().st_size

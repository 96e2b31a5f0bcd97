"""Every cell by its name: a model trains, saves, loads, resumes and tags."""

import sys

import numpy as np
import pytest

import tagger
from tagger.backend import tf
from tagger.config.load import check_config, load_config
from tagger.config.schema import EncoderConfig
from tagger.corpus.convert import convert
from tagger.corpus.read import open_corpus
from tagger.network.cells import CELLS
from tagger.network.encoder import Encoder
from tagger.text.sentence import Sentence
from tagger.training.options import TrainingOptions
from tagger.training.train import train

WORDS = {"the": "DET", "a": "DET", "dog": "NOUN", "cat": "NOUN", "sees": "VERB", "hears": "VERB"}
TEXTS = ["the dog sees a cat", "a cat hears the dog", "the cat sees the dog", "a dog hears"] * 8
SETTINGS = {
    "tasks": {"upos": {}},
    "words": {"dimension": 12, "unknown_rate": 0.0, "singleton_rate": 0.0},
    "characters": {"encoder": "none"},
    "training": {"batch_size": 4, "learning_rate": 0.02, "decay": "none", "epochs": 2},
}
RESUMED = ["attention", "grid_lstm"]
"""Cells that are trained for their second epoch by a resumed run: their states have most parts."""
OWN_CELL = '''
import tensorflow as tf


class Leaky(tf.Module):
    """h = a h + (1 - a) tanh(x W), a cell in TensorFlow's protocol without a base class of the package."""

    def __init__(self, units, leak=0.5):
        super().__init__()
        self.state_size = self.output_size = units
        self.leak, self.kernel = leak, None

    def build(self, width):
        if self.kernel is None:
            self.kernel = tf.Variable(tf.random.stateless_normal([width, self.output_size], [1, width]) / width**0.5)

    def zero_state(self, batch_size, dtype):
        return tf.zeros([batch_size, self.state_size], dtype)

    def __call__(self, inputs, state, scope=None):
        output = self.leak * state + (1 - self.leak) * tf.tanh(inputs @ self.kernel)
        return output, output
'''


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    def read(split):
        for number, text in enumerate(TEXTS[:4] if split == "dev" else TEXTS):
            words = text.split()
            yield Sentence.from_words(words, tags={"upos": [WORDS[word] for word in words]}, id=f"{split} {number}")

    folder = tmp_path_factory.mktemp("corpus") / "animals"
    convert({"train": "train", "dev": "dev"}, folder, read=read)
    with open_corpus(folder) as opened:
        yield opened


@pytest.fixture
def own_cell(tmp_path, monkeypatch):
    (tmp_path / "cells_from_outside.py").write_text(OWN_CELL)
    monkeypatch.syspath_prepend(tmp_path)
    yield "cells_from_outside:Leaky"
    sys.modules.pop("cells_from_outside", None)


def settings_of(epochs, **encoder):
    training = {**SETTINGS["training"], "epochs": epochs}
    return check_config({**SETTINGS, "training": training, "encoder": {"units": 8, **encoder}}, "test")


def check_tags(model):
    """Assert that a model has learned the words, and tags a sentence with an unknown one too."""
    sentences = [text.split() for text in [*TEXTS[:4], "the unicorn sees"]]
    tagged = list(model.tag(sentences))
    for words, sentence in zip(sentences[:4], tagged, strict=False):
        assert sentence.tags["upos"] == tuple(WORDS[word] for word in words)
    assert len(tagged[4].tags["upos"]) == 3


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in CELLS if name not in RESUMED])
def test_every_cell_trains_saves_loads_and_tags(name, corpus, tmp_path):
    metrics = train(settings_of(2, cell=name, dropout=0.1), [corpus], tmp_path / "model")
    assert metrics["history"][1]["loss"] < metrics["history"][0]["loss"]
    check_tags(tagger.load(tmp_path / "model"))


@pytest.mark.slow
@pytest.mark.parametrize("name", RESUMED)
def test_a_finished_model_is_resumed_with_another_epoch(name, corpus, tmp_path):
    model = tmp_path / "model"
    first = train(settings_of(1, cell=name, dropout=0.1), [corpus], model)
    assert load_config(model / "config.toml").encoder.cell == name
    at_first = [sentence.tags["upos"] for sentence in tagger.load(model).tag([text.split() for text in TEXTS[:4]])]

    second = train(settings_of(2, cell=name, dropout=0.1), [corpus], model, TrainingOptions(resume=True))
    assert second["history"][0] == first["history"][0]
    assert second["history"][1]["loss"] < first["history"][0]["loss"]
    check_tags(tagger.load(model))
    assert [len(tags) for tags in at_first] == [5, 5, 5, 3]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options"), [("layer_norm_lstm", {"dropout_keep_prob": 0.9}), ("cells_from_outside:Leaky", {"leak": 0.25})]
)
def test_a_resumed_run_ends_like_an_uninterrupted_one(name, options, own_cell, corpus, tmp_path):
    """With a cell that draws random numbers of its own, and with one from outside the package."""
    encoder = {"cell": name, "options": options, "dropout": 0.1}
    train(settings_of(1, **encoder), [corpus], tmp_path / "stopped")
    train(settings_of(2, **encoder), [corpus], tmp_path / "stopped", TrainingOptions(resume=True))
    train(settings_of(2, **encoder), [corpus], tmp_path / "whole")
    for file in ("weights.data-00000-of-00001", "weights.index"):
        stopped, whole = (tmp_path / run / "checkpoint" / file for run in ("stopped", "whole"))
        assert stopped.read_bytes() == whole.read_bytes()
    check_tags(tagger.load(tmp_path / "stopped"))


@pytest.mark.parametrize(
    ("name", "settings", "width"),
    [
        ("lstm", {"options": {"use_peepholes": True, "num_proj": 6, "cell_clip": 3.0}, "layers": 2}, 12),
        ("gru", {"options": {"reset_after": True, "activation": "relu"}, "bidirectional": False}, 8),
        ("time_freq_lstm", {"options": {"feature_size": 4, "frequency_skip": 4}, "layers": 2}, 2 * 6 * 8),
        ("grid_lstm", {"options": {"num_dims": 3, "tied": True, "priority_dims": [0]}, "state_dropout": 0.2}, 16),
        ("attention", {"options": {"cell": "gru", "attn_length": 3, "attn_size": 5}, "layers": 2}, 10),
        ("weighted_gru", {"options": {"num_weights": 2}, "layers": 2, "residual": True, "variational": True}, 16),
    ],
)
def test_options_of_a_cell_and_of_the_encoder_combine(name, settings, width):
    """The second layer takes outputs of any width, and every weight has a gradient."""
    encoder = Encoder(EncoderConfig(cell=name, units=8, **settings), 12, np.random.default_rng(1))
    inputs, lengths = tf.constant(np.random.default_rng(2).normal(size=[3, 5, 12]), tf.float32), tf.constant([5, 3, 1])

    @tf.function(autograph=False)
    def gradients():
        with tf.GradientTape() as tape:
            outputs = encoder(inputs, lengths, True)
            loss = tf.reduce_sum(outputs**2)
        return outputs, tape.gradient(loss, encoder.trainable_variables)

    outputs, by_variable = gradients()
    assert encoder.output_size == width
    assert outputs.shape == (3, 5, width)
    assert not np.any(outputs[1, 3:])
    for variable, gradient in zip(encoder.trainable_variables, by_variable, strict=True):
        assert np.any(tf.convert_to_tensor(gradient)), variable.name

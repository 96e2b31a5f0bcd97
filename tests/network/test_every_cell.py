"""Every cell by its name in the configuration: a model that is trained, saved, loaded, resumed, and that tags."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import tagger
from tagger.config import check_config, load_config
from tagger.corpus.convert import convert
from tagger.corpus.read import open_corpus
from tagger.network.cells import CELLS
from tagger.text.sentence import Sentence
from tagger.training.train import train

ROOT = Path(__file__).resolve().parents[2]
WORDS = {"the": "DET", "a": "DET", "dog": "NOUN", "cat": "NOUN", "sees": "VERB", "hears": "VERB"}
TEXTS = ["the dog sees a cat", "a cat hears the dog", "the cat sees the dog", "a dog hears"] * 8
SETTINGS = {
    "tasks": {"upos": {}},
    "words": {"dimension": 12, "unknown_rate": 0.0, "singleton_rate": 0.0},
    "characters": {"encoder": "none"},
    "training": {"batch_size": 4, "learning_rate": 0.02, "decay": "none", "epochs": 2},
}
OWN_CELL = '''
import tensorflow as tf


class Leaky(tf.Module):
    """h = a h + (1 - a) tanh(x W), in TensorFlow's protocol and with nothing of the package."""

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


def check_model(corpus, folder, **encoder):
    """Train an epoch, resume for a second, and hold the model to one that was trained without a stop."""
    train(settings_of(1, **encoder), corpus, folder / "parted")
    train(settings_of(2, **encoder), corpus, folder / "parted", resume=True)
    train(settings_of(2, **encoder), corpus, folder / "whole")

    assert load_config(folder / "parted" / "config.toml").encoder == settings_of(2, **encoder).encoder
    parted, whole = (tagger.load(folder / name) for name in ("parted", "whole"))
    sentences = [text.split() for text in [*TEXTS[:4], "the unicorn sees", "dog"]]
    tagged = [list(model.tag(sentences)) for model in (parted, whole)]
    assert tagged[0] == tagged[1]
    assert weights(folder / "parted") == weights(folder / "whole")
    for words, sentence in zip(sentences[:4], tagged[0], strict=False):
        assert sentence.tags["upos"] == tuple(WORDS[word] for word in words)


def weights(folder):
    """The bytes of the weights that tag."""
    return [path.read_bytes() for path in sorted((folder / "checkpoint").glob("weights.data*"))]


@pytest.mark.slow
@pytest.mark.parametrize("name", CELLS)
def test_every_name_makes_a_model_that_learns_resumes_and_tags(name, corpus, tmp_path):
    check_model(corpus, tmp_path, cell=name, dropout=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "encoder"),
    [
        ("lstm", {"options": {"use_peepholes": True, "num_proj": 6, "cell_clip": 3.0}, "layers": 2}),
        ("gru", {"options": {"reset_after": True}, "bidirectional": False}),
        ("time_freq_lstm", {"options": {"feature_size": 4, "frequency_skip": 4}, "layers": 2}),
        ("grid_lstm", {"options": {"num_dims": 3, "tied": True, "priority_dims": [0]}}),
        ("layer_norm_lstm", {"options": {"dropout_keep_prob": 0.9}}),
        ("attention", {"options": {"cell": "gru", "attn_length": 3, "attn_size": 5}, "layers": 2}),
        ("weighted_gru", {"options": {"num_weights": 2}, "layers": 2, "residual": True, "variational": True}),
    ],
)
def test_a_cells_options_do_too(name, encoder, corpus, tmp_path):
    check_model(corpus, tmp_path, cell=name, dropout=0.1, **encoder)


def test_a_cell_from_outside_does_too(corpus, own_cell, tmp_path):
    check_model(corpus, tmp_path, cell=own_cell, dropout=0.1, options={"leak": 0.25})

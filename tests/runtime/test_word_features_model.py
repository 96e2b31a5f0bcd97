"""A model with shapes and affixes: ONNX Runtime gives the scores that TensorFlow gives."""

import shutil
from unicodedata import normalize

import numpy as np
import pytest

from tagger.config.load import load_config
from tagger.corpus.read import open_corpus
from tagger.errors import ModelError
from tagger.model.folder import open_model
from tagger.model.word_features import AFFIXES, SHAPES
from tagger.network.saved_weights import load_network, load_predictor
from tagger.runtime.onnx_predictor import OnnxPredictor
from tagger.training.train import train

pytestmark = pytest.mark.slow

STRANGE = ["a" * 10_000, "", "\0", "日本語", "\ud800", "a\udfffb", "e\u0301", "😀", "ΣΟΦΟΣ", "Ada", "ada", "İ", "1,5"]
WORDS = ["Ada", "Lovelace", "The", "dog", "sees", "Left", "NEW", "York", "tree", ".", "10.5", "McKay's", "unseeing"]
FEATURES = [
    "training.epochs=2",
    "shape.dimension=5",
    "affixes.dimension=4",
    "affixes.buckets=50",
    "affixes.dropout=0.2",
]
OPTIONS = {
    "with characters": FEATURES,
    "without characters": [*FEATURES, "characters.encoder=none", "affixes.prefixes=[]"],
    "in lower case": [*FEATURES, "words.lowercase=true", "shape.longest_run=1", "tasks.ner.decoder=crf"],
}


@pytest.fixture(scope="module", params=OPTIONS)
def folder(request, tiny_config, tiny_corpus, tmp_path_factory):
    path = tmp_path_factory.mktemp("features") / "model"
    train(load_config(tiny_config, OPTIONS[request.param]), [open_corpus(tiny_corpus)], path)
    return open_model(path)


def text(length: int, seed: int) -> list[str]:
    return [str(word) for word in np.random.default_rng(seed).choice(WORDS, length)]


def test_scores_are_those_of_tensorflow(folder):
    sentences = [STRANGE, *([word] for word in STRANGE), *(text(length, length) for length in (1, 5, 40, 300))]
    ours, theirs = OnnxPredictor(folder).scores(sentences), load_predictor(folder).scores(sentences)
    for one, other in zip(ours, theirs, strict=True):
        for task, expected in other.items():
            np.testing.assert_allclose(one[task], expected, atol=1e-4)


def test_words_that_are_not_composed_have_the_scores_of_those_that_are(folder):
    words = ["Zoë", "García", "São", "한국", "Å", "ΐ", "ﬁ"]
    for predictor in (OnnxPredictor(folder), load_predictor(folder)):
        expected, found = (predictor.scores([[normalize(form, word) for word in words]]) for form in ("NFC", "NFD"))
        for task, scores in expected[0].items():
            np.testing.assert_array_equal(found[0][task], scores)


def test_training_changes_the_vectors_it_read_and_no_others(folder):
    network = load_network(folder)
    assert set(network.spelling) >= {SHAPES, AFFIXES}
    for name in (SHAPES, AFFIXES):
        moved = network.spelling[name].table.numpy().any(axis=1)
        assert 0 < moved.sum() < len(moved)


def test_the_shape_alone_can_change_the_scores(folder):
    predictor = OnnxPredictor(folder)
    one, other = predictor.scores([["qqqq"], ["QQ9"]])  # neither word, and none of their characters, is known
    assert not np.allclose(one["upos"], other["upos"], atol=1e-5)


def test_8_bits_and_a_saved_model_are_written(folder, tagger, tiny_corpus, tmp_path):
    for_tensorflow = tagger("export", folder.path, "--to", "saved-model", "--output", tmp_path / "saved")
    assert (for_tensorflow.code, for_tensorflow.out) == (0, "")
    done = tagger(
        *("export", folder.path, "--int8", "--corpus", tiny_corpus, "--max-loss", 100, "--output", tmp_path / "small")
    )
    assert done.code == 0
    small = OnnxPredictor(open_model(tmp_path / "small"))
    assert [len(tags["upos"]) for tags in small.predict([text(9, 1), STRANGE])] == [9, len(STRANGE)]


@pytest.mark.parametrize("change", [("buckets = 50", "buckets = 51"), ("suffixes = [", "suffixes = [ 5,")])
def test_a_configuration_with_other_features_than_the_model_is_an_error(folder, tmp_path, change):
    copy = shutil.copytree(folder.path, tmp_path / "model")
    config = copy / "config.toml"
    text = config.read_text()
    assert change[0] in text
    config.write_text(text.replace(*change, 1))
    (copy / "manifest.json").unlink()  # which would say first that the file has changed
    with pytest.raises(ModelError, match="of other vocabularies than the folder has"):
        OnnxPredictor(open_model(copy))

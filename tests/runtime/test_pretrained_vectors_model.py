"""A model with pretrained vectors: its folder, and scores equal to TensorFlow's."""

import shutil

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.load import load_config
from tagger.corpus.read import open_corpus
from tagger.errors import DataError, ModelError
from tagger.model.folder import open_model
from tagger.network.saved_weights import load_network, load_predictor
from tagger.runtime.onnx_predictor import OnnxPredictor
from tagger.training.options import TrainingOptions
from tagger.training.train import train

WORDS = ["ada", "Ada", "paris", "the", "zebra", "Zebra", "quagga", "naïve", "1,5"]
VALUES = np.random.default_rng(2).normal(size=(len(WORDS), 6)).astype(np.float16).astype(np.float32)
OPTIONS = {
    "frozen": ["vectors.bits=16"],
    "frozen, nothing else": ["vectors.max_words=8", "characters.encoder=none"],
    "fine-tune": ["vectors.mode=fine-tune", "vectors.dropout=0.3", "shape.dimension=2"],
    "fine-tune, lower case": ["vectors.mode=fine-tune", "words.lowercase=true", "training.optimizer=sgd"],
}
STRANGE = ["", "\0", "\ud800", "NAÏVE", "ZEBRA", "İ", "1,5", "a" * 1000]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("vectors") / "vectors.txt"
    rows = (f"{word} {' '.join(map(repr, row.tolist()))}\n" for word, row in zip(WORDS, VALUES, strict=True))
    path.write_text("".join(rows) + "ada 9 9 9 9 9 9\n", encoding="utf-8")  # a duplicate, which is ignored
    return path


@pytest.fixture(scope="module")
def trained(file, tiny_config, tiny_corpus, tmp_path_factory):
    """A function that trains a model once for each set of options, and returns its folder."""
    folders = {}

    def trained_folder(name):
        if name not in folders:
            path = tmp_path_factory.mktemp("model") / "model"
            config = load_config(tiny_config, ["training.epochs=2", f"vectors.path={file}", *OPTIONS[name]])
            train(config, [open_corpus(tiny_corpus)], path)
            folders[name] = open_model(path)
        return folders[name]

    return trained_folder


def text(length: int) -> list[str]:
    known = ["Ada", "The", "dog", "sees", "Paris", "paris", "zebra", "Quagga", "quagga", "PARIS", "."]
    return [str(word) for word in np.random.default_rng(length).choice(known, length)]


@pytest.mark.slow
@pytest.mark.parametrize("name", OPTIONS)
def test_scores_are_those_of_tensorflow(trained, name):
    folder = trained(name)
    sentences = [STRANGE, *([word] for word in [*STRANGE, *WORDS]), *map(text, (1, 5, 40, 300))]
    ours, theirs = OnnxPredictor(folder).scores(sentences), load_predictor(folder).scores(sentences)
    for one, other in zip(ours, theirs, strict=True):
        for task, expected in other.items():
            np.testing.assert_allclose(one[task], expected, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", OPTIONS)
def test_words_outside_train_have_their_pretrained_vectors(trained, name):
    vectors = trained(name).vectors
    words = ["zebra", "Zebra", "ZEBRA", "QUAGGA", "Naïve"]
    expected = VALUES[[WORDS.index(word) for word in ("zebra", "Zebra", "zebra", "quagga", "naïve")]]
    np.testing.assert_array_equal(vectors.lookup(words), expected)
    assert vectors.lookup([]).shape == (0, 6)
    assert ("1,5" in vectors.words) == ("max_words" not in str(OPTIONS[name]))


@pytest.mark.slow
def test_frozen_vectors_are_not_trained(trained):
    folder = trained("frozen")
    assert folder.vectors.frozen.dtype == np.float16 and isinstance(folder.vectors.frozen, np.memmap)
    np.testing.assert_array_equal(folder.vectors.lookup(["ADA", "Ada", "unseen"]), [VALUES[0], VALUES[1], np.zeros(6)])
    network = load_network(folder)
    names = {name for name, _ in tf.train.list_variables(str(folder.path / "checkpoint" / "weights"))}
    assert not any("vectors" in name for name in names)
    assert all(variable.shape[-1:] != (6,) for variable in network.variables)


@pytest.mark.slow
def test_fine_tuning_changes_only_vectors_of_words_in_train(trained):
    vectors = trained("fine-tune").vectors
    assert vectors.words.entries[:4] == ("ada", "Ada", "paris", "the")  # as spelled in train, or in lower case
    assert vectors.tuned.shape == (5, 6) and len(vectors.frozen) == 1 + 5
    moved = np.abs(vectors.tuned[1:] - VALUES[:4]).max(axis=1)
    assert (moved[1:] > 1e-4).all()
    assert moved[0] == 0  # train has only "Ada", which has a vector of its own
    assert vectors.tuned[0].any()  # the row for words without a vector is trained
    np.testing.assert_array_equal(load_network(trained("fine-tune")).vectors.table.numpy(), vectors.tuned)


@pytest.mark.slow
def test_a_run_is_resumed_without_the_vector_file(trained, tiny_config, tiny_corpus, file, tmp_path):
    path = shutil.copytree(trained("fine-tune").path, tmp_path / "model")
    overrides = ["training.epochs=3", f"vectors.path={file}", *OPTIONS["fine-tune"]]
    before = np.array(open_model(path).vectors.tuned)
    hidden = file.rename(file.with_name("hidden"))
    try:
        metrics = train(
            load_config(tiny_config, overrides), [open_corpus(tiny_corpus)], path, TrainingOptions(resume=True)
        )
    finally:
        hidden.rename(file)
    assert metrics["epochs"] == 3
    if metrics["best_epoch"] == 3:
        assert not np.array_equal(open_model(path).vectors.tuned, before)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["frozen, nothing else", "fine-tune"])
def test_8_bit_models_and_saved_models_read_pretrained_vectors(trained, name, tagger, tiny_corpus, tmp_path):
    folder, small, saved = trained(name), tmp_path / "small", tmp_path / "saved"
    options = ["--int8", "--corpus", tiny_corpus, "--max-loss", 100, "--output", small]
    assert tagger("export", folder.path, *options).code == 0
    one, other = OnnxPredictor(open_model(small)).scores([["zebra"], ["quagga"]])
    assert not np.array_equal(one["upos"], other["upos"])
    done = tagger("export", folder.path, "--to", "saved-model", "--output", saved)
    assert (done.code, done.err) == (0, f"wrote {saved}\n")
    words = text(7)
    served = tf.saved_model.load(str(saved)).signatures["tag"](
        tokens=tf.constant([words]), lengths=tf.constant([7], tf.int32)
    )
    (expected,) = OnnxPredictor(folder).scores([words])
    np.testing.assert_allclose(served["scores/upos"][0], expected["upos"], atol=1e-4)


def test_a_malformed_vector_file_stops_training_and_leaves_no_folder(tiny_config, tiny_corpus, tmp_path):
    (tmp_path / "wrong.txt").write_text("a 1 2\nb 3\n")
    config = load_config(tiny_config, [f"vectors.path={tmp_path / 'wrong.txt'}"])
    with pytest.raises(DataError, match=r"wrong\.txt:2: 1 numbers, where there must be 2"):
        train(config, [open_corpus(tiny_corpus)], tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["wrong.txt"]


def test_a_number_too_large_for_16_bits_is_an_error(tiny_config, tiny_corpus, tmp_path):
    (tmp_path / "great.txt").write_text("a 1 2\nb 70000 3\n")  # the largest 16-bit number is 65504 (IEEE 754)
    config = load_config(tiny_config, [f"vectors.path={tmp_path / 'great.txt'}", "vectors.bits=16"])
    with pytest.raises(DataError, match=r"great\.txt: 'b' has numbers above 65504, .* set vectors.bits = 32"):
        train(config, [open_corpus(tiny_corpus)], tmp_path / "model")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vectors.npy", "vectors.txt", "tuned.npy", "tuned.txt"])
@pytest.mark.parametrize("damage", ["gone", "empty", "an archive", "cut", "of another model"])
def test_missing_and_damaged_files_are_an_error(trained, tmp_path, name, damage):
    path = shutil.copytree(trained("fine-tune").path, tmp_path / "model")
    damaged = path / "vocabulary" / name
    if damage == "gone":
        damaged.unlink()
    elif damage == "empty":
        damaged.write_bytes(b"")
    elif damage == "an archive":
        damaged.write_bytes(b"PK\x03\x04abc\n")
    elif damage == "cut":
        damaged.write_bytes(damaged.read_bytes()[:-2])
    elif name.endswith("npy"):
        np.save(damaged, np.zeros((4, 6), np.float32))
    else:
        damaged.write_text(damaged.read_text() + "more\n")
    with pytest.raises(ModelError, match=name.partition(".")[0]) as error:
        OnnxPredictor(open_model(path))
    assert "train" in str(error.value) and "\n" not in str(error.value)

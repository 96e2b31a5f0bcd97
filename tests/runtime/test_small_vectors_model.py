"""Models with projected, 8-bit and hashed pretrained vectors: their folders, their scores, and runs that go on."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.load import load_config
from tagger.corpus.read import open_corpus
from tagger.errors import DataError, ModelError
from tagger.model.folder import open_model
from tagger.model.hashed_words import HashedWords
from tagger.model.model_manifest import check_model_folder
from tagger.network.predictor import Predictor
from tagger.network.saved_weights import load_network, load_predictor
from tagger.network.vector_embedding import VectorEmbedding
from tagger.runtime.onnx_predictor import OnnxPredictor
from tagger.training.options import TrainingOptions
from tagger.training.pretrained_vectors import prepared_vectors
from tagger.training.projected_vectors import remove_unprojected, save_projected
from tagger.training.run import Run
from tagger.training.state import Checkpoints
from tagger.training.train import train
from tagger.training.workers import Workers

pytestmark = pytest.mark.slow

WORDS = ["ada", "Ada", "paris", "the", "zebra", "Zebra", "quagga", "naïve", "1,5"]
VALUES = np.random.default_rng(2).normal(size=(len(WORDS), 6)).astype(np.float32)
OPTIONS = {
    "projection": ["vectors.projection=4", "vectors.dropout=0.3", "shape.dimension=2"],
    "projection, 8 bits, hashes": ["vectors.projection=4", "vectors.bits=8", "vectors.keys=hashes"],
    "projection, 16 bits, nothing else": ["vectors.projection=7", "vectors.bits=16", "characters.encoder=none"],
    "8 bits": ["vectors.bits=8", "vectors.max_words=8"],
    "fine-tune, 8 bits, hashes": ["vectors.mode=fine-tune", "vectors.bits=8", "vectors.keys=hashes"],
}
PROJECTED = [name for name in OPTIONS if name.startswith("projection")]
QUICK = "projection, 8 bits, hashes"
STRANGE = ["", "\0", "\ud800", "NAÏVE", "ZEBRA", "İ", "1,5", "a" * 1000]
KNOWN = ["Ada", "The", "dog", "sees", "Paris", "paris", "zebra", "Quagga", "quagga", "PARIS", "."]


def text(length: int) -> list[str]:
    return [str(word) for word in np.random.default_rng(length).choice(KNOWN, length)]


SENTENCES = [STRANGE, *([word] for word in [*STRANGE, *WORDS]), *map(text, (1, 5, 40, 300))]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("vectors") / "vectors.txt"
    rows = (f"{word} {' '.join(map(repr, row.tolist()))}\n" for word, row in zip(WORDS, VALUES, strict=True))
    path.write_text("".join(rows) + "ada 9 9 9 9 9 9\n", encoding="utf-8")  # a duplicate, which is ignored
    return path


@pytest.fixture(scope="module")
def run_training(file, tiny_config, tiny_corpus):
    """A function that trains a model with a set of options for some epochs."""

    def trained(name, path, epochs=2, options=TrainingOptions(), others=()):  # noqa: B008 (frozen)
        overrides = [f"training.epochs={epochs}", "training.decay=none", f"vectors.path={file}", *OPTIONS[name]]
        return train(load_config(tiny_config, [*overrides, *others]), [open_corpus(tiny_corpus)], path, options)

    return trained


@pytest.fixture(scope="module")
def trained(run_training, tmp_path_factory):
    """A function that trains a model once for each set of options: its folder, and the scores before it was saved."""
    folders = {}
    project = Run.project_vectors

    def trained_folder(name):
        if name not in folders:
            path, scores = tmp_path_factory.mktemp("model") / "model", []

            def scored(run, folder):
                scores.extend(Predictor(run.network, run.lookup, run.vocabularies.tags).scores(SENTENCES))
                project(run, folder)

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Run, "project_vectors", scored)
                run_training(name, path)
            folders[name] = open_model(path), scores
        return folders[name]

    return trained_folder


def assert_close(some, others, tolerance):
    for one, other in zip(some, others, strict=True):
        for task, expected in other.items():
            np.testing.assert_allclose(one[task], expected, atol=tolerance)


def kernel_of(folder) -> np.ndarray:
    """The projection that a model has learned, from its checkpoint."""
    weights = tf.train.load_checkpoint(str(folder.path / "checkpoint" / "weights"))
    return weights.get_tensor("network/vectors/projection/.ATTRIBUTES/VARIABLE_VALUE")


@pytest.mark.parametrize("name", OPTIONS)
def test_both_runtimes_score_as_the_network_that_was_trained(trained, name):
    folder, expected = trained(name)
    in_tensorflow = load_predictor(folder).scores(SENTENCES)
    # 8-bit and 16-bit rows of what was trained in 32 bits are off by half a percent and less.
    assert_close(in_tensorflow, expected, 0.02 if "projection," in name else 1e-4)
    assert_close(OnnxPredictor(folder).scores(SENTENCES), in_tensorflow, 1e-4)


@pytest.mark.parametrize("name", PROJECTED)
def test_a_finished_model_has_the_projected_rows_and_those_alone(trained, name):
    folder, _ = trained(name)
    kernel = kernel_of(folder)
    assert kernel.shape == (6, folder.settings["vectors"]["projection"])
    words = ["zebra", "Zebra", "ZEBRA", "Naïve", "Ada", "lion", ""]
    rows = VALUES[[WORDS.index(word) for word in ("zebra", "Zebra", "zebra", "naïve", "Ada")]] @ kernel
    expected = np.concatenate([rows, np.zeros((2, kernel.shape[1]))])
    tolerance = {32: 1e-6, 16: 2**-11, 8: 1 / 253}[folder.settings["vectors"]["bits"]] * np.abs(rows).max()
    np.testing.assert_allclose(folder.vectors.lookup(words), expected, atol=tolerance)
    assert not folder.vectors.lookup(["lion"]).any()
    assert isinstance(folder.vectors.words, HashedWords) == ("hashes" in name)
    files = {path.name for path in (folder.path / "vocabulary").iterdir()}
    words_file = "vector_keys.npy" if "hashes" in name else "vectors.txt"
    with_scales = {"vector_scales.npy"} if "8 bits" in name else set()
    assert {each for each in files if "vector" in each or "project" in each} == {
        "vectors.npy",
        "unprojected.sha256",
        words_file,
        *with_scales,
    }
    assert check_model_folder(folder.path) > 5
    assert load_network(folder).vectors.projection is None


def test_the_projection_is_in_the_checkpoint_and_the_unprojected_vectors_are_not(trained):
    folder, _ = trained(QUICK)
    weights = tf.train.load_checkpoint(str(folder.path / "checkpoint" / "weights"))
    names = {name for name in weights.get_variable_to_shape_map() if "vectors/" in name}
    assert names == {"network/vectors/projection/.ATTRIBUTES/VARIABLE_VALUE"}
    state = tf.train.load_checkpoint(str(folder.path / "checkpoint" / "last-2-0"))
    averages_and_moments = [shape for shape in state.get_variable_to_shape_map().values() if shape == [6, 4]]
    assert len(averages_and_moments) >= 3  # of the projection: its value, and what Adam and the average keep of it


def test_vectors_of_8_bits_without_a_projection(trained):
    folder, _ = trained("8 bits")
    assert folder.vectors.frozen.dtype == np.int8 and isinstance(folder.vectors.frozen, np.memmap)
    read = folder.vectors.lookup(WORDS)
    assert (np.abs(read - VALUES)[:8] <= np.abs(VALUES[:8]).max(axis=1, keepdims=True) / 253).all()
    assert not read[8].any()  # max_words leaves it out


def test_fine_tuned_vectors_beside_hashed_ones(trained):
    folder, _ = trained("fine-tune, 8 bits, hashes")
    vectors = folder.vectors
    assert vectors.ids(["ada", "Ada", "paris", "the"]).tolist() == [1, 2, 3, 4]
    assert sorted(vectors.ids(WORDS).tolist()) == list(range(1, 10))
    np.testing.assert_array_equal(vectors.lookup(["Paris", "the", "lion"]), vectors.tuned[[3, 4, 0]])
    np.testing.assert_allclose(vectors.lookup(["QUAGGA"])[0], VALUES[6], atol=np.abs(VALUES[6]).max() / 253)


@pytest.mark.parametrize("name", OPTIONS)
def test_a_saved_model_gives_the_same_scores(trained, name, tagger, tmp_path):
    folder, _ = trained(name)
    done = tagger("export", folder.path, "--to", "saved-model", "--output", tmp_path / "saved")
    assert done.code == 0, done.err
    words = text(9)
    served = tf.saved_model.load(str(tmp_path / "saved")).signatures["tag"](
        tokens=tf.constant([words]), lengths=tf.constant([9], tf.int32)
    )
    (expected,) = OnnxPredictor(folder).scores([words])
    np.testing.assert_allclose(served["scores/upos"][0], expected["upos"], atol=1e-4)


def test_an_8_bit_export_keeps_the_vectors(trained, tagger, tiny_corpus, tmp_path):
    folder, _ = trained(QUICK)
    options = ["--int8", "--corpus", tiny_corpus, "--max-loss", 100, "--output", tmp_path / "small"]
    done = tagger("export", folder.path, *options)
    assert done.code == 0, done.err
    small = open_model(tmp_path / "small")
    np.testing.assert_array_equal(small.vectors.lookup(WORDS), folder.vectors.lookup(WORDS))
    assert_close(OnnxPredictor(small).scores(SENTENCES), OnnxPredictor(folder).scores(SENTENCES), 0.2)
    assert tagger("check", tmp_path / "small").code == 0


class Stopped(Exception):
    """What a test raises in the place of a killed process."""


def test_a_run_that_is_stopped_and_resumed_gives_the_same_model(
    trained, run_training, tmp_path, monkeypatch, assert_same_weights, file
):
    folder, _ = trained(QUICK)
    save = Checkpoints.save

    def save_and_stop(checkpoints, state):
        save(checkpoints, state)
        raise Stopped

    with monkeypatch.context() as patch, pytest.raises(Stopped):
        patch.setattr(Checkpoints, "save", save_and_stop)
        run_training(QUICK, tmp_path / "model")
    assert (tmp_path / "model.training" / "vocabulary" / "unprojected.npy").is_file()
    hidden = file.rename(file.with_name("hidden"))  # the run has all that it needs
    try:
        run_training(QUICK, tmp_path / "model", options=TrainingOptions(resume=True))
    finally:
        hidden.rename(file)
    assert_same_weights(folder.path, tmp_path / "model")
    for name in ("vectors.npy", "vector_scales.npy", "vector_keys.npy"):
        assert (folder.path / "vocabulary" / name).read_bytes() == (
            tmp_path / "model" / "vocabulary" / name
        ).read_bytes()


def test_vectors_that_were_half_copied_when_a_run_was_killed_are_copied_again(trained, run_training, tmp_path, file):
    path = shutil.copytree(trained(QUICK)[0].path, tmp_path / "model.training")
    np.save(path / "vocabulary" / "unprojected.npy", np.zeros((10, 6), np.float32))  # in the order of the file
    run_training(QUICK, tmp_path / "model", 3, TrainingOptions(resume=True))
    folder = open_model(tmp_path / "model")
    expected = VALUES[[4, 6]] @ kernel_of(folder)
    np.testing.assert_allclose(folder.vectors.lookup(["zebra", "quagga"]), expected, atol=np.abs(expected).max() / 253)


def test_a_run_that_is_stopped_while_it_finishes_is_finished(trained, run_training, tmp_path, monkeypatch):
    def stop(*_):
        raise Stopped

    with monkeypatch.context() as patch, pytest.raises(Stopped):
        patch.setattr("tagger.training.train.metrics_of", stop)  # the projected vectors are written
        run_training(QUICK, tmp_path / "model")
    run_training(QUICK, tmp_path / "model", options=TrainingOptions(resume=True))
    folder, _ = trained(QUICK)
    again = open_model(tmp_path / "model")
    np.testing.assert_array_equal(again.vectors.lookup(WORDS), folder.vectors.lookup(WORDS))
    check_model_folder(tmp_path / "model")


def test_a_finished_model_is_trained_further_as_if_it_had_never_stopped(
    trained, run_training, tmp_path, assert_same_weights
):
    path = shutil.copytree(trained(QUICK)[0].path, tmp_path / "model")
    run_training(QUICK, path, 3, TrainingOptions(resume=True))
    run_training(QUICK, tmp_path / "unbroken", 3)
    assert_same_weights(tmp_path / "unbroken", path)
    vectors = [open_model(each).vectors.lookup(WORDS) for each in (path, tmp_path / "unbroken")]
    np.testing.assert_array_equal(*vectors)
    assert not (path / "vocabulary" / "unprojected.npy").exists()
    check_model_folder(path)


def test_a_finished_model_is_not_trained_further_with_other_vectors(
    trained, run_training, tmp_path, file, assert_same_weights
):
    path = shutil.copytree(trained(QUICK)[0].path, tmp_path / "model")
    again = TrainingOptions(resume=True)
    content = file.read_bytes()
    hidden = file.rename(file.with_name("hidden"))
    try:
        with pytest.raises(DataError, match=r"vectors\.txt: there is no such file: a finished model has only .* back"):
            run_training(QUICK, path, 3, again)
        assert [each.name for each in tmp_path.iterdir()] == ["model"]
        for other in (content.replace(b"zebra", b"horse"), content.replace(repr(float(VALUES[4, 0])).encode(), b"7")):
            assert other != content
            file.write_bytes(other)
            with pytest.raises(DataError, match=r"vectors\.txt: holds other vectors than .* put back the same file"):
                run_training(QUICK, path, 3, again)
    finally:
        hidden.replace(file)
    assert OnnxPredictor(open_model(path)).scores([["zebra"]])  # the finished model is as it was
    run_training(QUICK, path, 3, again)
    assert json.loads((path / "metrics.json").read_text())["epochs"] == 3


def test_teachers_and_seeds_project_vectors_too(run_training, tmp_path):
    metrics = run_training(
        QUICK,
        tmp_path / "model",
        options=TrainingOptions(seeds=2),
        others=["distillation.teachers=1", "distillation.epochs=1"],
    )
    assert len(metrics["seeds"]["runs"]) == 2
    folder = open_model(tmp_path / "model")
    assert folder.vectors.dimension == 4 and folder.vectors.scales is not None
    check_model_folder(tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_two_workers_project_vectors_together(tiny_config, tiny_corpus, file, tmp_path, clean_environment):
    settings = [f"vectors.path={file}", "training.epochs=2", *OPTIONS[QUICK]]
    command = [sys.executable, "-m", "tagger", "train", tiny_config, "--corpus", tiny_corpus, "--workers", "2"]
    command += ["--output", tmp_path / "model", *(each for setting in settings for each in ("--set", setting))]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=clean_environment, timeout=600)
    assert done.returncode == 0, done.stderr
    folder = open_model(tmp_path / "model")
    assert_close(OnnxPredictor(folder).scores(SENTENCES), load_predictor(folder).scores(SENTENCES), 1e-4)
    expected = VALUES[[4]] @ kernel_of(folder)
    np.testing.assert_allclose(folder.vectors.lookup(["zebra"]), expected, atol=np.abs(expected).max() / 253)


@pytest.mark.parametrize("name", ["vectors.npy", "vector_scales.npy", "vector_keys.npy"])
@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "of another model"])
def test_missing_and_damaged_files_are_an_error(trained, tmp_path, name, damage):
    path = shutil.copytree(trained(QUICK)[0].path, tmp_path / "model")
    damaged = path / "vocabulary" / name
    if damage == "gone":
        damaged.unlink()
    elif damage == "of another model":
        (path / "manifest.json").unlink()
        np.save(damaged, np.load(damaged)[:-1])
    else:
        damaged.write_bytes(b"" if damage == "empty" else damaged.read_bytes()[:-2])
    with pytest.raises(ModelError, match=name.partition(".")[0]) as error:
        OnnxPredictor(open_model(path))
    assert "train" in str(error.value) and "\n" not in str(error.value)


def test_200_000_words_take_less_than_5_megabytes(tmp_path, tiny_config):
    np.save(tmp_path / "made.npy", np.random.default_rng(3).normal(size=(200_000, 20)).astype(np.float16))
    (tmp_path / "made.txt").write_text("".join(f"word{number}\n" for number in range(200_000)))
    options = ["vectors.projection=18", "vectors.bits=8", "vectors.keys=hashes"]
    config = load_config(tiny_config, [f"vectors.path={tmp_path / 'made.npy'}", *options])
    vocabulary = tmp_path / "model" / "vocabulary"
    vocabulary.mkdir(parents=True)
    read = prepared_vectors(config, [], tmp_path / "model", Workers())
    embedding = VectorEmbedding(read, config.vectors, np.random.default_rng(1))
    written = save_projected(read, embedding, config.vectors, tmp_path / "model")
    remove_unprojected(tmp_path / "model")
    assert sum(path.stat().st_size for path in vocabulary.iterdir()) < 5_000_000
    expected = read.lookup(["word0", "word123456", "Word199999"]) @ embedding.projection.numpy()
    found = written.lookup(["word0", "word123456", "Word199999"])
    np.testing.assert_allclose(found, expected, atol=np.abs(expected).max() / 253)
    assert not written.lookup(["word200000", "word-1"]).any()

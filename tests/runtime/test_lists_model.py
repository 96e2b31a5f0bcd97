"""A model that reads lists of names: its folder, runtimes, resuming, tagging and export."""

import json
from shutil import copytree

import numpy as np
import onnx
import pytest

from tagger.config.load import check_config
from tagger.corpus.read import open_corpus, read_split
from tagger.errors import DataError, ModelError
from tagger.model.batching import PIECE_TOKENS
from tagger.model.folder import open_model
from tagger.model.name_lists import BEGIN, END, INSIDE, NO_MATCH, SINGLE
from tagger.network.predictor import Predictor
from tagger.network.saved_weights import load_network, load_predictor
from tagger.network.vocabularies import loaded_vocabularies
from tagger.runtime.onnx_predictor import OnnxPredictor
from tagger.runtime.tagger import load
from tagger.training.options import TrainingOptions
from tagger.training.train import train

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def settings(tiny_config, tmp_path_factory):
    """Settings of a model that finds entities with two lists, whose files lie in a folder."""
    folder = tmp_path_factory.mktemp("names")
    (folder / "cities.txt").write_text("# made\nParis\nNew York\nRio de Janeiro\n", encoding="utf-8")
    (folder / "countries.txt").write_text("France\n", encoding="utf-8")
    (folder / "people.txt").write_text("Ada\nada lovelace\nGrace Hopper\n", encoding="utf-8")
    return {
        "tasks": {"ner": {}},
        "words": {"dimension": 8, "unknown_rate": 0.5},
        "characters": {"dimension": 4, "filters": 4},
        "encoder": {"units": 8, "dropout": 0.2},
        "lists": {
            "place": {"files": [str(folder / "cities.txt"), str(folder / "countries.txt")], "dimension": 4},
            "person": {"files": [str(folder / "people.txt")], "dropout": 0.3},
        },
        "training": {"epochs": 12, "batch_size": 4, "learning_rate": 0.05, "decay": "none"},
    }


@pytest.fixture(scope="module")
def lists_model(settings, tiny_corpus, tmp_path_factory):
    """The folder of that model. Leave it as it is."""
    folder = tmp_path_factory.mktemp("lists") / "lists"
    train(check_config(settings, "settings"), [open_corpus(tiny_corpus)], folder)
    return folder


@pytest.fixture(scope="module")
def folder(lists_model):
    return open_model(lists_model)


def sentences() -> list[list[str]]:
    """Sentences of many lengths; in a long one, names lie over the places where it is cut into pieces."""
    generator = np.random.default_rng(2)
    words = ["Ada", "Lovelace", "The", "dog", "left", "New", "York", "Rio", "de", "Janeiro", "."]
    made = [generator.choice(words, length).tolist() for length in [5, 1, 0, 40, 2, PIECE_TOKENS + 300, 7, 3] * 2]
    for at in (PIECE_TOKENS - 1, PIECE_TOKENS - 65, PIECE_TOKENS + 63):
        made[5][at : at + 3] = ["Rio", "de", "Janeiro"]
    return made


def test_the_model_folder_has_the_lists_as_hashes_and_the_card_names_them(folder, lists_model):
    assert {name: each.phrases for name, each in folder.lists.by_type.items()} == {"person": 3, "place": 4}
    for path in (lists_model / "vocabulary").iterdir():
        assert b"Janeiro" not in path.read_bytes() and b"hopper" not in path.read_bytes().lower()
    card = (lists_model / "README.md").read_text(encoding="utf-8")
    assert "| list `place` | 4 phrases of cities.txt, countries.txt |" in card
    metrics = json.loads((lists_model / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["lists"]["person"] == {"files": ["people.txt"], "phrases": 3}
    assert "vocabulary/list.place.npy" in folder.manifest.files
    assert load(lists_model).given == ()


def test_a_model_without_lists_has_nothing_of_them(tiny_model):
    assert open_model(tiny_model).lists is None
    assert "lists" not in json.loads((tiny_model / "metrics.json").read_text(encoding="utf-8"))
    assert "[lists" not in (tiny_model / "config.toml").read_text(encoding="utf-8")


def test_onnx_and_tensorflow_give_the_same_tags_and_scores(folder):
    onnx_predictor, tensorflow = OnnxPredictor(folder), load_predictor(folder)
    assert onnx_predictor.predict(sentences()) == tensorflow.predict(sentences())
    for ours, theirs in zip(onnx_predictor.scores(sentences()), tensorflow.scores(sentences()), strict=True):
        np.testing.assert_allclose(ours["ner"], theirs["ner"], atol=1e-4)


def test_tagging_reads_the_marks_of_whole_sentences_however_they_are_cut(folder):
    """What the network gets, and not only that both runtimes agree."""
    config = check_config(folder.settings, "config")
    predictor = Predictor(load_network(folder), loaded_vocabularies(folder).lookup(config), folder.tags)
    words = ["x"] * (PIECE_TOKENS + 100)
    words[PIECE_TOKENS + 63 : PIECE_TOKENS + 66] = ["Rio", "de", "Janeiro"]  # of which the first piece has only `Rio`
    given = []
    predictor._run_scores = lambda *inputs: given.append(inputs) or {}
    predictor.scores([words, ["in", "new", "YORK"]])
    (short, second), (first,) = (
        np.split(inputs[-1].numpy(), np.cumsum(inputs[1].numpy())[:-1]) for inputs in given
    )  # the marks of `place` of each piece
    assert short.tolist() == [NO_MATCH, BEGIN, END]
    assert first.tolist() == [NO_MATCH] * (PIECE_TOKENS + 63) + [BEGIN]
    assert second.tolist() == [NO_MATCH] * (64 + 63) + [BEGIN, INSIDE, END] + [NO_MATCH] * 34


@pytest.mark.parametrize("runtime", ["onnx", "tensorflow"])
def test_a_name_of_a_list_that_train_lacks_is_tagged_otherwise(lists_model, runtime, tmp_path):
    words = ["Grace", "Hopper", "left", "Rio", "de", "Janeiro", "."]
    (listed,) = load(lists_model, runtime).tag([words])
    copy = copytree(lists_model, tmp_path / "model")
    for name in ("person", "place"):  # of the same names, but other ones
        other = np.array([1 << 3 | 1], np.uint64)
        np.save(copy / "vocabulary" / f"list.{name}.npy", other)
    (copy / "manifest.json").unlink()
    (unlisted,) = load(copy, runtime).tag([words])
    assert np.abs(np.subtract(listed.scores("ner"), unlisted.scores("ner"))).max() > 1e-3


def test_plain_text_is_tagged(tagger, lists_model, tmp_path):
    (tmp_path / "text.txt").write_text("Ada left New York.", encoding="utf-8")
    done = tagger("tag", tmp_path / "text.txt", "--model", lists_model, "--format", "jsonl")
    assert done.code == 0, done.err
    assert [span["text"] for span in json.loads(done.out)["spans"]["ner"]] == ["Ada", "New York"]


def test_a_resumed_run_gives_the_same_weights_without_the_files(
    settings, lists_model, tiny_corpus, tmp_path, assert_same_weights
):
    config = check_config(settings, "settings")
    fewer = config.model_copy(update={"training": config.training.model_copy(update={"epochs": 5})})
    corpora = [open_corpus(tiny_corpus)]
    train(fewer, corpora, tmp_path / "model")
    train(config, corpora, tmp_path / "model", TrainingOptions(resume=True))
    assert_same_weights(lists_model, tmp_path / "model")


def test_a_missing_file_is_an_error_and_leaves_nothing(settings, tiny_corpus, tmp_path):
    lists = {"place": {"files": [str(tmp_path / "nowhere.txt")]}}
    with pytest.raises(DataError, match=r"nowhere.txt: there is no such file"):
        train(check_config({**settings, "lists": lists}, "x"), [open_corpus(tiny_corpus)], tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_an_8_bit_model_reads_lists(tagger, lists_model, tiny_corpus, tmp_path):
    small = tmp_path / "small"
    command = ["export", lists_model, "--int8", "--corpus", tiny_corpus, "--max-loss", 100, "--output", small]
    assert tagger(*command).code == 0
    about = {each.key: each.value for each in onnx.load(small / "model.onnx").metadata_props}
    assert (about["precision"], about["given/lists/place"]) == ("int8", "6")
    assert tagger("check", small).code == 0
    with open_corpus(tiny_corpus) as corpus:
        gold = list(read_split(corpus, "test"))
    assert [each.tags["ner"] for each in load(small).tag(gold)] == [each.tags["ner"] for each in gold]


def test_a_saved_model_is_refused(tagger, lists_model, tmp_path):
    done = tagger("export", lists_model, "--to", "saved-model", "--output", tmp_path / "saved")
    assert done.code == 1 and "reads [lists.person] and [lists.place], and TensorFlow has no operation" in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["list.place.npy", "list.person.npy"])
def test_a_list_that_is_missing_or_of_another_model_is_an_error(tagger, lists_model, tmp_path, name):
    copy = copytree(lists_model, tmp_path / "model")
    (copy / "vocabulary" / name).write_bytes(b"x")
    with pytest.raises(ModelError, match=f"{name}: damaged"):
        load(copy)
    (copy / "vocabulary" / name).unlink()
    with pytest.raises(ModelError, match=f"{name}: there is no such file"):
        load(copy)
    assert tagger("check", copy).code == 1


def test_single_words_of_a_list_are_marked_so(folder):
    marks = folder.lists.marks(["PARIS", "Ada", "Lovelace"], [3])
    assert marks["place"].tolist() == [SINGLE, NO_MATCH, NO_MATCH]
    assert marks["person"].tolist() == [NO_MATCH, BEGIN, END]


@pytest.mark.parametrize("name", ["../../secret", "/etc/x", "tokens"])
def test_a_name_of_a_list_is_no_path(lists_model, tmp_path, name):
    copy = copytree(lists_model, tmp_path / "model")
    config = (copy / "config.toml").read_text(encoding="utf-8").replace("[lists.place]", f'[lists."{name}"]')
    (copy / "config.toml").write_text(config, encoding="utf-8")
    (copy / "manifest.json").unlink()
    with pytest.raises(ModelError, match=r"'lists' has .*, which is no name of a task"):
        open_model(copy)

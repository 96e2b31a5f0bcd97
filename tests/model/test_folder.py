import shutil
from pathlib import Path

import pytest

from tagger.errors import ModelError, TaggerError
from tagger.model.folder import open_model
from tagger.network.saved_weights import load_network
from tagger.runtime.tagger import load

NEEDED = [
    "config.toml",
    "vocabulary/words.txt",
    "vocabulary/characters.txt",
    "vocabulary/tags.upos.txt",
    "vocabulary/tags.ner.txt",
    "characters.onnx",
]
WEIGHTS = ["checkpoint/weights.index", "checkpoint/weights.data-00000-of-00001"]


@pytest.fixture
def model(tiny_model, tmp_path) -> Path:
    """A copy of the tiny model that a test may damage."""
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


@pytest.fixture
def unexported(model) -> Path:
    """A copy of the tiny model without its ONNX files, so that TensorFlow tags."""
    (model / "model.onnx").unlink()
    (model / "characters.onnx").unlink()
    return model


def test_a_folder_has_the_tasks_and_vocabularies_of_its_model(tiny_model):
    folder = open_model(tiny_model)
    assert folder.schemes == {"upos": None, "ner": "IOB2"}
    assert set(folder.tags["ner"].entries) == {"O", "B-PER", "I-PER", "B-LOC", "I-LOC"}
    assert folder.knows("dog") and not folder.knows("unseen")


def test_without_a_model_for_onnx_runtime_tensorflow_tags(unexported, tiny_model):
    text = "Ada Lovelace sees New York ."
    assert load(unexported)(text) == load(tiny_model)(text)


def test_a_folder_without_weights_tags_but_not_with_tensorflow(model):
    shutil.rmtree(model / "checkpoint")
    assert load(model)("Ada left .")
    with pytest.raises(ModelError, match=f"{model}: no weights for TensorFlow in it"):
        load_network(open_model(model))


@pytest.mark.parametrize("name", WEIGHTS)
def test_missing_or_truncated_weights_are_an_error_for_tensorflow(unexported, name):
    content = (unexported / name).read_bytes()
    (unexported / name).write_bytes(content[: len(content) // 2 - 1])
    with pytest.raises(ModelError, match=unexported.name):
        load(unexported)
    (unexported / name).unlink()
    with pytest.raises(ModelError, match="train"):
        load(unexported)


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_file_is_an_error_that_names_the_folder_and_what_to_do(model, name):
    (model / name).unlink()
    with pytest.raises(ModelError) as error:
        load(model)
    assert str(model) in str(error.value)
    assert "train" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", NEEDED)
def test_a_truncated_file_is_an_error(model, name):
    content = (model / name).read_bytes()
    (model / name).write_bytes(content[: len(content) // 2 - 1])
    with pytest.raises(TaggerError, match=model.name) as error:
        load(model)
    assert "\n" not in str(error.value)


def test_a_path_that_is_no_model_folder_is_an_error(tmp_path):
    with pytest.raises(ModelError, match="no such model folder"):
        load(tmp_path / "none")
    with pytest.raises(ModelError, match=r"no config\.toml in it, so it is not a model folder"):
        load(tmp_path)


def test_a_vocabulary_other_than_that_of_the_weights_is_an_error(unexported):
    (unexported / "manifest.json").unlink()
    with (unexported / "vocabulary" / "words.txt").open("a", encoding="utf-8") as file:
        file.write("more\n")
    with pytest.raises(ModelError, match="weights: damaged, or of another network"):
        load(unexported)

"""`tagger export`: writing a model's ONNX files again, in place or as a new folder."""

import shutil
from pathlib import Path

import onnx
import pytest

from tagger.runtime.tagger import load

TEXT = "Ada Lovelace sees New York . She left the old tree ."


@pytest.fixture
def model(tiny_model, tmp_path) -> Path:
    """A copy of a model that a test may change."""
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def about(folder: Path) -> dict[str, str]:
    return {each.key: each.value for each in onnx.load(folder / "model.onnx").metadata_props}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_missing_or_damaged_files_are_written_again_as_training_wrote_them(tagger, model, tiny_model):
    (model / "model.onnx").write_bytes(b"damaged")
    (model / "characters.onnx").unlink()
    done = tagger("export", model)
    assert (done.code, done.out, done.err) == (0, "", f"wrote {model}\n")
    again, before = contents(model), contents(tiny_model)
    assert again.keys() == before.keys()
    assert load(model)(TEXT) == load(tiny_model)(TEXT)
    (model / "model.onnx").write_bytes(before["model.onnx"])
    tagger("export", model, "--to", "onnx", "--output", model)
    assert (model / "checkpoint").is_dir()
    assert about(model) == {**about(tiny_model), "name": "model"}


def test_a_new_folder_has_what_tagging_needs_and_tags_the_same(tagger, tiny_model, tmp_path):
    lean = tmp_path / "lean"
    assert tagger("export", tiny_model, "--output", lean).code == 0
    assert {path.name for path in lean.iterdir()} == {
        *("config.toml", "vocabulary", "model.onnx", "characters.onnx", "metrics.json", "manifest.json", "README.md")
    }
    assert load(lean)(TEXT) == load(tiny_model)(TEXT)
    assert about(lean)["name"] == "lean"
    before = contents(lean)
    done = tagger("export", tiny_model, "--output", lean)
    assert done.code == 1 and "exists already" in done.err
    assert tagger("export", lean, "--output", lean, "--overwrite").code == 0
    assert contents(lean) == before
    assert [path.name for path in tmp_path.iterdir()] == ["lean"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--to", "tflite"], "--to tflite: write onnx or saved-model"),
        (["--to", "saved-model"], "takes --output"),
        (["--to", "saved-model", "--int8", "--output", "x"], "no --int8"),
        (["--int8"], "no corpus to measure 8 bits on: give one with --corpus"),
        (["--corpus", "x"], "--corpus goes with --int8"),
    ],
)
def test_options_that_exclude_each_other_are_an_error(tagger, tiny_model, options, message):
    done = tagger("export", tiny_model, *options)
    assert (done.code, done.out) == (1, "")
    assert message in done.err

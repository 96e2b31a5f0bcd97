"""`tagger export`: a model's ONNX files again, in place or as a folder of its own."""

import shutil
from pathlib import Path

import onnx
import pytest

from tagger.runtime.tagger import load

TEXT = "Ada Lovelace sees New York . She left the old tree ."


@pytest.fixture
def model(tiny_model, tmp_path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def about(folder: Path) -> dict[str, str]:
    return {each.key: each.value for each in onnx.load(folder / "model.onnx").metadata_props}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_files_that_are_gone_or_damaged_are_written_again_as_training_wrote_them(tagger, model, tiny_model):
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


def test_a_folder_of_its_own_holds_what_tagging_needs_and_tags_the_same(tagger, tiny_model, tmp_path):
    lean = tmp_path / "lean"
    assert tagger("export", tiny_model, "--output", lean).code == 0
    assert {path.name for path in lean.iterdir()} == {
        *("config.toml", "vocabulary", "model.onnx", "characters.onnx", "metrics.json", "README.md")
    }
    assert load(lean)(TEXT) == load(tiny_model)(TEXT)
    assert about(lean)["name"] == "lean"
    before = contents(lean)
    done = tagger("export", tiny_model, "--output", lean)
    assert done.code == 1 and "exists already" in done.err
    assert tagger("export", lean, "--output", lean, "--overwrite").code == 0
    assert contents(lean) == before
    assert [path.name for path in tmp_path.iterdir()] == ["lean"]


def test_8_bits_are_measured_on_dev_and_written(tagger, model, tiny_corpus, tmp_path):
    before = contents(model)
    done = tagger("export", model, "--int8", "--corpus", tiny_corpus, "--max-loss", 100)
    assert done.code == 0
    upos, ner, wrote = done.err.splitlines()
    assert upos.startswith("dev upos: accuracy 100.00, in 8 bits ") and ", lost " in upos
    assert ner.startswith("dev ner: f1 ") and wrote == f"wrote {model}"
    changed = {name for name, content in contents(model).items() if content != before[name]}
    assert changed == {"model.onnx"} or changed == {"model.onnx", "characters.onnx"}
    assert about(model)["precision"] == "int8"
    assert len(load(model)(TEXT)) == 2

    done = tagger("export", model, "--int8", "--corpus", tiny_corpus, "--output", model.parent)
    assert done.code == 1 and "exists already" in done.err
    lean = tmp_path / "lean"
    assert tagger("export", model, "--output", lean).code == 0
    assert about(lean)["precision"] == "float32"  # of the weights, which are still there
    assert tagger("export", lean, "--int8", "--corpus", tiny_corpus, "--max-loss", 100).code == 0
    done = tagger("export", lean)
    assert done.code == 1 and "is not in 32 bits, and there are no weights" in done.err


def test_8_bits_that_lose_too_much_are_not_written(tagger, model, tiny_corpus, tmp_path, monkeypatch):
    from tagger.export import onnx_folder as folder

    def one_tag(models):
        """A model that gives one tag whatever it reads."""
        changed = onnx.ModelProto()
        changed.CopyFrom(models["model.onnx"])
        (bias,) = (each for each in changed.graph.initializer if each.name == "projections/upos/bias")
        values = onnx.numpy_helper.to_array(bias).copy()
        values[0] = 1e6
        bias.CopyFrom(onnx.numpy_helper.from_array(values, bias.name))
        return {**models, "model.onnx": changed}

    monkeypatch.setattr(folder, "in_8_bits", one_tag)
    before = contents(model)
    done = tagger("export", model, "--int8", "--corpus", tiny_corpus, "--output", tmp_path / "lean")
    assert done.code == 1
    assert "in 8 bits upos falls from 100.00 to" in done.err and "nothing is written" in done.err
    assert contents(model) == before and not (tmp_path / "lean").exists()


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
def test_options_that_do_not_go_together_are_an_error(tagger, tiny_model, options, message):
    done = tagger("export", tiny_model, *options)
    assert (done.code, done.out) == (1, "")
    assert message in done.err

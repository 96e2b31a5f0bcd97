"""`tagger export --int8`: a model with 8-bit weights is scored on dev, and written unless a task loses too much."""

import shutil
from pathlib import Path

import onnx
import pytest

from tagger.runtime.tagger import load
from tagger.training import eight_bits

TEXT = "Ada Lovelace sees New York . She left the old tree ."


@pytest.fixture
def model(tiny_model, tmp_path) -> Path:
    """A copy of a model that a test may change."""
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def about(folder: Path) -> dict[str, str]:
    return {each.key: each.value for each in onnx.load(folder / "model.onnx").metadata_props}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_8_bit_weights_are_scored_on_dev_and_written(tagger, model, tiny_corpus, tmp_path):
    before = contents(model)
    done = tagger("export", model, "--int8", "--corpus", tiny_corpus, "--max-loss", 100)
    assert done.code == 0
    upos, ner, wrote = done.err.splitlines()
    assert upos.startswith("dev upos: accuracy 100.00, in 8 bits ") and ", lost " in upos
    assert ner.startswith("dev ner: f1 ") and wrote == f"wrote {model}"
    changed = {name for name, content in contents(model).items() if content != before[name]}
    assert changed - {"characters.onnx"} == {"model.onnx", "manifest.json"}
    assert about(model)["precision"] == "int8"
    assert len(load(model)(TEXT)) == 2

    done = tagger("export", model, "--int8", "--corpus", tiny_corpus, "--output", model.parent)
    assert done.code == 1 and "exists already" in done.err
    lean = tmp_path / "lean"
    assert tagger("export", model, "--output", lean).code == 0
    assert about(lean)["precision"] == "float32"  # made from the checkpoint, which is still there
    assert tagger("export", lean, "--int8", "--corpus", tiny_corpus, "--max-loss", 100).code == 0
    done = tagger("export", lean)
    assert done.code == 1 and "is not in 32 bits, and there are no weights" in done.err


def test_8_bit_weights_that_lose_too_much_are_not_written(tagger, model, tiny_corpus, tmp_path, monkeypatch):
    def one_tag(models):
        """Models that give every token the same tag."""
        changed = onnx.ModelProto()
        changed.CopyFrom(models["model.onnx"])
        (bias,) = (each for each in changed.graph.initializer if each.name == "projections/upos/bias")
        values = onnx.numpy_helper.to_array(bias).copy()
        values[0] = 1e6
        bias.CopyFrom(onnx.numpy_helper.from_array(values, bias.name))
        return {**models, "model.onnx": changed}

    monkeypatch.setattr(eight_bits, "in_8_bits", one_tag)
    before = contents(model)
    done = tagger("export", model, "--int8", "--corpus", tiny_corpus, "--output", tmp_path / "lean")
    assert done.code == 1
    assert "in 8 bits upos falls from 100.00 to" in done.err and "nothing is written" in done.err
    assert contents(model) == before and not (tmp_path / "lean").exists()


def test_a_new_folder_has_the_segmenter_in_8_bits_too(tagger, raw_model, treebank, tmp_path):
    before = contents(raw_model)

    done = tagger(
        *("export", raw_model, "--int8", "--corpus", treebank, "--max-loss", 100, "--output", tmp_path / "small")
    )

    assert done.code == 0, done.err
    lines = [line.split(":")[0] for line in done.err.splitlines()]
    assert [line for line in lines if "raw" in line] == [
        f"dev {part} of raw text" for part in ("tokens", "sentences", "words")
    ]
    assert about(tmp_path / "small" / "segmenter")["precision"] == "int8"
    assert contents(raw_model) == before
    words = [word for sentence in load(tmp_path / "small")("Ada sleeps.") for word in sentence.words]
    assert "".join(words) == "Adasleeps."


def test_a_segmenter_alone_is_measured_on_raw_text_and_splits_afterwards(tagger, raw_model, treebank, tmp_path):
    alone = Path(shutil.copytree(raw_model / "segmenter", tmp_path / "alone"))

    done = tagger("export", alone, "--int8", "--corpus", treebank, "--max-loss", 100, "--output", tmp_path / "small")

    assert done.code == 0, done.err
    assert "dev sentences of raw text: f1 " in done.err
    assert [sentence.words for sentence in load(tmp_path / "small")("Ada sleeps.")]

"""The ONNX files of a model folder: inputs, outputs, metadata, and how they are written."""

import json

import onnx
import onnxruntime
import pytest

from tagger import __version__
from tagger.backend import tf
from tagger.config.load import load_config
from tagger.corpus.read import open_corpus
from tagger.export.onnx_files import write_models
from tagger.model.folder import open_model
from tagger.network.cells import BasicRNNCell
from tagger.runtime.tagger import load
from tagger.training.train import train


class Unusual(BasicRNNCell):
    """A cell with an operation that ONNX lacks."""

    def step(self, inputs, state):
        output, state = super().step(inputs, state)
        return tf.math.lgamma(2 + output), state


@pytest.mark.parametrize("name", ["model.onnx", "characters.onnx"])
def test_metadata_and_opset_of_a_file(tiny_model, name):
    model = onnx.load(tiny_model / name)
    onnx.checker.check_model(model, full_check=True)
    assert (model.producer_name, model.producer_version) == ("tagger", __version__)
    assert [(each.domain, each.version) for each in model.opset_import] == [("", 17)]
    about = {each.key: each.value for each in model.metadata_props}
    folder = open_model(tiny_model)
    assert json.loads(about.pop("tasks")) == [
        {"task": "upos", "scheme": None, "tags": list(folder.tags["upos"].entries)},
        {"task": "ner", "scheme": "IOB2", "tags": list(folder.tags["ner"].entries)},
    ]
    assert about == {
        "name": "tiny",
        "corpus": "tiny",
        "tagger_version": __version__,
        "precision": "float32",
        "words": str(len(folder.words)),
        "characters": str(len(folder.characters)),
    }


def test_names_and_types_of_inputs_and_outputs(tiny_model):
    session = onnxruntime.InferenceSession(tiny_model / "model.onnx")
    assert [(each.name, each.type, each.shape) for each in session.get_inputs()] == [
        ("words", "tensor(int32)", ["sentences", "tokens"]),
        ("distinct", "tensor(int32)", ["sentences", "tokens"]),
        ("spellings", "tensor(float)", ["distinct_words", 12]),
        ("lengths", "tensor(int32)", ["sentences"]),
    ]
    assert [(each.name, each.type, each.shape) for each in session.get_outputs()] == [
        ("scores/upos", "tensor(float)", ["sentences", "tokens", 7]),
        ("scores/ner", "tensor(float)", ["sentences", "tokens", 5]),
    ]


@pytest.mark.slow
def test_a_cell_that_onnx_cannot_express_is_reported_and_runs_in_tensorflow(tiny_config, tiny_corpus, tmp_path, capsys):
    settings = ["training.epochs=1", f"encoder.cell={__name__}:Unusual"]
    train(load_config(tiny_config, settings), [open_corpus(tiny_corpus)], tmp_path / "model")
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "model.onnx" in line]
    assert "no model.onnx is written, TensorFlow tags with this model: Unusual: its operation Lgamma" in line
    assert not list((tmp_path / "model").glob("*.onnx"))
    assert load(tmp_path / "model", trust_code=True)("Ada left .")


def test_a_failed_write_leaves_the_old_files(tiny_model, tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"old")
    (tmp_path / "characters.onnx").mkdir()
    models = {name: onnx.load(tiny_model / name) for name in ("model.onnx", "characters.onnx")}
    with pytest.raises(OSError):
        write_models({"characters.onnx": models["characters.onnx"], "model.onnx": models["model.onnx"]}, tmp_path)
    assert (tmp_path / "model.onnx").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["characters.onnx", "model.onnx"]

"""A model folder is data: a cell that its configuration names is imported only with `trust_code`."""

import shutil
import sys
from pathlib import Path

import pytest

from tagger.errors import ModelError
from tagger.model.model_manifest import write_model_manifest
from tagger.network.cells import foreign_cell
from tagger.runtime.tagger import load

OWN_CELL = "import pathlib\npathlib.Path({ran!r}).touch()\nfrom tagger.network.cells import LSTMCell as Cell\n"


@pytest.fixture
def strange_model(tiny_model, tmp_path, monkeypatch) -> Path:
    """The tiny model with a cell of another package, which leaves the file `ran` when it is imported."""
    model = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "strange.py").write_text(OWN_CELL.format(ran=str(tmp_path / "ran")))
    monkeypatch.syspath_prepend(tmp_path / "packages")
    sys.modules.pop("strange", None)
    config = (model / "config.toml").read_text()
    (model / "config.toml").write_text(config.replace('cell = "lstm"', 'cell = "strange:Cell"'))
    for file in ("model.onnx", "characters.onnx"):
        (model / file).unlink()
    write_model_manifest(model)
    return model


def test_no_command_imports_what_a_model_folder_names_unless_told_to(
    strange_model, tiny_model, tiny_corpus, tmp_path, tagger
):
    (tmp_path / "text").write_text("Ada left .")
    tag = ["tag", tmp_path / "text", "--model", strange_model]
    commands = [
        tag,
        [*tag, "--runtime", "tensorflow"],
        ["eval", strange_model, tiny_corpus],
        ["compare", strange_model, tiny_model, tiny_corpus],
        ["export", strange_model],
        ["export", strange_model, "--to", "saved-model", "--output", tmp_path / "saved"],
    ]
    for command in commands:
        done = tagger(*command)
        assert (done.code, done.out) == (1, "")
        assert "would import 'strange:Cell', which runs whatever code it finds there" in done.err
        assert "--trust-code" in done.err and "trust_code=True" in done.err
    assert not (tmp_path / "ran").exists()
    assert tagger(*tag, "--trust-code").out == tagger("tag", tmp_path / "text", "--model", tiny_model).out
    assert (tmp_path / "ran").exists()
    with pytest.raises(ModelError, match="strange:Cell"):
        load(strange_model)
    assert load(strange_model, trust_code=True).tasks == ("upos", "ner")
    assert tagger("export", strange_model, "--trust-code").code == 0


@pytest.mark.parametrize(
    ("name", "options", "imported"),
    [
        ("lstm", {}, None),
        ("LSTMCell", {"use_peepholes": True}, None),
        ("attention", {"cell": "gru"}, None),
        ("sys:exit", {}, "sys:exit"),
        ("a_cell_of_an_entry_point", {}, "a_cell_of_an_entry_point"),
        ("attention", {"cell": "sys:exit"}, "sys:exit"),
    ],
)
def test_what_would_be_imported_is_told_without_importing_it(name, options, imported):
    assert foreign_cell(name, options) == imported

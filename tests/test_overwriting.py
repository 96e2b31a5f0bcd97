"""No command deletes or replaces what is not its own, or what it reads."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tagger.files import locked
from tagger.model.shipped_models import SHIPPED_FOLDER
from tagger.tagging.parts import open_output

COLUMNS = ["--columns", "token,upos", "--overwrite"]
TEXT = "Ada\tPROPN\nleft\tVERB\n"


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """A folder with a corpus, a model, a configuration and a file of columns; the current one."""
    from tagger.corpus.convert import convert

    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.tsv").write_text(TEXT)
    convert({"train": "train.tsv"}, tmp_path / "corpus", columns=["token", "upos"])
    shutil.copytree(SHIPPED_FOLDER / "english", tmp_path / "model")
    (tmp_path / "tiny.toml").write_text("[tasks.upos]\n[corpus]\npath = 'corpus'\n")
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(tagger, *arguments: object) -> str:
    """Run a command that must fail and change nothing; return its message."""
    before = contents(Path.cwd())
    done = tagger(*arguments)
    assert (done.code, done.out) == (1, "")
    assert contents(Path.cwd()) == before
    return done.err


def test_convert_does_not_delete_its_own_input(place, tagger):
    shutil.copy("train.tsv", "corpus/train.tsv")
    os.symlink(place / "corpus" / "train.tsv", "link.tsv")
    for source in ("corpus/train.tsv", "link.tsv", place / "corpus" / "train.tsv"):
        message = refused(tagger, "convert", f"train={source}", "--to", "corpus", *COLUMNS)
        assert message.startswith(f"tagger: {source}: lies in corpus, which would be replaced, and the file with it:")
    Path("corpus/corpus.toml").write_text(
        "name = 'a'\nsource = 'b'\nlicence = 'c'\nformat = 'columns'\ncolumns = ['token', 'upos']\n"
        "[splits.train]\nfile = 'train.tsv'\n"
    )
    assert "corpus.toml: lies in corpus" in refused(tagger, "convert", "corpus", "--to", "corpus", "--overwrite")


def test_convert_replaces_only_what_convert_has_written(place, tagger):
    convert = ("convert", "train=train.tsv", "--to", "corpus", *COLUMNS)
    assert tagger(*convert).code == 0
    Path("corpus/notes.txt").write_text("mine")
    assert "holds notes.txt, which is no file of the corpus" in refused(tagger, *convert)
    Path("corpus/notes.txt").unlink()
    Path("corpus/corpus.json").write_text("{}")
    assert "so it is not overwritten" in refused(tagger, *convert)


def test_a_corpus_that_is_being_written_is_not_written_by_another(place, tagger):
    with locked(Path("corpus")):
        message = refused(tagger, "convert", "train=train.tsv", "--to", "corpus", *COLUMNS)
    assert f"process {os.getpid()} on " in message and "is writing to it" in message


def test_a_corpus_names_no_file_outside_its_folder(place, tagger):
    whole = Path("corpus/corpus.json").read_text()
    (shard,) = json.loads(whole)["splits"]["train"]["shards"][:1]
    name = shard["file"]
    shutil.copy(f"corpus/{name}", name)
    for outside in (f"../{name}", str(place / name), "..", "a/../../x", "nul\\u0000"):
        Path("corpus/corpus.json").write_text(whole.replace(f'"{name}"', f'"{outside}"'))
        assert "which is no file of the corpus folder itself" in refused(tagger, "inspect", "corpus")
    Path("corpus/corpus.json").write_text(whole)
    Path(f"corpus/{name}").unlink()
    os.symlink(place / name, f"corpus/{name}")
    assert "which is no file of the corpus folder itself" in refused(tagger, "inspect", "corpus")


def test_export_replaces_only_a_model_that_it_does_not_read(place, tagger):
    Path("other").mkdir()
    Path("other/model.onnx").touch()
    Path("other/thesis.tex").touch()
    export = ("export", "model", "--overwrite", "--output")
    assert "other: has no manifest.json and no configuration of a model" in refused(tagger, *export, "other")
    shutil.copytree("model", "second")
    Path("second/thesis.tex").touch()
    assert "second: holds thesis.tex, which is no file of a model" in refused(tagger, *export, "second")
    shutil.move("second", "model/second")
    assert "lies in model" in refused(tagger, "export", "model/second", "--overwrite", "--output", "model")
    assert "lies in model" in refused(
        tagger, "export", "model", "--to", "saved-model", "--output", "model", "--overwrite"
    )


def test_train_replaces_no_folder_that_it_reads_from(place, tagger):
    for source in ("tiny.toml", "corpus"):
        shutil.move(source, f"model/{source}")
    shutil.copy("model/tiny.toml", "tiny.toml")
    command = ("train", "model/tiny.toml", "--output", "model", "--overwrite")
    assert "model/tiny.toml: lies in model, which would be replaced" in refused(tagger, *command)
    command = ("train", "tiny.toml", "--corpus", "model/corpus", "--output", "model", "--overwrite")
    assert "model/corpus: lies in model, which would be replaced" in refused(tagger, *command)
    shutil.move("model/corpus", "corpus")
    for name in ("new.training", "new.seeds", "new.teachers"):
        shutil.copytree("corpus", f"{name}/1")
        command = ("train", "tiny.toml", "--corpus", f"{name}/1", "--output", "new")
        assert f"{name}/1: lies in new" in refused(tagger, *command)


def test_a_report_replaces_no_file_that_is_read(place, tagger):
    for path in ("model/metrics.json", "corpus/corpus.json"):
        message = refused(tagger, "eval", "model", "corpus", "--split", "train", "--report", path)
        assert message.startswith(f"tagger: {path}: is a file of ")


@pytest.mark.parametrize("plan", ["{}", "[]", '{"sha256": 1}', "["])
def test_a_folder_of_parts_is_replaced_only_where_every_file_is_a_part(tmp_path, plan):
    from tagger.errors import TaggerError

    output = tmp_path / "tagged"
    open_output(output, "run")
    (output / "part-00000.txt").touch()
    open_output(output, "another", overwrite=True)
    (output / "part-1.txt").write_text("mine")
    with pytest.raises(TaggerError, match=r"holds part-1\.txt, which no run writes"):
        open_output(output, "run", overwrite=True)
    (output / "part-1.txt").rename(output / "part-00001.txt")
    (output / "plan.json").write_text(plan)
    with pytest.raises(TaggerError, match=r"plan\.json: cannot be read"):
        open_output(output, "run", overwrite=True)
    assert (output / "part-00001.txt").read_text() == "mine"

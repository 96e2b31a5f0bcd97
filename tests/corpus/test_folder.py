import os
import subprocess
import sys

import pytest

from tagger.corpus.folder import new_folder
from tagger.errors import DataError

PROOF = "corpus.json"


def fill(target, text="new", **options):
    with new_folder(target, proof=PROOF, **options) as folder:
        (folder / PROOF).write_text(text)


def test_folder_appears_when_whole(tmp_path):
    with new_folder(tmp_path / "made" / "corpus", proof=PROOF) as folder:
        (folder / PROOF).write_text("x")
        assert os.listdir(tmp_path / "made") == [folder.name]

    assert os.listdir(tmp_path / "made") == ["corpus"]
    assert os.listdir(tmp_path / "made" / "corpus") == [PROOF]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_failure_leaves_nothing(tmp_path, error):
    with pytest.raises(error), new_folder(tmp_path / "corpus", proof=PROOF):
        raise error

    assert os.listdir(tmp_path) == []


def test_existing_folder_is_an_error(tmp_path):
    fill(tmp_path / "corpus")

    with pytest.raises(DataError, match=r"exists already.*--overwrite"):
        fill(tmp_path / "corpus")


def test_overwriting_replaces_the_whole_folder(tmp_path):
    fill(tmp_path / "corpus", "old")
    (tmp_path / "corpus" / "more").write_text("")

    fill(tmp_path / "corpus", overwrite=True)

    assert os.listdir(tmp_path) == ["corpus"]
    assert os.listdir(tmp_path / "corpus") == [PROOF]
    assert (tmp_path / "corpus" / PROOF).read_text() == "new"


def test_failed_overwriting_keeps_the_old_folder(tmp_path):
    fill(tmp_path / "corpus", "old")

    with pytest.raises(ValueError), new_folder(tmp_path / "corpus", overwrite=True, proof=PROOF):
        raise ValueError

    assert os.listdir(tmp_path) == ["corpus"]
    assert (tmp_path / "corpus" / PROOF).read_text() == "old"


def test_a_folder_of_something_else_is_never_overwritten(tmp_path):
    (tmp_path / "thesis.tex").write_text("")

    with pytest.raises(DataError, match=r"holds other files and no corpus\.json"):
        fill(tmp_path, overwrite=True)

    assert (tmp_path / "thesis.tex").exists()


def test_a_file_is_never_overwritten(tmp_path):
    (tmp_path / "corpus").write_text("")

    with pytest.raises(DataError, match="is not a folder"):
        fill(tmp_path / "corpus", overwrite=True)


def leftover(target, process, old=""):
    """The temporary folder of a run of that process."""
    with new_folder(target, proof=PROOF) as folder:
        name = folder.name
    target.rmdir()
    path = target.with_name(name.replace(f"-{os.getpid()}.", f"-{process}{old}."))
    path.mkdir()
    (path / PROOF).write_text("left")
    return path


@pytest.fixture
def dead_process():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_leftovers_of_dead_runs_are_removed_and_of_live_ones_kept(tmp_path, dead_process):
    dead = leftover(tmp_path / "corpus", dead_process)
    live = leftover(tmp_path / "corpus", os.getppid())

    fill(tmp_path / "corpus")

    assert not dead.exists()
    assert live.exists()


def test_the_only_copy_of_an_overwritten_folder_is_kept(tmp_path, dead_process):
    aside = leftover(tmp_path / "corpus", dead_process, "-old")

    with new_folder(tmp_path / "corpus", proof=PROOF) as folder:
        (folder / PROOF).write_text("x")
        assert aside.exists()


def test_place_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(DataError, match="/file: cannot be made: File exists"):
        fill(tmp_path / "file" / "corpus")

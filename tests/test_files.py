import os
import re
import socket
import subprocess
import sys

import pytest

from tagger.errors import DataError
from tagger.files import (
    UNFINISHED_NAME,
    check_outside,
    copy_folder,
    foreign_entry,
    locked,
    new_file,
    new_folder,
    put_in_place,
    remove_folder,
    write_file,
)

MARKER = "corpus.json"


def fill(target, text="new", **options):
    with new_folder(target, marker=MARKER, **options) as folder:
        (folder / MARKER).write_text(text)


def test_folder_appears_when_whole(tmp_path):
    with new_folder(tmp_path / "made" / "corpus", marker=MARKER) as folder:
        (folder / MARKER).write_text("x")
        assert os.listdir(tmp_path / "made") == [folder.name]

    assert os.listdir(tmp_path / "made") == ["corpus"]
    assert os.listdir(tmp_path / "made" / "corpus") == [MARKER]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_failure_leaves_nothing(tmp_path, error):
    with pytest.raises(error), new_folder(tmp_path / "corpus", marker=MARKER):
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
    assert os.listdir(tmp_path / "corpus") == [MARKER]
    assert (tmp_path / "corpus" / MARKER).read_text() == "new"


def test_failed_overwriting_keeps_the_old_folder(tmp_path):
    fill(tmp_path / "corpus", "old")

    with pytest.raises(ValueError), new_folder(tmp_path / "corpus", overwrite=True, marker=MARKER):
        raise ValueError

    assert os.listdir(tmp_path) == ["corpus"]
    assert (tmp_path / "corpus" / MARKER).read_text() == "old"


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
    with new_folder(target, marker=MARKER) as folder:
        name = folder.name
    target.rmdir()
    path = target.with_name(
        name.replace(f"-{os.getpid()}-", f"-{process}-").replace(".unfinished", f"{old}.unfinished")
    )
    path.mkdir()
    (path / MARKER).write_text("left")
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
    aside = leftover(tmp_path / "corpus", dead_process, "-replaced")

    with new_folder(tmp_path / "corpus", marker=MARKER) as folder:
        (folder / MARKER).write_text("x")
        assert aside.exists()


def test_the_only_copy_goes_away_when_the_folder_is_there_again(tmp_path, dead_process):
    aside = leftover(tmp_path / "corpus", dead_process, "-replaced")
    other = leftover(tmp_path / "corpora", dead_process, "-replaced")  # of another folder
    live = leftover(tmp_path / "corpus", os.getppid(), "-replaced")

    fill(tmp_path / "corpus")

    assert not aside.exists()
    assert other.exists()
    assert live.exists()
    assert (tmp_path / "corpus" / MARKER).read_text() == "new"


def test_the_only_copy_stays_when_its_place_could_not_be_filled(tmp_path, dead_process):
    aside = leftover(tmp_path / "corpus", dead_process, "-replaced")

    with pytest.raises(ValueError), new_folder(tmp_path / "corpus", marker=MARKER):
        raise ValueError

    assert (aside / MARKER).read_text() == "left"


def test_place_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(DataError, match="/file: cannot be made: File exists"):
        fill(tmp_path / "file" / "corpus")


def test_a_removal_that_was_killed_is_finished_by_the_next_run(tmp_path, dead_process):
    left = leftover(tmp_path / "corpus", dead_process, "-removed")

    remove_folder(tmp_path / "corpus")

    assert os.listdir(tmp_path) == []
    assert not left.exists()


def test_a_folder_put_in_place_replaces_the_old_one(tmp_path):
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / MARKER).write_text(name)

    put_in_place(tmp_path / "new", tmp_path / "old")

    assert os.listdir(tmp_path) == ["old"]
    assert (tmp_path / "old" / MARKER).read_text() == "new"


def test_a_copy_is_whole_or_not_there(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / MARKER).write_text("x")
    copy_folder(tmp_path / "one", tmp_path / "two")

    with pytest.raises(OSError, match="missing"):
        copy_folder(tmp_path / "missing", tmp_path / "three")

    assert sorted(os.listdir(tmp_path)) == ["one", "two"]
    assert (tmp_path / "two" / MARKER).read_text() == "x"


def test_a_file_is_replaced_whole_or_left_as_it_was(tmp_path, dead_process):
    target = tmp_path / "scores.json"
    write_file(target, "{}\n")
    left = target.with_name(f".scores.json.{socket.gethostname()}-{dead_process}-0123abcd.unfinished")
    left.write_text("half")

    with pytest.raises(ValueError), new_file(target) as file:
        file.write(b"half")
        raise ValueError

    assert os.listdir(tmp_path) == ["scores.json"]
    assert target.read_bytes() == b"{}\n"


LOCKING = """
import sys, time
from pathlib import Path
from tagger.files import locked
with locked(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(60)
"""


def test_a_locked_folder_is_refused_to_others_and_free_again_when_the_process_is_killed(tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", LOCKING, tmp_path / "model"], stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"locked\n"

        with pytest.raises(DataError, match=f"model: process {holder.pid} on .* is writing to it"):
            locked(tmp_path / "model").__enter__()

        with locked(tmp_path / "another"):
            pass
    finally:
        holder.kill()
        holder.wait()

    with locked(tmp_path / "model"):
        assert os.listdir(tmp_path) == [".model.lock"]
    assert os.listdir(tmp_path) == []


def test_two_threads_that_write_one_file_do_not_disturb_each_other(tmp_path):
    target = tmp_path / "scores.json"
    with new_file(target) as first:
        first.write(b"first")
        write_file(target, "second")
        assert target.read_bytes() == b"second"

    assert target.read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["scores.json"]


def test_a_file_of_a_dead_process_that_had_our_number_is_a_leftover(tmp_path):
    left = tmp_path / f".scores.json.{socket.gethostname()}-{os.getpid()}-0123abcd.unfinished"
    left.write_text("half")
    os.utime(left, (0, 0))

    write_file(tmp_path / "scores.json", "{}")

    assert os.listdir(tmp_path) == ["scores.json"]


def test_a_folder_with_one_file_that_is_not_ours_is_not_overwritten(tmp_path):
    fill(tmp_path / "corpus")
    own = re.compile(f"{MARKER}|more/(x)?|{UNFINISHED_NAME}")
    (tmp_path / "corpus" / "more").mkdir()
    (tmp_path / "corpus" / "more" / "x").touch()
    (tmp_path / "corpus" / ".x.host-1-01234567.unfinished").touch()
    assert foreign_entry(tmp_path / "corpus", own) is None
    (tmp_path / "corpus" / "more" / "thesis.tex").touch()
    with pytest.raises(DataError, match=r"more/thesis\.tex, so it is not overwritten"):
        fill(tmp_path / "corpus", overwrite=True, foreign=lambda folder: foreign_entry(folder, own))
    (tmp_path / "corpus" / "more" / "thesis.tex").rename(tmp_path / "thesis.tex")
    (tmp_path / "corpus" / "more" / "x").unlink()
    (tmp_path / "corpus" / "more" / "x").symlink_to(tmp_path / "thesis.tex")
    assert foreign_entry(tmp_path / "corpus", own) == "more/x"


def test_what_is_read_may_not_lie_in_what_is_replaced(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("data", "database"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "train.tsv").touch()
    (tmp_path / "link").symlink_to(tmp_path / "data")
    (tmp_path / "train.tsv").symlink_to(tmp_path / "data" / "train.tsv")
    (tmp_path / "data" / "away.tsv").symlink_to(tmp_path / "database" / "train.tsv")
    for source in (
        "data/train.tsv",
        "link/train.tsv",
        "train.tsv",
        "data",
        "data/away.tsv",
        "database/../data/train.tsv",
    ):
        for target in ("data", "link", "../" + tmp_path.name + "/data"):
            with pytest.raises(DataError, match="would be replaced"):
                check_outside([source], tmp_path / target)
    check_outside(["database/train.tsv", "-", "brown", ".", "data/none.tsv"], tmp_path / "data")


def test_a_lock_leaves_no_folders_that_it_made(tmp_path):
    with locked(tmp_path / "deep" / "er" / "model"):
        assert (tmp_path / "deep" / "er" / ".model.lock").is_file()
    assert os.listdir(tmp_path) == []

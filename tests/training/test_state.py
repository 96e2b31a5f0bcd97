import subprocess
import sys
from pathlib import Path

import pytest

from tagger.backend import tf
from tagger.errors import ModelError
from tagger.training.state import RunState, load_state


@pytest.fixture
def checkpoints(tmp_path: Path) -> Path:
    (tmp_path / "checkpoint").mkdir()
    return tmp_path / "checkpoint"


def test_what_was_saved_is_restored(checkpoints):
    variable = tf.Variable([1.0, 2.0])
    variables = tf.train.Checkpoint(variable=variable)
    state = RunState("abc", epoch=3, step_in_epoch=4, best_epoch=2, best_score=0.5, seconds=1.5, history=[{"epoch": 1}])
    state.save(variables, checkpoints.parent)
    variable.assign([7.0, 8.0])
    loaded = load_state(checkpoints.parent)
    assert loaded == state
    loaded.restore(variables, checkpoints.parent)
    assert variable.numpy().tolist() == [1.0, 2.0]


def test_only_the_last_checkpoint_is_kept_and_leftovers_of_a_kill_are_removed(checkpoints):
    variables = tf.train.Checkpoint(variable=tf.Variable(1.0))
    state = RunState("abc")
    (checkpoints / "last-9-9_temp").mkdir()
    (checkpoints / "last-9-9_temp" / "part-00000-of-00001.index").touch()
    (checkpoints / "last-1-0.index").touch()
    for epoch in (1, 2, 12):
        state.epoch = epoch
        state.save(variables, checkpoints.parent)
    names = {path.name for path in checkpoints.iterdir()}
    assert names == {"state.json", "last-12-0.index", "last-12-0.data-00000-of-00001"}


def test_an_interrupt_during_a_save_waits_for_its_end(tmp_path):
    """In its own process, because pytest handles Ctrl-C; the signal comes during the save."""
    code = """
import os, signal
from pathlib import Path
from tagger.backend import tf
from tagger.training.state import RunState

class Pressing(tf.Module):
    def _trackable_children(self, *given, **named):
        os.kill(os.getpid(), signal.SIGINT)
        return super()._trackable_children(*given, **named)

signal.signal(signal.SIGINT, signal.default_int_handler)
Path("checkpoint").mkdir()
checkpoint = tf.train.Checkpoint(variable=tf.Variable(1.0), pressing=Pressing())
try:
    RunState("abc", epoch=1).save(checkpoint, Path())
except KeyboardInterrupt:
    print(sorted(path.name for path in Path("checkpoint").iterdir()), signal.getsignal(signal.SIGINT).__name__)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    expected = "['last-1-0.data-00000-of-00001', 'last-1-0.index', 'state.json'] default_int_handler"
    assert (done.stdout.strip(), done.returncode) == (expected, 0), done.stderr


def test_a_run_that_has_saved_nothing_has_no_state(checkpoints):
    assert load_state(checkpoints.parent) is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        *(f'{{"corpus": "a", {key}: 1}}' for key in ('"unknown"', '"history"', '"checkpoint"')),
        '{"corpus": "a", "checkpoint": "../last-1-0"}',
    ],
)
def test_a_damaged_state_is_an_error_that_names_the_file(checkpoints, content):
    (checkpoints / "state.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=r"state\.json: cannot be read"):
        load_state(checkpoints.parent)


def test_a_checkpoint_of_another_network_is_an_error(checkpoints):
    state = RunState("abc")
    state.save(tf.train.Checkpoint(variable=tf.Variable(1.0)), checkpoints.parent)
    for other in (tf.train.Checkpoint(another=tf.Variable(1.0)), tf.train.Checkpoint(variable=tf.Variable([1.0, 2.0]))):
        with pytest.raises(ModelError, match="last-0-0: damaged, or of another network"):
            state.restore(other, checkpoints.parent)


def test_what_a_kill_in_the_last_save_left_is_not_in_the_finished_model(checkpoints):
    state = RunState("abc", epoch=2)
    state.save(tf.train.Checkpoint(variable=tf.Variable(1.0)), checkpoints.parent)
    (checkpoints / "weights.index").touch()
    kept = {path.name for path in checkpoints.iterdir()}
    for name in (
        "last-1-0.index",
        "last-2-0.index.tempstate123",
        "weights.data-00000-of-00001.tempstate1",
        ".state.json.a.unfinished",
    ):
        (checkpoints / name).touch()
    (checkpoints / "last-2-0_temp").mkdir()
    (checkpoints.parent / ".README.md.host-1-01234567.unfinished").touch()
    state.remove_leftovers(checkpoints.parent)
    assert {path.name for path in checkpoints.iterdir()} == kept
    assert [path.name for path in checkpoints.parent.iterdir()] == ["checkpoint"]

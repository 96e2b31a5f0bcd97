"""What a run resumes, overwrites and refuses, with a training that only saves its state."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tagger.config.load import check_config
from tagger.config.schema import Config
from tagger.errors import ConfigError, DataError, ModelError
from tagger.training.execute import Execution
from tagger.training.model_rules import rules_of_config, write_rules
from tagger.training.options import TrainingOptions
from tagger.training.plan import ModelStage, Plan
from tagger.training.run_folder import finish_folder, open_run_folder
from tagger.training.workers import Workers

SAVED = {"state.json", "weights.index"}


def config_of(**training) -> Config:
    return check_config({"tasks": {"upos": {}}, "training": training}, "test")


class Training:
    """Stands for a training: saves a state (0 epochs: none), then finishes or is stopped."""

    def __init__(self, epochs: int = 1, stopped: bool = False) -> None:
        self.epochs, self.stopped = epochs, stopped
        self.found: set[str] | None = None  # in the checkpoint folder at its beginning; None if it did not begin

    def __call__(self, stage: ModelStage, targets: None) -> dict:
        with open_run_folder(stage.config, stage.folder, Workers()) as folder:
            self.found = {path.name for path in (folder / "checkpoint").iterdir()}
            if self.epochs:
                (folder / "checkpoint" / "state.json").write_text(f'{{"corpus": "", "epoch": {self.epochs}}}')
                (folder / "checkpoint" / "weights.index").touch()
            if self.stopped:
                raise KeyboardInterrupt
            finish_folder(folder, stage.folder, {"epochs": self.epochs}, "# card\n")
        return {"epochs": self.epochs}


def execute(training: Training, output: Path, config: Config | None = None, **options: bool) -> dict:
    plan = Plan(output, (), "", (ModelStage(config or config_of(), output),))
    return Execution(plan, TrainingOptions(say=lambda _: None, **options), training).run()


def finished(output: Path, config: Config | None = None, **options: bool) -> None:
    execute(Training(), output, config, **options)


def unfinished(output: Path, config: Config | None = None, *, epochs: int = 1) -> None:
    """Leave behind what a run does that is stopped after some epochs."""
    with pytest.raises(KeyboardInterrupt):
        execute(Training(epochs, stopped=True), output, config)


def begun(output: Path, config: Config | None = None, **options: bool) -> set[str] | None:
    """Return what is in the checkpoint folder of a run that begins, and is stopped at once."""
    training = Training(epochs=0, stopped=True)
    with pytest.raises(KeyboardInterrupt):
        execute(training, output, config, **options)
    return training.found


def test_a_finished_run_is_a_folder_of_the_name_that_was_asked_for(tmp_path: Path):
    finished(tmp_path / "deep" / "model")
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["model"]
    assert {path.name for path in (tmp_path / "deep" / "model").iterdir()} == {
        "README.md",
        "checkpoint",
        "config.toml",
        "manifest.json",
        "metrics.json",
    }


def test_a_run_that_fails_before_it_saved_anything_leaves_nothing_and_after_that_all_it_had(tmp_path: Path):
    for epochs, left in ((0, []), (1, ["model.training"])):
        unfinished(tmp_path / "model", epochs=epochs)
        assert [path.name for path in tmp_path.iterdir()] == left


def test_an_unfinished_run_is_neither_overwritten_nor_resumed_unasked(tmp_path: Path):
    unfinished(tmp_path / "model")
    with pytest.raises(DataError, match=r"model.training: an unfinished run: .*--resume.*--overwrite"):
        finished(tmp_path / "model")
    assert begun(tmp_path / "model", resume=True) == SAVED
    assert begun(tmp_path / "model", overwrite=True) == set()


def test_a_folder_in_the_way_is_an_error_unless_it_is_a_model_that_may_be_overwritten(tmp_path: Path):
    finished(tmp_path / "model")
    with pytest.raises(DataError, match="model: exists already"):
        finished(tmp_path / "model")
    assert begun(tmp_path / "model", overwrite=True) == set()
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "config.toml").write_text("title = 'not a model'\n", encoding="utf-8")
    with pytest.raises(DataError, match="site: holds other files"):
        finished(tmp_path / "site", overwrite=True)
    assert (tmp_path / "site" / "config.toml").exists()


def test_a_folder_put_at_the_output_while_a_run_was_unfinished_is_not_replaced(tmp_path: Path):
    unfinished(tmp_path / "model")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "notes").touch()
    with pytest.raises(DataError, match="model: holds other files"):
        finished(tmp_path / "model", resume=True)
    assert (tmp_path / "model" / "notes").exists()


def test_folders_beside_the_model_that_no_run_has_made_stay_as_they_are(tmp_path: Path):
    for name in ("model.training", "model.replaced"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes").touch()
    for others in ((), ("checkpoint", "vocabulary")):
        for name in others:
            (tmp_path / "model.training" / name).mkdir()
        for option in ("overwrite", "resume"):
            with pytest.raises(DataError, match=r"model\.training: holds other files, such as notes"):
                finished(tmp_path / "model", **{option: True})
    (tmp_path / "model.training" / "notes").rename(tmp_path / "notes")
    finished(tmp_path / "model", overwrite=True)
    assert (tmp_path / "model.replaced" / "notes").exists()


def test_overwriting_replaces_a_model_only_when_the_new_one_is_whole(tmp_path: Path):
    finished(tmp_path / "model")
    (tmp_path / "model" / "LICENSE").touch()
    begun(tmp_path / "model", overwrite=True)
    assert (tmp_path / "model" / "LICENSE").exists()
    finished(tmp_path / "model", overwrite=True)
    assert not (tmp_path / "model" / "LICENSE").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_resuming_where_nothing_is_begins_and_says_so(tmp_path: Path):
    said = []
    plan = Plan(tmp_path / "model", (), "", (ModelStage(config_of(), tmp_path / "model"),))
    training = Training()
    Execution(plan, TrainingOptions(resume=True, say=said.append), training).run()
    assert training.found == set()
    assert said == [f"{tmp_path / 'model'}: nothing is there to go on with, so the run begins"]


def test_a_finished_model_is_resumed_in_a_copy(tmp_path: Path):
    finished(tmp_path / "model", config_of(epochs=1))
    assert begun(tmp_path / "model", config_of(epochs=2), resume=True) == SAVED
    assert (tmp_path / "model" / "metrics.json").exists()


def test_a_finished_model_with_the_same_settings_is_done(tmp_path: Path):
    finished(tmp_path / "model")
    training = Training(epochs=2)
    assert execute(training, tmp_path / "model", resume=True) == {"epochs": 1}
    assert training.found is None


def test_workers_that_start_again_before_anything_was_saved_still_overwrite(tmp_path: Path):
    finished(tmp_path / "model")
    assert begun(tmp_path / "model", resume=True, overwrite=True) == set()
    unfinished_again = Training(stopped=True)
    with pytest.raises(KeyboardInterrupt):
        execute(unfinished_again, tmp_path / "model", overwrite=True)
    assert begun(tmp_path / "model", resume=True, overwrite=True) == SAVED


def left_by_a_kill(folder: Path, ending: str) -> Path:
    """Make a temporary folder of a model's unfinished run, whose process is dead."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = folder / f".model.training.{socket.gethostname()}-{dead.pid}-{ending}"
    (left / "checkpoint").mkdir(parents=True)
    return left


def test_a_copy_that_was_cut_off_is_made_again(tmp_path: Path):
    finished(tmp_path / "model")
    left = left_by_a_kill(tmp_path, "0123abcd.unfinished")
    (left / "half").touch()
    assert begun(tmp_path / "model", config_of(epochs=20), resume=True) == SAVED
    assert sorted(os.listdir(tmp_path)) == ["model", "model.training"]
    assert not (tmp_path / "model.training" / "half").exists()


def test_what_tensorflow_has_half_written_does_not_bar_the_run(tmp_path: Path):
    unfinished(tmp_path / "model")
    for name in ("weights_temp", "last-1-0_temp"):
        half = tmp_path / "model.training" / "checkpoint" / name
        half.mkdir()
        (half / "part-00000-of-00001.data-00000-of-00001").touch()
    resumed = begun(tmp_path / "model", resume=True)
    assert resumed and resumed >= SAVED
    finished(tmp_path / "model", overwrite=True)
    assert os.listdir(tmp_path) == ["model"]


def test_only_settings_that_do_not_change_what_was_done_may_be_others(tmp_path: Path):
    unfinished(tmp_path / "model", config_of(epochs=3))
    assert begun(tmp_path / "model", config_of(epochs=5, patience=2, checkpoint_steps=7), resume=True) == SAVED
    with pytest.raises(ConfigError, match=r"the run to resume has training.batch_size = 32, not 8: .*--overwrite"):
        finished(tmp_path / "model", config_of(batch_size=8), resume=True)
    other_task = check_config({"tasks": {"ner": {}}}, "test")
    with pytest.raises(ConfigError, match=r"tasks\.ner"):
        finished(tmp_path / "model", other_task, resume=True)


def test_other_rules_are_another_model_but_no_other_training(tmp_path: Path):
    tasks = {"ner": {"scheme": "IOB2"}}
    for name in ("mine", "yours"):
        (tmp_path / f"{name}.toml").write_text(f"[[rules]]\nlabel = 'X'\nphrases = ['{name}']\n")
    mine, yours = (
        check_config({"tasks": tasks, "rules": {"file": str(tmp_path / f"{name}.toml")}}, "test")
        for name in ("mine", "yours")
    )
    unfinished(tmp_path / "model", mine)
    assert begun(tmp_path / "model", yours, resume=True) == SAVED
    finished(tmp_path / "done", mine)
    write_rules(rules_of_config(mine), tmp_path / "done")
    training = Training()
    execute(training, tmp_path / "done", mine, resume=True)
    assert training.found is None  # nothing is left to do
    assert begun(tmp_path / "done", yours, resume=True) == SAVED


def test_a_damaged_model_is_not_resumed(tmp_path: Path):
    finished(tmp_path / "model")
    (tmp_path / "model" / "checkpoint" / "weights.index").write_bytes(b"x")
    with pytest.raises(ModelError, match=r"weights\.index: damaged"):
        finished(tmp_path / "model", config_of(epochs=20), resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone ends the workers of a launcher that was killed")
def test_workers_end_with_the_process_that_launched_them(tmp_path: Path):
    sleeper = tmp_path / "sleeper"
    sleeper.write_text(f"#!/bin/sh\necho > {tmp_path}/$$.pid\nexec sleep 60\n")
    sleeper.chmod(0o755)
    code = f"from tagger.training import launch; launch.sys.executable = {str(sleeper)!r}; launch.launch(['train'], 2)"
    launcher = subprocess.Popen([sys.executable, "-c", code])
    while len(pids := [int(path.stem) for path in tmp_path.glob("*.pid")]) < 2:
        assert launcher.poll() is None
        time.sleep(0.05)
    launcher.kill()
    launcher.wait()
    last = time.monotonic() + 30
    while any(Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids):
        assert time.monotonic() < last
        time.sleep(0.05)


def test_what_a_kill_left_of_a_folder_that_was_being_removed_goes_with_the_next_run(tmp_path: Path):
    finished(tmp_path / "model")
    left_by_a_kill(tmp_path, "01234567-removed.unfinished")
    finished(tmp_path / "model", resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]

"""Runs that are killed or stopped, in a process of their own, and resumed."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

LONGEST = 600  # seconds to wait for a run before the test fails


def stop_when(reached: Callable[[dict], bool], sent: signal.Signals, folder: Path, arguments: list, environment) -> str:
    """Start a training, send it a signal at a certain saved state, and return its stderr."""
    command = [sys.executable, "-W", "always", "-c", "from tagger.cli import main; main()", *map(str, arguments)]
    state = folder.with_name(folder.name + ".training") / "checkpoint" / "state.json"
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        last = time.monotonic() + LONGEST
        while process.poll() is None and time.monotonic() < last:
            if state.exists() and reached(json.loads(state.read_text(encoding="utf-8"))):
                process.send_signal(sent)
                break
            time.sleep(0.002)
        said = process.communicate(timeout=LONGEST)[1]
    assert process.returncode == (130 if sent is signal.SIGINT else -sent), said
    return said


@pytest.mark.slow
def test_a_second_run_with_the_same_output_is_refused_until_the_first_is_killed(
    tiny_config, tiny_corpus, tmp_path, tagger, clean_environment
):
    model = tmp_path / "model"
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", model]
    state = tmp_path / "model.training" / "checkpoint" / "state.json"
    first = [sys.executable, "-m", "tagger", *map(str, command), "--set", "training.epochs=2000"]
    with subprocess.Popen(first, stderr=subprocess.PIPE, text=True, env=clean_environment) as process:
        last = time.monotonic() + LONGEST
        while process.poll() is None and time.monotonic() < last and not state.exists():
            time.sleep(0.01)
        refused = [tagger(*command, *options) for options in ([], ["--resume"], ["--overwrite"], ["--seeds", 2])]
        assert process.poll() is None
        process.kill()
        said = process.communicate(timeout=LONGEST)[1]
    for outcome in refused:
        assert outcome.code == 1, said
        assert f"{model}: process {process.pid} on " in outcome.err
        assert "is writing to it: wait for its end, stop it, or name another folder" in outcome.err
    assert json.loads(state.read_text(encoding="utf-8"))["epoch"] >= 1

    done = tagger(*command, "--overwrite", "--set", "training.epochs=1")
    assert done.code == 0, done.err
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.slow
def test_a_run_that_is_killed_and_resumed_gives_the_same_weights(
    tiny_model, tiny_config, tiny_corpus, tmp_path, tagger, clean_environment, assert_same_weights
):
    model = tmp_path / "model"
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", model]
    stop_when(lambda state: state["epoch"] >= 1, signal.SIGKILL, model, command, clean_environment)
    assert not model.exists()

    refused = tagger(*command)
    assert refused.code == 1
    assert "an unfinished run: go on with it with --resume" in refused.err
    other = tagger(*command, "--resume", "--set", "encoder.units=9")
    assert (other.code, other.out) == (1, "")
    assert "the run to resume has encoder.units = 8, not 9" in other.err

    resumed = tagger(*command, "--resume")
    assert resumed.code == 0, resumed.err
    assert "resumed after epoch" in resumed.err
    assert_same_weights(tiny_model, model)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.slow
def test_a_run_that_is_stopped_in_the_middle_of_an_epoch_says_how_to_resume_and_does(
    tiny_model, tiny_config, tiny_corpus, tmp_path, tagger, clean_environment, assert_same_weights
):
    model = tmp_path / "model"
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", model, "--set", "training.checkpoint_steps=1"]
    is_there = lambda state: state["epoch"] >= 1 and state["step_in_epoch"] > 0  # noqa: E731
    said = stop_when(is_there, signal.SIGINT, model, command, clean_environment)
    doubt, first, *epochs, last = said.splitlines()  # and nothing from TensorFlow
    assert doubt.startswith("warning: only 20 sentences in train")
    assert first.startswith("20 sentences, 108 tokens")
    assert epochs and all(line.startswith(f"epoch {number}/12: ") for number, line in enumerate(epochs, start=1))
    assert last == "tagger: stopped: the same command with --resume goes on after the last epoch that was finished"
    assert not model.exists()

    resumed = tagger(*command, "--resume")
    assert resumed.code == 0, resumed.err
    assert_same_weights(tiny_model, model)
    checkpoints = {path.name for path in (model / "checkpoint").iterdir()}
    kept = {f"{name}{end}" for name in ("weights", "last-12-0") for end in (".index", ".data-00000-of-00001")}
    assert checkpoints == {*kept, "state.json"}

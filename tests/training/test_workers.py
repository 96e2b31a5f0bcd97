"""Workers that train one model together: real processes on this machine."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.load import load_config
from tagger.corpus.batches import is_epoch_end, training_batches
from tagger.corpus.from_config import with_schemes
from tagger.corpus.read import open_corpus
from tagger.corpus.training_records import WorkerShare
from tagger.errors import ConfigError
from tagger.training.launch import free_ports
from tagger.training.run import Run, make_batching
from tagger.training.workers import Workers, join_workers

LONGEST = 600  # seconds to wait for a run before the test fails
NOTHING_RANDOM = ["encoder.dropout=0", "words.unknown_rate=0", "words.singleton_rate=0", "training.epochs=4"]


def command_of(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "tagger", *map(str, arguments)]


def joined(batches: list[dict[str, tf.Tensor]]) -> dict[str, tf.Tensor]:
    """Join the batches of several workers into the one that a single worker would have."""
    longest = max(batch["words"].shape[1] for batch in batches)
    spelled = max(batch["characters"].shape[1] for batch in batches)
    shift, columns = 0, {name: [] for name in batches[0]}
    for batch in batches:
        for name, tensor in batch.items():
            values = tensor.numpy()
            if name == "characters":
                values = np.pad(values[1:], [(0, 0), (0, spelled - values.shape[1])])
            elif name == "distinct":
                values = np.where(values > 0, values + shift, 0)
            if values.ndim == 2 and name != "characters":
                values = np.pad(values, [(0, 0), (0, longest - values.shape[1])])
            columns[name].append(values)
        shift += len(batch["characters"]) - 1
    columns["characters"].insert(0, np.zeros([1, spelled], np.int32))
    return {name: tf.constant(np.concatenate(values)) for name, values in columns.items()}


@pytest.mark.slow
def test_two_workers_reach_the_loss_of_one_with_the_same_batches(
    tiny_corpus, tiny_config, tmp_path: Path, clean_environment
):
    model = tmp_path / "model"
    settings = [each for setting in NOTHING_RANDOM for each in ("--set", setting)]
    command = command_of("train", tiny_config, "--corpus", tiny_corpus, "--output", model, "--workers", 2, *settings)
    done = subprocess.run(command, capture_output=True, text=True, env=clean_environment, timeout=LONGEST)
    assert done.returncode == 0, done.stderr
    assert len(done.stderr.splitlines()) == 1 + 1 + 4 + 1 + 4  # a doubt and no more, nothing from TensorFlow
    history = json.loads((model / "metrics.json").read_text(encoding="utf-8"))["history"]
    assert sum(note["steps"] for note in history) == 20

    corpora = [open_corpus(tiny_corpus)]
    config = with_schemes(load_config(tiny_config, NOTHING_RANDOM), corpora)
    tmp_path.joinpath("alone").mkdir()
    run = Run(config, corpora, tmp_path / "alone", Workers())
    batching = make_batching(config, run.sizes, Workers(0, 2))
    assert (batching.batch_size, config.training.batch_size) == (2, 4)
    shards = [corpus.training_records() for corpus in run.corpora]
    parts = [
        training_batches(shards, run.lookup, run.tasks, batching, 1, range(4), share=WorkerShare(index, 2))
        for index in range(2)
    ]
    losses, steps = [], 0
    for batches in zip(*parts, strict=True):
        if all(map(is_epoch_end, batches)):
            losses.append(float(run.step.loss_sum) / steps)
            with run.step.averaged():  # as at the end of an epoch: all rows catch up
                run.step.start_epoch()
            steps = 0
        else:
            run.step.run(joined(list(batches)))
            steps += 1
    assert [note["loss"] for note in history] == pytest.approx(losses, abs=1e-4)
    weights = tf.train.load_checkpoint(str(model / "checkpoint" / "last-4-0"))
    place = "step/table/.ATTRIBUTES/VARIABLE_VALUE"
    np.testing.assert_allclose(weights.get_tensor(place), run.step.table.numpy(), atol=1e-3)


def wait_for_epoch(process: subprocess.Popen, model: Path, epoch: int) -> None:
    """Wait until a run has saved an epoch."""
    state = model.with_name(model.name + ".training") / "checkpoint" / "state.json"
    last = time.monotonic() + LONGEST
    while process.poll() is None and time.monotonic() < last:
        if state.exists() and json.loads(state.read_text(encoding="utf-8"))["epoch"] >= epoch:
            return
        time.sleep(0.01)
    raise AssertionError(f"the run ended before epoch {epoch}: {process.communicate()[1]}")


@pytest.mark.slow
def test_when_a_worker_is_killed_all_resume_from_the_last_checkpoint(
    tiny_corpus, tiny_config, tmp_path: Path, clean_environment
):
    model = tmp_path / "model"
    command = command_of(
        "train", tiny_config, "--corpus", tiny_corpus, "--output", model, "--workers", 2, "--set", "training.epochs=25"
    )
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=clean_environment) as process:
        wait_for_epoch(process, model, 2)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert len(children) == 2
        subprocess.run(["kill", "-KILL", children[1]], check=True)
        said = process.communicate(timeout=LONGEST)[1]
    assert process.returncode == 0, said
    assert "tagger: worker 1 died (signal 9): all of them start again from the last checkpoint" in said
    assert "resumed after epoch" in said and "Traceback" not in said
    history = json.loads((model / "metrics.json").read_text(encoding="utf-8"))["history"]
    assert [note["epoch"] for note in history] == list(range(1, 26))
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.slow
def test_a_worker_of_a_cluster_says_when_it_has_lost_another(
    tiny_corpus, tiny_config, tmp_path: Path, clean_environment
):
    model = tmp_path / "model"
    addresses = [f"127.0.0.1:{port}" for port in free_ports(2)]
    command = command_of(
        "train", tiny_config, "--corpus", tiny_corpus, "--output", model, "--set", "training.epochs=500"
    )
    processes = []
    for index in range(2):
        task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        environment = {**clean_environment, "TF_CONFIG": json.dumps(task)}
        processes.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment))
    wait_for_epoch(processes[0], model, 1)
    processes[1].send_signal(signal.SIGKILL)
    processes[1].communicate()
    said = processes[0].communicate(timeout=LONGEST)[1]
    assert processes[0].returncode == 75, said
    assert said.splitlines()[-1].startswith("tagger: worker 0 lost another one (")
    assert said.splitlines()[-1].endswith("): start all of them again with --resume")
    assert "Traceback" not in said


@pytest.mark.slow
def test_an_error_of_the_user_is_printed_once(tiny_corpus, tiny_model, tiny_config, clean_environment):
    command = command_of("train", tiny_config, "--corpus", tiny_corpus, "--output", tiny_model, "--workers", 2)
    done = subprocess.run(command, capture_output=True, text=True, env=clean_environment, timeout=LONGEST)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"tagger: {tiny_model}: exists already; name another folder, or say --overwrite to replace it"
    ]


@pytest.mark.parametrize("batch", [1, 7, 32])
def test_shares_of_a_batch_add_up_to_it_unless_it_is_too_small(batch):
    shares = [Workers(index, 3).share(batch) for index in range(3)]
    assert sum(shares) == max(batch, 3) and max(shares) - min(shares) <= 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "TF_CONFIG: Expecting property name"),
        ('{"cluster": {"worker": ["a:1", "b:1"]}}', "TF_CONFIG: 'task'"),
        (
            '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 2}}',
            "its task worker 2 is none of the cluster's chief and workers",
        ),
        (
            '{"cluster": {"worker": ["a:1"], "ps": ["b:1"]}, "task": {"type": "worker", "index": 0}}',
            "'ps' is neither chief nor worker",
        ),
    ],
)
def test_a_cluster_without_workers_is_an_error_that_shows_how_to_write_it(monkeypatch, text, message):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ConfigError) as error:
        join_workers()
    assert message in str(error.value) and '"host1:2222"' in str(error.value)


def test_a_cluster_of_one_is_no_cluster(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 0}}')
    assert join_workers() == Workers()

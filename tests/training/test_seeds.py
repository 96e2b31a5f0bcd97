import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from tagger.backend import tf
from tagger.config.load import load_config
from tagger.corpus.from_config import mixed_corpora
from tagger.corpus.read import open_corpus
from tagger.training.card import model_card
from tagger.training.spread import dev_score, print_spread, spread_of

LONGEST = 600  # seconds to wait for a run before the test fails


def metrics_of(model: Path) -> dict:
    return json.loads((model / "metrics.json").read_text(encoding="utf-8"))


def run_of(dev: dict[str, float], test: dict[str, float]) -> dict:
    """Return the metrics of a model with these scores: F1 for `ner`, accuracy for other tasks."""

    def scores(figures: dict[str, float]) -> dict:
        return {
            task: {"f1": value, "accuracy": 0.99} if task == "ner" else {"accuracy": value}
            for task, value in figures.items()
        }

    split = {"dev": {"tasks": scores(dev)}, "test": {"tasks": scores(test)}}
    return {
        "epochs": 3,
        "best_epoch": 2,
        "seconds": 1.5,
        **{name: each for name, each in split.items() if each["tasks"]},
    }


RUNS = {
    7: run_of({"upos": 0.90, "ner": 0.50}, {"upos": 0.91, "ner": 0.40}),
    8: run_of({"upos": 0.92, "ner": 0.54}, {"upos": 0.90, "ner": 0.46}),
    9: run_of({"upos": 0.94, "ner": 0.49}, {"upos": 0.89, "ner": 0.49}),
}


def assert_same_weights(one: Path, other: Path) -> None:
    """Assert that the weights of both folders are bitwise equal."""
    readers = [tf.train.load_checkpoint(str(folder / "checkpoint" / "weights")) for folder in (one, other)]
    names = [sorted(reader.get_variable_to_shape_map()) for reader in readers]
    assert names[0] == names[1]
    for name in names[0]:
        if name != "_CHECKPOINTABLE_OBJECT_GRAPH":
            np.testing.assert_array_equal(*(reader.get_tensor(name) for reader in readers), err_msg=name)


def test_mean_and_sample_standard_deviation_by_hand():
    spread = spread_of(RUNS, 8)
    assert spread["dev"]["upos"] == pytest.approx({"figure": "accuracy", "mean": 0.92, "std": 0.02})
    # Deviations from 0.45 are -0.05, 0.01 and 0.04; their squares sum to 0.0042, twice the sample variance.
    assert spread["test"]["ner"] == pytest.approx({"figure": "f1", "mean": 0.45, "std": 0.0021**0.5})
    assert [(run["seed"], run["dev"]["ner"], run["best_epoch"]) for run in spread["runs"]] == [
        (7, 0.50, 2),
        (8, 0.54, 2),
        (9, 0.49, 2),
    ]


def test_the_best_has_the_highest_mean_of_its_tasks_on_dev_alone():
    assert [dev_score(run) for run in RUNS.values()] == pytest.approx([0.70, 0.73, 0.715])
    assert dev_score(run_of({}, {"upos": 0.9})) == 0


def test_a_reader_sees_all_seeds_and_which_is_kept():
    out = io.StringIO()
    print_spread(spread_of(RUNS, 8), Console(file=out, width=20))
    lines = [" ".join(line.split()) for line in out.getvalue().splitlines() if line.strip()]
    assert lines[0] == "split task figure mean std seed 7 seed 8* seed 9"
    assert "dev upos accuracy 92.00 2.00 90.00 92.00 94.00" in lines
    assert "test ner f1 45.00 4.58 40.00 46.00 49.00" in lines
    assert lines[-1] == "* seed 8: the best on dev of seeds 7 to 9"


def test_the_card_says_which_seed_was_kept_with_mean_and_standard_deviation(tiny_config, tiny_corpus):
    config = load_config(tiny_config)
    corpora = mixed_corpora(config, [open_corpus(tiny_corpus)])
    metrics = {**RUNS[8], "train": {"sentences": 20, "tokens": 108}, "parameters": 1000}
    alone = model_card(config, corpora, metrics, "tiny").splitlines()
    card = model_card(config, corpora, metrics | {"seeds": spread_of(RUNS, 8)}, "tiny").splitlines()
    assert "| dev | upos | accuracy | 92.00 |" in alone
    assert "| dev | upos | accuracy | 92.00 | 92.00 ± 2.00 |" in card
    assert "| kept | seed 8: the best on dev of seeds 7 to 9 |" in card
    assert "| split | task | figure | score | mean of 3 seeds ± std |" in card
    by_test = {seed: run_of({}, {"upos": 0.9}) for seed in (1, 2)}
    card = model_card(config, corpora, metrics | {"seeds": spread_of(by_test, 1)} | {"dev": {}, "test": {}}, "tiny")
    assert "| kept | seed 1: the first, as dev has no tags to choose by, of seeds 1 to 2 |" in card.splitlines()


@pytest.mark.slow
def test_the_best_of_the_seeds_is_the_model_that_its_seed_gives_and_nothing_else_is_left(
    tagger, tiny_config, tiny_corpus, tmp_path
):
    model, alone = tmp_path / "many" / "model", tmp_path / "alone"
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--set", "training.epochs=2", "--output"]
    done = tagger(*command, model, "--seeds", 2)
    assert (done.code, done.out) == (0, ""), done.err
    assert [path.name for path in model.parent.iterdir()] == ["model"]
    metrics = metrics_of(model)
    spread, kept = metrics["seeds"], metrics["seeds"]["kept"]
    assert [run["seed"] for run in spread["runs"]] == [1, 2]
    means = {run["seed"]: np.mean(list(run["dev"].values())) for run in spread["runs"]}
    assert means[kept] == max(means.values()) and means[1] != means[2]
    assert spread["runs"][kept - 1]["test"]["ner"] == metrics["test"]["tasks"]["ner"]["f1"]
    assert load_config(model / "config.toml").seed == kept
    assert (model / "README.md").read_text(encoding="utf-8").startswith("# model\n")
    assert f"* seed {kept}: the best on dev of seeds 1 to 2" in done.err.splitlines()

    assert tagger(*command, alone, "--set", f"seed={kept}").code == 0
    assert_same_weights(model, alone)
    assert {path.name for path in model.iterdir()} == {path.name for path in alone.iterdir()}

    again = tagger(*command, model, "--seeds", 2)
    assert again.code == 1 and "exists already" in again.err
    once = (model / "metrics.json").stat()
    resumed = tagger(*command, model, "--seeds", 2, "--resume")
    assert resumed.code == 0 and "epoch 1/2" not in resumed.err
    assert (model / "metrics.json").stat() == once
    more = tagger(*command, model, "--seeds", 3, "--resume")
    assert more.code == 1 and "exists already" in more.err


def test_a_run_that_cannot_begin_leaves_nothing_and_unfinished_ones_are_not_lost_unasked(
    tagger, tiny_config, tiny_corpus, tmp_path
):
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", tmp_path / "model", "--seeds", 2]
    failed = tagger(*command, "--set", "encoder.cell=none.such:Cell")
    assert (failed.code, failed.out) == (1, "")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "model.seeds" / "1" / "model").mkdir(parents=True)
    refused = tagger(*command)
    assert refused.code == 1
    assert "model.seeds: unfinished runs: go on with them with --resume, or start anew with --overwrite" in refused.err
    assert (tmp_path / "model.seeds" / "1" / "model").is_dir()
    (tmp_path / "model.seeds").rename(tmp_path / "elsewhere")
    (tmp_path / "model.seeds").mkdir()
    (tmp_path / "model.seeds" / "notes").touch()
    for option in ("--overwrite", "--resume"):
        refused = tagger(*command, option)
        assert refused.code == 1 and "model.seeds: holds other files" in refused.err
    assert (tmp_path / "model.seeds" / "notes").exists()
    too_large = tagger(*command, "--set", f"seed={2**31 - 1}")
    assert too_large.code == 1 and "'seed' is 2147483648" in too_large.err


@pytest.mark.slow
def test_after_a_kill_only_what_is_missing_is_trained(
    tagger, tiny_config, tiny_corpus, tiny_model, tmp_path, clean_environment
):
    model = tmp_path / "model"
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", model, "--seeds", 2]
    arguments = [sys.executable, "-m", "tagger", *map(str, command)]
    state = tmp_path / "model.seeds" / "2" / "model.training" / "checkpoint" / "state.json"
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=clean_environment) as process:
        last = time.monotonic() + LONGEST
        while process.poll() is None and time.monotonic() < last and not state.exists():
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        said = process.communicate(timeout=LONGEST)[1]
    assert process.returncode == -signal.SIGKILL, said
    assert not model.exists()
    assert_same_weights(tmp_path / "model.seeds" / "1" / "model", tiny_model)

    other = tagger(*command, "--resume", "--set", "encoder.units=9")
    assert other.code == 1 and "the run to resume has encoder.units = 8, not 9" in other.err
    done = tagger(*command, "--resume")
    assert done.code == 0, done.err
    lines = done.err.splitlines()
    assert lines[0].startswith("warning: only 20 sentences in train")
    assert lines[1:3] == ["seed 1 is trained already", "seed 2:"]
    assert any(line.startswith("resumed after epoch") for line in lines)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    first, before = metrics_of(model)["seeds"]["runs"][0], metrics_of(tiny_model)["dev"]["tasks"]
    assert (first["dev"]["upos"], first["dev"]["ner"]) == (before["upos"]["accuracy"], before["ner"]["f1"])

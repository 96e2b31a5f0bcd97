"""Whole trainings on a tiny corpus, in this process. Most tests share one model."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.load import load_config
from tagger.config.schema import Config
from tagger.corpus.convert import convert
from tagger.corpus.read import open_corpus
from tagger.errors import DataError
from tagger.evaluation.split import score_split
from tagger.model.keep_settings import keep_settings
from tagger.model.score_settings import ScoreSettings
from tagger.runtime.tagger import load
from tagger.training.options import TrainingOptions
from tagger.training.train import train


def metrics_of(model: Path) -> dict:
    return json.loads((model / "metrics.json").read_text(encoding="utf-8"))


def weights_of(checkpoint: Path) -> dict[str, np.ndarray]:
    """Return the trained variables of a checkpoint, by their names in the network."""
    reader = tf.train.load_checkpoint(str(checkpoint))
    names = {name: name.partition("network/")[2] for name in reader.get_variable_to_shape_map() if "network/" in name}
    return {short: reader.get_tensor(name) for name, short in names.items() if "optimizer" not in name}


def config_of(path: Path, *overrides: str) -> Config:
    return load_config(path, overrides)


def test_the_model_folder_is_complete_and_nothing_is_left_beside_it(tiny_model):
    names = {path.name for path in tiny_model.iterdir()}
    onnx = {"model.onnx", "characters.onnx"}
    assert names == {
        "config.toml",
        "vocabulary",
        "checkpoint",
        "metrics.json",
        "manifest.json",
        "README.md",
        "logs",
        *onnx,
    }
    assert {path.name for path in (tiny_model / "vocabulary").iterdir()} == {
        "words.txt",
        "characters.txt",
        "tags.upos.txt",
        "tags.ner.txt",
    }
    assert [path.name for path in tiny_model.parent.iterdir()] == [tiny_model.name]
    assert len(list((tiny_model / "logs").glob("events*"))) == 1


def test_the_saved_configuration_is_the_one_that_was_given_with_the_corpus_schemes(tiny_model, tiny_config):
    config, given = load_config(tiny_model / "config.toml"), load_config(tiny_config)
    assert (config.training, config.encoder, config.words) == (given.training, given.encoder, given.words)
    assert {task: settings.scheme for task, settings in config.tasks.items()} == {"upos": "", "ner": "IOB2"}


def test_the_loss_falls_and_each_epoch_is_in_the_history(tiny_model):
    metrics = metrics_of(tiny_model)
    history = metrics["history"]
    assert [note["epoch"] for note in history] == list(range(1, 13))
    assert history[-1]["loss"] < history[0]["loss"] / 2
    assert all(0 <= note["padding"] < 0.2 for note in history)
    assert metrics["train"] == {"sentences": 20, "tokens": 108, "left_out": 0}


def test_the_best_epoch_is_the_one_with_the_best_mean_dev_score_and_its_weights_are_kept(tiny_model):
    metrics = metrics_of(tiny_model)
    means = [np.mean(list(note["dev"].values())) for note in metrics["history"]]
    assert metrics["best_epoch"] == 1 + int(np.argmax(means))
    best = metrics["history"][metrics["best_epoch"] - 1]["dev"]
    assert metrics["dev"]["tasks"]["upos"]["accuracy"] == best["upos"]
    assert metrics["dev"]["tasks"]["ner"]["f1"] == best["ner"]


def test_the_loaded_model_scores_what_metrics_say(tiny_model, tiny_corpus):
    model = load(tiny_model)
    for split in ("dev", "test"):
        scores = score_split(model, open_corpus(tiny_corpus), split)
        assert json.loads(json.dumps(scores.as_dict())) == metrics_of(tiny_model)[split]


def test_the_model_card_names_corpus_and_scores(tiny_model):
    card = (tiny_model / "README.md").read_text(encoding="utf-8")
    accuracy = metrics_of(tiny_model)["test"]["tasks"]["upos"]["accuracy"]
    assert "| trained on | 20 sentences, 108 tokens |" in card
    assert f"| test | upos | accuracy | {100 * accuracy:.2f} |" in card


@pytest.fixture(scope="module")
def bare_model(tiny_files, tiny_config, tmp_path_factory) -> Path:
    """A model of one task without dev and test: one direction, lower-cased words, SGD."""
    folder = tmp_path_factory.mktemp("bare")
    corpus = convert({"train": tiny_files["train"]}, folder / "corpus", columns=["token", "_", "ner"])
    overrides = [
        "training.epochs=2",
        "training.optimizer=sgd",
        "training.momentum=0.5",
        "words.lowercase=true",
        "encoder.bidirectional=false",
        "encoder.layers=2",
        "corpus.max_tokens=6",
        "seed=0",
    ]
    config = config_of(tiny_config, *overrides)
    tasks = {"ner": config.tasks["ner"]}
    train(config.model_copy(update={"tasks": tasks}), [corpus], folder / "model")
    return folder / "model"


def test_without_dev_and_test_the_last_weights_are_kept_and_nothing_is_scored(bare_model):
    metrics = metrics_of(bare_model)
    assert "dev" not in metrics and "test" not in metrics
    assert (metrics["epochs"], metrics["best_epoch"]) == (2, 2)
    assert metrics["train"]["left_out"] > 0
    assert metrics["train"]["sentences"] + metrics["train"]["left_out"] == 20
    assert load(bare_model).tasks == ("ner",)


def test_words_are_known_in_any_casing_where_words_are_lower_cased(bare_model, tiny_model):
    assert load(bare_model).knows("DOG")
    assert load(tiny_model).knows("dog") and not load(tiny_model).knows("DOG")


def test_what_is_saved_is_the_average_of_the_weights(bare_model):
    (last,) = (bare_model / "checkpoint").glob("last-2-0.index")
    reader = tf.train.load_checkpoint(str(last.with_suffix("")))
    names = {name.partition("/.")[0]: name for name in reader.get_variable_to_shape_map()}
    saved = weights_of(bare_model / "checkpoint" / "weights")["words/table/.ATTRIBUTES/VARIABLE_VALUE"]
    np.testing.assert_array_equal(saved, reader.get_tensor(names["step/average/rows"]))
    assert not np.array_equal(saved, reader.get_tensor(names["step/table"]))


@pytest.mark.slow
def test_training_stops_when_dev_has_not_improved_for_patience_epochs(tiny_corpus, tiny_config, tmp_path):
    config = config_of(tiny_config, "training.learning_rate=1e-12", "training.patience=2", "training.epochs=30")
    metrics = train(config, [open_corpus(tiny_corpus)], tmp_path / "model")
    assert (metrics["epochs"], len(metrics["history"])) == (3, 3)
    assert metrics["best_epoch"] == 3  # all have the same score


def test_a_finished_model_is_resumed_with_more_epochs(tiny_model, tiny_corpus, tiny_config, tmp_path):
    model = tmp_path / "model"
    shutil.copytree(tiny_model, model)
    keep_settings(model, {"ner": ScoreSettings(2.0)}, {})
    before, said = metrics_of(model), []
    options = TrainingOptions(resume=True, say=said.append)
    metrics = train(config_of(tiny_config, "training.epochs=13"), [open_corpus(tiny_corpus)], model, options)
    assert not (model / "thresholds.json").exists() and any(
        "choose them again with tagger threshold" in each for each in said
    )
    assert metrics["epochs"] == 13
    assert metrics["history"][:12] == before["history"]
    assert metrics_of(model) == json.loads(json.dumps(metrics))
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_task_without_a_tag_in_train_is_an_error_and_leaves_nothing(tiny_files, tiny_config, tmp_path):
    corpus = convert(
        {"train": _only(tiny_files["train"], "upos"), "dev": _only(tiny_files["dev"], "ner")}, tmp_path / "corpus"
    )
    with pytest.raises(DataError, match="task 'ner': no sentence of train is annotated for it"):
        train(load_config(tiny_config), [corpus], tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["corpus"]


def _only(file: Path, task: str):
    """Return the file as JSON lines with only one task."""
    rows = [block.split("\n") for block in file.read_text(encoding="utf-8").strip().split("\n\n")]
    column = {"upos": 1, "ner": 2}[task]
    path = file.with_suffix(f".{task}.jsonl")
    lines = [
        {"tokens": [row.split("\t")[0] for row in block], task: [row.split("\t")[column] for row in block]}
        for block in rows
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.mark.slow
def test_with_batches_by_tokens_the_learning_rate_decays_over_the_steps_taken(tiny_corpus, tiny_config, tmp_path):
    config = config_of(tiny_config, "training.epochs=3", "training.batch_tokens=24")
    metrics = train(config, [open_corpus(tiny_corpus)], tmp_path / "model")
    steps = [note["steps"] for note in metrics["history"]]
    # 20 sentences of 4 to 7 tokens: at least 108 tokens in batches of 24.
    assert all(5 <= taken <= 10 for taken in steps)
    reader = tf.train.load_checkpoint(str(tmp_path / "model" / "checkpoint" / "last-3-0"))
    step, planned = (reader.get_tensor(f"step/{name}/.ATTRIBUTES/VARIABLE_VALUE") for name in ("step", "steps"))
    assert step == planned == sum(steps)

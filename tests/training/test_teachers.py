"""Models that learn of others."""

import json
from itertools import pairwise, product

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config_file import load_config
from tagger.corpus.read import open_corpus, read_split
from tagger.corpus.soft_targets import LIKELIEST, feature_list
from tagger.errors import ConfigError
from tagger.runtime.folder import open_model
from tagger.runtime.tagger import predictor_of
from tagger.training.corpora import mixed_corpora
from tagger.training.teachers import _write_targets, teachers_of, train_taught
from tagger.training.train import train

SETTINGS = ["--set", "distillation.teachers=2", "--set", "distillation.epochs=1", "--set", "training.epochs=2"]


def metrics_of(model):
    return json.loads((model / "metrics.json").read_text(encoding="utf-8"))


def records(folder):
    """Every example of the files of a folder, by the words of its sentence."""
    found = {}
    for path in sorted(folder.rglob("*.tfrecord")):
        for record in tf.compat.v1.io.tf_record_iterator(str(path)):
            example = tf.train.SequenceExample.FromString(record)
            words = example.feature_lists.feature_list["tokens"].feature
            found[tuple(word.bytes_list.value[0].decode() for word in words)] = example.feature_lists.feature_list
    return found


@pytest.fixture(scope="module")
def two_models(tiny_corpus, tiny_config, tmp_path_factory):
    """Folders of two models that find entities by a CRF."""
    folder = tmp_path_factory.mktemp("teachers")
    for seed in (1, 2):
        config = load_config(tiny_config, ["tasks.ner.decoder=crf", "training.epochs=4", f"seed={seed}"])
        train(config, open_corpus(tiny_corpus), folder / str(seed))
    return [folder / "1", folder / "2"]


def test_targets_are_the_mean_of_what_models_hold_likely_over_all_paths(two_models, tiny_corpus, tiny_config, tmp_path):
    config = load_config(tiny_config, ["tasks.ner.decoder=crf"])
    _write_targets(two_models, mixed_corpora(config, open_corpus(tiny_corpus)), [], tmp_path / "targets")
    written = records(tmp_path / "targets")
    sentences = list(read_split(tiny_corpus, "train"))
    assert written.keys() == {sentence.words for sentence in sentences}
    sentence = min(sentences, key=len)
    columns = {"upos": len(open_model(two_models[0]).tags["upos"].entries), "ner": 0}
    expected = {"upos": 0, "ner": 0}
    for model in two_models:
        predictor = predictor_of(open_model(model))
        scores = predictor.scores([sentence])[0]
        shares = np.exp(scores["upos"])
        expected["upos"] += shares / shares.sum(axis=1, keepdims=True) / 2
        start, between, end = predictor.transitions()["ner"]
        columns["ner"] = tags = len(start)
        of_paths = {}
        for path in product(range(tags), repeat=len(sentence)):
            steps = sum(between[before, tag] for before, tag in pairwise(path))
            own = scores["ner"][range(len(path)), path].sum()
            of_paths[path] = np.exp(own + steps + start[path[0]] + end[path[-1]])
        total, of_steps = sum(of_paths.values()), np.zeros((len(sentence), tags * tags))
        for path, share in of_paths.items():
            for place, tag in enumerate(path):
                of_steps[place, (path[place - 1] * tags if place else 0) + tag] += share / total
        expected["ner"] += of_steps / 2
    for task, of in expected.items():
        for place, feature in enumerate(written[sentence.words][feature_list(task)].feature):
            numbers = np.frombuffer(feature.bytes_list.value[0], "<i4")
            classes, shares = numbers[:LIKELIEST], numbers[LIKELIEST:].view("<f4")
            kept = np.sort(of[place])[::-1][:LIKELIEST]
            assert shares.sum() == pytest.approx(1)
            np.testing.assert_allclose(np.sort(shares)[::-1][: len(kept)], kept / kept.sum(), atol=1e-4)
            best = classes[shares.argmax()]
            assert of[place, best] == pytest.approx(kept[0], abs=1e-4)


def test_a_model_with_teachers_from_the_command_line(tagger, tiny_config, tiny_corpus, tmp_path):
    model = tmp_path / "model"
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", model, *SETTINGS]
    done = tagger(*command)
    assert (done.code, done.out) == (0, ""), done.err
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    said = done.err.splitlines()
    assert [line for line in said if "teacher" in line and "/" not in line] == [
        "teacher of seed 1001:",
        "teacher of seed 1002:",
        "writing what 2 teachers hold likely of train",
    ]
    metrics = metrics_of(model)
    assert metrics["teachers"]["models"] == 2 and metrics["teachers"]["seconds"] > 0
    assert metrics["epochs"] == 2
    assert "| teachers | 2, trained in " in (model / "README.md").read_text(encoding="utf-8")

    again = tagger(*command)
    assert again.code == 1 and "exists already" in again.err
    once = (model / "metrics.json").stat()
    resumed = tagger(*command, "--resume")
    assert resumed.code == 0 and "teacher of seed" not in resumed.err
    assert (model / "metrics.json").stat() == once
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_teachers_are_trained_once_whatever_stops_the_run(tagger, tiny_config, tiny_corpus, tmp_path, monkeypatch):
    model = tmp_path / "model"
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", model, *SETTINGS]
    with monkeypatch.context() as patched:
        patched.setattr("tagger.training.teachers._write_targets", stop)
        assert tagger(*command).code == 130
    assert sorted(path.name for path in (tmp_path / "model.teachers").iterdir()) == ["1001", "1002"]
    refused = tagger(*command)
    assert refused.code == 1 and "model.teachers: an unfinished run: go on with it with --resume" in refused.err
    with monkeypatch.context() as patched:
        patched.setattr("tagger.training.teachers.train", stop)
        stopped = tagger(*command, "--resume")
    assert stopped.code == 130
    assert "teacher of seed 1001 is trained already" in stopped.err.splitlines()
    other = tagger(*command, "--resume", "--set", "encoder.units=9")
    assert other.code == 1 and "these teachers were trained with other settings" in other.err
    done = tagger(*command, "--resume")
    assert done.code == 0 and "the teachers are trained already" in done.err.splitlines()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def stop(*_, **__):
    raise KeyboardInterrupt


def test_what_is_not_ours_stays(tagger, tiny_config, tiny_corpus, tmp_path):
    (tmp_path / "model.teachers").mkdir()
    (tmp_path / "model.teachers" / "notes").touch()
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", tmp_path / "model", *SETTINGS]
    for option in ("--overwrite", "--resume"):
        refused = tagger(*command, option)
        assert refused.code == 1 and "model.teachers: holds other files" in refused.err
    assert [path.name for path in tmp_path.iterdir()] == ["model.teachers"]


@pytest.mark.slow
def test_models_of_several_seeds_have_the_same_teachers(tagger, tiny_config, tiny_corpus, tmp_path):
    done = tagger(
        "train", tiny_config, "--corpus", tiny_corpus, "--output", tmp_path / "model", *SETTINGS, "--seeds", 2
    )
    assert done.code == 0, done.err
    assert [line for line in done.err.splitlines() if line.startswith(("teacher", "seed"))] == [
        "teacher of seed 1001:",
        "teacher of seed 1002:",
        "seed 1:",
        "seed 2:",
    ]
    metrics = metrics_of(tmp_path / "model")
    assert len(metrics["seeds"]["runs"]) == 2 and metrics["teachers"]["models"] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.slow
def test_a_model_that_only_learns_of_its_teachers_comes_to_hold_likely_what_they_do(tiny_corpus, tiny_config, tmp_path):
    settings = ["distillation.teachers=2", "distillation.weight=1", "training.epochs=20", "tasks.ner.decoder=crf"]
    config = load_config(tiny_config, [*settings, "distillation.epochs=3"])
    losses = {}
    for weight in (0.0, 1.0):
        alone = config.model_copy(update={"distillation": config.distillation.model_copy(update={"weight": weight})})
        metrics = train_taught(alone, open_corpus(tiny_corpus), tmp_path / str(weight), say=lambda line: None)
        losses[weight] = metrics["history"][-1]["loss"]
    # The loss is a cross-entropy: with gold tags it comes to nothing, with targets never below what those leave open.
    assert losses[0.0] < 0.5 * losses[1.0]


def test_each_teacher_has_a_seed_of_its_own_and_no_teachers(tiny_config):
    config = load_config(tiny_config, ["distillation.teachers=3", "seed=7"])
    teachers = teachers_of(config)
    assert [teacher.seed for teacher in teachers] == [1007, 1008, 1009]
    assert all(teacher.distillation.teachers == 0 for teacher in teachers)
    assert [teacher.training for teacher in teachers] == [config.training] * 3
    few = teachers_of(load_config(tiny_config, ["distillation.teachers=1", "distillation.epochs=2"]))
    assert few[0].training.epochs == 2


def test_train_alone_does_not_leave_teachers_out_in_silence(tiny_config, tiny_corpus, tmp_path):
    config = load_config(tiny_config, ["distillation.teachers=1"])
    with pytest.raises(ConfigError, match="train_taught"):
        train(config, open_corpus(tiny_corpus), tmp_path / "model")
    assert list(tmp_path.iterdir()) == []

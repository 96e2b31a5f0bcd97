"""Models that learn from teachers: soft targets, and whole runs."""

import json
from collections import Counter
from itertools import pairwise, product

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.load import check_config, load_config
from tagger.corpus.batches import training_batches
from tagger.corpus.bucketing import Batching
from tagger.corpus.convert import convert
from tagger.corpus.from_config import mixed_corpora
from tagger.corpus.read import open_corpus, read_split
from tagger.corpus.soft_targets import CLASSES_KEPT, soft_targets, soft_targets_key
from tagger.model.folder import open_model
from tagger.network.vocabularies import loaded_vocabularies
from tagger.runtime.runtimes import predictor_of
from tagger.runtime.tagger import load
from tagger.training.options import TrainingOptions
from tagger.training.plan import teachers_of
from tagger.training.soft_target_records import Targets, TargetsRecord, write_soft_targets
from tagger.training.teachers import Ensemble, own_teachers
from tagger.training.train import train

RECORD = TargetsRecord("", 0.0, {})
SETTINGS = ["--set", "distillation.teachers=2", "--set", "distillation.epochs=1", "--set", "training.epochs=2"]


def metrics_of(model):
    return json.loads((model / "metrics.json").read_text(encoding="utf-8"))


def records(folder):
    """Return the feature lists of all records in a folder, by the words of their sentences."""
    found = {}
    for path in sorted(folder.rglob("*.tfrecord")):
        for record in tf.compat.v1.io.tf_record_iterator(str(path)):
            example = tf.train.SequenceExample.FromString(record)
            words = example.feature_lists.feature_list["tokens"].feature
            found[tuple(word.bytes_list.value[0].decode() for word in words)] = example.feature_lists.feature_list
    return found


@pytest.fixture(scope="module")
def two_models(tiny_corpus, tiny_config, tmp_path_factory):
    """Train two models with a CRF for entities, and return their folders."""
    folder = tmp_path_factory.mktemp("teachers")
    for seed in (1, 2):
        config = load_config(tiny_config, ["tasks.ner.decoder=crf", "training.epochs=4", f"seed={seed}"])
        train(config, [open_corpus(tiny_corpus)], folder / str(seed))
    return [folder / "1", folder / "2"]


def test_targets_are_the_mean_of_the_models_probabilities_over_all_paths(
    two_models, tiny_corpus, tiny_config, tmp_path
):
    config = load_config(tiny_config, ["tasks.ner.decoder=crf"])
    write_soft_targets(
        Ensemble(*own_teachers(two_models)),
        mixed_corpora(config, [open_corpus(tiny_corpus)]),
        tmp_path / "targets",
        RECORD,
    )
    written = records(tmp_path / "targets")
    sentences = list(read_split(tiny_corpus, "train"))
    assert written.keys() == {sentence.words for sentence in sentences}
    sentence = min(sentences, key=len)
    expected = {"upos": 0, "ner": 0}
    for model in two_models:
        predictor = predictor_of(open_model(model))
        scores = predictor.scores([sentence])[0]
        exponentials = np.exp(scores["upos"])
        expected["upos"] += exponentials / exponentials.sum(axis=1, keepdims=True) / 2
        start, between, end = predictor.transitions()["ner"]
        tags = len(start)
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
        for place, feature in enumerate(written[sentence.words][soft_targets_key(task)].feature):
            numbers = np.frombuffer(feature.bytes_list.value[0], "<i4")
            classes, shares = numbers[:CLASSES_KEPT], numbers[CLASSES_KEPT:].view("<f4")
            kept = np.sort(of[place])[::-1][:CLASSES_KEPT]
            assert shares.sum() == pytest.approx(1)
            np.testing.assert_allclose(np.sort(shares)[::-1][: len(kept)], kept / kept.sum(), atol=1e-4)
            best = classes[shares.argmax()]
            assert of[place, best] == pytest.approx(kept[0], abs=1e-4)


@pytest.mark.slow
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
        "writing the soft targets of 2 teachers",
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


@pytest.mark.slow
def test_teachers_are_trained_once_whatever_stops_the_run(tagger, tiny_config, tiny_corpus, tmp_path, monkeypatch):
    model = tmp_path / "model"
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", model, *SETTINGS]
    with monkeypatch.context() as patched:
        patched.setattr("tagger.training.make_targets.write_soft_targets", stop)
        assert tagger(*command).code == 130
    assert sorted(path.name for path in (tmp_path / "model.teachers").iterdir()) == ["1001", "1002"]
    refused = tagger(*command)
    assert refused.code == 1 and "model.teachers: an unfinished run: go on with it with --resume" in refused.err
    with monkeypatch.context() as patched:
        patched.setattr("tagger.training.train.train_model", stop)
        stopped = tagger(*command, "--resume")
    assert stopped.code == 130
    assert "teacher of seed 1001 is trained already" in stopped.err.splitlines()
    other = tagger(*command, "--resume", "--set", "encoder.units=9")
    assert other.code == 1 and "these teachers were trained with other settings" in other.err
    assert [path.name for path in (tmp_path / "model.teachers").iterdir()] == ["targets"]
    others = tagger(*command, "--resume", "--set", "distillation.epochs=2")
    assert others.code == 1 and "these teachers were trained with other settings" in others.err
    done = tagger(*command, "--resume", "--set", "training.patience=5")
    assert done.code == 0 and "the teachers are trained already" in done.err.splitlines()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    more = tagger(*command, "--resume", "--set", "training.epochs=3")
    assert more.code == 1 and "this model is finished, and its teachers are gone" in more.err


@pytest.mark.slow
def test_what_is_resumed_is_a_stopped_overwriting_run_and_not_the_model_that_it_replaces(
    tagger, tiny_config, tiny_corpus, tmp_path, monkeypatch
):
    model = tmp_path / "model"
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", model, *SETTINGS]
    assert tagger(*command, "--set", "encoder.units=9", "--set", "distillation.teachers=0").code == 0
    with monkeypatch.context() as patched:
        patched.setattr("tagger.training.make_targets.write_soft_targets", stop)
        assert tagger(*command, "--overwrite").code == 130
    assert load_config(model / "config.toml").encoder.units == 9
    done = tagger(*command, "--resume")
    assert done.code == 0, done.err
    assert load_config(model / "config.toml").encoder.units == 8
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_run_is_refused_before_its_teachers_are_trained(tagger, tiny_config, tiny_corpus, tmp_path):
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", tmp_path / "model", *SETTINGS]
    for name, more in (("model.training", []), ("model.seeds", ["--seeds", 2])):
        (tmp_path / name).mkdir()
        refused = tagger(*command, *more)
        assert refused.code == 1 and f"{name}: an unfinished run" in refused.err
        (tmp_path / name).rmdir()
    assert list(tmp_path.iterdir()) == []


def stop(*_, **__):
    raise KeyboardInterrupt


def test_what_is_not_ours_stays(tagger, tiny_config, tiny_corpus, tmp_path):
    (tmp_path / "model.teachers").mkdir()
    (tmp_path / "model.teachers" / "notes").touch()
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", tmp_path / "model", *SETTINGS]
    for option in ("--overwrite", "--resume"):
        refused = tagger(*command, option)
        assert refused.code == 1 and "model.teachers: holds other files" in refused.err
    (tmp_path / "model.teachers").rename(tmp_path / "elsewhere")
    (tmp_path / "model.teachers").write_text("mine", encoding="utf-8")
    for option in ([], ["--overwrite"], ["--resume"]):
        refused = tagger(*command, *option)
        assert refused.code == 1 and "model.teachers: is not a folder" in refused.err
    assert (tmp_path / "model.teachers").read_text(encoding="utf-8") == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "model.teachers"]


@pytest.mark.slow
def test_models_of_several_seeds_have_the_same_teachers(tagger, tiny_config, tiny_corpus, tmp_path):
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", tmp_path / "model", *SETTINGS]
    command += ["--set", "distillation.teachers=1", "--seeds", 2]
    done = tagger(*command)
    assert done.code == 0, done.err
    assert [line for line in done.err.splitlines() if line.startswith(("teacher", "seed"))] == [
        "teacher of seed 1001:",
        "seed 1:",
        "seed 2:",
    ]
    metrics = metrics_of(tmp_path / "model")
    assert len(metrics["seeds"]["runs"]) == 2 and metrics["teachers"]["models"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    resumed = tagger(*command, "--resume")
    assert resumed.code == 0 and "teacher of seed" not in resumed.err

    # What a kill may leave when the model is finished and only the rest was to be removed.
    (tmp_path / "model.teachers" / "targets").mkdir(parents=True)
    kept = {"id": metrics["teachers"]["id"], "seconds": 1.0, "made_of": {}}
    (tmp_path / "model.teachers" / "targets" / "made_of.json").write_text(json.dumps(kept), encoding="utf-8")
    (tmp_path / "model.seeds" / "1").mkdir(parents=True)
    resumed = tagger(*command, "--resume")
    assert resumed.code == 0 and "seed 1:" not in resumed.err.splitlines(), resumed.err
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.slow
def test_a_model_that_only_learns_from_its_teacher_is_as_confident_as_it(tiny_corpus, tiny_config, tmp_path):
    """A teacher trained briefly is not confident; a model trained long on gold tags is."""
    of_teacher = ["distillation.teachers=1", "distillation.epochs=4", "distillation.weight=1"]
    settings = ["training.epochs=20", "tasks.ner.decoder=crf"]
    corpora, sentences = [open_corpus(tiny_corpus)], list(read_split(tiny_corpus, "train"))
    confidence = {}

    def note(name):
        """Note a model's probabilities of all gold tags of train."""
        tagged = list(load(tmp_path / name).tag([sentence.words for sentence in sentences]))
        confidence[name] = {
            task: np.concatenate(
                [
                    found.probabilities[task].of_tags([tag], place)
                    for found, gold in zip(tagged, sentences, strict=True)
                    for place, tag in enumerate(gold.tags[task])
                ]
            )
            for task in ("upos", "ner")
        }

    config = load_config(tiny_config, [*settings, *of_teacher])
    train(teachers_of(config)[0], corpora, tmp_path / "teacher")
    said = []
    metrics = train(config, corpora, tmp_path / "taught", TrainingOptions(say=said.append))
    assert metrics["teachers"]["models"] == 1
    assert said[0].startswith("warning: only 20 sentences in train")
    assert said[1:] == ["teacher of seed 1001:", "writing the soft targets of 1 teachers"]
    train(load_config(tiny_config, settings), corpora, tmp_path / "gold")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gold", "taught", "teacher"]
    for name in ("teacher", "taught", "gold"):
        note(name)
    for task in ("upos", "ner"):
        apart = {name: abs(confidence[name][task] - confidence["teacher"][task]).mean() for name in ("taught", "gold")}
        assert apart["taught"] < 0.5 * apart["gold"]


def test_of_several_corpora_each_sentence_has_targets_for_what_it_annotates(
    two_models, tiny_corpus, tiny_files, tiny_config, tmp_path
):
    named = convert({"train": tiny_files["test"]}, tmp_path / "named", columns=["token", "_", "entity"])
    settings = load_config(tiny_config, ["tasks.ner.decoder=crf"]).model_dump()
    del settings["corpus"]
    settings["corpora"] = [
        {"path": str(tiny_corpus), "weight": 0.0},
        {"path": str(named.directory), "tasks": {"ner": "entity"}, "tags": {"ner": {"LOC": "PER"}}, "max_tokens": 5},
        {"path": str(tiny_corpus), "weight": 1.5},
    ]
    settings["corpora"][2]["path"] += "/"  # the same corpus by another path
    config = check_config(settings, "settings")
    opened = [open_corpus(tiny_corpus), named, open_corpus(tiny_corpus)]
    corpora = mixed_corpora(config, opened)
    write_soft_targets(Ensemble(*own_teachers(two_models)), corpora, tmp_path / "targets", RECORD)
    shards = Targets(tmp_path / "targets", 2, 0.0, "").in_place_of(
        [of.training_records() for of in corpora if of.weight]
    )
    lookup = loaded_vocabularies(open_model(two_models[0])).lookup(config)
    tasks, seen = ["upos", "ner"], Counter()
    batches = training_batches(shards, lookup, tasks, Batching(4, 4, 100), 1, range(1), soft=tasks)
    for batch in batches:
        real = np.arange(batch["words"].shape[1]) < batch["lengths"].numpy()[:, None]
        for task in tasks:
            sums = soft_targets(batch, task, 0.9).probabilities.numpy().sum(axis=2)
            annotated = batch[f"annotated/{task}"].numpy()
            np.testing.assert_allclose(sums, real & annotated[:, None], atol=1e-6)
            seen[task] += annotated.sum()
    short = sum(len(sentence) <= 5 for sentence in read_split(named.directory, "train"))
    assert 0 < short < 6
    assert seen["upos"] == 30 and seen["ner"] == 30 + short
    lists = records(tmp_path / "targets" / "0")
    assert sum(soft_targets_key("ner") in of for of in lists.values()) == short
    assert not any(soft_targets_key("upos") in of for of in lists.values())

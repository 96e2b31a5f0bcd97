"""Models that learn from text without annotation: which sentences are kept, and whole runs."""

import gzip
import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.load import load_config
from tagger.config.unlabelled_keys import UnlabelledConfig
from tagger.corpus.batches import training_batches
from tagger.corpus.bucketing import Batching
from tagger.corpus.from_config import mixed_corpora
from tagger.corpus.read import open_corpus
from tagger.corpus.soft_targets import CLASSES_KEPT, soft_targets, soft_targets_key
from tagger.errors import ConfigError, DataError
from tagger.model.folder import open_model
from tagger.network.vocabularies import loaded_vocabularies
from tagger.text.tokenize import TEXT_READERS
from tagger.training import loop
from tagger.training.options import TrainingOptions
from tagger.training.plan import make_plan
from tagger.training.teachers import Ensemble, StudentTask, check_teacher
from tagger.training.train import train
from tagger.training.unlabelled_records import keep_unlabelled, read_words

TASKS = {"upos": StudentTask(("NOUN", "VERB")), "ner": StudentTask(("B-PER", "I-PER", "O"), "IOB2")}
NAMED, OTHER, UNSURE = "Ada slept.", "Dogs sleep.", "Perhaps so."


class FakeTeachers(Ensemble):
    """Teachers that know their probabilities by heart: [NOUN, VERB] and [B-PER, I-PER, O] of each word."""

    def __init__(self, *by_word):
        super().__init__(TASKS, [])
        self.by_word = by_word

    def __len__(self):
        return len(self.by_word)

    def probabilities(self, sentences, tasks):
        for known in self.by_word:
            rows = [[known.get(word, ([0.9, 0.1], [0.0, 0.0, 1.0])) for word in words] for words in sentences]
            yield {
                task: [np.array([row[number] for row in of], np.float32) for of in rows]
                for number, task in enumerate(tasks)
            }


SURE = {"Ada": ([0.9, 0.1], [0.9, 0.0, 0.1]), "Perhaps": ([0.6, 0.4], [0.0, 0.0, 1.0])}
OTHERWISE = {**SURE, "so": ([0.2, 0.8], [0.0, 0.0, 1.0])}


def kept_of(tmp_path, text, teachers, **settings):
    """Return what is kept of a text, and the records by their words."""
    tmp_path.joinpath("text.txt").write_text(text, encoding="utf-8")
    folder = tmp_path / "records"
    folder.mkdir(exist_ok=True)
    kept = keep_unlabelled(
        UnlabelledConfig(text=[str(tmp_path / "text.txt")], **settings), teachers, TEXT_READERS["text"], folder
    )
    records = {}
    for name, _ in kept.shards:
        for record in tf.compat.v1.io.tf_record_iterator(str(folder / name)):
            lists = tf.train.SequenceExample.FromString(record).feature_lists.feature_list
            keys = [key for key in lists if key != "space_after"]
            strings = {key: [each.bytes_list.value[0] for each in lists[key].feature] for key in keys}
            records[b" ".join(strings["tokens"]).decode()] = strings
    return kept, records


def text_of(*sentences):
    return "\n\n".join(sentences) + "\n"


def test_sure_sentences_are_kept_with_the_teachers_best_tags_and_mean_probabilities(tmp_path):
    text = text_of(NAMED, OTHER, UNSURE)
    kept, records = kept_of(tmp_path, text, FakeTeachers(SURE, OTHERWISE), confidence=0.9)
    # Ada slept. = 0.9 everywhere but O of two words: (3 * 0.9 + 0.9 + 2) / 6; Perhaps so. = (0.6 + 0.55 + 0.9 + 3) / 6
    assert set(records) == {"Ada slept .", "Dogs sleep ."}
    assert (kept.sentences, kept.read, kept.tokens, kept.with_spans) == (2, 3, 6, 1)
    assert [(each.name, each.read, each.kept) for each in kept.files] == [("text.txt", 3, 2)]
    found = records["Ada slept ."]
    assert found["upos"] == [b"NOUN"] * 3
    numbers = np.frombuffer(found[soft_targets_key("upos")][0], "<i4")
    assert dict(zip(numbers[:2], numbers[CLASSES_KEPT:].view("<f4")[:2].round(4), strict=True)) == {0: 0.9, 1: 0.1}


def test_the_least_sure_tag_and_the_agreement_of_the_teachers_decide_where_asked_for(tmp_path):
    text = text_of(NAMED, UNSURE)
    teachers = FakeTeachers(SURE, OTHERWISE)
    assert set(kept_of(tmp_path, text, teachers, confidence=0.5)[1]) == {"Ada slept .", "Perhaps so ."}
    assert set(kept_of(tmp_path, text, teachers, confidence=0.7, measure="least")[1]) == {"Ada slept ."}
    assert set(kept_of(tmp_path, text, teachers, confidence=0, agreement=0.9)[1]) == {"Ada slept ."}
    assert len(kept_of(tmp_path, text, teachers, confidence=0, agreement=0.6)[1]) == 2  # 2 of 3 words


def test_sentences_with_spans_are_kept_more_often_and_reading_stops_where_enough_are_kept(tmp_path):
    text = text_of(OTHER, NAMED, *(f"Dogs sleep {word}." for word in ("here", "there", "now")), "Ada wept.")
    kept, records = kept_of(tmp_path, text, FakeTeachers(SURE), names=0.5)
    assert set(records) == {"Ada slept .", "Dogs sleep here .", "Ada wept ."}  # the first came before any name
    assert kept.with_spans == 2
    kept, records = kept_of(tmp_path, text, FakeTeachers(SURE), sentences=2, min_count=2)
    assert set(records) == {"Dogs sleep .", "Ada slept ."} and kept.read == 2
    assert read_words(tmp_path / "records") == {".": 2}


def test_a_text_of_which_nothing_is_kept_says_what_to_change(tmp_path):
    for settings, advice in (
        ({"confidence": 1.0}, "2 below unlabelled.confidence = 1: lower it"),
        ({"max_tokens": 2}, "2 longer than unlabelled.max_tokens = 2: raise it"),
        ({"names": 1.0, "confidence": 0.95}, "1 below .*; 1 without a span, by unlabelled.names = 1: lower it"),
    ):
        with pytest.raises(DataError, match=f"none of 2 sentences is kept: {advice}"):
            kept_of(tmp_path, text_of("Perhaps so.", "Dogs sleep."), FakeTeachers(SURE), **settings)


def test_best_tags_are_valid_for_the_scheme(tmp_path):
    inside = {"Ada": ([0.9, 0.1], [0.4, 0.6, 0.0])}  # I-PER may not begin a sentence
    _, records = kept_of(tmp_path, text_of("Ada."), FakeTeachers(inside), confidence=0.3)
    assert records["Ada ."]["ner"] == [b"B-PER", b"O"]


def test_unlabelled_sentences_stand_beside_corpora_that_annotate_less(tmp_path, tiny_config, tiny_corpus, tiny_model):
    kept, _ = kept_of(tmp_path, text_of(NAMED, OTHER, "Ada wept."), FakeTeachers(SURE))
    unlabelled = kept.training_records(tmp_path / "records", list(TASKS), 2.0)
    gold = mixed_corpora(load_config(tiny_config), [open_corpus(tiny_corpus)])[0].training_records()
    gold = replace(gold, layers={"upos": "upos"})
    lookup = loaded_vocabularies(open_model(tiny_model)).lookup(load_config(tiny_config))
    batches = training_batches(
        [gold, unlabelled], lookup, list(TASKS), Batching(4, 4, 100), 1, range(1), soft=list(TASKS)
    )
    annotated, taught = Counter(), Counter()
    for batch in batches:
        for task in TASKS:
            annotated[task] += int(batch[f"annotated/{task}"].numpy().sum())
            sums = soft_targets(batch, task, 0.9).probabilities.numpy().sum(axis=2)
            taught[task] += float(sums.sum())
    assert annotated == {"upos": 20 + 2 * 3, "ner": 2 * 3}
    assert taught == {task: pytest.approx(2 * kept.tokens, abs=1e-3) for task in TASKS}


def test_classes_of_a_crf_are_transitions_whose_marginals_are_the_tags():
    student = StudentTask(("A", "B"), None, is_crf=True)
    tags = np.array([[0.3, 0.7], [0.6, 0.4]], np.float32)
    steps = student.of_classes(tags)
    np.testing.assert_allclose(steps, [[0.3, 0.7, 0, 0], [0.18, 0.12, 0.42, 0.28]], rtol=1e-6)
    np.testing.assert_allclose(student.of_tags(steps), tags, rtol=1e-6)


def test_a_teacher_with_other_tags_is_refused_unless_they_are_to_be_dropped(tiny_model):
    folder = open_model(tiny_model)
    same = {task: StudentTask(tags.entries, folder.schemes[task], is_crf=False) for task, tags in folder.tags.items()}
    assert check_teacher(folder, same) == dict.fromkeys(same)
    upos = same["upos"].tags
    other = {"upos": StudentTask(("ZZZ", *reversed(upos[1:])), None)}
    with pytest.raises(ConfigError, match=f"of the task 'upos' it lacks ZZZ and has {upos[0]}, unlike the corpus"):
        check_teacher(folder, other)
    columns = check_teacher(folder, other, drop=True)["upos"]
    assert columns.tolist() == [-1, *range(len(upos) - 1, 0, -1)]
    words = ("Ada", "slept")
    (plain,) = Ensemble({"upos": same["upos"]}, [folder]).probabilities([words], ["upos"])
    (mapped,) = Ensemble(other, [folder], drop=True).probabilities([words], ["upos"])
    expected = plain["upos"][0][:, :0:-1]
    np.testing.assert_allclose(mapped["upos"][0][:, 1:], expected / expected.sum(1, keepdims=True), rtol=1e-4)
    assert not mapped["upos"][0][:, 0].any()
    steps = {"upos": StudentTask(other["upos"].tags, None, is_crf=True)}
    (of_steps,) = Ensemble(steps, [folder], drop=True).probabilities([words], ["upos"])
    np.testing.assert_allclose(steps["upos"].of_tags(of_steps["upos"][0]), mapped["upos"][0], atol=1e-5)
    with pytest.raises(ConfigError, match="has no task 'chunk', only"):
        check_teacher(folder, {"chunk": StudentTask(("O",))})
    with pytest.raises(ConfigError, match="tags of 'ner' are IOB2 there and no spans in the corpus"):
        check_teacher(folder, {"ner": StudentTask(same["ner"].tags)})


@pytest.fixture(scope="module")
def raw_text(tmp_path_factory):
    """A compressed text of 12 paragraphs of names and verbs."""
    path = tmp_path_factory.mktemp("raw") / "news.txt.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("\n\n".join(f"Ada saw {word} in Paris." for word in "abcdefghijkl"))
    return path


def settings_of(raw_text, *more):
    return [f'unlabelled.text=["{raw_text.parent}/*.gz"]', "unlabelled.confidence=0", *more]


@pytest.mark.slow
def test_a_model_learns_unlabelled_text_from_its_own_teachers(tiny_config, tiny_corpus, raw_text, tmp_path):
    settings = settings_of(raw_text, "distillation.teachers=1", "training.epochs=3", "training.batch_size=4")
    said = []
    config = load_config(tiny_config, [*settings, "unlabelled.min_count=12"])
    metrics = train(config, [open_corpus(tiny_corpus)], tmp_path / "model", TrainingOptions(say=said.append))
    about = metrics["unlabelled"]
    assert about["sentences"] == about["read"] == 12
    assert [(file["name"], file["kept"]) for file in about["files"]] == [("news.txt.gz", 12)]
    assert [epoch["steps"] for epoch in metrics["history"]] == [8, 8, 5]  # (20 + 12) / 4, then 20 / 4
    assert said[1:] == [
        "teacher of seed 1001:",
        "writing the soft targets of 1 teachers",
        "unlabelled text: kept 12 of 12 sentences",
    ]
    card = (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    assert "| unlabelled text | 12 of 12 sentences, 72 tokens, of news.txt.gz (12), tagged by the teachers |" in card
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    words = open_model(tmp_path / "model").words
    assert "saw" in words and "k" not in words  # those of min_count


@pytest.mark.slow
def test_a_model_learns_from_a_larger_one_and_from_tags_from_outside(
    tiny_config, tiny_corpus, tiny_model, raw_text, tmp_path, capsys
):
    outside = tmp_path / "outside.jsonl"
    lines = [
        {"tokens": ["Ada", "slept"], "ner": [{"label": "PER", "first": 0, "last": 0, "score": 0.9}]},
        {"text": "Ada left Ada.", "spans": [{"text": "Ada", "label": "PER"}]},  # of which place?
        {"text": "She left Paris.", "spans": [{"text": "Paris", "label": "LOC"}]},
    ]
    outside.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    settings = settings_of(raw_text, "encoder.units=4", "training.epochs=2", "tasks.ner.decoder=crf")
    settings += [f'distillation.models=["{tiny_model}"]', f'unlabelled.soft_tags=["{outside}"]']
    settings.append("unlabelled.skip_refused=true")
    metrics = train(load_config(tiny_config, settings), [open_corpus(tiny_corpus)], tmp_path / "model")
    assert metrics["teachers"]["models"] == 1 and metrics["teachers"]["names"] == [tiny_model.name]
    assert [file["kept"] for file in metrics["unlabelled"]["files"]] == [12, 2]
    assert "| teachers | 1, tiny |" in (tmp_path / "model" / "README.md").read_text(encoding="utf-8")

    alone = [f'unlabelled.soft_tags=["{outside}"]', "training.epochs=2", "unlabelled.skip_refused=true"]
    metrics = train(load_config(tiny_config, alone), [open_corpus(tiny_corpus)], tmp_path / "alone")
    assert metrics["teachers"]["models"] == 0 and metrics["unlabelled"]["sentences"] == 2
    assert "unlabelled text: records that are refused, left out: 1, at " in capsys.readouterr().err
    card = (tmp_path / "alone" / "README.md").read_text(encoding="utf-8")
    assert "with tags from outside" in card and "| teachers |" not in card


def test_what_cannot_be_learned_is_refused_before_any_teacher_is_trained(
    tagger, tiny_config, tiny_corpus, tiny_model, raw_text, tmp_path
):
    empty, latin = tmp_path / "empty.txt", tmp_path / "latin.txt"
    empty.touch()
    latin.write_bytes("Caf\xe9.".encode("latin-1"))
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", tmp_path / "model"]
    for settings, message in (
        ([f"unlabelled.text=['{raw_text}']"], "unlabelled.text: nobody says what its tags are"),
        (["unlabelled.text=['/no/text']", "distillation.teachers=1"], "/no/text: no file there"),
        ([f"unlabelled.text=['{empty}']", f"distillation.models=['{tiny_model}']"], "empty.txt: the file is empty"),
        ([f"unlabelled.text=['{latin}']", f"distillation.models=['{tiny_model}']"], "latin.txt:1:4: byte 0xe9 is "),
        (["distillation.models=['/no/model']"], "/no/model"),
        ([f"unlabelled.text=['{raw_text}']", f"distillation.models=['{tiny_model}']", "training.epochs=1"], "gold_epo"),
        ([f"unlabelled.text=['{raw_text}']", "distillation.teachers=1", "unlabelled.segmenter=/no/model"], "/no/model"),
    ):
        refused = tagger(*command, *[part for each in settings for part in ("--set", each)])
        assert refused.code == 1 and message in refused.err, refused.err
        assert "teacher of seed" not in refused.err and "soft targets" not in refused.err
    assert sorted(tmp_path.iterdir()) == [empty, latin]


def test_soft_targets_match_only_those_of_the_same_text_and_models(tiny_config, tiny_corpus, raw_text):
    def targets_of(*settings):
        config = load_config(tiny_config, settings_of(raw_text, "distillation.teachers=1", *settings))
        return make_plan(config, [open_corpus(tiny_corpus)], tiny_corpus.parent / "model").targets

    record = type("Record", (), {"settings": targets_of().settings})
    assert targets_of().matches(record) and targets_of("unlabelled.weight=2").matches(record)
    for other in ("unlabelled.confidence=0.5", "unlabelled.text=['b']", "distillation.models=['c']"):
        assert not targets_of(other).matches(record)


@pytest.mark.slow
def test_a_run_that_stops_in_an_epoch_of_gold_ends_with_the_same_weights(
    tagger, tiny_config, tiny_corpus, raw_text, tmp_path, monkeypatch
):
    settings = settings_of(raw_text, "distillation.teachers=1", "distillation.epochs=1", "training.epochs=3")
    settings += ["training.batch_size=4", "training.checkpoint_steps=3", "unlabelled.gold_epochs=1"]
    command = ["train", tiny_config, "--corpus", tiny_corpus]
    command += [part for each in settings for part in ("--set", each)]
    assert tagger(*command, "--output", tmp_path / "whole").code == 0
    output, steps = tmp_path / "stopped" / "whole", []

    def stopping(batches, workers, *, real=loop.batches_of_epoch):
        for batch in real(batches, workers):
            if (output.parent / "whole.teachers" / "targets").is_dir():
                steps.append(1)
                if len(steps) == 18:  # in the last epoch
                    raise KeyboardInterrupt
            yield batch

    with monkeypatch.context() as patched:
        patched.setattr(loop, "batches_of_epoch", stopping)
        assert tagger(*command, "--output", output).code == 130
    done = tagger(*command, "--output", output, "--resume")
    assert done.code == 0 and "resumed after epoch" in done.err, done.err
    (weights,) = (tmp_path / "whole" / "checkpoint").glob("weights.data*")
    assert weights.read_bytes() == (output / "checkpoint" / weights.name).read_bytes()
    assert [path.name for path in output.parent.iterdir()] == ["whole"]


@pytest.mark.slow
def test_workers_train_a_teacher_and_two_seeds_on_unlabelled_text(
    tiny_config, tiny_corpus, raw_text, tmp_path, clean_environment
):
    settings = settings_of(raw_text, "distillation.teachers=1", "training.epochs=2", "distillation.epochs=1")
    options = ["--output", tmp_path / "model", "--workers", 2, "--seeds", 2]
    options += [part for each in settings for part in ("--set", each)]
    command = [sys.executable, "-m", "tagger", "train", tiny_config, "--corpus", tiny_corpus, *options]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=clean_environment, timeout=900)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if line.startswith(("teacher of", "seed "))] == [
        *("teacher of seed 1001:", "seed 1:", "seed 2:"),
    ]
    metrics = json.loads((tmp_path / "model" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["unlabelled"]["sentences"] == 12
    assert [epoch["steps"] for epoch in metrics["history"]] == [8, 5]
    assert [run["seed"] for run in metrics["seeds"]["runs"]] == [1, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]

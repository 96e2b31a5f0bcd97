"""Thresholds, temperature and the penalty on O, against what is left out of sentences by hand."""

import json
import pickle
import shutil
from dataclasses import replace

import numpy as np
import pytest

import tagger
from tagger.errors import ConfigError, ModelError
from tagger.model.model_manifest import check_model_folder, write_model_manifest
from tagger.model.score_settings import ScoreSettings, check_fits, read_score_settings, settings_text, with_choice
from tagger.runtime.decode import Decoder
from tagger.runtime.span_thresholds import SpanThresholds
from tagger.tagging.tag_files import TagOptions, load_tagger
from tagger.text.sentence import Sentence
from tagger.text.sure_spans import without_unsure_spans

TAGS = ["O", "B-PER", "I-PER", "B-LOC"]
TEXT = "Ada Lovelace sees Paris. The old tree left New York."


def test_spans_under_the_product_of_their_probabilities_are_left_out():
    # PER of two tokens: 0.9 * 0.8 = 0.72; LOC 0.7; and in the next sentence PER 0.71, right at its beginning.
    columns = np.array([1, 2, 3, 0, 1])
    probabilities = np.array([0.9, 0.8, 0.7, 0.2, 0.71], np.float32)
    starts = np.array([0, 4])

    def kept(**least):
        return SpanThresholds(TAGS, ScoreSettings(min_scores=least)).kept(columns, probabilities, starts).tolist()

    assert kept(PER=0.715) == [1, 2, 3, 0, 0]
    assert kept(PER=0.73) == [0, 0, 3, 0, 0]
    assert kept(**{"*": 0.705}) == [1, 2, 0, 0, 1]
    assert kept(**{"*": 0.99, "LOC": 0.0}) == [0, 0, 3, 0, 0]
    assert not SpanThresholds(TAGS, ScoreSettings(min_scores={"LOC": 0.5})).doubtful(np.array([0, 1, 2]))


def test_what_is_chosen_takes_the_place_of_what_the_model_keeps():
    tags, schemes = {"ner": TAGS, "upos": ["X"]}, {"ner": "IOB2", "upos": None}
    kept = {"ner": ScoreSettings(1.5, {"*": 0.3, "PER": 0.6}, 1.0)}
    assert with_choice(kept, tags, schemes) == kept
    assert with_choice(kept, tags, schemes, {"LOC": 0.2}) == {
        "ner": ScoreSettings(1.5, {"*": 0.3, "PER": 0.6, "LOC": 0.2}, 1.0)
    }
    assert with_choice(kept, tags, schemes, 0) == {"ner": ScoreSettings(1.5, {"*": 0.0}, 1.0)}
    assert with_choice(kept, tags, schemes, None, 0)["ner"].outside_penalty == 0
    for wrong, message in (
        (1.5, "is 1.5"),
        ({"ORG": 0.5}, "no label 'ORG'; the model has LOC, PER"),
        (True, "is True"),
    ):
        with pytest.raises(ConfigError, match=message):
            with_choice({}, tags, schemes, wrong)
    with pytest.raises(ConfigError, match="finds none, only tags of upos"):
        with_choice({}, {"upos": ["X"]}, {"upos": None}, 0.5)


def by_hand(sentence: Sentence, least: float) -> Sentence:
    column = list(sentence.tags["ner"])
    for span in sentence.spans("ner"):
        if span.score < least:
            column[span.first : span.last + 1] = ["O"] * (span.last + 1 - span.first)
    expected = replace(sentence, tags={**sentence.tags, "ner": tuple(column)})
    assert without_unsure_spans(sentence, ["ner"], least) == expected
    return expected


def test_a_task_without_o_stays_as_it_is():
    tags = {"all": ["B-X", "I-X"]}
    sentence = Sentence.from_words(["a", "b"])
    (found,) = Decoder(tags, {"all": "IOB2"}).decode([sentence], [{"all": np.float32([[1, 0], [0, 1]])}], {})
    assert found.tags["all"] == ("B-X", "I-X") and found.spans("all")[0].score < 0.9
    assert without_unsure_spans(found, ["all"], 0.9) is found


def test_a_model_leaves_out_what_has_a_lower_score_in_every_way_of_tagging(tiny_model):
    plain = tagger.load(tiny_model)
    whole = plain(TEXT)
    scores = sorted(span.score for sentence in whole for span in sentence.spans("ner"))
    assert len(scores) >= 2
    least = (scores[0] + scores[-1]) / 2
    careful = tagger.load(tiny_model, min_score=least)
    expected = [by_hand(sentence, least) for sentence in whole]
    assert expected != whole
    assert (
        careful(TEXT)
        == careful(TEXT, scores=False)
        == list(careful.tag(plain.sentences_of([TEXT]).__next__()))
        == expected
    )
    arrays = careful.tag_arrays(TEXT)
    names = np.array(arrays.names["ner"], object)
    assert names[arrays.tags["ner"]].tolist() == [tag for sentence in expected for tag in sentence.tags["ner"]]
    assert pickle.loads(pickle.dumps(careful))(TEXT) == expected
    assert tagger.load(tiny_model, min_score=0)(TEXT) == whole


def test_labels_that_only_rules_give_have_thresholds_too(tiny_model, tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rules]]\nlabel = "ANIMAL"\nphrases = ["tree"]\n', encoding="utf-8")
    options = TagOptions(str(tiny_model), rules=str(rules), min_score={"ANIMAL": 0.0, "*": 1.0})
    ruled, _ = load_tagger(options)
    assert [span.label for sentence in ruled(TEXT) for span in sentence.spans("ner")] == ["ANIMAL"]
    assert ruled.score_settings["ner"].min_scores == {"ANIMAL": 0.0, "*": 1.0}
    model = tmp_path / "model"
    shutil.copytree(tiny_model, model)
    shutil.copy(rules, model / "rules.toml")
    write_model_manifest(model)
    assert tagger.load(model, min_score={"ANIMAL": 0.0, "*": 1.0})(TEXT) == ruled(TEXT)
    with pytest.raises(ConfigError, match="no label 'ORG'; the model has ANIMAL, LOC, PER"):
        tagger.load(model, min_score={"ORG": 0.5})


def test_temperature_changes_probabilities_as_dividing_scores_does_and_no_tag():
    generator = np.random.default_rng(5)
    scores = [{"ner": generator.normal(0, 3, (4, 4)).astype(np.float32), "upos": np.float32([[1, 3]] * 4)}]
    tags, schemes = {"ner": TAGS, "upos": ["X", "Y"]}, {"ner": "IOB2", "upos": None}
    settings = {"ner": ScoreSettings(2.0), "upos": ScoreSettings(2.0)}
    sentence = Sentence.from_words(["a", "b", "c", "d"])
    (plain,) = Decoder(tags, schemes).decode([sentence], scores, {})
    (cooled,) = Decoder(tags, schemes, settings).decode([sentence], scores, {})
    (halved,) = Decoder(tags, schemes).decode([sentence], [{task: each / 2 for task, each in scores[0].items()}], {})
    assert plain.tags == cooled.tags
    for task in tags:
        np.testing.assert_allclose(cooled.probabilities[task].values, halved.probabilities[task].values, atol=1e-6)
    assert cooled.scores("upos")[0] == pytest.approx(1 / (1 + np.exp(-1)))  # (3 - 1) / 2 is 1


def test_a_penalty_on_o_finds_more_spans_and_leaves_their_probabilities():
    scores = [{"ner": np.float32([[2, 1, 0, 0]])}]
    sentence = Sentence.from_words(["Ada"])
    (plain,) = Decoder({"ner": TAGS}, {"ner": "IOB2"}).decode([sentence], scores, {})
    settings = {"ner": ScoreSettings(outside_penalty=1.5)}
    (eager,) = Decoder({"ner": TAGS}, {"ner": "IOB2"}, settings).decode([sentence], scores, {})
    assert (plain.tags["ner"], eager.tags["ner"]) == (("O",), ("B-PER",))
    np.testing.assert_array_equal(plain.probabilities["ner"].values, eager.probabilities["ner"].values)


def test_a_folder_keeps_its_settings_and_its_manifest_tells_when_they_change(tiny_model, tmp_path):
    model = tmp_path / "model"
    shutil.copytree(tiny_model, model)
    text = settings_text({"ner": ScoreSettings(2.0, {"*": 1.0})}, {"split": "dev"})
    (model / "thresholds.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=r"thresholds.json: is not in manifest.json"):
        tagger.load(model)
    write_model_manifest(model)
    assert check_model_folder(model)
    kept = tagger.load(model)
    assert kept.score_settings["ner"] == ScoreSettings(2.0, {"*": 1.0})
    assert all(not sentence.spans("ner") for sentence in kept(TEXT))
    spans = [span for sentence in tagger.load(model, min_score=0)(TEXT) for span in sentence.spans("ner")]
    assert len(spans) == sum(len(sentence.spans("ner")) for sentence in tagger.load(tiny_model)(TEXT))
    (model / "thresholds.json").unlink()
    with pytest.raises(ModelError, match="is missing, and the manifest lists it"):
        tagger.load(model)
    (model / "thresholds.json").write_text(json.dumps({"tasks": {"ner": {"temperature": 0}}}), encoding="utf-8")
    write_model_manifest(model)
    with pytest.raises(ModelError, match="'temperature' is 0"):
        tagger.load(model)
    (model / "thresholds.json").write_text(json.dumps({"tasks": {"upos": {"min_score": {"*": 0.5}}}}), encoding="utf-8")
    write_model_manifest(model)
    with pytest.raises(ModelError, match="the task 'upos' has no spans that can be left out"):
        tagger.load(model)


def test_a_damaged_file_of_settings_says_what_is_wrong(tmp_path):
    huge = "1" * 400
    for table, message in (
        ('{"temperatur": 2}', "there is no key 'temperatur', only temperature, min_score, outside_penalty"),
        (f'{{"temperature": {huge}}}', "'temperature' is 1111"),
        (f'{{"outside_penalty": {huge}}}', "'outside_penalty' is 1111"),
        ('{"outside_penalty": 1e300}', "'outside_penalty' is 1e"),
        (f'{{"min_score": {{"PER": {huge}}}}}', "'min_score' of 'PER' is 1111"),
    ):
        (tmp_path / "thresholds.json").write_text(f'{{"tasks": {{"ner": {table}}}}}', encoding="utf-8")
        with pytest.raises(ModelError, match=message):
            read_score_settings(tmp_path)
    tags, schemes = {"ner": TAGS, "all": ["B-X", "I-X"], "upos": ["X"]}, {"ner": "IOB2", "all": "IOB2", "upos": None}
    some, eager = ScoreSettings(min_scores={"*": 0.5, "X": 0.6}), ScoreSettings(outside_penalty=1.0)
    for settings, message in (
        ({"pos": eager}, "the model has no task 'pos'"),
        ({"all": some}, "the task 'all' has no spans that can be left out"),
        ({"upos": eager}, "the task 'upos' has no spans that can be left out"),
        ({"ner": some}, "the task 'ner' has no label 'X'"),
    ):
        with pytest.raises(ModelError, match=message):
            check_fits(settings, tags, schemes, tmp_path)
    check_fits({"ner": some, "all": some}, tags, schemes, tmp_path, has_rules=True)
    with pytest.raises(ConfigError, match="outside_penalty is 1e"):
        with_choice({}, tags, schemes, outside_penalty=1e300)


def test_on_the_command_line_and_in_the_service(tiny_model, tmp_path, tagger):
    from tagger.service.served_models import ServedModels

    file = tmp_path / "text.txt"
    file.write_text(TEXT, encoding="utf-8")
    command = ["tag", file, "--model", tiny_model, "--format", "brackets"]
    assert "[" in tagger(*command).out
    assert "[" not in tagger(*command, "--min-score", "1").out
    assert "LOC]" not in tagger(*command, "--min-score", "LOC=1").out
    assert "PER]" in tagger(*command, "--min-score", "LOC=1").out
    wrong = tagger(*command, "--min-score", "LOC=much")
    assert (wrong.code, "write it as 0.8" in wrong.err) == (1, True)
    with pytest.raises(ConfigError, match="model 'tiny': min_score: there is no label 'ORG'; the model has LOC, PER"):
        ServedModels([str(tiny_model)], min_score={"ORG": 0.5})
    (served,) = ServedModels([str(tiny_model)], min_score={"*": 1.0}).by_name.values()
    assert all(not sentence.spans("ner") for sentence in served.tagger(TEXT))

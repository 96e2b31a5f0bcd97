"""Thresholds and temperatures that `tagger threshold` chooses, against values worked by hand."""

import json
import shutil
from dataclasses import asdict, replace
from types import SimpleNamespace

import numpy as np
import pytest

from tagger.corpus.convert import convert
from tagger.corpus.read import open_corpus, read_split
from tagger.errors import ConfigError
from tagger.evaluation import choose_settings as settings_module
from tagger.evaluation.choose_settings import PENALTY_STEP, choose_settings
from tagger.evaluation.split import tagged_split
from tagger.evaluation.temperature import calibration_error, fit_temperature
from tagger.evaluation.threshold_choice import SpanList, Wanted, choose_threshold, covered_share, span_lists, together
from tagger.model import keep_settings as keep_settings_module
from tagger.model.keep_settings import keep_settings
from tagger.model.score_settings import ScoreSettings, read_score_settings
from tagger.runtime.tagger import load
from tagger.text.probabilities import Probabilities
from tagger.text.rules import Rule
from tagger.text.sentence import Sentence

# Five predicted spans of six gold ones, by probability: 0.9 right, 0.8 right, 0.6 wrong, 0.4 right, 0.2 wrong.
#
#     threshold   kept   right   precision   recall   F1
#     0           5      3       3/5         3/6      6/11
#     0.3         4      3       3/4         3/6      6/10
#     0.5         3      2       2/3         2/6      4/9
#     0.7         2      2       2/2         2/6      4/8
#     0.85        1      1       1/1         1/6      2/7
SPANS = SpanList(6, [(0.9, True), (0.8, True), (0.6, False), (0.4, True), (0.2, False)])


def test_the_threshold_that_costs_least_is_chosen():
    assert SPANS.thresholds == pytest.approx([0, 0.3, 0.5, 0.7, 0.85])
    for wanted, least, precision, recall in (
        (Wanted(precision=0.7), 0.3, 3 / 4, 3 / 6),
        (Wanted(precision=0.9), 0.7, 1, 2 / 6),
        (Wanted(recall=0.5), 0.3, 3 / 4, 3 / 6),
        (Wanted(recall=0.3), 0.7, 1, 2 / 6),
        (Wanted(), 0.3, 3 / 4, 3 / 6),
    ):
        choice = choose_threshold(SPANS, wanted)
        assert choice.reached and choice.least == pytest.approx(least)
        assert (choice.after.precision, choice.after.recall) == pytest.approx((precision, recall))
        assert (choice.before.precision, choice.before.recall) == pytest.approx((3 / 5, 3 / 6))
    assert not choose_threshold(SPANS, Wanted(recall=0.6)).reached
    assert (str(Wanted(0.9)), str(Wanted(recall=0.5)), str(Wanted())) == ("precision 0.9", "recall 0.5", "the best F1")
    assert choose_threshold(SpanList(3), Wanted(precision=0.5)).least == 0
    # By threshold 0, 0.65 and 0.75: precision 3/4, 2/3 and 1/2, recall 3/3, 2/3 and 1/3.
    falling = SpanList(3, [(0.9, False), (0.8, True), (0.7, True), (0.6, True)])
    least = choose_threshold(falling, Wanted(recall=1 / 3))
    assert (least.least, least.after.precision, least.after.recall) == (0, 3 / 4, 1)


def test_a_threshold_separates_probabilities_that_are_close():
    low, high = 0.123456789, 0.123456790
    (_, between) = SpanList(1, [(low, False), (high, True)]).thresholds
    assert low < between <= high


def test_spans_have_the_product_of_their_tokens_probabilities(as_tagged):
    words = ["Ada", "Lovelace", "saw", "Rome"]
    gold = Sentence.from_words(words, tags={"ner": ["B-PER", "I-PER", "O", "O"]})
    found = as_tagged(words, {"ner": ["B-PER", "I-PER", "O", "B-LOC"]}, [0.9, 0.8, 1.0, 0.6])
    lists = span_lists([(gold, found)], "ner", "IOB2")
    assert {label: each.gold for label, each in lists.items()} == {"LOC": 0, "PER": 1}
    assert lists["PER"].spans == [(pytest.approx(0.72), True)] and lists["LOC"].spans == [(pytest.approx(0.6), False)]
    assert together(lists).at(0.7).precision == 1.0
    # Four tags: 0.9, 0.8 and 1.0 are right and 0.6 is not; two spans, in two bins: |0.72 - 1| and |0.6 - 0|.
    error = calibration_error([(gold, found)], "ner", "IOB2")
    assert error.tags == pytest.approx((0.1 + 0.2 + 0.0 + 0.6) / 4, abs=1e-6)
    assert error.spans == pytest.approx((0.28 + 0.6) / 2, abs=1e-6)


def test_a_span_is_covered_where_all_its_words_are_in_some_span():
    words = ["Ada", "Lovelace", "saw", "Rome", "and", "New", "York"]
    gold = Sentence.from_words(words, tags={"ner": ["B-PER", "I-PER", "O", "B-LOC", "O", "B-LOC", "I-LOC"]})
    found = gold.with_tags("ner", ["B-LOC", "I-LOC", "I-LOC", "B-PER", "O", "O", "B-LOC"])
    assert covered_share([(gold, found)], "ner", "IOB2") == pytest.approx(2 / 3)


def test_the_temperature_is_the_one_by_which_scores_are_too_large():
    generator = np.random.default_rng(3)
    tags = ["A", "B", "C"]
    true = generator.normal(0, 1.5, (6000, 3))
    shares = np.exp(true) / np.exp(true).sum(axis=1, keepdims=True)
    drawn = [tags[generator.choice(3, p=row)] for row in shares]
    gold = Sentence.from_words(["w"] * 6000, tags={"pos": drawn})
    columns = {tag: column for column, tag in enumerate(tags)}
    for factor in (2.0, 0.7):
        scores = Probabilities(columns, (factor * true).astype(np.float32))
        found = gold.with_predictions({"pos": [tags[column] for column in true.argmax(axis=1)]}, {"pos": scores})
        model = SimpleNamespace(tags={"pos": tags}, transitions={})
        assert fit_temperature(model, [(gold, found)], "pos") == pytest.approx(factor, rel=0.06)
    unknown = gold.with_tags("pos", ["X"] * 6000)
    assert fit_temperature(model, [(unknown, found)], "pos") == 1.0


def test_the_smallest_penalty_that_covers_enough_is_chosen(tiny_model, tiny_corpus, tmp_path):
    # Every word is a name, which the model has learned not to find.
    more = [
        each.with_tags("ner", ["O" if pos == "PUNCT" else "B-LOC" for pos in each.tags["upos"]])
        for each in read_split(open_corpus(tiny_corpus), "dev")
    ]
    corpus = convert({"dev": more}, tmp_path / "more", warn=lambda line: None)
    model = load(tiny_model, min_score=0, outside_penalty=0)

    def covered(penalty):
        tagged = tagged_split(load(tiny_model, outside_penalty=penalty), corpus, "dev")
        return covered_share(list(tagged), "ner", "IOB2")

    wanted = covered(5)
    assert wanted > covered(0)  # otherwise no penalty is chosen
    chosen = choose_settings(model, corpus, wanted=Wanted(cover=wanted), measure=None)
    penalty = chosen.settings["ner"].outside_penalty
    assert covered(penalty) >= wanted > covered(penalty - PENALTY_STEP)
    assert chosen.report["measured"]["dev"]["ner"]["spans"]["after"]["cover"] == covered(penalty)
    with pytest.raises(ConfigError, match="nothing to choose by label"):
        choose_settings(model, corpus, wanted=Wanted(cover=0.9), by_label=True)


def test_what_is_not_chosen_stays_but_for_thresholds_of_another_temperature(tiny_model, tiny_corpus, tmp_path):
    corpus, model = open_corpus(tiny_corpus), load(tiny_model, min_score=0, outside_penalty=0)
    kept = {"ner": ScoreSettings(1.0, {"*": 0.5}, 0.25), "upos": ScoreSettings(2.0)}
    found = choose_settings(model, corpus, kept=kept, wanted=Wanted(), measure=None)
    assert found.settings["upos"] == kept["upos"] and found.settings["ner"].outside_penalty == 0
    assert not found.remarks
    plain = [replace(each, tags={"upos": each.tags["upos"]}) for each in read_split(corpus, "dev")]
    other = convert({"dev": plain}, tmp_path / "other", warn=lambda line: None)
    found = choose_settings(model, other, kept=kept, calibrate=True, measure=None)
    assert found.settings["ner"] == kept["ner"] and found.settings["upos"].temperature != 2
    found = choose_settings(model, corpus, kept=kept, calibrate=True, measure=None)
    assert found.settings["ner"].min_scores == {} and found.settings["ner"].outside_penalty == 0.25
    (remark,) = found.remarks
    assert remark.startswith("ner: its thresholds were chosen at another temperature and are removed")


def test_labels_without_a_threshold_of_their_own_share_one_that_is_chosen_on_them(
    tiny_model, tiny_corpus, tmp_path, monkeypatch
):
    model = load(tiny_model, min_score=0, outside_penalty=0)
    with_places = [each for each in read_split(open_corpus(tiny_corpus), "train") if "B-LOC" in each.tags["ner"]]
    corpus = convert({"train": with_places}, tmp_path / "places", warn=lambda line: None)
    lists = span_lists(list(tagged_split(model, corpus, "train", scores=True)), "ner", "IOB2")
    assert set(lists) == {"PER", "LOC"}
    fewer, more = sorted(lists, key=lambda label: min(lists[label].gold, len(lists[label].spans)))
    monkeypatch.setattr(settings_module, "FEW_SPANS", min(lists[more].gold, len(lists[more].spans)))
    assert min(lists[fewer].gold, len(lists[fewer].spans)) < settings_module.FEW_SPANS
    for wanted in (Wanted(), Wanted(recall=0.2)):
        found = choose_settings(model, corpus, "train", wanted=wanted, by_label=True, measure=None)
        chosen = found.report["tasks"]["ner"]["thresholds"]
        assert chosen == {
            "*": asdict(choose_threshold(lists[fewer], wanted)),
            more: asdict(choose_threshold(lists[more], wanted)),
        }


def test_rules_that_ask_the_network_are_remarked_on(tiny_model, tiny_corpus):
    model = load(tiny_model, min_score=0, outside_penalty=0)
    for rule, remarks in ((Rule("LOC", ("Ada",)), 0), (Rule("LOC", ("Ada",), wins="network"), 1)):
        found = choose_settings(model.with_rules([rule]), open_corpus(tiny_corpus), wanted=Wanted(), measure=None)
        assert len(found.remarks) == remarks


def test_only_a_folder_that_the_user_names_is_changed(tiny_model, tmp_path, monkeypatch):
    model, other = tmp_path / "model", tmp_path / "other"
    shutil.copytree(tiny_model, model)
    monkeypatch.setattr(keep_settings_module, "find_model", lambda given: model)
    for given in ("shop", "https://example.org/shop.zip#sha256=0", str(tmp_path / "shop.zip")):
        with pytest.raises(ConfigError, match="stays as it is: name a copy with --output DIR"):
            keep_settings(given, {"ner": ScoreSettings(2.0)}, {})
    keep_settings("shop", {"ner": ScoreSettings(2.0)}, {}, other)
    assert not (model / "thresholds.json").exists() and read_score_settings(other) == {"ner": ScoreSettings(2.0)}
    keep_settings(model, {"ner": ScoreSettings(2.0)}, {})
    assert read_score_settings(model) == {"ner": ScoreSettings(2.0)}


def test_nothing_is_removed_from_a_folder_of_anything_else(tagger, tmp_path):
    (tmp_path / "thresholds.json").write_text("mine", encoding="utf-8")
    (tmp_path / "config.toml").write_text("[server]\nport = 1\n", encoding="utf-8")
    refused = tagger("threshold", tmp_path, "--remove")
    assert (refused.code, "this is no folder of a tagger" in refused.err) == (1, True), refused.err
    (tmp_path / "config.toml").unlink()
    refused = tagger("threshold", tmp_path, "--remove")
    assert (refused.code, "so it is not a model folder" in refused.err) == (1, True), refused.err
    assert (tmp_path / "thresholds.json").read_text(encoding="utf-8") == "mine"


def test_as_a_user_chooses(tagger, tiny_model, tiny_corpus, tmp_path):
    shown = tagger("threshold", tiny_model, tiny_corpus)
    assert shown.code == 0 and "dev ner" in shown.out and "spans left" in shown.out
    model = tmp_path / "model"
    done = tagger(
        "threshold", tiny_model, tiny_corpus, "--f1", "--calibrate", "--by-label", "--output", model, "--json"
    )
    assert (done.code, done.err) == (0, f"wrote {model}\n")
    report = json.loads(done.out)
    assert (report["split"], report["wanted"], sorted(report["measured"])) == ("dev", "the best F1", ["dev", "test"])
    after = report["measured"]["dev"]["ner"]["spans"]["after"]
    assert after["f1"] >= report["measured"]["dev"]["ner"]["spans"]["before"]["f1"]
    assert tagger("check", model).code == 0
    kept = read_score_settings(model)
    assert kept.get("ner", ScoreSettings()).temperature == report["tasks"]["ner"]["temperature"]
    assert json.loads((model / "thresholds.json").read_text(encoding="utf-8"))["chosen"] == report
    scored = json.loads(tagger("eval", model, tiny_corpus, "--split", "dev", "--json").out)["tasks"]["ner"]
    assert (scored["precision"], scored["recall"]) == pytest.approx((after["precision"], after["recall"]))
    assert not (tiny_model / "thresholds.json").exists()


def test_what_was_chosen_is_removed_exported_and_refused(tagger, tiny_model, tiny_corpus, tmp_path):
    model = tmp_path / "model"
    shutil.copytree(tiny_model, model)
    before = {path.name: path.read_bytes() for path in model.iterdir() if path.is_file()}
    done = tagger("threshold", model, tiny_corpus, "--recall", "0", "--split", "train")
    assert done.code == 0 and "before" in done.out
    least = read_score_settings(model)["ner"].min_score("PER")
    assert least > 0 and load(model).score_settings["ner"].min_score("PER") == least
    from tagger.export.onnx_folder import copy_for_tagging, read_models
    from tagger.model.folder import open_model

    (tmp_path / "exported").mkdir()
    copy_for_tagging(open_model(model), read_models(model), tmp_path / "exported")
    assert load(tmp_path / "exported").score_settings == load(model).score_settings
    assert tagger("threshold", model, "--remove").code == 0
    assert {path.name: path.read_bytes() for path in model.iterdir() if path.is_file()} == before
    for options, message in (
        (["--precision", "0.9", "--f1"], "four ways to choose"),
        (["--f1", "--output", model], "exists already"),
        (["--remove", "--f1"], "--remove goes alone"),
        (["--by-label"], "say what each label's threshold is for"),
        (["--output", tmp_path / "new"], "--output keeps what is chosen: add --precision"),
    ):
        refused = tagger("threshold", model, tiny_corpus, *options)
        assert (refused.code, message in refused.err) == (1, True), refused.err
    refused = tagger("threshold", "english", tiny_corpus, "--f1")
    assert (refused.code, "name a copy with --output DIR" in refused.err) == (1, True)

import io
import json

import pytest
from rich.console import Console

from tagger.corpus.convert import convert
from tagger.corpus.read import open_corpus
from tagger.errors import DataError
from tagger.evaluation.comparison import Comparison, compare, print_comparison, signed_percent
from tagger.evaluation.significance import Difference
from tagger.evaluation.split import score_split
from tagger.runtime.tagger import Tagger, load


class RulePredictor:
    """A predictor that gives every word a tag by a rule."""

    def __init__(self, rule):
        self.rule = rule

    def predict(self, sentences):
        return [{"upos": [self.rule(word) for word in sentence.words]} for sentence in sentences]

    def transitions(self):
        return {}


def tagger_of(rule, task="upos", scheme=None) -> Tagger:
    return Tagger(RulePredictor(rule), {task: scheme}, {task: ["NOUN", "PUNCT", "B-PER", "O"]}, lambda word: True)


def test_scores_and_difference_come_from_the_predicted_tags(tiny_corpus):
    corpus = open_corpus(tiny_corpus)
    nothing, marks = tagger_of(lambda word: "NOUN"), tagger_of(lambda word: "PUNCT" if word == "." else "NOUN")
    found = compare(nothing, marks, corpus, "test")
    tokens, nouns = corpus.splits["test"].tokens, corpus.tasks["upos"].counts("test")["NOUN"]
    difference = found.tasks["upos"]
    assert (difference.first, difference.second) == (nouns / tokens, (nouns + 6) / tokens)
    assert (found.figures, difference.sentences) == ({"upos": "accuracy"}, 6)
    # Every sentence has one more right tag: of all 2^6 exchanges, only those of none and of all differ as much.
    assert difference.randomization_p == pytest.approx(2 / 64, abs=0.006)


def test_a_model_does_not_differ_from_itself(tagger, tiny_model, tiny_corpus):
    done = tagger("compare", tiny_model, tiny_model, tiny_corpus, "--split", "dev", "--json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    scores = json.loads((tiny_model / "metrics.json").read_text(encoding="utf-8"))["dev"]["tasks"]
    assert (found["split"], found["figures"]) == ("dev", {"upos": "accuracy", "ner": "f1"})
    for task, figure in found["figures"].items():
        difference = found["tasks"][task]
        assert difference["first"] == difference["second"] == scores[task][figure]
        assert (
            difference["difference"],
            difference["low"],
            difference["high"],
            difference["bootstrap_p"],
            difference["randomization_p"],
        ) == (0, 0, 0, 1, 1)


def test_the_command_prints_a_verdict_in_words(tagger, tiny_model, tiny_corpus):
    done = tagger("compare", tiny_model, tiny_model, tiny_corpus)
    assert (done.code, done.err) == (0, "")
    assert f"A: {tiny_model}" in done.out
    assert "ner: no difference that could not be luck (p = 1), on 6 sentences of test" in done.out.splitlines()


def printed(**difference) -> str:
    compared = Difference(**{**Difference(0.9, 0.95, 0.05, 0.01, 0.09, 0.004, 0.003, 100).__dict__, **difference})
    out = io.StringIO()
    console = Console(file=out, width=20, soft_wrap=True)
    print_comparison(Comparison("test", 10_000, 0.95, {"upos": "accuracy"}, {"upos": compared}), ["a", "b"], console)
    return " ".join(out.getvalue().split())


def test_a_difference_is_real_when_both_tests_are_significant():
    assert "upos accuracy 90.00 95.00 +5.00 +1.00 … +9.00 0.0040 0.0030 upos: B is better (p = 0.004)" in printed()
    assert "A is better (p = 0.004)" in printed(difference=-0.05)
    assert "no difference that could not be luck (p = 0.06)" in printed(bootstrap_p=0.06)
    assert "no difference that could not be luck (p = 0.06)" in printed(randomization_p=0.06)


def test_a_difference_that_rounds_to_nothing_has_no_sign():
    assert [signed_percent(figure) for figure in (0.0, -0.00001, 0.00006, -0.00006)] == [
        "0.00",
        "0.00",
        "+0.01",
        "-0.01",
    ]


def test_models_that_cannot_be_compared_are_an_error(tagger, tiny_model, tiny_corpus, tiny_files, tmp_path):
    corpus = open_corpus(tiny_corpus)
    noun = tagger_of(lambda word: "NOUN")
    with pytest.raises(DataError, match="no task in common: the first does upos, the second xpos"):
        compare(noun, tagger_of(lambda word: "NOUN", task="xpos"), corpus, "test")
    with pytest.raises(DataError, match="task 'upos' has spans in one model and plain tags in the other"):
        compare(noun, tagger_of(lambda word: "O", scheme="IOB2"), corpus, "test")
    with pytest.raises(DataError, match="split 'test' has ner, upos, the model does xpos"):
        compare(*[tagger_of(lambda word: "NOUN", task="xpos")] * 2, corpus, "test")
    plain = tmp_path / "plain.jsonl"
    plain.write_text('{"tokens": ["Bay", "in", "Iowa"], "ner": ["BAY", "OTHER", "IOWA"]}\n')
    corpus = convert({"test": plain}, tmp_path / "plain")
    spans = tagger_of(lambda word: "O", task="ner", scheme="IOB2")
    with pytest.raises(DataError, match="'ner' has plain tags there, such as 'BAY', and spans in the model"):
        compare(spans, spans, corpus, "test")
    with pytest.raises(DataError, match="'ner' has plain tags there"):
        score_split(spans, corpus, "test")
    done = tagger("compare", tiny_model, tiny_model, tiny_corpus, "--split", "blind")
    assert (done.code, done.out) == (1, "")
    assert "this corpus has no 'blind' split; it has train, dev, test" in done.err


def test_a_task_that_one_model_lacks_is_left_out(tiny_model, tiny_corpus):
    found = compare(load(tiny_model), tagger_of(lambda word: "NOUN"), open_corpus(tiny_corpus), "dev")
    assert list(found.tasks) == ["upos"]

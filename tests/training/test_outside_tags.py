"""Tags from outside: which JSON is read, and what is said of other JSON."""

import json

import numpy as np
import pytest

from tagger.errors import DataError
from tagger.text.remarks import Remarks
from tagger.training.outside_tags import sentences_with_probabilities
from tagger.training.teachers import StudentTask

TASKS = {"upos": StudentTask(("NOUN", "PROPN", "VERB")), "ner": StudentTask(("B-PER", "I-PER", "O"), "IOB2")}


def read(tmp_path, *lines, **options):
    path = tmp_path / "tags.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return list(sentences_with_probabilities(str(path), TASKS, **options))


def test_distributions_keep_what_they_name_and_the_rest_is_spread_over_the_other_tags(tmp_path):
    line = {"tokens": ["Ada", "slept"], "upos": [{"NOUN": 0.9, "PROPN": 0.1}, {"VERB": 0.8}], "more": 1}
    ((words, found),) = read(tmp_path, line)
    assert list(words) == ["Ada", "slept"] and list(found) == ["upos"]
    np.testing.assert_allclose(found["upos"], [[0.9, 0.1, 0.0], [0.1, 0.1, 0.8]], atol=1e-6)


def test_spans_with_scores_leave_the_rest_to_o(tmp_path):
    spans = [
        {"label": "PER", "first": 0, "last": 1, "score": 0.7},
        {"label": "PER", "first": 1, "last": 1, "score": 0.2},
    ]
    ((_, found), (_, none)) = read(
        tmp_path, {"tokens": ["Ada", "L", "slept"], "ner": spans}, {"tokens": ["So"], "ner": []}
    )
    np.testing.assert_allclose(found["ner"], [[0.7, 0, 0.3], [0.2, 0.7, 0.1], [0, 0, 1]], atol=1e-6)
    assert none["ner"].tolist() == [[0, 0, 1]]


def test_texts_have_spans_that_are_quoted_or_have_offsets_and_may_have_scores(tmp_path):
    spans = [{"text": "Ada L", "label": "PER", "score": 0.7}, {"start": 13, "end": 16, "label": "PER"}]
    lines = [{"text": "Ada L slept. Eve too.", "spans": spans}, {"text": "So.", "ner": []}]
    slept, too, so = read(tmp_path, *lines)
    assert [words for words, _ in (slept, too, so)] == [("Ada", "L", "slept", "."), ("Eve", "too", "."), ("So", ".")]
    np.testing.assert_allclose(slept[1]["ner"], [[0.7, 0, 0.3], [0, 0.7, 0.3], [0, 0, 1], [0, 0, 1]], atol=1e-6)
    assert too[1]["ner"].tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 1]] and so[1]["ner"].tolist() == 2 * [[0, 0, 1]]


def test_refused_lines_are_left_out_and_repeated_quotations_marked_on_request(tmp_path):
    lines = [
        {"text": "Ada saw Ada.", "spans": [{"text": "Ada", "label": "PER", "score": 0.5}]},
        {"text": "Ada", "spans": [{"text": "Ida", "label": "PER"}]},
        {"tokens": ["a"], "upos": [{"ADV": 1}]},
    ]
    remarks = Remarks()
    ((_, found),) = read(tmp_path, *lines, remarks=remarks, every_quote=True, skip_refused=True)
    assert found["ner"][:, 0].tolist() == [0.5, 0, 0.5, 0]
    (said,) = map(str, remarks)
    assert said.startswith("records that are refused, left out: 2, the first at ") and "tags.jsonl:2: the quota" in said


def test_what_tagger_tag_writes_is_read(tmp_path):
    tokens = [
        {"text": "Ada", "start": 0, "end": 3, "upos": "PROPN", "top": {"upos": [["PROPN", 0.9], ["NOUN", 0.1]]}},
        {"text": "zum", "words": [{"text": "zu", "top": {"upos": [["VERB", 1.0]]}}]},
    ]
    ((words, found),) = read(tmp_path, {"text": "Ada zum", "tokens": tokens, "spans": {}})
    assert words == ["Ada", "zu"]
    np.testing.assert_allclose(found["upos"], [[0.1, 0.9, 0.0], [0.0, 0.0, 1.0]], atol=1e-6)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"tokens": ["a"]}, "no probabilities of upos or ner beside its tokens"),
        ({"upos": []}, "'tokens' is missing"),
        ({"text": "Ada"}, "there are no 'spans' beside its text, and no list called ner"),
        ({"text": "Ada", "spans": [{"text": "Ida", "label": "PER"}]}, "the quotation 'Ida' (PER) does not stand in"),
        ({"text": "Ada", "spans": [{"text": "Ada", "label": "PER", "score": 2}]}, "'score' of span 1 is '2'"),
        ({"text": "Ada", "spans": [{"text": "Ada", "label": "LOC"}]}, "'B-LOC' is no tag of 'ner' in the corpus"),
        ({"tokens": ["a", "b"], "upos": [{"NOUN": 1}]}, "'upos' has 1 values for 2 tokens"),
        ({"tokens": ["a"], "upos": [{"NOUN": 1.5}]}, "the probability of NOUN in 'upos' of token 1 is '1.5'"),
        ({"tokens": ["a"], "upos": [{"NOUN": "x"}]}, "it must be a number from 0 to 1"),
        ({"tokens": ["a"], "upos": [{"NOUN": 0.8, "VERB": 0.7}]}, "add up to 1.5; they must add up to 1"),
        ({"tokens": ["a"], "upos": [{"NOUN": 0.1, "PROPN": 0.1, "VERB": 0.1}]}, "add up to 0.3; they must add up to 1"),
        ({"tokens": ["a"], "upos": [{}]}, "add up to 0; they must add up to 1"),
        ({"tokens": ["a"], "upos": [{"ADV": 1}]}, "'ADV' is no tag of 'upos' in the corpus, which has NOUN, PROPN"),
        ({"tokens": ["a", ""], "upos": [{"NOUN": 1}, {"NOUN": 1}]}, "token 2 is empty"),
        ({"tokens": ["a"], "ner": [{"label": "LOC", "first": 0, "last": 0, "score": 1}]}, "'B-LOC' is no tag of 'ner'"),
        ({"tokens": ["a"], "ner": [{"label": "PER", "first": 0, "last": 1, "score": 1}]}, "is not inside the 1 tokens"),
        ({"tokens": ["a"], "ner": 2 * [{"label": "PER", "first": 0, "last": 0, "score": 0.8}]}, "add up to 1.6"),
    ],
)
def test_wrong_lines_are_refused_by_file_and_line(tmp_path, line, message):
    with pytest.raises(DataError) as refused:
        read(tmp_path, {"tokens": ["a"], "upos": [{"NOUN": 1}]}, line)
    assert "tags.jsonl:2: " in str(refused.value) and message in str(refused.value)

"""Records of annotation tools: the tables that recognise them, and what each module makes of them."""

import json

import pytest

from tagger.errors import DataError
from tagger.text.formats import read_sentences
from tagger.text.remarks import Remarks

TEXT = "Mira Osk 🎉 moved to Varn."
BOTH = [("PER", "Mira Osk"), ("LOC", "Varn")]
REGION = {"start": 0, "end": 8, "text": "Mira Osk", "labels": ["PER"]}
RESULT = {"from_name": "label", "to_name": "text", "type": "labels", "value": REGION}
SPACY_DOC = {
    "text": "Mira  sang",
    "ents": [{"start": 0, "end": 4, "label": "PER"}],
    "tokens": [
        {"id": 0, "start": 0, "end": 4, "tag": "NNP", "pos": "PROPN"},
        {"id": 1, "start": 5, "end": 6, "tag": "_SP", "pos": "SPACE"},
        {"id": 2, "start": 6, "end": 10, "tag": "VBD", "pos": "VERB"},
    ],
}


def token(text, start, number=0):
    return {"text": text, "start": start, "end": start + len(text), "id": number, "ws": True}


PRODIGY = {
    "text": "Mira-Osk sang",
    "_input_hash": 1,
    "tokens": [token("Mira", 0), token("-", 4), token("Osk", 5), token("sang", 9)],
    "spans": [{"start": 0, "end": 4, "token_start": 0, "token_end": 0, "label": "PER"}],
    "answer": "accept",
}


def read(tmp_path, content, format=None, **options):
    """Return, of a file of lines, or of one JSON value as `content`: the spans, the remarks and the sentences."""
    file = tmp_path / ("some.jsonl" if isinstance(content, list) else "some.json")
    lines = content if isinstance(content, list) else [content]
    file.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    remarks = Remarks()
    sentences = list(read_sentences(file, format, remarks=remarks, **options))
    spans = [
        (span.label, span.text) for sentence in sentences if "ner" in sentence.tags for span in sentence.spans("ner")
    ]
    return spans, [(remark.what, remark.count) for remark in remarks], sentences


@pytest.mark.parametrize(
    ("format", "lines", "spans"),
    [
        ("doccano", [{"id": 1, "text": TEXT, "label": [[0, 8, "PER"], [20, 24, "LOC"]]}], BOTH),
        ("doccano", [{"text": TEXT, "labels": [[0, 8, "PER"], [20, 24, "LOC"]]}, {"text": "No.", "labels": []}], BOTH),
        ("doccano", [{"id": 1, "data": TEXT, "label": [[20, 24, "LOC"]], "Comments": []}], BOTH[1:]),
        (
            "doccano",
            [{"text": TEXT, "entities": [{"id": 7, "label": "PER", "start_offset": 0, "end_offset": 8}]}],
            BOTH[:1],
        ),
        ("prodigy", [PRODIGY], [("PER", "Mira")]),
        ("prodigy", [{"text": TEXT, "spans": [{"start": 0, "end": 8, "label": "PER"}], "answer": "accept"}], BOTH[:1]),
        ("spacy", [[TEXT, {"entities": [[0, 8, "PER"], [20, 24, "LOC"]]}]], BOTH),
        ("spacy", [{"text": TEXT, "entities": [[0, 8, "PER"], [20, 24, "LOC", "Q1"]]}], BOTH),
        ("spacy", [[[TEXT, {"entities": [[0, 8, "PER"]]}], ["Varn", {"entities": [[0, 4, "LOC"]]}]]], BOTH),
        ("spacy", [{"classes": ["PER"], "annotations": [[TEXT, {"entities": [[0, 8, "PER"]]}]]}], BOTH[:1]),
        ("spacy", [{"text": TEXT, "entities": [{"start": 0, "end": 8, "label": "PER"}]}], BOTH[:1]),
        ("spacy", [SPACY_DOC], [("PER", "Mira")]),
        ("labelstudio", [[{"id": 1, "text": TEXT, "label": [REGION], "annotator": 1}]], BOTH[:1]),
        ("labelstudio", [{"id": 1, "body": TEXT, "other": "x", "entities": [REGION]}], BOTH[:1]),
        ("labelstudio", [[{"id": 1, "data": {"text": TEXT}, "annotations": [{"result": [RESULT]}]}]], BOTH[:1]),
        ("labelstudio", [{"id": 1, "data": {"text": TEXT}, "completions": [{"result": [RESULT]}]}], BOTH[:1]),
        (
            "labelstudio",
            [{"data": {"html": TEXT, "note": "x"}, "annotations": [{"result": [{"type": "hypertextlabels", "value": {
                "start": "/div[1]/text()[1]", "end": "/div[1]/text()[1]", "globalOffsets": {"start": 0, "end": 8},
                "hypertextlabels": ["PER"], "text": "Mira Osk"}}]}]}],
            BOTH[:1],
        ),
    ],
)  # fmt: skip
def test_each_tool_is_read_by_its_look_and_by_its_name(tmp_path, format, lines, spans):
    assert read(tmp_path, lines)[0] == spans
    assert read(tmp_path, lines, format)[0] == spans
    assert read(tmp_path, [json.dumps(lines, indent=1)])[0] == spans
    if len(lines) == 1 and isinstance(lines[0], dict):
        assert read(tmp_path, lines[0])[0] == spans


def test_tokens_of_a_tool_replace_those_of_the_tokenizer(tmp_path):
    (sentence,) = read(tmp_path, [PRODIGY])[2]
    assert (sentence.words, sentence.tags["ner"]) == (("Mira", "-", "Osk", "sang"), ("B-PER", "O", "O", "O"))
    assert (sentence.space_after, sentence.text) == ((False, False, True, True), "Mira-Osk sang")
    (sentence,) = read(tmp_path, [SPACY_DOC])[2]
    assert (sentence.words, sentence.starts) == (("Mira", "sang"), (0, 6))
    assert (sentence.tags["pos"], sentence.tags["tag"]) == (("PROPN", "VERB"), ("NNP", "VBD"))
    (sentence,) = read(tmp_path, [SPACY_DOC], tasks={"ner": "spans", "upos": "pos"})[2]
    assert sentence.tags == {"ner": ("B-PER", "O"), "upos": ("PROPN", "VERB")}
    gap = {**PRODIGY, "tokens": PRODIGY["tokens"][:2]}
    _, remarks, (sentence,) = read(tmp_path, [gap])
    assert remarks[0] == ("texts whose own tokens are not all of the text, tokenized anew", 1)
    assert sentence.words == ("Mira", "-Osk", "sang")


def test_what_is_no_finished_answer_is_skipped_and_counted(tmp_path):
    other = {**PRODIGY, "answer": "ignore"}
    assert read(tmp_path, [PRODIGY, {**PRODIGY, "answer": "reject"}, other, other])[1] == [
        ("Prodigy's answers that were rejected, skipped", 1),
        ("Prodigy's answers that were ignored, skipped", 2),
    ]
    with pytest.raises(DataError, match="no sentence in it; Prodigy's answers that were ignored, skipped: 2"):
        read(tmp_path, [other, other])
    task = {"data": {"text": TEXT}}
    first, second = {"result": [RESULT]}, {"result": [], "ground_truth": True}
    relation = {"type": "relation", "from_id": "a", "to_id": "b"}
    bare = {"type": "labels", "value": {"start": 0, "end": 8, "text": "Mira Osk"}}
    spans, remarks, sentences = read(
        tmp_path,
        [
            [
                {**task, "annotations": []},
                {**task, "annotations": [{"was_cancelled": True, "result": []}], "predictions": [{"result": []}]},
                {**task, "annotations": [{"was_cancelled": True, "result": []}, first, second]},
                {**task, "annotations": [{"result": [RESULT, relation, bare]}]},
            ]
        ],
    )
    assert (spans, len(sentences)) == (BOTH[:1], 2)  # of the third task, the ground truth has no span
    assert remarks == [
        ("Label Studio's tasks without an annotation, skipped", 1),
        ("Label Studio's predictions, left out", 1),
        ("Label Studio's tasks that the annotator skipped (was_cancelled), skipped", 1),
        ("second and further annotations of one task, left out", 1),
        ("Label Studio's relations, left out", 1),
        ("Label Studio's regions without a label, left out", 1),
    ]
    related = {"text": TEXT, "label": [[0, 8, "PER"]], "relations": [{"id": 1}, {"id": 2}]}
    assert read(tmp_path, [related])[1] == [("relations between spans, left out", 2)]


@pytest.mark.parametrize(
    ("format", "line", "message"),
    [
        ("doccano", {"text": TEXT}, r"some.jsonl:1: a record of doccano has its spans in 'label', 'labels'"),
        ("doccano", {"text": TEXT, "label": ["happy"]}, "'label' holds 'happy', a label of the whole text"),
        ("doccano", {"text": TEXT, "label": [[0, 8]]}, "span 1 is a list of 2; it must be"),
        ("doccano", {"text": TEXT, "label": [[0, 8, 3]]}, "'label' of span 1 is a whole number; it must be a string"),
        ("spacy", {"text": TEXT, "entities": ["O", "B-PER"]}, "'entities' holds 'O', a tag of a token"),
        ("spacy", {"words": []}, "a record of spaCy has a 'text'"),
        ("prodigy", {**PRODIGY, "tokens": [token("Mire", 0)]}, r"its token 'Mire' \(0 to 4\) is not there"),
        ("prodigy", {"image": "a.jpg", "answer": "accept"}, "a task of Prodigy has a 'text'"),
        ("labelstudio", {"data": {"image": "a", "b": "c"}, "annotations": [{"result": []}]}, "which key holds"),
        ("labelstudio", {"data": {"text": TEXT}, "annotations": [{"result": [{**RESULT, "value": {
            "start": "/p[1]", "end": "/p[1]", "labels": ["X"]}}]}]}, "'start' of region 1 is a string"),
        ("labelstudio", {"data": {"text": TEXT}, "annotations": [{"result": [{**RESULT, "value": {
            **REGION, "labels": ["PER", "LOC"]}}]}]}, r"PER \(0 to 8\) and LOC \(0 to 8\) overlap.*--repair"),
        ("labelstudio", {"data": {"text": TEXT}, "annotations": [{"result": [{**RESULT, "value": {
            **REGION, "start": 1, "end": 9}}]}]}, "PER .* is 'ira Osk ' there, but its own text is 'Mira Osk'"),
        ("huggingface", {"text": TEXT}, "there is no 'tokens' in it"),
    ],
)  # fmt: skip
def test_any_other_record_of_a_tool_is_an_error_with_its_place(tmp_path, format, line, message):
    with pytest.raises(DataError, match=message):
        read(tmp_path, [line], format)


def test_records_of_the_hub_have_names_or_ids(tmp_path):
    names = ["O", "B-PER", "I-PER", "B-LOC"]
    ids = [{"id": "0", "tokens": ["Mira", "sang"], "ner": [1, 0]}, {"id": 1, "tokens": ["In", "Varn"], "ner": [0, 3]}]
    spans, remarks, sentences = read(tmp_path, ids, labels=names)
    assert (spans, remarks) == ([("PER", "Mira"), ("LOC", "Varn")], [])
    assert [sentence.id for sentence in sentences] == ["0", "1"]
    assert read(tmp_path, ids, "huggingface", labels={"ner": names})[0] == spans
    assert read(tmp_path, [{**line, "names": names} for line in ids])[0] == spans
    label = {"feature": {"names": names, "_type": "ClassLabel"}, "_type": "Sequence"}
    features = [{"name": "tokens", "type": {"dtype": "string"}}, {"name": "ner", "type": label}]
    rows = [{"row_idx": number, "row": line} for number, line in enumerate(ids)]
    assert read(tmp_path, {"features": features, "rows": rows})[0] == spans
    masked = [{"tokens": ["Mira", "sang", "."], "ner": [None, 1, -100]}, {"tokens": ["Mira"], "ner": [-100]}]
    assert [each.tags for each in read(tmp_path, masked, labels=names)[2]] == [{"ner": ("", "B-PER", "")}, {}]
    with pytest.raises(DataError, match=r":1: entry 1 of 'ner' is a whole number.*--labels FILE gives the names"):
        read(tmp_path, ids)
    with pytest.raises(DataError, match=r":2: entry 2 of 'ner' is 3, which has no name: there are names for 0 to 2"):
        read(tmp_path, ids, labels=names[:3])


def test_doubtful_spans_are_remarked(tmp_path):
    spans = [{"start": 0, "end": 8, "label": "B-PER"}]
    assert read(tmp_path, [{"text": TEXT, "spans": spans}])[1] == [
        ("labels of spans that look like tags of tokens, kept as they are", 1)
    ]
    assert read(tmp_path, [{"tokens": ["Mira", "sang"], "ner": ["B-PER", "O"], "spans": spans}])[1] == [
        ("spans beside tokens, not read: give a tag for each token", 1)
    ]


def test_spans_under_an_unknown_key_are_remarked_and_read_when_named(tmp_path):
    line = {"text": TEXT, "people": [{"start": 0, "end": 8, "label": "PER"}]}
    spans, remarks, _ = read(tmp_path, [line], tasks={"ner": "people"})
    assert (spans, remarks) == (BOTH[:1], [])
    file = tmp_path / "some.jsonl"
    list(read_sentences(file, remarks=(found := Remarks())))
    assert str(next(iter(found))) == (
        f"records with spans under a key that is not read; --tasks ner=KEY reads them: 1, at {file}:1 ('people')"
    )

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.errors import ConfigError
from tagger.text.columns import read_columns
from tagger.text.conllu import read_conllu
from tagger.text.jsonl import read_jsonl
from tagger.text.render import FORMATS, render
from tagger.text.sentence import Sentence
from tagger.text.tokenize import tokenize

TEXT = 'Hm.\n\nAda Lovelace  was born\nin "London".'
TAGS = [
    {"upos": ("INTJ", "PUNCT"), "ner": ("O", "O")},
    {
        "upos": ("PROPN", "PROPN", "AUX", "VERB", "ADP", "PUNCT", "PROPN", "PUNCT", "PUNCT"),
        "ner": ("B-PER", "I-PER", "O", "O", "O", "O", "B-LOC", "O", "O"),
    },
]


def tagged(text=TEXT, tags=TAGS):
    for sentence, columns in zip(tokenize(text), tags, strict=True):
        for task, column in columns.items():
            sentence = sentence.with_tags(task, column)
        yield sentence


def rendered(format, sentences=None, tasks=("upos", "ner"), span_tasks=("ner",)):
    return "".join(render(tagged() if sentences is None else sentences, format, tasks, span_tasks))


def test_text_is_a_line_a_sentence():
    assert rendered("text", tasks=["upos"]).splitlines()[0] == "Hm/INTJ ./PUNCT"
    assert rendered("text").splitlines()[1] == (
        "Ada/PROPN/B-PER Lovelace/PROPN/I-PER was/AUX/O born/VERB/O in/ADP/O "
        '"/PUNCT/O London/PROPN/B-LOC "/PUNCT/O ./PUNCT/O'
    )


def test_conllu_has_ud_columns_and_the_other_tasks_in_misc():
    assert rendered("conllu").split("\n\n")[1].splitlines() == [
        "# sent_id = 2",
        '# text = Ada Lovelace  was born in "London".',
        "1\tAda\t_\tPROPN\t_\t_\t_\t_\t_\tNER=B-PER",
        "2\tLovelace\t_\tPROPN\t_\t_\t_\t_\t_\tNER=I-PER",
        "3\twas\t_\tAUX\t_\t_\t_\t_\t_\tNER=O",
        "4\tborn\t_\tVERB\t_\t_\t_\t_\t_\tNER=O",
        "5\tin\t_\tADP\t_\t_\t_\t_\t_\tNER=O",
        '6\t"\t_\tPUNCT\t_\t_\t_\t_\t_\tSpaceAfter=No|NER=O',
        "7\tLondon\t_\tPROPN\t_\t_\t_\t_\t_\tSpaceAfter=No|NER=B-LOC",
        '8\t"\t_\tPUNCT\t_\t_\t_\t_\t_\tSpaceAfter=No|NER=O',
        "9\t.\t_\tPUNCT\t_\t_\t_\t_\t_\tNER=O",
    ]


def test_conllu_is_read_back(tmp_path):
    path = tmp_path / "tagged.conllu"
    path.write_text(rendered("conllu"), encoding="utf-8")
    read = list(read_conllu(path, {"upos": "UPOS", "ner": "MISC:NER"}))
    assert [sentence.words for sentence in read] == [sentence.words for sentence in tagged()]
    assert [dict(sentence.tags) for sentence in read] == TAGS
    assert [sentence.space_after for sentence in read] == [sentence.space_after for sentence in tagged()]


def test_columns_are_read_back(tmp_path):
    path = tmp_path / "tagged.tsv"
    path.write_text(rendered("columns"), encoding="utf-8")
    assert path.read_text("utf-8").startswith("Hm\tINTJ\tO\n.\tPUNCT\tO\n\nAda\tPROPN\tB-PER\n")
    read = list(read_columns(path, ["token", "upos", "ner"]))
    assert [(sentence.words, dict(sentence.tags)) for sentence in read] == [
        (sentence.words, dict(sentence.tags)) for sentence in tagged()
    ]


def test_json_lines_have_offsets_into_the_whole_input():
    first, second = map(json.loads, rendered("jsonl").splitlines())
    assert first == {
        "text": "Hm.",
        "start": 0,
        "end": 3,
        "tokens": [
            {"text": "Hm", "start": 0, "end": 2, "upos": "INTJ", "ner": "O"},
            {"text": ".", "start": 2, "end": 3, "upos": "PUNCT", "ner": "O"},
        ],
        "spans": {"ner": []},
    }
    assert second["spans"]["ner"] == [
        {"label": "PER", "text": "Ada Lovelace", "start": 5, "end": 17},
        {"label": "LOC", "text": "London", "start": 32, "end": 38},
    ]
    assert TEXT[second["start"] : second["end"]] == second["text"]
    assert all(TEXT[token["start"] : token["end"]] == token["text"] for token in second["tokens"])


def test_json_lines_are_read_back(tmp_path):
    path = tmp_path / "tagged.jsonl"
    path.write_text(rendered("jsonl"), encoding="utf-8")
    for read, written in zip(read_jsonl(path), tagged(), strict=True):
        assert (read.words, read.starts, read.ends, read.text) == (
            written.words,
            written.starts,
            written.ends,
            written.text,
        )
        assert dict(read.tags) == dict(written.tags)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_json_is_one_array_of_the_same_objects(count):
    sentences = list(tagged())[:count]
    assert json.loads(rendered("json", sentences)) == [
        json.loads(line) for line in rendered("jsonl", sentences).splitlines()
    ]


def test_a_sentence_without_a_task_is_rendered_without_it():
    sentence = Sentence.from_words(["Hm", "."], tags={"upos": ["INTJ", "PUNCT"]})
    assert rendered("text", [sentence]) == "Hm/INTJ ./PUNCT\n"
    assert json.loads(rendered("jsonl", [sentence]))["spans"] == {}
    assert rendered("columns", [sentence]) == "Hm\tINTJ\t_\n.\tPUNCT\t_\n\n"


@settings(deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=())), st.sampled_from(sorted(FORMATS)))
def test_whatever_the_text_holds_what_comes_out_is_utf8(text, format):
    sentences = [sentence.with_tags("upos", ["X"] * len(sentence)) for sentence in tokenize(text)]
    rendered(format, sentences, ["upos"]).encode("utf-8")


@settings(deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=("Cs",))))
def test_json_lines_hold_the_text_as_it_was_one_line_a_sentence(text):
    sentences = [sentence.with_tags("upos", ["X"] * len(sentence)) for sentence in tokenize(text)]
    read = [json.loads(line) for line in rendered("jsonl", sentences, ["upos"]).splitlines()]
    assert [sentence["text"] for sentence in read] == [sentence.text for sentence in sentences]


def test_half_of_a_surrogate_pair_is_escaped_in_json_and_replaced_elsewhere():
    (sentence,) = [sentence.with_tags("upos", ["X"]) for sentence in tokenize("a\ud800b")]
    assert json.loads(rendered("jsonl", [sentence], ["upos"]))["tokens"][0]["text"] == "a\ud800b"
    assert rendered("text", [sentence], ["upos"]) == "a\ufffdb/X\n"


def test_sentences_are_rendered_one_after_the_other():
    def endless():
        while True:
            yield Sentence.from_words(["Hm"], tags={"upos": ["INTJ"]})

    for format in FORMATS:
        assert "Hm" in next(render(endless(), format, ["upos"], ["upos"]))


def test_an_unknown_format_is_an_error_that_names_the_known_ones():
    with pytest.raises(ConfigError, match="no format 'xml'; there are text, brackets, conllu, columns, json, jsonl"):
        render([], "xml", ["upos"])

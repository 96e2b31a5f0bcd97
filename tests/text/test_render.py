import json
import os
import pty
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.errors import ConfigError, DataError
from tagger.text.colors import label_color, tag_color, wants_color
from tagger.text.columns import read_columns
from tagger.text.conllu import read_conllu
from tagger.text.jsonl import read_jsonl
from tagger.text.probabilities import Probabilities
from tagger.text.render import OUTPUT_FORMATS, render
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


def rendered(format, sentences=None, tasks=("upos", "ner"), span_tasks=("ner",), **options):
    return "".join(render(tagged() if sentences is None else sentences, format, tasks, span_tasks, **options))


def test_text_has_one_line_per_sentence():
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


# German `Zum Haus!` from character 7 on: `Zum` is `zu` and `dem`.
ZUM = Sentence(
    ("zu", "dem", "Haus", "!"),
    (7, 7, 11, 15),
    (10, 10, 15, 16),
    (False, True, False, True),
    "Zum Haus!",
    7,
    tags={"upos": ("ADP", "DET", "NOUN", "PUNCT"), "ner": ("O", "B-LOC", "I-LOC", "O")},
    multiword=((0, 1),),
    after=" ",
)


def test_a_multiword_token_is_one_token_with_words_in_json():
    found = json.loads(rendered("jsonl", [ZUM]))
    assert found["tokens"] == [
        {
            "text": "Zum",
            "start": 7,
            "end": 10,
            "words": [
                {"text": "zu", "start": 7, "end": 10, "upos": "ADP", "ner": "O"},
                {"text": "dem", "start": 7, "end": 10, "upos": "DET", "ner": "B-LOC"},
            ],
        },
        {"text": "Haus", "start": 11, "end": 15, "upos": "NOUN", "ner": "I-LOC"},
        {"text": "!", "start": 15, "end": 16, "upos": "PUNCT", "ner": "O"},
    ]
    assert found["spans"]["ner"] == [{"label": "LOC", "text": "Zum Haus", "start": 7, "end": 15}]


def test_words_of_multiword_tokens_stand_in_lines_and_columns():
    assert rendered("text", [ZUM], ["upos"]) == "zu/ADP dem/DET Haus/NOUN !/PUNCT\n"
    assert rendered("brackets", [ZUM]) == "zu [dem Haus LOC] !\n"
    assert rendered("columns", [ZUM], ["upos"]) == "zu\tADP\ndem\tDET\nHaus\tNOUN\n!\tPUNCT\n\n"
    assert [line.split("\t")[0] for line in rendered("conllu", [ZUM]).splitlines()[2:6]] == ["1-2", "1", "2", "3"]


def test_multiword_tokens_of_json_lines_are_read_back(tmp_path):
    path = tmp_path / "tagged.jsonl"
    path.write_text(rendered("jsonl", [ZUM]), encoding="utf-8")
    assert list(read_jsonl(path)) == [replace(ZUM, id="tagged.jsonl:1")]


def test_words_of_multiword_tokens_have_scores():
    sentence = replace(scored()[0], words=("zu", "dem"), text="Zum", starts=(0, 0), ends=(3, 3), multiword=((0, 1),))
    (token,) = json.loads(rendered("jsonl", [sentence], scores=True, top=1))["tokens"]
    assert list(token) == ["text", "start", "end", "words"]
    assert [word["score"] for word in token["words"]] == [{"upos": 0.9, "ner": 0.96}, {"upos": 0.7, "ner": 0.75}]
    assert token["words"][1]["top"]["upos"] == [["VERB", 0.7]]


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
@given(st.text(st.characters(codec=None, exclude_categories=())), st.sampled_from(sorted(OUTPUT_FORMATS)))
def test_output_is_valid_utf8_whatever_the_text(text, format):
    sentences = [sentence.with_tags("upos", ["X"] * len(sentence)) for sentence in tokenize(text)]
    rendered(format, sentences, ["upos"]).encode("utf-8")


@settings(deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=("Cs",))))
def test_json_lines_keep_the_text_on_one_line_per_sentence(text):
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

    for format in OUTPUT_FORMATS:
        assert "Hm" in next(render(endless(), format, ["upos"], ["upos"]))


def test_an_unknown_format_is_an_error_that_names_the_known_ones():
    with pytest.raises(
        ConfigError, match="no format 'xml'; there are text, brackets, conllu, columns, json, jsonl, html"
    ):
        render([], "xml", ["upos"])


UPOS = Probabilities(
    {"NOUN": 0, "VERB": 1, "X": 2}, np.log(np.array([[0.9, 0.08, 0.02], [0.25, 0.7, 0.05]], np.float32))
)
NER = Probabilities({"O": 0, "B-PER": 1}, np.log(np.array([[0.04, 0.96], [0.75, 0.25]], np.float32)))


def scored():
    sentence = Sentence.from_words(["Ada", "slept"])
    return [sentence.with_predictions({"upos": ["NOUN", "VERB"], "ner": ["B-PER", "O"]}, {"upos": UPOS, "ner": NER})]


def test_scores_follow_each_tag_of_a_line():
    assert rendered("text", scored(), scores=True) == "Ada/NOUN:0.90/B-PER:0.96 slept/VERB:0.70/O:0.75\n"


def test_top_tags_replace_each_tag_of_a_line():
    assert rendered("text", scored(), ["upos"], top=2) == "Ada/NOUN:0.90;VERB:0.08 slept/VERB:0.70;NOUN:0.25\n"
    assert rendered("text", scored(), ["upos"], top=2) == rendered("text", scored(), ["upos"], top=2, scores=True)


def test_scores_and_top_tags_are_further_columns():
    assert rendered("columns", scored(), scores=True) == (
        "Ada\tNOUN\tB-PER\t0.9000\t0.9600\nslept\tVERB\tO\t0.7000\t0.7500\n\n"
    )
    assert rendered("columns", scored(), ["upos"], scores=True, top=2).splitlines()[0] == (
        "Ada\tNOUN\t0.9000\tNOUN:0.9000;VERB:0.0800"
    )


def test_scores_and_top_tags_are_keys_of_misc_in_conllu():
    rows = [line.split("\t") for line in rendered("conllu", scored(), scores=True, top=1).splitlines()[2:4]]
    assert rows[0][9] == "NER=B-PER|UPOSScore=0.9000|NERScore=0.9600|UPOSTop=NOUN:0.9000|NERTop=B-PER:0.9600"
    assert (rows[1][3], rows[1][9].split("|")[1]) == ("VERB", "UPOSScore=0.7000")


def test_scores_and_top_tags_are_keys_of_tokens_and_spans_in_json():
    (sentence,) = json.loads(rendered("json", scored(), scores=True, top=2))
    assert sentence["tokens"][0]["score"] == {"upos": 0.9, "ner": 0.96}
    assert sentence["tokens"][1]["top"] == {
        "upos": [["VERB", 0.7], ["NOUN", 0.25]],
        "ner": [["O", 0.75], ["B-PER", 0.25]],
    }
    assert sentence["spans"]["ner"] == [{"label": "PER", "text": "Ada", "start": 0, "end": 3, "score": 0.96}]
    (sentence,) = json.loads(rendered("json", scored()))
    assert "score" not in sentence["tokens"][0] and "score" not in sentence["spans"]["ner"][0]


@pytest.mark.parametrize("format", ["conllu", "jsonl", "columns"])
def test_output_with_scores_is_read_like_output_without(format, tmp_path):
    path = tmp_path / "scored"
    path.write_text(rendered(format, scored(), scores=True, top=3), encoding="utf-8")
    read = {
        "conllu": lambda: read_conllu(path, {"upos": "UPOS", "ner": "MISC:NER"}),
        "jsonl": lambda: read_jsonl(path),
        "columns": lambda: read_columns(path, ["token", "upos", "ner"]),
    }[format]
    assert [dict(sentence.tags) for sentence in read()] == [{"upos": ("NOUN", "VERB"), "ner": ("B-PER", "O")}]


@pytest.mark.parametrize("format", sorted(OUTPUT_FORMATS))
def test_scores_of_sentences_that_have_none_are_an_error(format):
    with pytest.raises(DataError, match="has no score"):
        rendered(format, scores=True)


def test_spans_are_written_in_brackets():
    assert rendered("brackets").splitlines() == ["Hm .", '[Ada Lovelace PER] was born in " [London LOC] " .']
    assert rendered("brackets", scored(), scores=True) == "[Ada PER:0.96] slept\n"
    whole = Sentence.from_words(["a", "b"], tags={"ner": ["B-X", "B-X"], "chunk": ["B-NP", "I-NP"]})
    assert rendered("brackets", [whole], ["ner", "chunk"], ["ner", "chunk"]) == "[a X] [b X]\n[a b NP]\n"


def test_brackets_without_spans_or_with_top_tags_are_an_error():
    with pytest.raises(ConfigError, match="'brackets' shows spans, and upos has none"):
        render([], "brackets", ["upos"])
    with pytest.raises(ConfigError, match="'brackets' has no place for the best tags"):
        render([], "brackets", ["ner"], ["ner"], top=2)


@pytest.mark.parametrize("format", ["text", "brackets"])
def test_colours_change_nothing_but_the_colours(format):
    colored = rendered(format, scored(), scores=True, color=True)
    assert re.sub("\x1b\\[[0-9]+m", "", colored) == rendered(format, scored(), scores=True)
    assert colored.count("\x1b[0m") >= 2 and colored.rstrip("\n").endswith(("\x1b[0m", "slept"))


def test_a_label_has_one_colour_and_o_is_dim():
    assert tag_color("B-PER") == tag_color("I-PER") == label_color("PER") != label_color("LOC")
    assert label_color("creative-work") == label_color("creative-work")
    assert tag_color("O") == tag_color("PUNCT") == "\x1b[2m" != tag_color("NOUN")


def test_formats_for_programs_have_no_colours():
    with pytest.raises(ConfigError, match="'jsonl' is for programs and has no colours; text and brackets have"):
        render([], "jsonl", ["upos"], color=True)


@pytest.mark.parametrize(
    ("environment", "terminal", "wanted"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "xterm"}, False, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colours_are_used_on_terminals_that_have_them_unless_no_color_is_set(
    environment, terminal, wanted, monkeypatch
):
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    reader, writer = pty.openpty() if terminal else os.pipe()
    with open(writer, "w") as stream, open(reader):
        assert wants_color(stream) == wanted

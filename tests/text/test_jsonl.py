import json

import pytest

from tagger.errors import DataError
from tagger.text.jsonl import read_jsonl


def read(tmp_path, *lines, **options):
    file = tmp_path / "some.jsonl"
    file.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return list(read_jsonl(file, **options))


def token(text, start):
    return {"text": text, "start": start, "end": start + len(text)}


ADA = {"tokens": ["Ada", "slept", "."], "ner": ["B-PER", "O", "O"], "space_after": [True, False, True]}


def test_tokens_and_their_tags(tmp_path):
    first, second = read(tmp_path, ADA, "", {"id": "b", "tokens": ["No"], "note": "not a list", "upos": None})
    assert (first.words, first.text) == (("Ada", "slept", "."), "Ada slept.")
    assert first.tags == {"ner": ("B-PER", "O", "O")}
    assert (first.id, first.place(2)[-12:]) == ("some.jsonl:1", "some.jsonl:1")
    assert (second.id, second.tags) == ("b", {})


def test_tokens_without_a_tag(tmp_path):
    first, second = read(tmp_path, {"tokens": ["No", "one"], "upos": [None, "NOUN"]}, {"tokens": ["a"], "upos": [None]})
    assert (first.tags, second.tags) == ({"upos": ("", "NOUN")}, {})


def test_tokens_with_their_text(tmp_path):
    (sentence,) = read(tmp_path, {"text": "Ada  slept.", "tokens": ["Ada", "slept", "."]})
    assert (sentence.starts, sentence.space_after) == ((0, 5, 10), (True, False, True))


def test_tasks_choose_and_rename(tmp_path):
    (sentence,) = read(tmp_path, {**ADA, "lists": ["of", "something"]}, tasks={"entities": "ner"})
    assert sentence.tags == {"entities": ("B-PER", "O", "O")}


def test_a_text_with_spans(tmp_path):
    text = "Ada slept. Bob Noyce's chips did not."
    spans = [{"start": 0, "end": 3, "label": "PER"}, {"start": 11, "end": 20, "label": "PER"}]
    first, second = read(tmp_path, {"text": text, "spans": spans})
    assert (first.id, second.id, second.start) == ("some.jsonl:1-1", "some.jsonl:1-2", 11)
    assert [span.text for span in first.spans("ner") + second.spans("ner")] == ["Ada", "Bob Noyce"]
    assert list(read(tmp_path, {"text": text, "spans": spans}, tasks={"names": "spans"})[0].tags) == ["names"]
    assert read(tmp_path, {"text": text})[0].tags == {}


def test_output_of_the_tagger_is_read_back(tmp_path):
    written = {
        "text": "Ada  slept.",
        "start": 40,
        "end": 51,
        "tokens": [
            {"text": "Ada", "start": 40, "end": 43, "ner": "B-PER"},
            {"text": "slept", "start": 45, "end": 50, "ner": "O"},
            {"text": ".", "start": 50, "end": 51, "ner": "O"},
        ],
        "spans": {"ner": [{"label": "PER", "text": "Ada", "start": 40, "end": 43}]},
    }
    (sentence,) = read(tmp_path, written)
    assert (sentence.text, sentence.start, sentence.starts) == ("Ada  slept.", 40, (40, 45, 50))
    assert sentence.space_after == (True, False, True)
    assert [(span.text, span.start) for span in sentence.spans("ner")] == [("Ada", 40)]


# German `Zum Haus`, and English `don't`; the words of `don't` stand in it.
MULTIWORD = {
    "text": "Zum Haus, don't!",
    "start": 7,
    "tokens": [
        {"text": "Zum", "start": 7, "end": 10, "words": [
            {"text": "zu", "start": 7, "end": 10, "upos": "ADP"},
            {"text": "dem", "start": 7, "end": 10, "upos": "DET"},
        ]},
        {"text": "Haus", "start": 11, "end": 15, "upos": "NOUN"},
        {"text": ",", "start": 15, "end": 16, "upos": "PUNCT"},
        {"text": "don't", "start": 17, "end": 22, "words": [
            {"text": "do", "start": 17, "end": 19, "upos": "AUX"},
            {"text": "n't", "start": 19, "end": 22, "upos": "PART"},
        ]},
        {"text": "!", "start": 22, "end": 23, "upos": "PUNCT", "words": None},
    ],
}  # fmt: skip


def test_multiword_tokens_are_read_back(tmp_path):
    (sentence,) = read(tmp_path, MULTIWORD)
    assert sentence.words == ("zu", "dem", "Haus", ",", "do", "n't", "!")
    assert sentence.tags == {"upos": ("ADP", "DET", "NOUN", "PUNCT", "AUX", "PART", "PUNCT")}
    assert sentence.multiword == ((0, 1), (4, 5))
    assert sentence.starts == (7, 7, 11, 15, 17, 19, 22)
    assert sentence.ends == (10, 10, 15, 16, 19, 22, 23)
    assert sentence.space_after == (False, True, False, True, False, False, True)


def test_tokens_at_one_place_are_words_of_one_token(tmp_path):
    words = [{"text": "de", "start": 0, "end": 2}, {"text": "le", "start": 0, "end": 2}]
    (sentence,) = read(tmp_path, {"text": "du vin", "tokens": [*words, token("vin", 3)]})
    assert (sentence.words, sentence.multiword) == (("de", "le", "vin"), ((0, 1),))
    assert sentence.token_offsets == ((0, 2), (3, 6))


@pytest.mark.parametrize(
    ("keys", "after", "last"),
    [
        ({}, None, True),
        ({"space_after": [True, False]}, "", False),
        ({"space_after": [False, True]}, " ", True),
        ({"text": "a b"}, " ", True),
        ({"after": "\n\n"}, "\n\n", True),
        ({"after": "", "text": "a b"}, "", False),
        ({"after": None}, None, True),
    ],
)
def test_the_white_space_after_a_sentence(tmp_path, keys, after, last):
    (sentence,) = read(tmp_path, {"tokens": ["a", "b"], **keys})
    assert (sentence.after, sentence.space_after[-1]) == (after, last)


def test_sentences_of_a_text_know_their_white_space(tmp_path):
    text = " Ada slept.\tBob woke.\n\nIt rained.So what?"
    found = read(tmp_path, {"text": text, "spans": [{"start": 12, "end": 15, "label": "X"}]}, {"text": "No. \n"})
    assert [(sentence.text, sentence.after, sentence.paragraph) for sentence in found] == [
        ("Ada slept.", "\t", True),
        ("Bob woke.", "\n\n", False),
        ("It rained.So what?", "\n", True),
        ("No.", " \n", True),
    ]


def test_paragraphs(tmp_path):
    first, second = read(tmp_path, {"tokens": ["a"], "paragraph": True}, {"tokens": ["b"], "after": " "})
    assert (first.paragraph, second.paragraph, second.tags) == (True, False, {})


def test_objects_without_a_word_are_skipped(tmp_path):
    assert len(read(tmp_path, {"tokens": []}, {"text": " "}, ADA)) == 1
    with pytest.raises(DataError, match="no sentence in it"):
        read(tmp_path, {"tokens": []})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"tokens": [}', ":2:13: not JSON"),
        ("[1, 2]", ":2: no JSON object"),
        ({"words": ["a"]}, ":2: there is neither 'tokens' nor 'text'"),
        ({"tokens": "a b"}, ":2: 'tokens' is a string; it must be a list"),
        ({"tokens": ["a", 1]}, ":2: token 2 is a whole number; it must be a string"),
        ({"tokens": ["a", ""]}, ":2: token 2 is empty"),
        ({"tokens": ["a", "b"], "ner": ["O"]}, ":2: 2 tokens but 1 in 'ner'"),
        ({"tokens": ["a"], "ner": [3]}, ":2: entry 1 of 'ner' is a whole number; it must be a string"),
        (
            {"tokens": ["a"], "space_after": ["no"]},
            ":2: entry 1 of 'space_after' is a string; it must be true or false",
        ),
        ({"tokens": ["a"], "text": "b"}, ":2: 'text' is not its 'tokens'"),
        ({"tokens": [{"text": "a"}]}, ":2: 'start' of token 1 is missing"),
        ({"tokens": [{"text": "a", "start": 0, "end": 9}], "text": "a"}, r":2: token 1 \(0 to 9\) is not inside"),
        (
            {"tokens": [token("a", 0), {**token("b", 2), "ner": "B-X"}], "text": "a b"},
            ":2: 'ner' of token 1 is missing",
        ),
        (
            {"tokens": [token("a", 0), token("b", 1)], "text": "a b"},
            r":2: token 2 \(1 to 2\) is ' ' in 'text', not its own text",
        ),
        ({"text": "Ada", "spans": {"ner": []}}, ":2: 'spans' is an object; it must be a list"),
        ({"text": "Ada", "spans": [{"start": 0, "end": 3}]}, ":2: 'label' of span 1 is missing"),
        ({"text": "Ada", "spans": [{"start": 0, "end": 4, "label": "X"}]}, ":2: the span X .* is not inside"),
        ({"text": "Ada", "spans": [{"start": True, "end": 3, "label": "X"}]}, ":2: 'start' of span 1 is true or false"),
        ({"text": "Ada", "spans": [{"start": 0, "end": n, "label": "X"} for n in (2, 3)]}, ":2: the spans .* overlap"),
        ({"tokens": ["a"], "after": "b"}, ":2: 'after' is 'b'; it must be the white space after the sentence"),
        ({"tokens": ["a"], "paragraph": 2}, ":2: 'paragraph' is a whole number; it must be true or false"),
        (
            {"tokens": [{**token("ab", 0), "words": [token("a", 0)]}], "text": "ab"},
            ":2: 'words' of token 1 are 1; a multiword token has two or more",
        ),
        (
            {"tokens": [{**token("ab", 0), "words": [token("a", 0), token("b", 2)]}], "text": "ab c"},
            r":2: word 2 of token 1 \(2 to 3\) is not inside its token \(0 to 2\)",
        ),
        (
            {"tokens": [{**token("ac", 0), "words": [token("a", 0), token("b", 1)]}], "text": "ab"},
            r":2: token 1 \(0 to 2\) is 'ab' in 'text', not its own text",
        ),
        ('{"tokens": ["\\ud800"]}', ":2: this JSON holds no text"),
        ("[" * 100_000, ":2: this JSON holds no text"),
    ],
)
def test_any_other_line_is_an_error_with_its_place(tmp_path, line, message):
    with pytest.raises(DataError, match=f"some.jsonl{message}"):
        read(tmp_path, ADA, line)

import json

import pytest

from tagger.service.http_errors import HttpError
from tagger.service.limits import Limits
from tagger.service.tag_request import AnswerOptions, json_request, query_options, text_request

LIMITS = Limits(max_characters=20, max_texts=3)


def read(content):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return json_request(body, LIMITS)


def test_a_text_texts_and_sentences():
    assert read({"text": "Ada left."}).texts == ("Ada left.",)
    assert (read({"texts": ["a", ""]}).texts, read({"texts": []}).is_list) == (("a", ""), True)
    assert read({"sentences": [["Ada", "left"], []]}).sentences == (("Ada", "left"), ())


def test_options_of_json_and_of_the_query_are_the_same():
    options = AnswerOptions("tiny", ("upos", "ner"), True, 3, True, 0.5)
    values = {"model": "tiny", "tasks": ["upos", "ner", "upos"], "scores": True, "top": 3, "offsets": "utf-16"}
    values["min_score"] = 0.5
    assert read({"text": "a", **values}).options == options
    query = b"model=tiny&tasks=upos,ner&scores=true&top=3&offsets=utf-16&min_score=.5"
    assert query_options(query) == text_request(b"a", query, LIMITS).options == options
    for written, least in ((b"1e-3", 0.001), (b"0.12345678901", 0.12345678901), (b"1.0", 1), (b"5E-1", 0.5)):
        assert query_options(b"min_score=" + written).min_score == least
    for wrong in (b"nan", b"inf", b"-0.5", b"1.5", b"1..5", b"1_0", b"1e999", b"", b"x"):
        with pytest.raises(HttpError) as raised:
            query_options(b"min_score=" + wrong)
        assert (raised.value.status, raised.value.where) == (422, "min_score")


@pytest.mark.parametrize(
    ("body", "status", "code", "where"),
    [
        (b"", 400, "invalid_json", "line 1 column 1"),
        (b'{"text": ', 400, "invalid_json", "line 1 column 10"),
        (b"[" * 100_000, 400, "invalid_json", ""),
        (b'{"text": "\xff"}', 400, "invalid_utf8", "byte 10"),
        (b'{"text": "\xed\xa0\x80"}', 400, "invalid_utf8", "byte 10"),
        (b'{"text": "a", "top": NaN}', 400, "invalid_json", ""),
        (b'{"text": "a", "top": ' + b"9" * 5000 + b"}", 400, "invalid_json", ""),
        ([], 422, "invalid_value", ""),
        ({}, 422, "invalid_value", "text"),
        ({"text": "a", "texts": []}, 422, "invalid_value", "texts"),
        ({"text": None}, 422, "invalid_value", "text"),
        ({"texts": "a"}, 422, "invalid_value", "texts"),
        ({"texts": ["a", 1]}, 422, "invalid_value", "texts[1]"),
        ({"sentences": [["a"], "b"]}, 422, "invalid_value", "sentences[1]"),
        ({"sentences": [["a", ""]]}, 422, "invalid_value", "sentences[0][1]"),
        ({"text": "a", "tests": 1}, 422, "invalid_value", "tests"),
        ({"text": "a", "top": True}, 422, "invalid_value", "top"),
        ({"text": "a", "top": -1}, 422, "invalid_value", "top"),
        ({"text": "a", "scores": 1}, 422, "invalid_value", "scores"),
        ({"text": "a", "min_score": 1.5}, 422, "invalid_value", "min_score"),
        ({"text": "a", "min_score": True}, 422, "invalid_value", "min_score"),
        ({"text": "a", "tasks": "upos"}, 422, "invalid_value", "tasks"),
        ({"text": "a", "offsets": "bytes"}, 422, "invalid_value", "offsets"),
        ({"text": "a", "offsets": []}, 422, "invalid_value", "offsets"),
        ({"text": "a", "model": 1}, 422, "invalid_value", "model"),
        ({"text": "a" * 21}, 413, "too_long", "text"),
        ({"texts": ["a"] * 4}, 413, "too_many", "texts"),
        ({"texts": ["a", "a" * 21]}, 413, "too_long", "texts[1]"),
        ({"sentences": [["a" * 10, "b" * 10]]}, 413, "too_long", "sentences[0]"),
    ],
)
def test_what_cannot_be_used_is_named(body, status, code, where):
    with pytest.raises(HttpError) as raised:
        read(body)
    assert (raised.value.status, raised.value.code, raised.value.where) == (status, code, where)


@pytest.mark.parametrize("query", [b"top=x", b"scores=maybe", b"text=a", b"model=%ff", b"a=1&" * 30])
def test_a_query_that_cannot_be_used_is_an_error(query):
    with pytest.raises(HttpError) as raised:
        query_options(query)
    assert raised.value.status == 422

import pytest

from tagger.service.answers import accepted
from tagger.service.http_errors import HttpError


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (None, "application/json"),
        (b"*/*", "application/json"),
        (b"application/*, text/x-conllu;q=0.5", "application/json"),
        (b"text/x-conllu", "text/x-conllu"),
        (b"application/json;q=0.2, TEXT/Tab-Separated-Values ; q=0.9", "text/tab-separated-values"),
        (b"image/png, application/x-conllu", "application/x-conllu"),
        (b"image/png, */*;q=0.1", "application/json"),
    ],
)
def test_the_answer_is_of_the_type_that_is_liked_best(header, chosen):
    assert accepted(header) == chosen


@pytest.mark.parametrize("header", [b"image/png", b"application/json;q=0", b"", b"text/x-conllu;q=x", b"\xff"])
def test_there_is_not_an_answer_of_every_type(header):
    with pytest.raises(HttpError) as raised:
        accepted(header)
    assert raised.value.status == 406

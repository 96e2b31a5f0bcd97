from unicodedata import normalize

import pytest

import tagger
from tagger.text.composing import composed, is_composed


@pytest.mark.parametrize(
    ("word", "form"), [("Zoe\u0308", "Zoë"), ("\u1112\u1161\u11ab", "한"), ("\u212b", "Å"), ("Ada", "Ada"), ("ﬁ", "ﬁ")]
)
def test_words_are_composed(word, form):
    assert composed(word) == composed(form) == form
    assert is_composed(word) == (word == form)


def test_a_letter_with_a_hundred_thousand_marks_stays_as_it_is():
    word = "a" + "\u0323\u0301" * 50_000
    assert composed(word) is word


def test_the_english_model_tags_decomposed_text_as_it_tags_the_composed_one():
    text = "Zoë Müller and Renée García met Ana in São Paulo, Brasília and Málaga."
    model = tagger.load("english", threads=1)
    (expected,), (found,) = model(text), model(normalize("NFD", text))
    assert found.tags == expected.tags
    assert [span.label for span in found.spans("ner")] == ["PER", "PER", "PER", *["LOC"] * 3]
    for span, other in zip(found.spans("ner"), expected.spans("ner"), strict=True):
        assert span.text == normalize("NFD", text)[span.start : span.end] == normalize("NFD", other.text)
    assert found.text == normalize("NFD", text)
    assert model.knows(normalize("NFD", "São"))

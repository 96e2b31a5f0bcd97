import pytest

from tagger.text import word_tokenizer
from tagger.text.equivalents import with_plain_apostrophes, with_plain_space
from tagger.text.tokenize import tokenize


@pytest.mark.parametrize("apostrophe", "’ʼ´′＇‛՚")
def test_apostrophes_are_read_as_the_plain_one_and_kept(apostrophe):
    plain = "They don't, it's Mira's and O'Tol's; we'll go, I'm sure."
    text = plain.replace("'", apostrophe)
    (read,), (shown,) = tokenize(plain), tokenize(text)
    assert (shown.starts, shown.ends) == (read.starts, read.ends)
    assert shown.words == tuple(word.replace("'", apostrophe) for word in read.words)
    assert {f"n{apostrophe}t", f"{apostrophe}ll", f"O{apostrophe}Tol"} < set(shown.words)


def test_a_letter_that_looks_like_an_apostrophe_is_one_only_between_letters():
    assert with_plain_apostrophes("tʼáá dinéʼ ʼa 5′ ‘so’ O‘zbek") == "t'áá dinéʼ ʼa 5′ ‘so' O'zbek"


def test_each_character_is_replaced_by_one():
    text = "".join(map(chr, range(0x3100))) * 2
    for replaced in (with_plain_apostrophes(text), with_plain_space(text)):
        assert [one.isspace() for one in replaced] == [one.isspace() for one in text]
    assert with_plain_space("a.\x85b\u3000\x1c\u2029") == "a.\nb  \n"


@pytest.mark.parametrize("space", "\x1c\x1d\x1e\x1f\x85\u2028\x0b\x0c\u3000\xa0")
def test_white_space_of_any_kind_takes_no_detour(space, monkeypatch):
    """As fast as blanks: pieces come from the cache, and no paragraph is one word for Punkt."""
    text = f"Ada saw it.{space}The dog{space}left. " * 20
    expected = [word for sentence in tokenize(text.replace(space, " ")) for word in sentence.words]
    assert [word for sentence in tokenize(text) for word in sentence.words] == expected
    monkeypatch.setattr(word_tokenizer, "_parts_by_nltk", None)
    assert len(list(tokenize(text))) == 40

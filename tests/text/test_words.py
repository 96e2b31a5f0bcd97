import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nltk.tokenize.destructive import NLTKWordTokenizer

from tagger.text.words import word_spans

# Whatever NLTK's expressions look at, next to any other character (lone surrogates among them).
PIECES = ['"', "''", "'", "``", "`", "“", "”", "‘", "«", "...", ".", ",", ":", "--", "—", "(", "]", "<", "$", "@", "#"]
PIECES += ["can", "not", "n't", "'ll", "'S", "gonna", "'tis", "5", " ", "  ", "\n", "\t", "\x1c", "\x85", "\xa0", "\u3000"]
STRANGE = st.characters(codec=None, exclude_categories=())
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), STRANGE, st.text("abcdnst"))).map("".join)


def words(text):
    return [text[first:last] for first, last in word_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I can't see 3.14 (or so).", "I|ca|n't|see|3.14|(|or|so|)|."),
        ('He said: "It\'s 10:30 -- gonna go?"', "He|said|:|\"|It|'s|10:30|--|gon|na|go|?|\""),
        ("``Quoted'' and \"quoted\" and “quoted”", "``|Quoted|''|and|\"|quoted|\"|and|“|quoted|”"),
        ("write to a.b@c.org, see [1] #tag", "write|to|a.b|@|c.org|,|see|[|1|]|#|tag"),
        ("中文，字 e\u0301té \u200bzero \U0001f600!", "中文，字|e\u0301té|\u200bzero|\U0001f600|!"),
        ("\x00 \ud800 a", "\x00|\ud800|a"),
        (" \n\t ", ""),
    ],
)
def test_words_stand_as_they_are_in_the_text(text, expected):
    assert "|".join(words(text)) == expected


@settings(deadline=None)
@given(TEXTS)
@example("\"''\"' ``\"`(''x\"")
def test_words_are_nltks_but_for_rewritten_quotes(text):
    theirs = NLTKWordTokenizer().tokenize(text)
    ours = words(text)
    assert len(ours) == len(theirs)
    for word, word_of_nltk in zip(ours, theirs, strict=True):
        assert word == word_of_nltk or (word in {'"', "''"} and word_of_nltk in {"``", "''"})


@settings(deadline=None)
@given(TEXTS)
def test_every_character_that_is_not_white_space_is_in_exactly_one_word(text):
    covered = [index for first, last in word_spans(text) for index in range(first, last)]
    assert covered == [index for index, character in enumerate(text) if not character.isspace()]


def test_spans_are_nltks_own_where_it_finds_them():
    text = "Good muffins cost $3.88\nin New (York).  Please (buy) me\ntwo of them.\n(Thanks)."
    assert word_spans(text) == list(NLTKWordTokenizer().span_tokenize(text))


def test_where_nltk_loses_its_place_the_spans_are_right():
    text = "`` Hello '' she said"
    with pytest.raises(ValueError, match="not found"):
        list(NLTKWordTokenizer().span_tokenize('He said "`` x"'))
    assert [text[first:last] for first, last in word_spans(text)] == ["``", "Hello", "''", "she", "said"]

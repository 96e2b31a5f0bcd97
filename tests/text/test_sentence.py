import pytest

from tagger.errors import DataError
from tagger.text.sentence import Origin, Sentence, Span

ADA = Sentence.from_words(
    ["Ada", "Lovelace", "slept", "."],
    space_after=[True, True, False, True],
    tags={"ner": ["B-PER", "I-PER", "O", "O"]},
    start=100,
    id="a1",
)


def test_the_text_is_made_of_the_words():
    assert ADA.text == "Ada Lovelace slept."
    assert (ADA.starts, ADA.ends) == ((100, 104, 113, 118), (103, 112, 118, 119))
    assert (ADA.start, ADA.end, len(ADA)) == (100, 119, 4)


def test_a_sentence_is_a_sequence_of_tokens():
    last = ADA[-1]
    assert [token.text for token in ADA] == list(ADA.words)
    assert (last.text, last.start, last.end, last.space_after, last["ner"]) == (".", 118, 119, True, "O")
    assert ADA.tokens[0]["ner"] == "B-PER"


def test_spans_are_read_off_a_task():
    assert ADA.spans("ner") == (Span("PER", "Ada Lovelace", 100, 112, 0, 1),)


def test_tags_are_set_on_a_copy():
    tagged = ADA.with_tags("ner", ["O"] * 4)
    assert tagged.spans("ner") == ()
    assert ADA.spans("ner") != ()


def test_columns_are_as_long_as_the_words():
    with pytest.raises(DataError, match="4 tokens but 1 tags of 'upos'"):
        ADA.with_tags("upos", ["X"])
    with pytest.raises(DataError, match="2 tokens but 1 in 'upos'"):
        Sentence.from_words(["a", "b"], tags={"upos": ["X"]})


def test_a_token_knows_the_row_that_it_was_read_from():
    origin = Origin("columns", "some.conll", 10, ("# text = a b\n", "a\n", "b\n", "\n"), range(1, 3))
    sentence = Sentence.from_words(["a", "b"], id="s1", origin=origin)
    assert (sentence.place(), sentence.place(1)) == ("some.conll:11", "some.conll:12")
    assert ADA.place(1) == "a1"

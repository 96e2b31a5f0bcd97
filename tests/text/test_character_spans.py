import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.errors import DataError
from tagger.text.character_spans import CharacterSpan, tag_character_spans
from tagger.text.remarks import Remarks
from tagger.text.span_offsets import Piece

TEXT = "Ada Lovelace slept. New-York-based firms did not."


def spans(text, *marks):
    return [
        span
        for sentence in tag_character_spans(text, [CharacterSpan(*mark) for mark in marks], "ner")
        for span in sentence.spans("ner")
    ]


def test_spans_become_tags():
    first, second = tag_character_spans(TEXT, [CharacterSpan(0, 12, "PER")], "ner")
    assert (first.words, first.tags["ner"]) == (("Ada", "Lovelace", "slept", "."), ("B-PER", "I-PER", "O", "O"))
    assert set(second.tags["ner"]) == {"O"}


def test_a_word_is_cut_where_a_span_ends_inside_it():
    _, second = tag_character_spans(TEXT, [CharacterSpan(20, 28, "LOC")], "ner")
    assert second.words[:2] == ("New-York", "-based")
    assert second.tags["ner"][:2] == ("B-LOC", "O")
    assert second.space_after[:2] == (False, True)
    assert second.spans("ner")[0].text == "New-York"


def test_sentences_are_joined_where_a_span_crosses_them():
    (only,) = tag_character_spans(TEXT, [CharacterSpan(13, 28, "X")], "ner")
    assert only.text == TEXT
    assert [span.text for span in only.spans("ner")] == ["slept. New-York"]


def test_white_space_at_the_ends_of_a_span_is_not_part_of_it():
    assert [(span.text, span.start, span.end) for span in spans(TEXT, (3, 13, "PER"))] == [("Lovelace", 4, 12)]


@given(st.text("ab. \n'", max_size=60), st.lists(st.tuples(st.integers(0, 60), st.sampled_from("XY")), max_size=8))
def test_every_span_is_kept_exactly(text, ends):
    edges = sorted({min(end, len(text)) for end, _ in ends})
    marks = [
        CharacterSpan(start, end, label)
        for start, end, (_, label) in zip(edges, edges[1:], ends, strict=False)
        if text[start:end].strip()
    ]
    expected = [(mark.label, text[mark.start : mark.end].strip()) for mark in marks]
    assert [(span.label, span.text) for span in spans(text, *marks)] == expected


def test_what_is_cut_joined_or_left_out_is_counted_with_its_place():
    marks = [(0, 12, "PER"), (0, 12, "PER"), (20, 28, "LOC"), (13, 19, "X"), (14, 28, "Y"), (3, 4, "Z")]
    remarks = Remarks()
    found = tag_character_spans(
        TEXT, [CharacterSpan(*mark) for mark in marks], "ner", repair=True, remarks=remarks, place="a:1"
    )
    # Of what overlaps, the longest stays; it joins the sentences and ends inside a word.
    assert [span.text for span in found[0].spans("ner")] == ["Ada Lovelace", "lept. New-York"]
    assert [(remark.what, remark.count, remark.first) for remark in remarks] == [
        ("spans that stand twice, read once", 1, "a:1"),
        ("spans without a word, left out", 1, "a:1"),
        ("spans that overlap a longer one, left out", 2, "a:1"),
        ("sentences joined to the one before, because a span goes on in them", 1, "a:1"),
        ("spans that begin or end inside a word, which is cut there", 1, "a:1"),
    ]


def test_words_that_are_given_take_the_place_of_the_tokenizers():
    text = "Ada slept. New-York"
    words = [Piece(0, 3), Piece(4, 10), Piece(11, 14), Piece(14, 19)]
    first, second = tag_character_spans(text, [CharacterSpan(11, 19, "LOC")], "ner", words=words)
    assert (first.words, second.words) == (("Ada", "slept."), ("New", "-York"))
    assert second.tags["ner"] == ("B-LOC", "I-LOC")
    (only,) = tag_character_spans(text, [], "ner", words=[Piece(0, 3), Piece(4, 14), Piece(14, 19)])
    assert only.words == ("Ada", "slept. New", "-York")


@pytest.mark.parametrize(
    ("marks", "message"),
    [
        ([(0, 5, "X"), (4, 12, "Y")], r"X \(0 to 5\) and Y \(4 to 12\) overlap"),
        ([(0, 50, "X")], "not inside the 49 characters"),
        ([(5, 5, "X")], "not inside"),
        ([(-1, 5, "X")], "not inside"),
        ([(3, 4, "X")], "holds no word"),
    ],
)
def test_spans_that_tags_cannot_write_are_errors(marks, message):
    with pytest.raises(DataError, match=message):
        spans(TEXT, *marks)

from dataclasses import replace

import pytest

from tagger.corpus.raw_text import PARAGRAPH_END, knows_white_space, paragraphs
from tagger.text.sentence import Sentence


def sentence(text, after=" ", *, paragraph=False):
    return replace(Sentence.from_words(text.split(), id=text), after=after, paragraph=paragraph)


def texts(sentences, **options):
    return [paragraph.text for paragraph in paragraphs(sentences, **options)]


def test_sentences_are_joined_by_the_white_space_after_them():
    found = texts([sentence("Ada slept .", "\n"), sentence("It rained .", ""), sentence("So what ?", "\t")])
    assert found == ["Ada slept .\nIt rained .So what ?"]


def test_offsets_count_in_the_paragraph():
    (found,) = paragraphs([sentence("Ada slept .", "  "), sentence("It rained .")])
    for each in found.sentences:
        assert found.text[each.start : each.end] == each.text
        spelled = [found.text[start:end] for start, end in zip(each.starts, each.ends, strict=True)]
        assert tuple(spelled) == each.words
    assert [each.start for each in found.sentences] == [0, 13]


@pytest.mark.parametrize("shift", [0, 100])
def test_offsets_of_the_source_do_not_matter(shift):
    moved = replace(Sentence.from_words(["It", "rained"], start=shift), after="")
    (found,) = paragraphs([sentence("Ada"), moved])
    assert (found.sentences[1].start, found.sentences[1].starts, found.sentences[1].ends) == (4, (4, 7), (6, 13))


def test_a_paragraph_begins_where_it_is_marked_and_after_a_blank_line():
    sentences = [
        sentence("a"),
        sentence("b", paragraph=True),
        sentence("c", "\n"),
        sentence("d", " \n \n"),
        sentence("e"),
    ]
    assert texts(sentences) == ["a", "b c\nd", "e"]
    assert PARAGRAPH_END.count("\n") == 2


def test_a_paragraph_has_at_most_the_longest_number_of_sentences():
    assert texts([sentence(word) for word in "abcde"], longest=2) == ["a b", "c d", "e"]


def test_multiword_tokens_and_marks_stay():
    zum = replace(sentence("Zum", paragraph=True), words=("zu", "dem"), starts=(0, 0), ends=(3, 3))
    zum = replace(zum, space_after=(False, True), multiword=((0, 1),))
    (found,) = paragraphs([zum, sentence("Haus")])
    assert found.sentences[0] == zum
    assert found.text == "Zum Haus"


def test_sentences_whose_white_space_is_unknown_are_left_out():
    assert texts([sentence("a"), sentence("b", None), sentence("c")]) == ["a c"]
    assert texts([sentence("b", None)]) == []


def test_white_space_is_known_where_some_sentence_knows_it():
    assert knows_white_space([sentence("a", None), sentence("b", "")])
    assert not knows_white_space([sentence("a", None)])

"""The page of tagged texts, written from made-up results."""

from collections import Counter

import pytest

from tagger.text.sentence import Sentence

TEXT = "Ada *met* Bo|Li in Rome."
WORDS = ("Ada", "*met*", "Bo|Li", "in", "Rome", ".")
UPOS = ("PROPN", "VERB", "PROPN", "ADP", "PROPN", "PUNCT")


def sentence(upos: tuple[str, ...], ner: tuple[str, ...]) -> Sentence:
    spaces = (True, True, True, True, False, False)
    return Sentence.from_words(WORDS, space_after=spaces, tags={"upos": upos, "ner": ner})


@pytest.fixture
def english_page(script):
    return script("english_page")


@pytest.fixture
def compared(script):
    gold = sentence(UPOS, ("B-PER", "O", "B-PER", "O", "B-LOC", "O"))
    found = sentence((*UPOS[:1], "NOUN", *UPOS[2:]), ("B-PER", "O", "B-LOC", "O", "O", "O"))
    return script("gold_texts").compare(TEXT, [gold], [found])


def test_a_text_is_shown_with_its_names(english_page, compared):
    names = [span for each in compared.found for span in each.spans("ner")]
    assert english_page.marked(TEXT, names) == "[Ada PER] *met* [Bo|Li LOC] in Rome."


def test_words_are_shown_with_their_tags_and_what_is_right(english_page, compared):
    (found,) = compared.found
    assert english_page.tagged(found, compared) == "Ada/PROPN *met*/NOUN≠VERB Bo|Li/PROPN in/ADP Rome/PROPN ./PUNCT"


def test_mistakes_are_named_without_marks_of_markdown(english_page, compared):
    lines = list(english_page.mistakes(compared))
    assert lines[2:4] == [
        "| Ada &#42;met&#42; **Bo&#124;Li** in Rome. | wrong label | Bo&#124;Li LOC | Bo&#124;Li PER |",
        "| Ada &#42;met&#42; Bo&#124;Li in **Rome**. | missed | – | Rome LOC |",
    ]
    assert "- NOUN for VERB: &#42;met&#42;" in lines


def test_the_summary_counts_each_text_and_all(english_page, compared):
    *_, news, law, both = english_page.summary({"news": compared, "law": compared})
    assert news == "| [News](#news) | 6 | 100.0% | 83.3% | 3 | 1 | 2 | 1 |"
    assert law.startswith("| [Law](#law) | 6 ")
    assert both == "| all | 12 | 100.0% | 83.3% | 6 | 2 | 4 | 2 |"


def test_the_same_results_give_the_same_page(english_page, compared):
    pages = [list(english_page.page({"news": compared}, ["| a table |"])) for _ in range(2)]
    assert pages[0] == pages[1]
    assert pages[0][-1] == "| a table |"
    assert Counter(pages[0])["```text"] == 2


def test_a_right_text_says_so(english_page, script):
    gold = [sentence(UPOS, ("O",) * 6)]
    assert list(english_page.mistakes(script("gold_texts").compare(TEXT, gold, gold))) == [
        "All names are right, and none is invented.",
        "",
    ]

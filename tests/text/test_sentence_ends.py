import re
from itertools import pairwise

import pytest
import regex

from tagger.text import punkt
from tagger.text.sentence_ends import further_starts


@pytest.fixture(scope="module", params=["with the model", "without"])
def split(request):
    """Splits a text into its sentences, with Punkt's own model and with our word lists."""
    import nltk.data

    path = []
    if request.param == "with the model":
        path = [str(request.getfixturevalue("shared_corpora") / "nltk_data")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nltk.data, "path", path)
        punkt.tokenizer.cache_clear()
        yield lambda text: [text[a:b].rstrip() for a, b in pairwise([*punkt.sentence_starts(text), len(text)])]
    punkt.tokenizer.cache_clear()


@pytest.mark.parametrize(
    "sentence",
    [
        "We met Dr. A. Tol and Dr. An Tol.",
        "DR. THE HOANG saw Prof. J. R. An and Mx. Bo.",
        "Lt. Gov. Anna Tol wrote to Asst. Prof. On and to Gov. ‘Big’ An.",
        "“Rev. An left,” said Sra. Tol (Capt. By's aunt).",
        "A. Tol is here.",
        "Use it, e.g. in London, i.e. The City, or cf. The rest (e.g. In Paris), viz. Rome.",
        "See Fig. 3, Figs. 4-5, Eq. (6), Sec. II, Ch. B, No. 7, pp. 8-9, vol. 10 and App. C.",
        "On Jan. 5 and Mon. 6 we saw Mt. Everest, St. Louis and Martin Luther King Jr. Day.",
        "The Dept. of State, Tol Inc. and others, etc. in Paris at 5 p.m. sharp, ed. by Geo. Tol (b. 1900), e.g.: It.",
        "Tol et al. (2005) and Tol et al. 2006 say so.",
    ],
)
def test_an_abbreviation_before_what_belongs_to_it_ends_no_sentence(split, sentence):
    assert split(sentence) == [sentence]


@pytest.mark.parametrize(
    "text",
    [
        "He said No. I left.",
        "It was Plan B. They left.",
        "She is on Main St. He is not.",
        "It rained. An hour later it stopped.",
        "We waited one more rep. Then it came.",
        "John Tol Jr. He left.",
    ],
)
def test_words_that_may_end_a_sentence_are_left_to_punkt(split, text):
    starts = [first for first, _ in punkt.tokenizer().span_tokenize(text)]
    assert split(text) == [text[a:b].rstrip() for a, b in pairwise([*starts, len(text)])]


@pytest.mark.parametrize(
    "expected",
    [
        ["你好。", "你好吗？", "「好！」", "他说。"],
        ["彼は「行った。」と言った。", "「何？！」", "終わり｡"],
        ["円周率は３．１４である．", "ＩＢＭ．次の本。", "第１．二章．", "終"],
        ["مرحبا.", "كيف حالك؟", "بخير"],
        ["آپ کیسے ہیں؟", "ٹھیک ہوں۔", "شکریہ"],
        ["वह घर है।", "वह गया॥", "क्या?"],
        ["Գնաց։", "Եկավ"],
        ["ሰላም።", "እንዴት፧", "ጥሩ"],
        ["မင်္ဂလာပါ။", "သွားမယ်"],
        ["So what‽", "Really⁉", "Yes"],
    ],
)
def test_marks_of_other_scripts_end_a_sentence_with_or_without_white_space(split, expected):
    text = " ".join(expected)
    assert split(text) == expected
    if not re.search("[.?]( |$)", text):
        assert split("".join(expected)) == expected


def test_every_mark_that_unicode_calls_sentence_terminal_ends_a_sentence():
    terminals = [character for code in range(128, 0x11000) if regex.match(r"\p{STerm}", character := chr(code))]
    assert len(terminals) > 80
    left_out = [mark for mark in terminals if list(further_starts(f"字{mark}字")) != [2]]
    assert left_out == ["\u104a", "\u2024"]


def test_a_mark_at_the_end_or_before_a_comma_starts_nothing():
    assert [list(further_starts(text)) for text in ("好。", "「何？」、次", "好。」 ", "ABC．DE", "5．6", "")] == [
        []
    ] * 6

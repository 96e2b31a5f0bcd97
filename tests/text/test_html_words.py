"""One sentence as HTML, read back by Python's parser."""

import html
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.text.html_words import escaped, sentence_html
from tagger.text.probabilities import Probabilities
from tagger.text.sentence import Sentence
from tagger.text.tokenize import tokenize


@pytest.fixture
def shown(read_html):
    """The one sentence of a piece of HTML, as it is read back."""

    def read(sentence, tasks=("upos", "ner"), span_tasks=("ner",), **options):
        (found,) = read_html(sentence_html(sentence, tasks, span_tasks, **options)).sentences
        return found

    return read


def sentence_of(text, **tags):
    (sentence,) = tokenize(text)
    for task, column in tags.items():
        sentence = sentence.with_tags(task, column.split())
    return sentence


ADA = sentence_of(
    "Ada Lovelace  slept\nin Rome.", upos="PROPN PROPN VERB ADP PROPN PUNCT", ner="B-PER I-PER O O B-LOC O"
)


def test_text_words_tags_and_spans_are_read_back(shown):
    found = shown(ADA)
    assert found.text == ADA.text
    assert found.words == list(zip(ADA.words, ADA.tags["upos"], strict=True))
    assert found.spans == [("Ada Lovelace", "PER"), ("Rome", "LOC")]
    assert found.titles == []


def test_without_plain_tags_the_text_is_not_cut_into_words():
    assert sentence_html(ADA, ["ner"], ["ner"]) == (
        '<span class="s ltr"><mark class="l0">Ada Lovelace<b dir="ltr">PER</b></mark>  slept\n'
        'in <mark class="l1">Rome<b dir="ltr">LOC</b></mark>.</span>'
    )


def test_a_span_is_cut_where_a_line_must_not_break_beside_its_end():
    written = sentence_html(ADA, ["upos", "ner"], ["ner"])
    assert written.startswith(
        '<span class="s ltr"><mark class="l0 x"><span class="w">Ada<sub dir="ltr">PROPN</sub></span> </mark>'
        '<span class="g"><mark class="l0 k"><span class="w">Lovelace<sub dir="ltr">PROPN</sub></span>'
        '<b dir="ltr">PER</b></mark></span>  '
    )
    assert written.endswith(
        '<span class="g"><mark class="l1"><span class="w">Rome<sub dir="ltr">PROPN</sub></span>'
        '<b dir="ltr">LOC</b></mark>'
        '<span class="w">.<sub dir="ltr">PUNCT</sub></span></span></span>'
    )


def test_spans_of_several_tasks_may_overlap(shown):
    sentence = sentence_of("a b c d e", upos="V W X Y Z", ner="B-PER I-PER I-PER O O", chunk="O B-NP I-NP I-NP B-VP")
    found = shown(sentence, ["upos", "ner", "chunk"], ["ner", "chunk"])
    assert sorted(found.spans) == [("a b c", "PER"), ("b c d", "NP"), ("e", "VP")]
    assert found.text == "a b c d e"
    assert found.words == [("a", "V"), ("b", "W"), ("c", "X"), ("d", "Y"), ("e", "Z")]
    assert sorted(shown(sentence, ["ner", "chunk"], ["ner", "chunk"]).spans) == sorted(found.spans)


def _begun(before, tag):
    """The tag, or B- where nothing before it could go on."""
    return "B" + tag[1:] if tag[0] == "I" and before[1:] != tag[1:] else tag


TAGS = st.lists(st.sampled_from(["O", "B-A", "I-A", "B-B"]), min_size=8, max_size=8)


@given(TAGS, TAGS, st.booleans(), st.sampled_from(["one two, three (four) ab", "אחד two, שלוש (four) גד"]))
def test_spans_are_read_back_wherever_they_begin_and_end(read_html, one, other, plain, text):
    (sentence,) = tokenize(text)
    fixed = [[_begun(before, tag) for before, tag in pairwise(["O", *tags])] for tags in (one, other)]
    for task, column in zip(("x", "y"), fixed, strict=True):
        sentence = sentence.with_tags(task, column[: len(sentence)])
    sentence = sentence.with_tags("pos", [f"P{number}" for number in range(len(sentence))])
    (found,) = read_html(sentence_html(sentence, ["pos", "x", "y"] if plain else ["x", "y"], ["x", "y"])).sentences
    assert found.text == text
    assert sorted(found.spans) == sorted(
        (span.text, span.label) for task in ("x", "y") for span in sentence.spans(task)
    )
    assert found.words == (list(zip(sentence.words, sentence.tags["pos"], strict=True)) if plain else [])


def test_a_token_of_several_words_has_them_under_it(shown):
    zum = Sentence(
        ("zu", "dem", "Haus"),
        (7, 7, 11),
        (10, 10, 15),
        (False, True, False),
        "Zum Haus",
        7,
        tags={"upos": ("ADP", "DET", "NOUN"), "ner": ("O", "B-LOC", "I-LOC")},
        multiword=((0, 1),),
    )
    assert sentence_html(zum, ["upos"], []) == (
        '<span class="s ltr"><span class="w">Zum<span class="p">'
        '<span class="w"><i>zu</i><sub dir="ltr">ADP</sub></span>'
        '<span class="w"><i>dem</i><sub dir="ltr">DET</sub></span>'
        '</span></span> <span class="w">Haus<sub dir="ltr">NOUN</sub></span></span>'
    )
    found = shown(zum)
    assert found.spans == [("Zum Haus", "LOC")]  # all of the token, as in other formats
    assert found.text == "Zum Haus"


def test_spelled_words_of_a_token_stand_in_the_text(shown):
    dont = Sentence.from_words(["do", "n't", "go"], space_after=[False, True, False], tags={"upos": ["A", "P", "V"]})
    dont = replace(dont, multiword=((0, 1),))
    assert shown(dont).words == [("do", "A"), ("n't", "P"), ("go", "V")]
    assert '<span class="g"><span class="w">do<' in sentence_html(dont, ["upos"], [])


def test_markup_quotes_and_control_characters_are_text(shown):
    words = ["<script>alert(1)</script>", "&amp;", "\"'", "a\x00\x1b\u202eb\ud800", "</mark>"]
    tags = ['X"><img src=x onerror=alert(1)>', "&lt;", "'", "\x07", "B-<b>"]
    sentence = Sentence.from_words(words, tags={"upos": tags, "ner": ["O", "O", "O", "O", 'B-<i>&"']})
    found = shown(sentence)
    visible = "a‹U+0000›‹U+001B›‹U+202E›b‹U+D800›"
    assert found.text == " ".join([*words[:3], visible, words[4]])
    assert [word[1] for word in found.words] == [*tags[:3], "‹U+0007›", tags[4]]
    assert found.spans == [("</mark>", '<i>&"')]
    assert not re.search("<(script|img|i>)", sentence_html(sentence, ["upos", "ner"], ["ner"]))


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_escaped_text_is_the_text_but_for_what_html_cannot_hold(text):
    read = html.unescape(escaped(text))
    assert not re.search("[<>\"']", escaped(text))
    assert re.sub("‹U\\+([0-9A-F]{4})›", lambda found: chr(int(found[1], 16)), read) == re.sub("\r\n?", "\n", text)
    escaped(text).encode("utf-8")


def scored(sentence, **values):
    probabilities = {
        task: Probabilities({tag: column for column, tag in enumerate(tags)}, np.log(np.array(rows, np.float32)))
        for task, (tags, rows) in values.items()
    }
    return replace(sentence, probabilities=probabilities)


SCORED = scored(
    sentence_of("Ada slept", upos="NOUN VERB", ner="B-PER O"),
    upos=(["NOUN", "VERB"], [[0.9, 0.1], [0.25, 0.75]]),
    ner=(["O", "B-PER"], [[0.04, 0.96], [0.75, 0.25]]),
)


def test_scores_are_shown_on_hover(shown):
    words = ["upos: NOUN 0.90\nner: B-PER 0.96", "upos: VERB 0.75\nner: O 0.75"]
    assert shown(SCORED, scores=True).titles == ["ner: PER 0.96", *words]
    assert shown(SCORED, top=2).titles[0] == "upos: NOUN 0.90, VERB 0.10\nner: B-PER 0.96, O 0.04"
    assert shown(SCORED, ["ner"], scores=True).titles == ["ner: PER 0.96", "ner: B-PER 0.96", "ner: O 0.75"]


def test_words_against_the_direction_of_the_sentence_keep_their_order():
    hebrew = Sentence.from_words(["דוד", "קרא", "New", "York", "Times", "5", "פעם"], tags={"upos": ["X"] * 7})
    written = sentence_html(hebrew, ["upos"], [])
    assert written.startswith('<span class="s rtl">')
    run = written.split('<span class="ltr">')[1]
    assert run.index("New") < run.index("York") < run.index("Times") < run.index("</span></span>")
    english = Sentence.from_words(["He", "said", "שלום", "עולם", "."], tags={"upos": ["X"] * 5})
    assert sentence_html(english, ["upos"], []).count('<span class="rtl">') == 1
    assert '<span class="rtl">' not in sentence_html(english, [], [])  # plain text, which browsers order

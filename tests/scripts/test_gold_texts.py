"""Texts of the page `docs/english.md`: annotations that fit, and what differs from them."""

from pathlib import Path

import pytest

from tagger.errors import DataError
from tagger.text.sentence import Sentence

TEXTS = Path(__file__).resolve().parents[2] / "docs" / "english"
TEXT = "Ada met Minh Anh in Rome.\nShe has 2kg of tea."
GOLD = """\
Ada/PROPN/B-PER met/VERB Minh/PROPN/B-PER Anh/PROPN/I-PER in/ADP Rome/PROPN/B-LOC ./PUNCT
She/PRON has/VERB 2/NUM kg/NOUN of/ADP tea/NOUN ./PUNCT
"""


@pytest.fixture
def gold_texts(script):
    return script("gold_texts")


@pytest.fixture
def read(gold_texts, tmp_path):
    """Read an annotation of a text."""

    def read(annotation: str, text: str = TEXT) -> list[Sentence]:
        path = tmp_path / "a.gold"
        path.write_text(annotation, encoding="utf-8")
        return gold_texts.gold_sentences(text, path)

    return read


@pytest.mark.parametrize("path", sorted(TEXTS.glob("*.txt")), ids=lambda path: path.stem)
def test_each_text_of_the_page_is_annotated_word_by_word(gold_texts, path):
    text = path.read_text(encoding="utf-8")

    sentences = gold_texts.gold_sentences(text, path.with_suffix(".gold"))

    for sentence in sentences:
        assert all(text[token.start : token.end] == token.text for token in sentence)
        assert text[sentence.start : sentence.end] == sentence.text
    assert "".join(word for sentence in sentences for word in sentence.words) == "".join(text.split())
    assert any(sentence.spans("ner") for sentence in sentences)


def test_every_text_is_on_the_page_and_has_about_a_page_of_words(script):
    kinds = script("english_page").KINDS
    assert set(kinds) == {path.stem for path in TEXTS.glob("*.txt")} == {path.stem for path in TEXTS.glob("*.gold")}
    assert len(kinds) == 7
    assert all(150 < len((TEXTS / f"{name}.txt").read_text(encoding="utf-8").split()) < 400 for name in kinds)


def test_the_news_have_the_names_that_a_plain_news_text_must_get_right(gold_texts):
    text = (TEXTS / "news.txt").read_text(encoding="utf-8")
    names = {
        (span.text, span.label)
        for sentence in gold_texts.gold_sentences(text, TEXTS / "news.gold")
        for span in sentence.spans("ner")
    }
    assert {("Brussels", "LOC"), ("Pfizer", "ORG"), ("Anneli Kõiv", "PER")} <= names


def test_an_annotation_has_the_places_of_its_words(read):
    first, second = read(GOLD)

    assert [(span.label, span.text, span.start, span.end) for span in first.spans("ner")] == [
        ("PER", "Ada", 0, 3),
        ("PER", "Minh Anh", 8, 16),
        ("LOC", "Rome", 20, 24),
    ]
    assert (second.start, second.text) == (26, "She has 2kg of tea.")
    assert [(token.text, token.start, token.space_after) for token in second][2:4] == [
        ("2", 34, False),
        ("kg", 35, True),
    ]


def test_a_word_may_have_slashes(read):
    (sentence,) = read("src/a.c/PROPN //SYM w//ADP", "src/a.c / w/")
    assert sentence.words == ("src/a.c", "/", "w/")


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (GOLD.replace("met/VERB", "met/VRB"), r"a\.gold:1: 'met/VRB' is not annotated: write word/UPOS"),
        (GOLD.replace("B-LOC", "B-GPE"), r"a\.gold:1: 'Rome/PROPN/B-GPE' is not annotated"),
        (GOLD.replace("Minh/PROPN/B-PER", "Minh/PROPN/B-LOC"), r"a\.gold:1: I-PER after B-LOC"),
        (
            GOLD.replace("tea/NOUN", "Tea/NOUN"),
            r"a\.gold: .*: after 'has 2 kg of' it has 'Tea', the text 'tea\.'",
        ),
        (GOLD + "\n", r"a\.gold:3: an empty line"),
        (GOLD.splitlines()[0], r"a\.gold: .* goes on: 'She has 2kg of tea\.'"),
    ],
)
def test_an_annotation_that_does_not_fit_is_an_error(read, annotation, message):
    with pytest.raises(DataError, match=message):
        read(annotation)


@pytest.fixture
def compared(gold_texts, read):
    """What differs between the annotation and what a model might say."""
    found = read("""\
Ada/PROPN/B-LOC met/VERB Minh/PROPN/B-PER Anh/NOUN in/ADP
Rome/PROPN ./PUNCT She/PRON/B-PER has/AUX 2kg/NUM of/ADP tea/NOUN ./PUNCT
""")
    return gold_texts.compare(TEXT, read(GOLD), found)


def test_names_are_missed_invented_mislabelled_or_cut_wrongly(compared):
    assert [
        (wrong.kind, wrong.gold and wrong.gold.text, [span.text for span in wrong.found], wrong.place)
        for wrong in compared.wrong_names
    ] == [
        ("wrong label", "Ada", ["Ada"], (0, 3)),
        ("wrong boundaries", "Minh Anh", ["Minh"], (8, 16)),
        ("missed", "Rome", [], (20, 24)),
        ("invented", None, ["She"], (26, 29)),
    ]
    names = compared.sums.tasks["ner"]
    assert (names.right, names.predicted, names.gold) == (0, 3, 3)


def test_a_name_found_in_two_parts_is_one_mistake(gold_texts, read):
    text = "Ada van Beek"
    gold = read("Ada/PROPN/B-PER van/PROPN/I-PER Beek/PROPN/I-PER", text)
    found = read("Ada/PROPN/B-PER van/PROPN Beek/PROPN/B-LOC", text)

    (wrong,) = gold_texts.compare(text, gold, found).wrong_names

    assert (wrong.kind, [span.text for span in wrong.found]) == ("wrong boundaries", ["Ada", "Beek"])


def test_parts_of_speech_words_and_sentences_that_are_wrong(gold_texts, compared):
    assert compared.wrong_tags == {("NOUN", "PROPN", "Anh"): 1, ("AUX", "VERB", "has"): 1}
    assert compared.right_tags == {(13, 16): "PROPN", (30, 33): "VERB"}
    assert compared.wrong_cuts == {gold_texts.WrongCut(("2", "kg"), ("2kg",)): 1}
    assert (compared.joined, compared.broken) == ([25], [19])
    assert compared.sums.words.right == 12
    assert compared.sums.tasks["upos"].right == 10


def test_a_mistake_is_shown_between_whole_words(compared, gold_texts):
    text = "a" * 30 + " before Rome after " + "b" * 30
    shown = gold_texts.compare(text, [], [])

    assert shown.around(38, 42) == ("before ", " after")
    assert compared.around(20, 24) == ("Ada met Minh Anh in ", ".\nShe has 2kg of tea.")

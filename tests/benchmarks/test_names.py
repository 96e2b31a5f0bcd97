"""Names of all systems in one guideline, and their F1 by characters; the figures are counted by hand."""

import pytest


@pytest.fixture
def names(script):
    return script("names")


def test_types_of_all_guidelines_become_three_and_others_are_no_names(names):
    found = [("PERSON", 0, 1), ("GPE", 1, 2), ("FAC", 2, 3), ("LOC", 3, 4), ("corporation", 4, 5), ("group", 5, 6)]
    others = [("NORP", 6, 7), ("DATE", 7, 8), ("MISC", 8, 9), ("creative-work", 9, 10), ("Place", 10, 11)]

    labels = [label for label, _, _ in names.three_types([*found, *others])]

    assert labels == ["PER", "LOC", "LOC", "LOC", "ORG", "ORG", "LOC"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("the United Nations 's", "United Nations"),
        ("The United Nations", "United Nations"),
        ("the", "the"),
        ("Annan ’s", "Annan"),
        ("an a Bank '", "Bank"),
        ("Hague the", "Hague the"),
    ],
)
def test_articles_before_and_possessives_after_a_name_are_cut_off(names, text, left):
    words = text.split()

    ((label, first, after),) = names.trimmed([("ORG", 0, len(words))], words)

    assert (label, words[first:after]) == ("ORG", left.split())


def test_inside_a_sentence_an_article_with_a_capital_belongs_to_the_name(names):
    words = ["by", "The", "Beatles", ",", "in", "the", "U.S."]

    assert list(names.trimmed([("ORG", 1, 3), ("LOC", 5, 7)], words)) == [("ORG", 1, 3), ("LOC", 6, 7)]


def test_places_of_characters_are_the_same_however_a_text_is_cut(names):
    # Kofi Annan's visit: Annan has the characters 4 to 8 of those that are no white space.
    cut = names.in_characters([("PER", 0, 2)], ["Kofi", "Annan", "'s", "visit"])
    other = names.in_characters([("PER", 0, 1)], ["Kofi Annan", "'", "s", "vis", "it"])

    assert list(cut) == list(other) == [("PER", 0, 9)]


def test_f1_counts_names_with_the_same_label_and_characters(names):
    gold = [("PER", 0, 9), ("LOC", 20, 25), ("ORG", 30, 33)]
    found = [("PER", 0, 9), ("ORG", 20, 25), ("ORG", 30, 34), ("LOC", 40, 43), ("LOC", 50, 51)]

    # Of 3 gold and 5 found names, 1 is right: precision 1/5, recall 1/3.
    assert names.f1(gold, found) == pytest.approx(100 * 2 / 8)
    assert names.f1(gold, []) == 0
    assert names.f1([], []) == 0


def test_what_overlaps_a_place_that_nobody_annotated_does_not_count(names):
    gold, found = [("PER", 0, 9)], [("PER", 0, 9), ("LOC", 9, 12), ("ORG", 19, 21), ("ORG", 25, 27)]

    # From 10 to 20 nothing is known, so that 1 of 1 gold and 2 found names is left.
    assert names.f1(gold, found, [(10, 20)]) == pytest.approx(100 * 2 / 3)

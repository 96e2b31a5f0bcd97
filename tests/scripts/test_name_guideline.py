"""What a name is: articles, titles, adjectives of places, names inside others."""

import pytest

from tagger.text.sentence import Sentence


def kept(script, text: str, label: str) -> str | None:
    """Return what is left of a name that is written between brackets in a sentence."""
    words = text.split()
    first = next(place for place, word in enumerate(words) if word.startswith("["))
    last = next(place for place, word in enumerate(words) if word.endswith("]"))
    words = [word.strip("[]") for word in words]
    guideline = script("name_guideline")
    found = guideline.guided(guideline.Name(label, first, last), words)
    return None if found is None else " ".join(words[found.first : found.last + 1])


@pytest.mark.parametrize(
    ("text", "label", "name"),
    [
        ("in [the United States]", "LOC", "United States"),
        ("[The Vandals] sang", "ORG", "Vandals"),  # the article begins the sentence
        ("a court in [The Hague]", "LOC", "The Hague"),
        ("with [Mrs. Ada Lovelace]", "PER", "Ada Lovelace"),
        ("with [Prime Minister Ada]", "PER", "Ada"),
        ("with [Mr. Chairman]", "PER", None),
        ("the [Count] said", "PER", None),
        ("by [Count Basie]", "PER", "Count Basie"),
        ("[Ada 's] engine", "PER", "Ada"),
        ("at [Wendy 's]", "ORG", "Wendy 's"),
        ("[General Electric] grew", "ORG", "General Electric"),
        ("our [Nation] grew", "LOC", None),
        ("the [- , -] sign", "ORG", None),
        ("from [A] to B", "LOC", None),
    ],
)
def test_names_are_trimmed_as_universal_ner_does(script, text, label, name):
    assert kept(script, text, label) == name


def test_the_outermost_names_are_kept(script):
    guideline = script("name_guideline")
    inner, outer = guideline.Name("LOC", 2, 2), guideline.Name("ORG", 0, 2)
    crossing, behind = guideline.Name("PER", 2, 3), guideline.Name("PER", 4, 4)

    assert guideline.outermost([behind, inner, crossing, outer]) == [outer, behind]


@pytest.fixture
def adjectives(script):
    """Those of a treebank of two sentences."""
    treebank = [
        Sentence.from_words(
            ["The", "Afghan", "girl", "likes", "Thai", "soup", "."],
            tags={
                "upos": ("DET", "ADJ", "NOUN", "VERB", "ADJ", "NOUN", "PUNCT"),
                "xpos": ("DT", "JJ", "NN", "VBZ", "JJ", "NN", "."),
            },
        ),
        Sentence.from_words(["In", "Milan", "."], tags={"upos": ("ADP", "PROPN", "PUNCT"), "xpos": ("IN", "NNP", ".")}),
    ]
    return script("name_guideline").Adjectives.of(treebank)


@pytest.mark.parametrize("word", ["Afghan", "Afghans", "Canadian", "Chinese", "Finnish", "Irishman", "Dutch"])
def test_adjectives_of_places_are_known_by_a_treebank_their_ending_or_a_list(adjectives, word):
    assert adjectives.has(word)


@pytest.mark.parametrize(
    "word", ["Milan", "Pakistan", "Helsinki", "Orleans", "Ocean", "Caribbean", "Philippines", "The"]
)
def test_names_of_places_are_none(adjectives, word):
    assert not adjectives.has(word)


def test_organisations_of_one_word_may_be_none(script, adjectives):
    name = script("name_guideline").Name

    assert adjectives.are(name("ORG", 0, 0), ["Christianity"])
    assert adjectives.are(name("LOC", 0, 1), ["South", "Korean"])
    assert not adjectives.are(name("ORG", 0, 1), ["British", "Italian"])
    assert not adjectives.are(name("PER", 0, 0), ["Christian"])

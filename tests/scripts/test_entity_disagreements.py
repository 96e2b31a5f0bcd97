"""Where two taggings of a sentence differ."""

import pytest

from tagger.text.sentence import Sentence


def tagged(tags: str) -> Sentence:
    words = ["Ms.", "Ada", "saw", "Reading", "and", "Rome"]
    return Sentence.from_words(words, tags={"ner": tags.split()})


@pytest.mark.parametrize(
    ("gold", "found", "expected"),
    [
        ("O B-PER O B-ORG O B-LOC", "O B-PER O B-ORG O B-LOC", []),
        ("O B-PER O B-ORG O O", "B-PER I-PER O B-LOC O B-LOC", ["PER, other words", "ORG > LOC", "- > LOC"]),
        ("O O O B-ORG I-ORG I-ORG", "O O O B-LOC O B-LOC", ["ORG > LOC LOC"]),
        ("O B-MISC O O O B-LOC", "O O O O O O", ["LOC > -"]),
    ],
)
def test_names_that_overlap_are_one_difference(script, gold, found, expected):
    disagreements = script("entity_disagreements")

    rows = list(disagreements.differences(tagged(gold), tagged(found)))

    assert [disagreements.kind(row) for row in rows] == expected


def test_a_difference_has_words_and_labels(script):
    rows = script("entity_disagreements").differences(tagged("O B-PER O O O O"), tagged("B-PER I-PER O O O B-LOC"))

    assert list(rows) == [("Ada/PER", "Ms. Ada/PER"), ("-", "Rome/LOC")]

import pytest

from tagger.evaluation.analysis import LENGTH_NAMES, analyse, length_group
from tagger.evaluation.evaluate import evaluate
from tagger.text.sentence import Sentence

WORDS = [["Ada", "saw", "New", "York", "."], ["So", "did", "Bo", "in", "Oslo", "."]]
GOLD = [
    {"upos": ["PROPN", "VERB", "PROPN", "PROPN", "PUNCT"], "ner": ["B-PER", "O", "B-LOC", "I-LOC", "O"]},
    {"upos": ["ADV", "AUX", "PROPN", "ADP", "PROPN", "PUNCT"], "ner": ["O", "O", "B-PER", "O", "B-LOC", "O"]},
]
PREDICTED = [
    {"upos": ["PROPN", "NOUN", "ADJ", "PROPN", "PUNCT"], "ner": ["B-PER", "O", "O", "B-LOC", "O"]},
    {"upos": ["ADV", "AUX", "NOUN", "ADP", "PROPN", "PUNCT"], "ner": ["B-ORG", "O", "O", "O", "B-ORG", "O"]},
]
SCHEMES = {"upos": None, "ner": "IOB2"}
KNOWN = {"saw", "New", "York", ".", "So", "did", "in"}.__contains__


@pytest.fixture(scope="module")
def pairs(as_tagged):
    gold = [Sentence.from_words(words, tags=tags, id=f"s{n}") for n, (words, tags) in enumerate(zip(WORDS, GOLD))]  # noqa: B905
    scores = ([0.9, 0.6, 0.7, 0.8, 1.0], [0.9, 0.8, 0.5, 0.9, 0.75, 1.0])
    given = [as_tagged(words, tags, by_token) for words, tags, by_token in zip(WORDS, PREDICTED, scores, strict=True)]
    return list(zip(gold, given, strict=True))


@pytest.fixture(scope="module")
def found(pairs):
    return analyse(pairs, SCHEMES, split="test", known=KNOWN)


def rows(items, *names):
    return [tuple(getattr(item, name) for name in names) for item in items]


def test_scores_equal_those_of_evaluate(found, pairs):
    assert found.scores == evaluate(pairs, SCHEMES, split="test", known=KNOWN)
    for task in found.tasks.values():
        assert all(figure.value == getattr(task.scores, name) for name, figure in task.figures.items())
        figures = task.scores.types if task.scheme else task.scores.tags
        assert {label: figure.value for label, figure in task.labels.items()} == {
            label: row.f1 for label, row in figures.items()
        }
        for figure in (*task.figures.values(), *task.labels.values()):
            assert 0 <= figure.low <= figure.value <= figure.high <= 1


def test_confusions_of_plain_tags_by_hand(found):
    confused = rows(found.tasks["upos"].confused, "gold", "given", "count")
    assert sorted(confused) == [
        ("ADP", "ADP", 1),
        ("ADV", "ADV", 1),
        ("AUX", "AUX", 1),
        ("PROPN", "ADJ", 1),
        ("PROPN", "NOUN", 1),
        ("PROPN", "PROPN", 3),
        ("PUNCT", "PUNCT", 2),
        ("VERB", "NOUN", 1),
    ]
    assert confused[0] == ("PROPN", "PROPN", 3)
    assert rows(found.tasks["upos"].mistakes, "gold", "given") == [
        ("PROPN", "ADJ"),
        ("PROPN", "NOUN"),
        ("VERB", "NOUN"),
    ]


def test_confusions_of_spans_by_hand(found):
    confused = rows(found.tasks["ner"].confused, "gold", "given", "same_bounds", "count")
    assert sorted(confused, key=str) == [
        ("LOC", "LOC", False, 1),
        ("LOC", "ORG", True, 1),
        ("PER", "PER", True, 1),
        ("PER", None, False, 1),
        (None, "ORG", False, 1),
    ]
    assert ("PER", "PER") not in rows(found.tasks["ner"].mistakes, "gold", "given")


def test_a_mistake_has_its_words_and_an_example_sentence(found):
    mistake = next(each for each in found.tasks["ner"].mistakes if (each.gold, each.given) == ("LOC", "LOC"))
    assert mistake.words == (("New York", 1),)
    (example,) = mistake.examples
    assert (example.id, example.text) == ("s0", "Ada saw New York .")
    assert (example.text[slice(*example.gold)], example.text[slice(*example.given)]) == ("New York", "York")
    assert example.score == pytest.approx(0.8)
    missed = next(each for each in found.tasks["ner"].mistakes if each.given is None)
    assert missed.examples[0].given is None


def test_scores_by_known_and_unknown_word(found):
    upos, ner = found.tasks["upos"], found.tasks["ner"]
    assert rows(upos.words, "name", "support", "sentences") == [("known", 8, 2), ("unknown", 3, 2)]
    assert [group.score.value for group in upos.words] == [6 / 8, 2 / 3]
    # gold spans with all words known: New York; given: York and So, none of them right
    assert rows(ner.words, "name", "support", "sentences") == [("known", 1, 1), ("unknown", 3, 2)]
    assert [group.score.value for group in ner.words] == [0.0, 2 / 5]


def test_scores_by_sentence_length(found):
    assert rows(found.tasks["upos"].lengths, "name", "support", "sentences") == [("1–5", 5, 1), ("6–10", 6, 1)]
    assert [group.score.value for group in found.tasks["upos"].lengths] == [3 / 5, 5 / 6]
    assert [group.score.value for group in found.tasks["ner"].lengths] == [2 / 4, 0.0]


@pytest.mark.parametrize(
    ("tokens", "name"),
    [(1, "1–5"), (5, "1–5"), (6, "6–10"), (20, "16–20"), (21, "21–30"), (60, "41–60"), (61, "over 60")],
)
def test_sentence_length_groups(tokens, name):
    assert LENGTH_NAMES[length_group(tokens)] == name


def test_calibration_counts_tokens_or_predicted_spans(found):
    upos, ner = found.tasks["upos"].calibration, found.tasks["ner"].calibration
    assert (upos.count, upos.accuracy) == (11, 8 / 11)
    assert (ner.count, ner.accuracy) == (4, 1 / 4)
    assert ner.confidence == pytest.approx((0.9 + 0.8 + 0.9 + 0.75) / 4)


def test_the_examples_with_the_highest_probability_are_kept(as_tagged):
    scores = [0.6, 0.9, 0.7, 0.9, 0.8]
    pairs = [
        (Sentence.from_words([f"w{n}"], tags={"t": ["A"]}), as_tagged([f"w{n}"], {"t": ["B"]}, [score]))
        for n, score in enumerate(scores)
    ]
    (mistake,) = analyse(pairs, {"t": None}, split="dev").tasks["t"].mistakes
    assert mistake.count == 5
    assert [example.text for example in mistake.examples] == ["w1", "w3", "w4"]


def test_a_sentence_without_a_tasks_tags_does_not_count_for_it(pairs):
    bare = [(Sentence.from_words(gold.words, tags={"upos": gold.tags["upos"]}), given) for gold, given in pairs]
    found = analyse([bare[0], pairs[1]], SCHEMES, split="test")
    assert (found.tasks["upos"].calibration.count, found.tasks["ner"].calibration.count) == (11, 2)

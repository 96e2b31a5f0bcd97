import pickle

import numpy as np
import pytest

from tagger.text.probabilities import Probabilities, SharedNormalize, softmax

VALUES = np.array([[0.7, 0.2, 0.1], [0.25, 0.25, 0.5]], np.float32)
PROBABILITIES = Probabilities({"NOUN": 0, "VERB": 1, "X": 2}, np.log(VALUES))


def test_a_tag_has_the_probability_of_its_column():
    assert PROBABILITIES.of_tags(["NOUN", "VERB"]) == pytest.approx([0.7, 0.25])
    assert PROBABILITIES.of_tags(["X"], first=1) == pytest.approx([0.5])
    assert PROBABILITIES.of_tags([]) == []
    assert all(type(value) is float for value in PROBABILITIES.of_tags(["NOUN", "VERB"]))


def test_top_tags_are_sorted_and_of_equals_the_first_column_comes_first():
    assert PROBABILITIES.top(1, 2) == [("X", pytest.approx(0.5)), ("NOUN", pytest.approx(0.25))]
    assert [[tag for tag, _ in token] for token in PROBABILITIES.tops(9)] == [
        ["NOUN", "VERB", "X"],
        ["X", "NOUN", "VERB"],
    ]


def test_probabilities_survive_pickling():
    copy = pickle.loads(pickle.dumps(PROBABILITIES))
    assert copy.tops(3) == PROBABILITIES.tops(3)


def test_softmax_of_scores_of_any_size_is_finite():
    rows = softmax(np.array([[1e4, 0, -1e4], [-3e38, -3e38, -3e38], [0, 0, 0]], np.float32))
    assert rows == pytest.approx(np.array([[1, 0, 0], [1 / 3] * 3, [1 / 3] * 3]))
    assert softmax(np.zeros((0, 3), np.float32)).shape == (0, 3)


def test_probabilities_of_several_sentences_are_computed_together():
    calls = []

    def normalize(every):
        calls.append([len(scores) for scores in every])
        return [softmax(scores) for scores in every]

    shared, columns = SharedNormalize(normalize), {"NOUN": 0, "VERB": 1, "X": 2}
    held = [Probabilities(columns, np.log(VALUES[:length]), shared) for length in (1, 2, 2)]
    for each in held:
        shared.add(each)
    held[2].put(VALUES)
    assert held[1].of_tags(["NOUN", "X"]) == pytest.approx([0.7, 0.5])
    assert held[0].of_tags(["VERB"]) == pytest.approx([0.2])
    assert held[2].values is VALUES
    assert calls == [[2, 1]]


def test_probabilities_that_nobody_holds_are_not_computed():
    calls = []
    shared = SharedNormalize(lambda every: calls.append(len(every)) or [softmax(scores) for scores in every])
    kept, dropped = (Probabilities({"NOUN": 0}, np.zeros((1, 1), np.float32), shared) for _ in range(2))
    for each in (kept, dropped):
        shared.add(each)
    del dropped, each
    assert kept.top(0, 1) == [("NOUN", 1.0)]
    assert calls == [1]

"""The margin of the two best paths, against paths that are enumerated."""

from itertools import pairwise, product

import numpy as np
import pytest

from tagger.model.transitions import Transitions, best_two_scores
from tagger.runtime.decode import Decoder
from tagger.runtime.margins import label_probability, margins
from tagger.text.sentence import Sentence

NAMES = ("O", "B-LOC", "B-PER")


def tagged(scores, learned=None, scheme=None):
    """Sentences of these scores, and the transitions of their decoding."""
    decoder = Decoder({"ner": NAMES}, {"ner": scheme})
    learned = {} if learned is None else {"ner": learned}
    words = [Sentence.from_words(["w"] * len(each)) for each in scores]
    found = list(decoder.decode(words, [{"ner": each} for each in scores], learned))
    return found, decoder.transitions(learned)


def enumerated_margin(scores, transitions=None):
    """(p1 - p2) / (p1 + p2) of the two most probable of all paths."""
    totals = []
    for path in product(range(scores.shape[1]), repeat=len(scores)):
        total = sum(scores[place, tag] for place, tag in enumerate(path))
        if transitions is not None:
            total += transitions.start[path[0]] + transitions.end[path[-1]]
            total += sum(transitions.between[pair] for pair in pairwise(path))
        totals.append(total)
    second, best = np.sort(np.exp(np.array(totals, np.float64) - np.logaddexp.reduce(totals)))[-2:]
    return (best - second) / (best + second)


@pytest.mark.parametrize("kind", ["free", "scheme", "learned"])
def test_margins_are_those_of_the_two_best_of_all_paths(kind):
    generator = np.random.default_rng(3)
    scores = [generator.normal(size=(length, 3)).astype(np.float32) for length in (1, 4, 5, 2, 5)]
    shapes = ((3,), (3, 3), (3,))
    learned = Transitions(*(generator.normal(size=shape).astype(np.float32) for shape in shapes))
    sentences, transitions = tagged(scores, learned if kind == "learned" else None, None if kind == "free" else "IOB2")
    expected = [enumerated_margin(each, transitions.get("ner")) for each in scores]
    assert bool(transitions) == (kind != "free")
    assert margins(sentences, ["ner"], transitions) == pytest.approx(expected, abs=1e-5)


def test_the_margin_of_free_tags_is_that_of_the_least_sure_word():
    scores = np.log(np.array([[0.9, 0.05, 0.05], [0.5, 0.3, 0.2]], np.float32))
    sentences, transitions = tagged([scores])
    assert margins(sentences, ["ner"], transitions) == pytest.approx([(0.5 - 0.3) / (0.5 + 0.3)], abs=1e-6)


def test_a_second_path_that_is_forbidden_or_missing_leaves_no_doubt():
    none = np.full(2, -np.inf, np.float32)
    transitions = Transitions(
        np.array([0, -np.inf], np.float32), np.array([[0, -np.inf], none], np.float32), np.zeros(2)
    )
    two = best_two_scores(np.ones((1, 3, 2), np.float32), np.array([3]), transitions)
    assert two.tolist() == [[3.0, -np.inf]]
    assert margins([Sentence.from_words([])], [], {}) == [1.0]


def test_the_probability_of_a_label_is_the_highest_of_its_words():
    scores = np.log(np.array([[0.9, 0.06, 0.04], [0.5, 0.3, 0.2]], np.float32))
    (sentence,), _ = tagged([scores])
    assert label_probability(sentence, ["ner"], {"PER"}) == pytest.approx(0.2, abs=1e-6)
    assert label_probability(sentence, ["ner"], {"PER", "LOC"}) == pytest.approx(0.5, abs=1e-6)
    assert label_probability(sentence, ["ner"], {"ORG"}) == 0

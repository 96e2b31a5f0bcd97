import pickle

import numpy as np
import pytest

from tagger.runtime.decode import Decoder
from tagger.text.sentence import Sentence

TAGS = {"upos": ("NOUN", "VERB"), "ner": ("O", "B-PER", "I-PER")}


def random_scores(lengths, scale=10.0):
    generator = np.random.default_rng(1)
    return [
        {task: generator.normal(0, scale, (length, len(names))).astype(np.float32) for task, names in TAGS.items()}
        for length in lengths
    ]


def test_each_token_gets_the_tag_of_the_best_score_with_its_probability():
    sentences = [Sentence.from_words(["w"] * length) for length in (3, 0, 1, 7)]
    scores = random_scores([3, 0, 1, 7])
    decoded = list(Decoder(TAGS).decode(sentences, scores))
    assert [len(sentence) for sentence in decoded] == [3, 0, 1, 7]
    for sentence, of in zip(decoded, scores, strict=True):
        for task, names in TAGS.items():
            expected = np.exp(of[task].astype(np.float64))
            expected /= expected.sum(axis=1, keepdims=True)
            assert sentence.tags[task] == tuple(names[best] for best in of[task].argmax(axis=1))
            assert sentence.scores(task) == pytest.approx(expected.max(axis=1), rel=1e-5)
            for token, row in zip(sentence, expected, strict=True):
                assert dict(token.top(task, 9)) == pytest.approx(dict(zip(names, row, strict=True)), rel=1e-4)


def test_a_sentence_keeps_no_more_than_its_own_probabilities_and_the_network_s_scores_stay_as_they_are():
    scores = random_scores([2, 3])
    before = scores[0]["upos"].copy()
    first, _ = Decoder(TAGS).decode([Sentence.from_words(["w"] * length) for length in (2, 3)], scores)
    assert len(pickle.dumps(first)) < 2000
    assert first.probabilities["upos"]._scores.base is None
    first.scores("upos")
    assert (scores[0]["upos"] == before).all()

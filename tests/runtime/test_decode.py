import pickle

import numpy as np
import pytest

from tagger.model.transitions import Transitions, best_path, log_marginals, scheme_transitions, sum_transitions
from tagger.runtime.decode import Decoder
from tagger.text.scheme import invalid_positions
from tagger.text.sentence import Sentence

TAGS = {"upos": ("NOUN", "VERB"), "ner": ("O", "B-PER", "I-PER")}


def random_scores(lengths, scale=10.0):
    generator = np.random.default_rng(1)
    return [
        {task: generator.normal(0, scale, (length, len(names))).astype(np.float32) for task, names in TAGS.items()}
        for length in lengths
    ]


def test_each_token_gets_the_tag_with_the_best_score_and_its_probability():
    sentences = [Sentence.from_words(["w"] * length) for length in (3, 0, 1, 7)]
    scores = random_scores([3, 0, 1, 7])
    decoded = list(Decoder(TAGS, {}).decode(sentences, scores, {}))
    assert [len(sentence) for sentence in decoded] == [3, 0, 1, 7]
    for sentence, by_task in zip(decoded, scores, strict=True):
        for task, names in TAGS.items():
            expected = np.exp(by_task[task].astype(np.float64))
            expected /= expected.sum(axis=1, keepdims=True)
            assert sentence.tags[task] == tuple(names[best] for best in by_task[task].argmax(axis=1))
            assert sentence.scores(task) == pytest.approx(expected.max(axis=1), rel=1e-5)
            for token, row in zip(sentence, expected, strict=True):
                assert dict(token.top(task, 9)) == pytest.approx(dict(zip(names, row, strict=True)), rel=1e-4)


def test_a_sentence_keeps_only_its_own_probabilities_and_leaves_the_scores_unchanged():
    scores = random_scores([2, 3])
    before = scores[0]["upos"].copy()
    words = [Sentence.from_words(["w"] * length) for length in (2, 3)]
    first, _ = Decoder(TAGS, {}).decode(words, scores, {})
    assert len(pickle.dumps(first)) < 2000
    assert first.probabilities["upos"]._scores.base is None
    first.scores("upos")
    assert (scores[0]["upos"] == before).all()


LENGTHS = [3, 0, 1, 7, 40, 7, 2]


@pytest.mark.parametrize("is_learned", [False, True])
def test_spans_come_from_the_best_allowed_paths_and_probabilities_are_marginals(is_learned):
    scores = random_scores(LENGTHS, scale=1.0)
    generator = np.random.default_rng(2)
    parts = [generator.normal(size=size).astype(np.float32) for size in ((3,), (3, 3), (3,))]
    learned = {"ner": Transitions(*parts)} if is_learned else {}
    transitions = sum_transitions(learned, {"ner": scheme_transitions("IOB2", TAGS["ner"])})["ner"]
    sentences = [Sentence.from_words(["w"] * length) for length in LENGTHS]
    decoded = list(Decoder(TAGS, {"upos": None, "ner": "IOB2"}).decode(sentences, scores, learned))
    for sentence, by_task, length in zip(decoded, scores, LENGTHS, strict=True):
        assert not invalid_positions(sentence.tags["ner"], "IOB2")
        assert sentence.tags["upos"] == tuple(TAGS["upos"][best] for best in by_task["upos"].argmax(axis=1))
        if length:
            (best,) = best_path(by_task["ner"][None], np.array([length]), transitions)
            assert sentence.tags["ner"] == tuple(TAGS["ner"][column] for column in best)
            expected = np.exp(log_marginals(by_task["ner"][None], np.array([length]), transitions)[0])
            assert sentence.scores("ner") == pytest.approx(expected[range(length), best], abs=1e-5)


def test_tags_are_the_same_without_keeping_scores():
    scores = random_scores(LENGTHS, scale=1.0)
    sentences = [Sentence.from_words(["w"] * length) for length in LENGTHS]
    decoder = Decoder(TAGS, {"ner": "IOB2"})
    kept, bare = (list(decoder.decode(sentences, scores, {}, keep=keep)) for keep in (True, False))
    assert kept == bare and kept[0].probabilities and not bare[0].probabilities


def test_probabilities_are_those_of_each_sentence_alone_to_the_bit():
    scores = random_scores([3, 1, 40, 7, 40, 2])
    decoder = Decoder(TAGS, {"ner": "IOB2"})
    sentences = [Sentence.from_words(["w"] * len(each["ner"])) for each in scores]
    together = list(decoder.decode(sentences, scores, {}))
    copies = pickle.loads(pickle.dumps(together))  # each computes its own alone
    for sentence, by_task, copy in zip(together, scores, copies, strict=True):
        (alone,) = decoder.decode([Sentence.from_words(sentence.words)], [by_task], {})
        assert (sentence.probabilities["ner"].values == alone.probabilities["ner"].values).all()
        assert (sentence.probabilities["ner"].values == copy.probabilities["ner"].values).all()

import dataclasses
import pickle

import numpy as np
import pytest

from tagger.errors import DataError
from tagger.text.probabilities import Probabilities
from tagger.text.sentence import Origin, Sentence, Span

ADA = Sentence.from_words(
    ["Ada", "Lovelace", "slept", "."],
    space_after=[True, True, False, True],
    tags={"ner": ["B-PER", "I-PER", "O", "O"]},
    start=100,
    id="a1",
)


def test_the_text_is_built_from_the_words():
    assert ADA.text == "Ada Lovelace slept."
    assert (ADA.starts, ADA.ends) == ((100, 104, 113, 118), (103, 112, 118, 119))
    assert (ADA.start, ADA.end, len(ADA)) == (100, 119, 4)


def test_a_sentence_is_a_sequence_of_tokens():
    last = ADA[-1]
    assert [token.text for token in ADA] == list(ADA.words)
    assert (last.text, last.start, last.end, last.space_after, last["ner"]) == (".", 118, 119, True, "O")
    assert ADA.tokens[0]["ner"] == "B-PER"


def test_an_unknown_task_is_an_error_that_lists_the_tasks():
    sentence = Sentence.from_words(["Ada"], tags={"upos": ["PROPN"], "ner": ["B-PER"]})
    assert sentence[0]["ner"] == "B-PER"
    with pytest.raises(KeyError, match="'Ada' has no tag of 'nre', only of: upos, ner"):
        sentence[0]["nre"]


def test_spans_of_a_task():
    assert ADA.spans("ner") == (Span("PER", "Ada Lovelace", 100, 112, 0, 1),)


def test_tags_are_set_on_a_copy():
    tagged = ADA.with_tags("ner", ["O"] * 4)
    assert tagged.spans("ner") == ()
    assert ADA.spans("ner") != ()


def test_a_column_of_another_length_than_the_words_is_an_error():
    with pytest.raises(DataError, match="4 tokens but 1 tags of 'upos'"):
        ADA.with_tags("upos", ["X"])
    with pytest.raises(DataError, match="2 tokens but 1 in 'upos'"):
        Sentence.from_words(["a", "b"], tags={"upos": ["X"]})


def test_a_token_knows_the_row_that_it_was_read_from():
    origin = Origin("columns", "some.conll", 10, ("# text = a b\n", "a\n", "b\n", "\n"), range(1, 3))
    sentence = Sentence.from_words(["a", "b"], id="s1", origin=origin)
    assert (sentence.place(), sentence.place(1)) == ("some.conll:11", "some.conll:12")
    assert ADA.place(1) == "a1"


VALUES = np.array([[0.9, 0.06, 0.04], [0.19, 0.8, 0.01], [0.04, 0.01, 0.95], [0.001, 0.001, 0.998]], np.float32)
SCORED = ADA.with_predictions(
    {"ner": ["B-PER", "I-PER", "O", "O"]}, {"ner": Probabilities({"B-PER": 0, "I-PER": 1, "O": 2}, np.log(VALUES))}
)


def test_a_token_has_the_score_of_its_tag_and_its_top_tags():
    assert [token.score("ner") for token in SCORED] == pytest.approx([0.9, 0.8, 0.95, 0.998])
    assert SCORED[-2].score("ner") == pytest.approx(0.95)
    assert SCORED[1].top("ner", 2) == [("I-PER", pytest.approx(0.8)), ("B-PER", pytest.approx(0.19))]
    assert SCORED.scores("ner") == [token.score("ner") for token in SCORED]
    assert SCORED.tops("ner", 2) == [token.top("ner", 2) for token in SCORED]


def test_the_score_of_a_span_is_the_product_of_its_tags_scores():
    (span,) = SCORED.spans("ner")
    assert span.score == pytest.approx(0.9 * 0.8)


def test_tags_that_no_model_predicted_have_no_score():
    (span,) = ADA.spans("ner")
    for asked in (
        lambda: ADA[0].score("ner"),
        lambda: ADA[0].top("ner"),
        lambda: ADA.scores("ner"),
        lambda: span.score,
    ):
        with pytest.raises(DataError, match=r"has no score.*only what a model has tagged"):
            asked()
    with pytest.raises(DataError, match="the token 'Ada' has no tag of 'upos'; it has ner"):
        SCORED[0].score("upos")


def test_setting_tags_drops_only_their_own_scores():
    both = SCORED.with_tags("upos", ["PROPN", "PROPN", "VERB", "PUNCT"])
    assert both.scores("ner") == SCORED.scores("ner")
    with pytest.raises(DataError, match="'upos'"):
        both.scores("upos")
    with pytest.raises(DataError, match="has no score of 'ner'"):
        both.with_tags("ner", ["O"] * 4).scores("ner")


def test_sentences_are_compared_without_scores_can_be_pickled_and_are_immutable():
    assert SCORED == ADA and SCORED[0] == ADA[0] and SCORED.spans("ner") == ADA.spans("ner")
    assert "probabilities" not in repr(SCORED)
    copy = pickle.loads(pickle.dumps(SCORED))
    assert copy == SCORED and copy.scores("ner") == SCORED.scores("ner")
    token, span = pickle.loads(pickle.dumps((SCORED[1], SCORED.spans("ner")[0])))
    assert (token.score("ner"), span.score) == (SCORED[1].score("ner"), SCORED.spans("ner")[0].score)
    with pytest.raises(dataclasses.FrozenInstanceError):
        SCORED.probabilities = {}


def test_the_probability_of_a_span_is_computed_when_it_is_asked_for():
    asked = []

    def normalize(scores):
        asked.append(len(scores))
        return scores

    scores = np.array([[0.5, 0.5], [0.25, 0.75]], np.float32)
    probabilities = Probabilities({"B-PER": 0, "I-PER": 1}, scores, normalize)
    tagged = Sentence.from_words(["Ada", "Lovelace"]).with_predictions(
        {"ner": ["B-PER", "I-PER"]}, {"ner": probabilities}
    )
    (span,) = tagged.spans("ner")
    assert (span.text, asked) == ("Ada Lovelace", [])
    assert span.score == span.probability == 0.375

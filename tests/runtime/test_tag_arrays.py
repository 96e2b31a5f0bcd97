"""Arrays of tagged text have what the sentences of the same text have."""

import numpy as np
import pytest

import tagger
from tagger.errors import DataError
from tagger.runtime.tagger import Tagger, load

TEXT = "Ada Lovelace sees New York. I don't know; she can't!\n\nThe old dog left Paris.\n" * 40
TEXTS = ["She left. Ada sees the cat.", "", " \n", "Paris", "I cannot."]


@pytest.fixture(scope="module")
def english() -> Tagger:
    return tagger.load()


def of_sentences(texts, names):
    """The same arrays, made of the sentences of each text."""
    sentences = [sentence for each in texts for sentence in each]
    tokens = [token for sentence in sentences for token in sentence]
    return {
        "starts": [token.start for token in tokens],
        "ends": [token.end for token in tokens],
        "sentences": np.cumsum([0, *map(len, sentences)]).tolist(),
        "texts": np.cumsum([0, *map(len, texts)]).tolist(),
        "tags": {task: [token[task] for token in tokens] for task in names},
        "scores": {task: [token.score(task) for token in tokens] for task in names},
    }


def as_lists(arrays):
    return {
        **{name: getattr(arrays, name).tolist() for name in ("starts", "ends", "sentences", "texts")},
        "tags": {task: [arrays.names[task][id] for id in ids] for task, ids in arrays.tags.items()},
        "scores": {task: values.tolist() for task, values in arrays.scores.items()},
    }


def test_one_text_has_the_words_tags_and_scores_that_its_sentences_have(english):
    arrays = english.tag_arrays(TEXT, scores=True)
    assert as_lists(arrays) == of_sentences([english(TEXT)], english.tasks)
    assert len(arrays) == len(arrays.starts) > 700
    assert [arrays.starts.dtype, arrays.tags["upos"].dtype, arrays.scores["ner"].dtype] == [
        np.int64,
        np.int32,
        np.float32,
    ]


@pytest.mark.parametrize("threads", [1, 2])
def test_a_model_without_a_segmenter_gives_arrays_too(tiny_model, threads):
    model = load(tiny_model, threads=threads)
    assert as_lists(model.tag_arrays(TEXT, scores=True)) == of_sentences([model(TEXT)], model.tasks)


def test_several_texts_are_tagged_together_and_each_counts_its_offsets_from_its_beginning(english):
    arrays = english.tag_arrays(TEXTS, scores=True)
    sentences = [list(each) for each in english.sentences_of(TEXTS)]
    tagged = english.tag([each for of_text in sentences for each in of_text])
    expected = of_sentences([[next(tagged) for _ in of_text] for of_text in sentences], english.tasks)
    assert as_lists(arrays) == expected
    assert arrays.texts.tolist() == [0, 2, 2, 2, 3, 4]
    words = [TEXTS[4][start:end] for start, end in zip(arrays.starts[-3:], arrays.ends[-3:], strict=True)]
    assert words == ["can", "not", "."]


def test_scores_are_left_out_unless_they_are_asked_for(english):
    arrays = english.tag_arrays("Ada slept.")
    assert not arrays.scores
    assert arrays.names["upos"] == english.tags["upos"]


@pytest.mark.parametrize("texts", ["", [], ["", " "]])
def test_no_words_are_empty_arrays(english, texts):
    arrays = english.tag_arrays(texts, scores=True)
    assert (len(arrays), arrays.sentences.tolist(), set(arrays.texts.tolist())) == (0, [0], {0})
    assert {task: len(ids) for task, ids in arrays.tags.items()} == dict.fromkeys(english.tasks, 0)


def test_lists_of_words_are_refused(english):
    with pytest.raises(DataError, match="lists of words go to tag"):
        english.tag_arrays([["Ada", "slept", "."]])

"""`tagger.evaluate` and `tagger.compare` on a program's sentences and on a corpus folder."""

import pytest

import tagger
from tagger.corpus.read import open_corpus
from tagger.errors import DataError
from tagger.evaluation.split import score_split


@pytest.fixture(scope="module")
def model(tiny_model):
    return tagger.load(tiny_model)


def test_scores_of_data_are_those_of_a_corpus(model, tiny_model, tiny_corpus):
    expected = score_split(model, open_corpus(tiny_corpus), "test")
    held = tagger.read(tiny_corpus, split="test")
    assert tagger.evaluate(tiny_model, tiny_corpus) == tagger.evaluate(model, held) == expected
    assert tagger.evaluate(model, {"validation": held}, "validation").tasks == expected.tasks


def test_tags_without_a_name_are_those_of_the_models_task_of_their_kind(model, tiny_corpus):
    held = tagger.read(tiny_corpus, split="test")
    scores = tagger.evaluate(model, [(sentence.words, sentence.tags["upos"]) for sentence in held])
    assert list(scores.tasks) == ["upos"]
    with pytest.raises(DataError, match="split 'test' has chunk, the model does upos, ner"):
        tagger.evaluate(model, [(["Ada"], {"chunk": ["B-NP"]})])
    with pytest.raises(DataError, match="there is no split 'test' in the data, only train"):
        tagger.evaluate(model, {"train": held})


def test_a_model_is_no_better_than_itself(model, tiny_model, tiny_corpus):
    comparison = tagger.compare(model, tiny_model, tagger.read(tiny_corpus, split="dev"))
    assert list(comparison.tasks) == ["upos", "ner"]
    assert all(difference.difference == 0 for difference in comparison.tasks.values())

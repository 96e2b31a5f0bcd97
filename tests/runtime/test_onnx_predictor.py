"""The ONNX predictor, compared with the TensorFlow predictor."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tagger.errors import ModelError
from tagger.model.batching import PIECE_TOKENS
from tagger.model.folder import open_model
from tagger.network.saved_weights import load_predictor
from tagger.runtime import word_table
from tagger.runtime.onnx_predictor import OnnxPredictor
from tagger.runtime.tagger import load

STRANGE = ["a" * 10_000, "", "\0", "日本語", "\ud800", "a\udfffb", " ", "e\u0301", "😀", "ΣΟΦΟΣ", "Ada", "ada", "İ"]


@pytest.fixture(scope="module")
def folder(tiny_model):
    return open_model(tiny_model)


@pytest.fixture(scope="module")
def tensorflow(folder):
    return load_predictor(folder)


@pytest.fixture
def predictor(folder) -> OnnxPredictor:
    return OnnxPredictor(folder)


def text(length: int, seed: int = 0) -> list[str]:
    """A sentence of words that the tiny model knows, and of some that it does not."""
    generator = np.random.default_rng(seed)
    known = ["Ada", "Lovelace", "The", "dog", "sees", "left", "New", "York", "tree", "."]
    return [str(word) for word in generator.choice([*known, *(f"x{number}" for number in range(300))], length)]


def test_no_sentences_and_empty_sentences(predictor):
    assert predictor.predict([]) == predictor.scores([]) == []
    assert predictor.predict([[], []]) == [{"upos": [], "ner": []}] * 2
    assert [scores.shape for scores in predictor.scores([[]])[0].values()] == [(0, 7), (0, 5)]


def test_tags_equal_those_of_tensorflow_in_the_order_of_the_sentences(predictor, tensorflow):
    sentences = [text(length, seed) for seed, length in enumerate([5, 1, 0, 40, 2, 5, 700, 3] * 20)]
    assert predictor.predict(sentences) == tensorflow.predict(sentences)


def test_strange_words_get_the_tags_that_tensorflow_gives(predictor, tensorflow):
    sentences = [STRANGE, *([word] for word in STRANGE)]
    assert predictor.predict(sentences) == tensorflow.predict(sentences)


@pytest.mark.parametrize("length", [PIECE_TOKENS, PIECE_TOKENS + 1, 5000])
def test_a_long_sentence_gets_the_tags_that_tensorflow_gives(predictor, tensorflow, length):
    sentences = [["Ada"], text(length), ["a", "cat"]]
    assert predictor.predict(sentences) == tensorflow.predict(sentences)


def test_the_best_score_belongs_to_the_predicted_tag(predictor, folder):
    sentences = [text(7), [], text(2500), ["Ada"]]
    for tags, scores in zip(predictor.predict(sentences), predictor.scores(sentences), strict=True):
        for task, vocabulary in folder.tags.items():
            assert scores[task].dtype == np.float32
            assert [vocabulary.entries[best] for best in scores[task].argmax(axis=1)] == tags[task]


def test_a_full_word_table_starts_anew_without_changing_tags(folder, tensorflow, monkeypatch):
    monkeypatch.setattr(word_table, "KEPT_BYTES", 50 * 4 * (1 + 12))
    monkeypatch.setattr(word_table, "FIRST_ROWS", 4)
    monkeypatch.setattr(word_table, "SPELLING_BATCH_CHARACTERS", 64)
    predictor = OnnxPredictor(folder)
    for seed in range(30):
        sentences = [text(length, seed) for length in (1, 4, 20, 200)[: 1 + seed % 4]]
        assert predictor.predict(sentences) == tensorflow.predict(sentences)


def test_a_word_is_spelled_once(folder, monkeypatch):
    predictor = OnnxPredictor(folder)
    spelled = []
    spell = predictor._words._spell
    monkeypatch.setattr(predictor._words, "_spell", lambda ids: spelled.append(len(ids["characters"])) or spell(ids))
    predictor.predict([["Ada", "left", "Ada"], ["Ada"]])
    predictor.predict([["left", "Ada"]])
    predictor.predict([["dog", "left"]])
    assert spelled == [2, 1]


def test_after_a_failure_no_word_stays_without_its_spelling(folder, tensorflow, monkeypatch):
    predictor = OnnxPredictor(folder)

    def fail(ids):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(predictor._words, "_spell", fail)
        with pytest.raises(MemoryError):
            predictor.predict([["Ada", "left"]])
    assert predictor.predict([["Ada", "left"]]) == tensorflow.predict([["Ada", "left"]])


def test_threads_that_share_a_predictor_each_get_their_own_tags(folder, tensorflow, monkeypatch):
    monkeypatch.setattr(word_table, "KEPT_BYTES", 80 * 4 * (1 + 12))
    predictor = OnnxPredictor(folder, threads=2)
    texts = [[text(length, seed) for length in (3, 30, 300)] for seed in range(24)]
    expected = [tensorflow.predict(sentences) for sentences in texts]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(predictor.predict, texts)) == expected


@pytest.mark.parametrize("name", ["model.onnx", "characters.onnx"])
def test_a_damaged_file_or_one_of_another_model_is_an_error_that_names_it(tiny_model, tmp_path, name):
    model = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    (model / "manifest.json").unlink()  # which would find all of it
    whole = (model / name).read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"not a model at all"):
        (model / name).write_bytes(content)
        with pytest.raises(ModelError, match=rf"{name}: damaged .*tagger export") as error:
            load(model)
        assert "\n" not in str(error.value)
    with (model / "vocabulary" / "tags.upos.txt").open("a") as tags:
        tags.write("MORE\n")
    (model / name).write_bytes(whole)
    with pytest.raises(ModelError, match="of other vocabularies than the folder has"):
        load(model)

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.load import check_config
from tagger.corpus.lookup import Lookup, Spelling
from tagger.model.batching import PIECE_TOKENS
from tagger.model.vocabulary import tag_vocabulary, word_vocabulary
from tagger.network.network import Network, VocabularySizes
from tagger.network.predictor import Predictor

WORDS = word_vocabulary(dict.fromkeys(["the", "dog", "sees", "a", "cat", "."], 1))
LETTERS = word_vocabulary(dict.fromkeys("thedogscat.", 1))
TAGS = {"upos": tag_vocabulary(["DET", "NOUN", "PUNCT", "VERB"]), "ner": tag_vocabulary(["O", "B-PER", "I-PER"])}


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    """A predictor with random weights, whose tags depend on the neighbours of a word."""
    config = check_config(
        {
            "tasks": {task: {} for task in TAGS},
            "words": {"dimension": 8},
            "characters": {"dimension": 4, "filters": 4},
            "encoder": {"units": 8},
        },
        "test",
    )
    sizes = VocabularySizes(len(WORDS), len(LETTERS), {task: len(tags) for task, tags in TAGS.items()}, len(WORDS))
    return Predictor(Network(config, sizes), Lookup(WORDS, LETTERS, TAGS, Spelling(False, 40)), TAGS)


def text(length: int, seed: int = 0) -> list[str]:
    generator = np.random.default_rng(seed)
    return [str(word) for word in generator.choice([*WORDS.entries, "x", "dogs"], length)]


def in_one_piece(predictor: Predictor, words: list[str]) -> dict[str, list[str]]:
    """Tags of a sentence of any length, by running the network over it in one piece."""
    ids = predictor._run(tf.constant([word.encode() for word in words]), tf.constant([len(words)], tf.int64))
    return {task: [TAGS[task].entries[id - 1] for id in row[0].numpy()] for task, row in ids.items()}


def test_no_sentences_give_no_tags(predictor):
    assert predictor.predict([]) == []
    assert predictor.predict([[]]) == [{"upos": [], "ner": []}]


def test_each_word_gets_a_tag_in_the_order_of_the_sentences(predictor):
    sentences = [text(length, seed=length) for length in (5, 1, 0, 40, 2, 5, 700, 3)]
    tagged = predictor.predict(sentences)
    assert tagged == [predictor.predict([sentence])[0] for sentence in sentences]
    for words, tags in zip(sentences, tagged, strict=True):
        for task in ("upos", "ner"):
            assert len(tags[task]) == len(words)
            assert set(tags[task]) <= set(TAGS[task].entries)
    assert len({tag for tags in tagged for tag in tags["upos"]}) > 1


@pytest.mark.parametrize("length", [PIECE_TOKENS, PIECE_TOKENS + 1, 5000])
def test_a_long_sentence_cut_into_pieces_has_the_tags_of_the_whole_one(predictor, length):
    words = text(length)
    tagged = predictor.predict([["the"], words, ["a", "cat"]])[1]
    for task, whole in in_one_piece(predictor, words).items():
        assert len(tagged[task]) == length
        assert tagged[task] == whole


def test_words_of_any_length_and_script_are_tagged(predictor):
    words = ["a" * 10_000, "", "\0", "日本語", "\ud800", " ", "e\u0301"]
    (tagged,) = predictor.predict([words])
    assert len(tagged["upos"]) == len(words) and all(tagged["upos"])

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.word_inputs import WordsConfig
from tagger.model.vocabulary import UNKNOWN
from tagger.network.word_embedding import WordEmbedding

SEED = tf.constant([3, 4])
PLACES = 200_000


def embedding(**settings) -> WordEmbedding:
    """Embeddings of words 2 to 9; those from 6 on were seen once."""
    return WordEmbedding(WordsConfig(dimension=3, **settings), 10, 6, np.random.default_rng(1))


def share_unknown(words: WordEmbedding, id: int, seed=SEED) -> float:
    return float(np.mean(words.with_unknowns(tf.fill([PLACES], id), seed).numpy() == UNKNOWN))


@pytest.mark.parametrize(
    ("unknown_rate", "singleton_rate", "common", "once"),
    # A word seen once becomes unknown at the rate of any word, and if it does not, at a rate of its own.
    [(0.1, 0.5, 0.1, 0.55), (0.0, 0.5, 0.0, 0.5), (0.2, 0.0, 0.2, 0.2), (0.0, 0.0, 0.0, 0.0)],
)
def test_words_become_unknown_at_the_configured_rates(unknown_rate, singleton_rate, common, once):
    words = embedding(unknown_rate=unknown_rate, singleton_rate=singleton_rate)
    deviation = 4 * np.sqrt(0.25 / PLACES)
    assert share_unknown(words, 2) == pytest.approx(common, abs=deviation)
    assert share_unknown(words, 5) == pytest.approx(common, abs=deviation)
    assert share_unknown(words, 6) == pytest.approx(once, abs=deviation)
    assert share_unknown(words, 9) == pytest.approx(once, abs=deviation)


def test_padding_stays_padding():
    assert share_unknown(embedding(unknown_rate=0.9), 0) == 0


def test_the_seed_decides_which_words_become_unknown():
    words, ids = embedding(unknown_rate=0.5), tf.fill([100], 3)
    first = words.with_unknowns(ids, SEED).numpy()
    assert (words.with_unknowns(ids, SEED).numpy() == first).all()
    assert (words.with_unknowns(ids, tf.constant([3, 5])).numpy() != first).any()


def test_no_word_becomes_unknown_outside_of_training():
    words, ids = embedding(unknown_rate=0.9, singleton_rate=0.9), tf.constant([[2, 9, 0]])
    vectors = words(ids, False, SEED).numpy()
    assert (vectors == words.table.numpy()[[[2, 9, 0]]]).all()
    assert not vectors[0, 2].any()  # padding is the zero vector

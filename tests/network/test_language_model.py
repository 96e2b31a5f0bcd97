import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.load import check_config
from tagger.errors import ConfigError
from tagger.network.language_model import LanguageModel
from tagger.network.network import Network, VocabularySizes

WORDS = np.array([[2, 5, 3, 6], [4, 2, 0, 0]])
LENGTHS = [4, 2]
END, UNKNOWN = 0, 1
CLASSES = {  # with a class for each of the two most frequent words, 2 and 3
    "next": [[UNKNOWN, 3, UNKNOWN, END], [2, END]],
    "previous": [[END, 2, UNKNOWN, 3], [END, UNKNOWN]],
}


def model_of(directions: int, words: int = 2) -> LanguageModel:
    config = check_config({"tasks": {"upos": {}}, "language_model": {"words": words, "units": 3}}, "test")
    return LanguageModel(config.language_model, 7, directions, 4, np.random.default_rng(1))


def network_of(weight: float, **encoder: object) -> Network:
    values = {"tasks": {"upos": {}}, "encoder": {"units": 6, "dropout": 0.0, **encoder}}
    values |= {"words": {"unknown_rate": 0.0, "singleton_rate": 0.0}, "characters": {"encoder": "none"}}
    sizes = VocabularySizes(words=7, characters=2, tags={"upos": 4}, first_singleton=7)
    return Network(check_config({**values, "language_model": {"weight": weight}}, "test"), sizes)


def batch_of(annotated: list[bool]) -> dict[str, tf.Tensor]:
    words = tf.constant(WORDS, tf.int32)
    tags = tf.where(words > 0, 1 + words % 3, 0)
    return {
        "words": words,
        "distinct": words,
        "lengths": tf.constant(LENGTHS),
        "tags/upos": tags,
        "annotated/upos": tf.constant(annotated),
    }


def loss_of(model: LanguageModel, encoded: np.ndarray) -> np.ndarray:
    mask = tf.sequence_mask(LENGTHS, 4)
    return model.loss(tf.constant(encoded), tf.constant(WORDS, tf.int32), mask, tf.constant(6)).numpy()


@pytest.mark.parametrize("directions", [1, 2])
def test_the_loss_is_that_of_the_next_word_forward_and_the_previous_word_backward(directions):
    model = model_of(directions)
    encoded = np.random.default_rng(2).normal(size=(2, 4, 4 * directions)).astype(np.float32)
    expected = 0.0
    for number, words in enumerate(list(CLASSES.values())[:directions]):
        for row, sentence in enumerate(words):
            for step, word in enumerate(sentence):
                read = encoded[row, step, 4 * number : 4 * number + 4].astype(np.float64)
                scores = np.tanh(read @ model.hidden[number].numpy()) @ model.projections[number].kernel.numpy()
                expected += np.log(np.exp(scores).sum()) - scores[word]
    assert loss_of(model, encoded) == pytest.approx(expected / 6, rel=1e-5)


def test_a_small_vocabulary_has_a_class_for_each_word():
    assert (model_of(2, words=2).classes, model_of(2, words=100).classes) == (4, 7)


def test_padding_does_not_count():
    model = model_of(2)
    encoded = np.random.default_rng(2).normal(size=(2, 4, 8)).astype(np.float32)
    other = encoded.copy()
    other[1, 2:] = 100
    assert loss_of(model, other) == loss_of(model, encoded)


def test_the_loss_of_the_network_includes_it_weighted_and_for_sentences_without_tags():
    seed = tf.constant([1, 2])
    without = network_of(0.0).loss(batch_of([True, True]), seed).numpy()
    light, heavy = (network_of(weight).loss(batch_of([True, True]), seed).numpy() for weight in (0.5, 1.5))
    guessing = (light - without) / 0.5
    assert guessing == pytest.approx(2 * np.log(7), rel=0.2)  # two directions, seven classes each, untrained
    assert heavy == pytest.approx(without + 1.5 * guessing, rel=1e-5)
    assert network_of(1.0).loss(batch_of([False, False]), seed).numpy() == pytest.approx(guessing, rel=1e-5)


@pytest.mark.parametrize("bidirectional", [True, False])
def test_no_output_depends_on_the_word_that_it_predicts(bidirectional):
    """Changing a word changes predictions made from it, but not its own prediction."""
    network = network_of(1.0, bidirectional=bidirectional, layers=2)
    batch = batch_of([True, True])
    changed = dict(batch)
    changed["words"] = changed["distinct"] = tf.constant([[2, 5, 4, 6], [4, 2, 0, 0]])  # the third word
    one, other = (network.encode(each, False, tf.constant([1, 2])).numpy()[0] for each in (batch, changed))
    is_same = (one == other).reshape(4, -1, 6).all(axis=2)  # by token and direction
    assert is_same[:, 0].tolist() == [True, True, False, False]
    if bidirectional:
        assert is_same[:, 1].tolist() == [False, False, False, True]


def test_layers_that_read_both_directions_are_an_error():
    with pytest.raises(ConfigError, match=r"encoder\.stack"):
        network_of(1.0, stack="layers", layers=2)
    network_of(1.0, stack="layers", layers=1)

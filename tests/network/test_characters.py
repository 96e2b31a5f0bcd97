import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.word_inputs import CharactersConfig
from tagger.network.characters import CharacterConvolution, CharacterRecurrence, character_encoder

SIZE = 9
WORDS = [[], [3], [4, 5], [5, 4], [2, 3, 4, 5, 6], [7, 7, 7, 7, 7, 7, 7, 8]]


def padded(words: list[list[int]], length: int = 0) -> tf.Tensor:
    length = max([length, *map(len, words)])
    return tf.constant([word + [0] * (length - len(word)) for word in words], tf.int32)


def encoder_of(kind: str, **settings):
    config = CharactersConfig(encoder=kind, dimension=4, filters=6, units=5, **settings)
    return character_encoder(config, SIZE, np.random.default_rng(2))


def convolution_in_numpy(encoder: CharacterConvolution, word: list[int]) -> np.ndarray:
    """The maximum of each filter over the places of a word padded with zeros on both sides."""
    found = []
    for kernel, bias in zip(encoder.kernels, encoder.biases, strict=True):
        width, dimension, filters = kernel.shape
        before = (width - 1) // 2
        letters = np.zeros((len(word) + width - 1, dimension))
        letters[before : before + len(word)] = encoder.table.numpy()[word]
        values = [np.einsum("wd,wdf->f", letters[at : at + width], kernel) + bias for at in range(len(word))]
        found.append(np.maximum(0, np.max(values, axis=0)) if values else np.zeros(filters))
    return np.concatenate(found)


@pytest.mark.parametrize("widths", [(2, 3, 4), (1,), (7, 2)])
def test_the_convolution_equals_one_in_numpy_even_for_words_shorter_than_the_filters(widths):
    encoder = encoder_of("convolution", widths=widths)
    for bias in encoder.biases:
        bias.assign(np.linspace(-0.3, 0.3, 6))
    vectors = encoder(padded(WORDS), False).numpy()
    assert vectors.shape == (len(WORDS), encoder.output_size) == (len(WORDS), 6 * len(widths))
    for word, vector in zip(WORDS, vectors, strict=True):
        np.testing.assert_allclose(vector, convolution_in_numpy(encoder, word), rtol=1e-5, atol=1e-6)


def test_the_backward_half_is_the_recurrence_over_the_reversed_word():
    encoder = encoder_of("bidirectional")
    assert isinstance(encoder, CharacterRecurrence)
    forward, backward = np.split(encoder(padded(WORDS), False).numpy(), 2, axis=1)
    encoder.forward, encoder.backward = encoder.backward, encoder.forward
    mirrored = [word[::-1] for word in WORDS]
    swapped_forward, swapped_backward = np.split(encoder(padded(mirrored), False).numpy(), 2, axis=1)
    np.testing.assert_allclose(swapped_forward, backward, atol=1e-6)
    np.testing.assert_allclose(swapped_backward, forward, atol=1e-6)
    assert not np.allclose(forward, backward)


def test_the_recurrence_equals_its_cell_run_character_by_character():
    encoder = encoder_of("bidirectional")
    state = encoder.forward.zero_state(1, tf.float32)
    for letter in WORDS[4]:
        _, state = encoder.forward(encoder.table.numpy()[[letter]], state)
    np.testing.assert_allclose(encoder(padded(WORDS), False).numpy()[4, :5], state.h.numpy()[0], atol=1e-6)


@pytest.mark.parametrize("kind", ["convolution", "bidirectional"])
def test_the_vector_of_a_word_depends_only_on_its_own_characters(kind):
    encoder = encoder_of(kind)
    together = encoder(padded(WORDS, 20), False).numpy()
    for word, vector in zip(WORDS, together, strict=True):
        np.testing.assert_allclose(encoder(padded([word], 1), False).numpy()[0], vector, atol=1e-6)
    assert not together[0].any()  # a word without characters, such as the row of padding
    assert not np.allclose(together[2], together[3])  # the order of characters matters


def test_a_configuration_without_an_encoder_has_none():
    assert encoder_of("none") is None

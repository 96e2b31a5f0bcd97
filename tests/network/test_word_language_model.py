import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.load import check_pretraining_config
from tagger.errors import ConfigError
from tagger.network.network import VocabularySizes
from tagger.network.word_language_model import WordLanguageModel

END, WORDS = 0, 9
SEED = tf.constant([1, 2])


def model_of(samples: int = 0, **encoder: object) -> WordLanguageModel:
    config = check_pretraining_config(
        {
            "text": {"unit": "word"},
            "words": {"dimension": 5, "unknown_rate": 0.0, "singleton_rate": 0.0},
            "characters": {"encoder": "none"},
            "encoder": {"units": 6, "dropout": 0.0, **encoder},
            "training": {"samples": samples},
        },
        "test",
    )
    frequencies = np.arange(1, WORDS + 1) / 45
    return WordLanguageModel(config, VocabularySizes(WORDS, 2, {}, WORDS), frequencies)


def batch_of(*sentences: list[int]) -> dict[str, tf.Tensor]:
    words = tf.ragged.constant(sentences, dtype=tf.int32)
    return {
        "words": words.to_tensor(),
        "distinct": words.to_tensor(),
        "lengths": tf.cast(words.row_lengths(), tf.int32),
    }


def cross_entropy(model: WordLanguageModel, output: np.ndarray, direction: int, word: int) -> float:
    layer = model.predictions[direction]
    scores = model.words.table.numpy() @ (output @ layer.kernel.numpy() + layer.bias.numpy()) + model.biases.numpy()
    return float(np.log(np.exp(scores).sum()) - scores[word])


@pytest.mark.parametrize("bidirectional", [True, False])
def test_the_loss_is_that_of_the_next_word_forward_and_the_previous_word_backward(bidirectional):
    model = model_of(bidirectional=bidirectional)
    sentences = [[2, 5, 3], [4]]
    batch = batch_of(*sentences)
    encoded = model.encode(batch, False, SEED).numpy()
    expected = []
    for direction in range(1 + bidirectional):
        for row, sentence in enumerate(sentences):
            outputs = encoded[row, : len(sentence), 6 * direction : 6 * direction + 6]
            before, after = ([np.zeros(6)], []) if direction == 0 else ([], [np.zeros(6)])
            answers = [*sentence, END] if direction == 0 else [END, *sentence]
            for output, word in zip([*before, *outputs, *after], answers, strict=True):
                expected.append(cross_entropy(model, output, direction, word))
    np.testing.assert_allclose(model.exact_losses(batch), expected, rtol=1e-5)
    assert float(model.loss(batch, SEED)) == pytest.approx(np.mean(expected), rel=1e-5)


def test_scores_of_all_words_are_computed_in_parts(monkeypatch):
    model, batch = model_of(), batch_of([2, 5, 3], [4])
    whole = model.exact_losses(batch).numpy()
    monkeypatch.setattr("tagger.network.word_language_model._LARGEST_PART", 2 * WORDS)
    np.testing.assert_allclose(model.exact_losses(batch), whole, rtol=1e-6)


@pytest.mark.parametrize("layers", [1, 2])
def test_no_direction_has_read_the_word_that_it_predicts(layers):
    """In place of an answer stands another word: all losses but those of the two answers, and of what was read after
    them, stay the same."""
    model = model_of(layers=layers)
    given, other = [2, 5, 3, 6], [2, 5, 7, 6]
    one, two = (model.exact_losses(batch_of(sentence)).numpy() for sentence in (given, other))
    same = np.isclose(one, two, rtol=1e-6).tolist()
    forward, backward = same[:5], same[5:]
    assert forward == [True, True, False, False, False]  # the answer, what is read after it, and the end
    assert backward == [False, False, False, False, True]  # the beginning, two words, the answer; the last word


def test_layers_that_have_read_the_answer_are_refused():
    with pytest.raises(ConfigError, match=r"have read the word that they are to guess: set encoder\.stack"):
        model_of(layers=2, stack="layers")


def test_a_step_continues_a_sentence_as_the_whole_is_read():
    model, sentence = model_of(), [2, 5, 3]
    losses = model.exact_losses(batch_of(sentence)).numpy()
    scores, state = model.first_scores(), model.encoder.forward.zero_state(1, tf.float32)
    for word, loss in zip([*sentence, END], losses[: len(sentence) + 1], strict=True):
        assert -tf.nn.log_softmax(scores)[0, word].numpy() == pytest.approx(loss, rel=1e-4)
        scores, state = model.step(batch_of([word]), state)


def test_the_sample_is_among_the_rows_that_a_step_reads_and_the_gradient_has_no_other():
    model, batch = model_of(samples=3), batch_of([2, 5, 3], [4])
    with tf.GradientTape() as tape:
        loss = model.loss(batch, SEED)
    gradient = tape.gradient(loss, model.words.table)
    assert isinstance(gradient, tf.IndexedSlices)
    assert set(gradient.indices.numpy()) <= set(model.rows_read(batch, SEED).numpy())


def test_biases_begin_with_the_frequencies_of_words():
    np.testing.assert_allclose(np.exp(model_of().biases), np.arange(1, WORDS + 1) / 45, rtol=1e-5)

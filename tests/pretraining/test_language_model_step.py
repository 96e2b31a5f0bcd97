from itertools import pairwise

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.load import check_pretraining_config
from tagger.network.recurrent_language_model import RecurrentLanguageModel
from tagger.pretraining.language_model_step import LanguageModelStep, bits, perplexity
from tagger.pretraining.streams import Streams

SIZE = 6
IDS = np.random.default_rng(3).integers(1, SIZE, size=49)


def network_of(settings, **encoder):
    values = {
        **settings,
        "characters": {"dimension": 3},
        "encoder": {"units": 4, "layers": 1, "dropout": 0.0} | encoder,
    }
    config = check_pretraining_config(values, "test")
    return RecurrentLanguageModel(config, SIZE), config.training


def test_the_loss_is_that_of_plain_numpy(character_settings):
    """A basic recurrent network: `h = tanh([x, h] W + b)`, and a softmax over `h K + c`."""
    network, _ = network_of(character_settings, cell="basic_rnn")
    cell = network.cells.cells[0].cell
    kernel, bias = cell.kernel.numpy().astype(np.float64), cell.bias.numpy()
    h, losses = np.zeros(4), []
    for read, following in pairwise(IDS):
        h = np.tanh(np.concatenate([network.embedding.numpy()[read], h]) @ kernel + bias)
        scores = h @ network.projection.kernel.numpy() + network.projection.bias.numpy()
        losses.append(np.log(np.exp(scores).sum()) - scores[following])
    found, _ = network.losses(tf.constant(IDS[np.newaxis], tf.int32), network.zero_state(1), training=False)
    np.testing.assert_allclose(found[0], losses, rtol=1e-5)


@pytest.fixture(scope="module")
def step(character_settings):
    """A step of a network of two layers that learns next to nothing."""
    settings = {**character_settings, "training": {"batch_size": 2, "learning_rate": 1e-12, "decay": "none"}}
    network, training = network_of(settings, cell="lstm", layers=2)
    return LanguageModelStep(network, training, steps=10)


def test_the_loss_of_windows_with_the_state_carried_is_that_of_one_long_window(step):
    long, short = (Streams(IDS, 2, steps) for steps in (24, 5))
    assert (long.windows, short.windows) == (1, 5)
    assert step.score(short) == pytest.approx(step.score(long), rel=1e-6)


def test_training_carries_the_state_from_window_to_window_and_starts_an_epoch_from_zeros(step):
    streams = Streams(IDS, 2, 5)
    for _ in range(2):
        step.start_epoch()
        for number in range(streams.windows):
            step.run(streams.window(number))
        assert step.mean_loss == pytest.approx(step.score(streams), rel=1e-5)


def test_bits_and_perplexity_of_a_fair_coin():
    assert bits(np.log(2)) == pytest.approx(1)
    assert perplexity(np.log(2)) == pytest.approx(2)

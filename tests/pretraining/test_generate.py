import numpy as np
import pytest

from tagger.errors import ConfigError
from tagger.model.language_model_folder import open_language_model
from tagger.network.saved_language_model import load_language_model
from tagger.pretraining.generate import Sampling, generate, unknown_in

SCORES = np.log([0.1, 0.6, 0.3]).astype(np.float32)


@pytest.fixture(scope="module")
def model(character_model):
    return load_language_model(open_language_model(character_model))


def test_the_temperature_divides_the_scores():
    np.testing.assert_allclose(Sampling().probabilities(SCORES), [0.1, 0.6, 0.3], rtol=1e-6)
    squared = np.array([0.01, 0.36, 0.09])
    np.testing.assert_allclose(Sampling(0.5).probabilities(SCORES), squared / squared.sum(), rtol=1e-5)
    assert Sampling(0.0).probabilities(SCORES).tolist() == [0, 1, 0]
    assert Sampling(1e-320).probabilities(SCORES).tolist() == [0, 1, 0]


def test_the_likeliest_characters_alone_share_the_probability():
    np.testing.assert_allclose(Sampling(top=2).probabilities(SCORES), [0, 2 / 3, 1 / 3], rtol=1e-6)
    assert Sampling(top=1).probabilities(SCORES).tolist() == [0, 1, 0]
    assert Sampling(top=9).probabilities(SCORES).tolist() == Sampling().probabilities(SCORES).tolist()


@pytest.mark.parametrize("values", [{"temperature": -1.0}, {"temperature": float("nan")}, {"top": -1}])
def test_a_wrong_value_is_an_error(values):
    with pytest.raises(ConfigError, match="give a"):
        Sampling(**values)


def test_a_model_continues_its_prompt(model):
    assert "".join(generate(model, "a", 7, Sampling(0.0))) == "bababab"
    assert "".join(generate(model, "abab", 3, Sampling(0.0))) == "aba"


def test_one_seed_gives_one_text(model):
    one, other, third = ("".join(generate(model, "", 60, Sampling(20.0, seed=seed))) for seed in (1, 1, 2))
    assert one == other != third
    assert set(one) == {"a", "b"}  # the unknown character and padding are never written


def test_characters_that_the_model_does_not_know_are_listed_once_and_read_as_unknown(model):
    assert unknown_in("xaxby", model) == ["x", "y"]
    assert len(list(generate(model, "x", 5, Sampling(0.0)))) == 5

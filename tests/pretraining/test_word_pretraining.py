"""Language models of words trained from text to folder, stopped, resumed, and made to write."""

import json

import numpy as np
import pytest

from tagger.config.load import check_pretraining_config
from tagger.errors import ConfigError
from tagger.model.language_model_folder import open_language_model
from tagger.network.saved_language_model import load_language_model
from tagger.pretraining.generate import Sampling, generate
from tagger.pretraining.pretrain import pretrain


def metrics_of(folder):
    return json.loads((folder / "metrics.json").read_text(encoding="utf-8"))


def test_a_text_of_two_sentences_is_learned(word_language_model):
    """Of `the cat sat .` and `a dog ran .`, equally often, only the first word in each direction is a guess."""
    metrics = metrics_of(word_language_model)
    guess = 2 * np.log(2) / 10  # of five places in each direction; backwards, `.` is sure and the word before it is not
    assert metrics["held_out"]["loss"] == pytest.approx(guess, abs=0.05)
    assert metrics["history"][0]["held_out"] > metrics["history"][-1]["held_out"]
    text = metrics["text"]
    assert (text["train"], text["held_out"], text["vocabulary"], text["different"]) == (720, 80, 7, 7)
    assert text["files"] == [{"name": "pets.txt", "bytes": 2500, "characters": 2500}]


def test_the_folder_has_what_a_language_model_needs_and_a_card(word_language_model):
    files = {path.relative_to(word_language_model).as_posix() for path in word_language_model.rglob("*")}
    assert {"vocabulary/words.txt", "vocabulary/characters.txt", "checkpoint/weights.index", "manifest.json"} <= files
    assert not any(name.startswith("text") for name in files)
    card = (word_language_model / "README.md").read_text(encoding="utf-8")
    assert "predicts each word of a sentence from those before it, and from those after it" in card
    assert "| words known | 7 |" in card and "| segmented by | NLTK |" in card


def test_it_writes_sentences(word_language_model):
    model = load_language_model(open_language_model(word_language_model))
    assert "".join(generate(model, "The", 3, Sampling(temperature=0))) == " cat sat ."
    text = "".join(generate(model, "", 8, Sampling(seed=1)))
    assert set(text.split("\n")) <= {"the cat sat .", "a dog ran ."} and text.count("\n") == 1


@pytest.mark.slow
def test_a_run_that_is_stopped_and_resumed_gives_the_same_weights(
    pets, word_model_settings, tmp_path, stopped_before_save, assert_same_weights
):
    """It is stopped right before a save in the middle of an epoch, so that some steps are taken again."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    training = word_model_settings["training"] | {"epochs": 2, "evaluate_steps": 4, "average": 0.9}
    config = check_pretraining_config({**word_model_settings, "training": training}, "SETTINGS")
    pretrain(config, [str(pets)], whole, say=print)

    saves = stopped_before_save(3, lambda: pretrain(config, [str(pets)], broken, say=print))
    assert saves == [0, 4, 8] and not broken.exists()
    other = check_pretraining_config({**config.model_dump(), "seed": 2}, "SETTINGS")
    with pytest.raises(ConfigError, match="has seed = 1, not 2"):
        pretrain(other, [str(pets)], broken, resume=True, say=print)
    pretrain(config, [str(pets)], broken, resume=True, say=print)
    assert_same_weights(whole, broken)


def test_all_words_can_be_compared_in_place_of_a_sample(pets, word_model_settings, tmp_path):
    training = word_model_settings["training"] | {"epochs": 1, "samples": 0}
    config = check_pretraining_config({**word_model_settings, "training": training}, "SETTINGS")
    metrics = pretrain(config, [str(pets)], tmp_path / "exact", say=print)
    assert metrics["train"]["loss"] < np.log(7)


@pytest.mark.slow
def test_a_finished_model_is_trained_for_more_epochs(pets, word_model_settings, tmp_path, assert_same_weights):
    whole, grown = tmp_path / "whole", tmp_path / "grown"

    def config_of(epochs, **others):
        training = word_model_settings["training"] | {"epochs": epochs} | others
        return check_pretraining_config({**word_model_settings, "training": training}, "SETTINGS")

    pretrain(config_of(2, decay="none"), [str(pets)], whole, say=print)
    pretrain(config_of(1, decay="none"), [str(pets)], grown, say=print)
    pretrain(config_of(2, decay="none"), [str(pets)], grown, resume=True, say=print)
    assert_same_weights(whole, grown)
    pretrain(config_of(1), [str(pets)], grown, overwrite=True, say=print)
    before = metrics_of(grown)["held_out"]["loss"]
    pretrain(config_of(3), [str(pets)], grown, resume=True, say=print)
    assert metrics_of(grown)["held_out"]["loss"] < before - 0.1  # the rate decays over three epochs, not one

"""Language models trained from text to folder, stopped and resumed; `tests/kills` kills them too."""

import json

import numpy as np
import pytest

from tagger.config.load import check_pretraining_config
from tagger.errors import ConfigError, DataError
from tagger.pretraining.pretrain import pretrain

SETTINGS = {
    "text": {"unit": "character", "held_out": 0.2},
    "characters": {"dimension": 4},
    "encoder": {"cell": "lstm", "units": 6, "layers": 1, "dropout": 0.3},
    "training": {"epochs": 2, "batch_size": 2, "steps": 9, "learning_rate": 0.02, "evaluate_steps": 3},
}


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "letters.txt"
    path.write_text("".join(np.random.default_rng(1).choice(list("abcde "), size=200)), encoding="utf-8")
    return path


def config_of(**training):
    return check_pretraining_config({**SETTINGS, "training": SETTINGS["training"] | training}, "SETTINGS")


def metrics_of(folder):
    return json.loads((folder / "metrics.json").read_text(encoding="utf-8"))


def without_times(history):
    return [
        {key: value for key, value in note.items() if key not in ("seconds", "characters_per_second")}
        for note in history
    ]


def assert_same_figures(one, other):
    """Assert that two runs have the same figures of each epoch and the same best step."""
    figures = [metrics_of(folder) for folder in (one, other)]
    assert without_times(figures[0]["history"]) == without_times(figures[1]["history"])
    assert figures[0]["best_step"] == figures[1]["best_step"]


def test_alternating_characters_are_learned(character_model):
    metrics = metrics_of(character_model)
    assert metrics["held_out"]["loss"] < 0.01
    assert metrics["held_out"]["perplexity"] == pytest.approx(1, abs=0.01)
    assert metrics["history"][0]["loss"] > metrics["train"]["loss"]
    assert metrics["text"]["files"] == [{"name": "abab.txt", "bytes": 800, "characters": 800}]
    assert (metrics["text"]["train"], metrics["text"]["held_out"], metrics["text"]["vocabulary"]) == (720, 80, 2)


def test_the_folder_has_what_a_language_model_needs_and_a_card(character_model):
    files = {path.relative_to(character_model).as_posix() for path in character_model.rglob("*") if path.is_file()}
    assert {name for name in files if not name.startswith(("logs/", "checkpoint/last"))} == {
        *("config.toml", "vocabulary/characters.txt", "metrics.json", "README.md", "manifest.json"),
        *("checkpoint/weights.index", "checkpoint/weights.data-00000-of-00001", "checkpoint/state.json"),
    }
    card = (character_model / "README.md").read_text(encoding="utf-8")
    assert "| abab.txt | 800 | 800 |" in card
    assert "| layers | 1 of 16 units, `gru` |" in card


def test_a_run_that_is_stopped_and_resumed_gives_the_same_weights(
    text, tmp_path, stopped_before_save, assert_same_weights
):
    """It is stopped right before a save in the middle of an epoch, so that some steps are taken again."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    said = []
    pretrain(config_of(), [str(text)], whole, say=said.append)

    saves = stopped_before_save(4, lambda: pretrain(config_of(), [str(text)], broken, say=said.append))
    assert saves == [0, 3, 6, 0] and not broken.exists()

    with pytest.raises(DataError, match="an unfinished run: go on with it with --resume"):
        pretrain(config_of(), [str(text)], broken, say=said.append)
    with pytest.raises(ConfigError, match=r"has training\.steps = 9, not 8"):
        pretrain(config_of(steps=8), [str(text)], broken, resume=True, say=said.append)
    pretrain(config_of(), [str(text)], broken, resume=True, say=said.append)
    assert_same_weights(whole, broken)
    assert_same_figures(whole, broken)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken", "letters.txt", "whole"]

    pretrain(config_of(), [str(text)], broken, resume=True, say=said.append)
    assert said == [f"{broken}: finished already, so there is nothing to resume"]
    same_size = text.read_text(encoding="utf-8").swapcase()
    text.write_text(same_size, encoding="utf-8")
    with pytest.raises(DataError, match=r"has read other text \(letters\.txt\)"):
        pretrain(config_of(), [str(text)], broken, resume=True, say=said.append)


@pytest.mark.slow
def test_a_finished_model_is_trained_for_more_epochs(text, tmp_path, assert_same_weights):
    whole, grown = tmp_path / "whole", tmp_path / "grown"
    settings = {"decay": "none"}
    pretrain(config_of(**settings), [str(text)], whole, say=print)
    pretrain(config_of(**settings, epochs=1), [str(text)], grown, say=print)
    pretrain(config_of(**settings), [str(text)], grown, resume=True, say=print)
    assert_same_weights(whole, grown)
    assert_same_figures(whole, grown)
    text.write_text("another text" * 20, encoding="utf-8")
    with pytest.raises(DataError, match="the run to resume has read other text"):
        pretrain(config_of(**settings, epochs=3), [str(text)], grown, resume=True, say=print)

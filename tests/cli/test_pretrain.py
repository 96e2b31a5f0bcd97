"""`tagger pretrain` as a user runs it."""

import gzip
import json
import re
import shutil

import pytest

from tagger.config.load import check_config, check_pretraining_config


def test_a_model_of_several_files_with_settings(tagger, character_files, tmp_path):
    config, text = character_files
    (tmp_path / "more.txt.gz").write_bytes(gzip.compress(b"ba" * 100))
    model = tmp_path / "model"
    settings = ["--set", "training.epochs=1", "--set", "text.held_out=0"]
    files = [text, tmp_path / "*.gz", text]  # one that is named twice is read once
    done = tagger("pretrain", config, "--text", *files, "--output", model, *settings)
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith("1,000 characters, 2 different ones; 25 steps an epoch;")
    assert "epoch 1/1: loss" in done.err and f"wrote {model} after" in done.err
    assert "held out" not in done.err
    assert "| more.txt.gz |" in (model / "README.md").read_text(encoding="utf-8")
    again = tagger("pretrain", config, "--text", text, "--output", model)
    assert again.code == 1 and f"{model}: exists already; name another folder, or say --overwrite" in again.err


def test_what_is_wrong_with_text_or_configuration_is_one_message(tagger, character_files, tiny_config, tmp_path):
    config, text = character_files
    empty, short, other = (tmp_path / name for name in ("empty", "short", "other"))
    empty.touch()
    short.write_text("ab", encoding="utf-8")
    other.write_bytes(b"fine\nno\xff\n")
    model = tmp_path / "model"
    cases = {
        "empty: the file is empty; give one that holds text": [config, "--text", empty],
        "the text has 2 characters to learn from, but 4 streams": [config, "--text", short],
        "other:2:3: byte 0xff is not UTF-8": [config, "--text", other],
        "nothing.txt: no file there": [config, "--text", tmp_path / "nothing.txt"],
        "--set training.step=3: unknown key 'training.step': did you mean 'training.steps'?": [
            *(config, "--text", text, "--set", "training.step=3")
        ],
        "a configuration of a tagger, which tagger train reads": [tiny_config, "--text", text],
        "unknown cell 'lstmm' (did you mean 'lstm'?)": [config, "--text", text, "--set", "encoder.cell=lstmm"],
        "standard input can be read once only": [config, "--text", "-", "--text", "-"],
        "lies in": [config, "--text", tmp_path],
    }
    for message, arguments in cases.items():
        done = tagger("pretrain", *arguments, "--output", model)
        assert (done.code, done.out) == (1, "") and message in done.err, done.err
        assert not list(tmp_path.glob("*model*"))
    done = tagger("pretrain", config, "--text", text)
    assert done.code == 1 and "no place for the model: give output there, or --output DIR" in done.err
    done = tagger("train", config, "--output", model)
    assert done.code == 1 and "of a language model, which tagger pretrain reads" in done.err


def test_odd_names_rare_characters_and_a_loss_beyond_all_bounds_are_told(tagger, character_files, tmp_path):
    config, _ = character_files
    text = tmp_path / b"caf\xe9|.txt".decode("utf-8", "surrogateescape")
    text.write_text("ab" * 400 + "c" + "ab" * 100, encoding="utf-8")
    model = tmp_path / "model"
    settings = ["training.epochs=1", "training.learning_rate=100000", "characters.min_count=2", "text.held_out=0.3"]
    command = ["pretrain", config, "--text", text, "--output", model]
    done = tagger(*command, *(part for each in settings for part in ("--set", each)))
    assert done.code == 0, done.err
    assert "2 different ones, 1 rarer than characters.min_count and read as unknown;" in done.err
    assert "| caf?\\|.txt |" in (model / "README.md").read_text(encoding="utf-8")
    held_out = json.loads((model / "metrics.json").read_text(encoding="utf-8"))["held_out"]
    assert held_out["loss"] > 710 and held_out["perplexity"] is None


@pytest.mark.slow
def test_a_model_of_words_and_a_tagger_that_begins_with_it(tagger, word_model_settings, pets, tiny_corpus, tmp_path):
    config, model = tmp_path / "words.toml", tmp_path / "model"
    settings = {**word_model_settings, "training": word_model_settings["training"] | {"epochs": 1}}
    config.write_text(check_pretraining_config(settings, "WORDS").to_toml(), encoding="utf-8")
    done = tagger("pretrain", config, "--text", pets, "--output", model)
    assert (done.code, done.out) == (0, "")
    assert "180 sentences, 720 words, 80 held out, 7 of 7 different ones known; 12 steps an epoch;" in done.err
    assert re.search(r"^epoch 1/1: loss .*, held out .* words/s, ", done.err, re.MULTILINE)
    assert re.search(r"^held out, best: .* a word$", done.err, re.MULTILINE)
    assert tagger("generate", model, "--prompt", "The", "--length", 4, "--seed", 1).out.startswith("The ")

    shared = {name: settings[name] for name in ("words", "characters")}
    encoder = settings["encoder"] | {"pretrained": str(model)}
    values = {"tasks": {"ner": {}}, **shared, "encoder": encoder, "training": {"epochs": 1}}
    config.write_text(check_config(values, "tagger").to_toml(), encoding="utf-8")
    trained = tmp_path / "tagger"
    assert tagger("train", config, "--corpus", tiny_corpus, "--output", trained).code == 0
    shutil.rmtree(model)
    assert tagger("tag", "--model", trained, pets).code == 0  # the folder holds all that it needs
    done = tagger("train", config, "--corpus", tiny_corpus, "--output", tmp_path / "other")
    assert done.code == 1 and f"{model}: no such model folder; tagger pretrain makes one" in done.err


def test_a_model_of_words_that_cannot_be_is_refused(tagger, pets, tmp_path):
    config, model = tmp_path / "words.toml", tmp_path / "model"
    config.write_text('[text]\nunit = "word"\n', encoding="utf-8")
    leak = ["--set", "encoder.layers=2", "--set", "encoder.stack=layers"]
    cases = {
        "have read the word that they are to guess: set encoder.stack to 'directions'": leak,
        "nobody: no such model folder": ["--set", "text.segmenter=nobody"],
        "'text.unit' is 'syllable': it is 'character' or 'word'": ["--set", "text.unit=syllable"],
        "unknown key 'text.max_word': did you mean 'text.max_words'?": ["--set", "text.max_word=3"],
    }
    for message, settings in cases.items():
        done = tagger("pretrain", config, "--text", pets, "--output", model, *settings)
        assert (done.code, done.out) == (1, "") and message in done.err, done.err
        assert not list(tmp_path.glob("*model*"))

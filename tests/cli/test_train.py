"""`tagger train` as a user runs it."""

import pytest


@pytest.mark.slow
def test_a_training_that_finds_nothing_says_what_may_help(tagger, tiny_config, tiny_corpus, tmp_path):
    settings = ["--set", "training.epochs=1", "--set", "training.learning_rate=1e-12"]
    done = tagger("train", tiny_config, "--corpus", tiny_corpus, "--output", tmp_path / "model", *settings)
    assert done.code == 0 and "dev ner: f1 0.00" in done.err
    assert "ner: nothing was found there: with 5 steps an epoch, more training.epochs or a smaller" in done.err


def test_training_from_the_command_line_takes_tasks_and_settings(tagger, tiny_config, tiny_files, tmp_path):
    corpus, model = tmp_path / "corpus", tmp_path / "model"
    done = tagger("convert", f"train={tiny_files['train']}", "--to", corpus, "--columns", "token,upos,ner")
    assert (done.code, done.out) == (0, "")
    assert "train: 20 sentences, 108 tokens" in done.err
    command = ["train", tiny_config, "--corpus", corpus, "--output", model, "--tasks", "upos"]
    done = tagger(*command, "--set", "training.epochs=1", "--set", "characters.encoder=none")
    assert (done.code, done.out) == (0, "")
    assert "epoch 1/1: loss" in done.err and f"wrote {model}" in done.err
    (tmp_path / "text").write_text("Ada left.", encoding="utf-8")
    tagged = tagger("tag", tmp_path / "text", "--model", model).out
    assert [token.count("/") for token in tagged.split()] == [1, 1, 1]

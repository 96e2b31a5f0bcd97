"""Rules of a configuration: read and refused before training, and written into the model folder."""

import shutil

import pytest

from tagger.config.load import check_config, load_config
from tagger.errors import ConfigError
from tagger.export.onnx_folder import copy_beside_network
from tagger.model.model_manifest import write_model_manifest
from tagger.text.rule_file import read_rules
from tagger.text.rules import Rule
from tagger.training.initial_config import own_config
from tagger.training.model_rules import doubts_about_rules, has_rules_of, rules_of_config, write_rules

TASKS = {"upos": {}, "ner": {"scheme": "IOB2"}}


def config_with(tmp_path, content):
    (tmp_path / "mine.toml").write_text(content)
    return check_config({"tasks": TASKS, "rules": {"file": str(tmp_path / "mine.toml")}}, "here")


def test_rules_are_written_into_the_model_folder_and_go_where_it_is_copied(tmp_path):
    (tmp_path / "drugs.txt").write_text("aspirin\n")
    rules = rules_of_config(config_with(tmp_path, "[[rules]]\nlabel = 'DRUG'\nfiles = ['drugs.txt']\n"))
    assert rules == (Rule("DRUG", ("aspirin",), task="ner"),)
    for name in ("model", "copy"):
        (tmp_path / name).mkdir()
    write_rules(rules, tmp_path / "model")
    copy_beside_network(tmp_path / "model", tmp_path / "copy")
    assert read_rules(tmp_path / "copy" / "rules.toml", whole=True) == rules


def test_a_model_that_is_trained_further_keeps_its_rules(tiny_model, tmp_path):
    shutil.copytree(tiny_model, tmp_path / "model")
    assert own_config(str(tmp_path / "model")).rules.file == ""
    write_rules((Rule("DRUG", ("aspirin",), task="ner"),), tmp_path / "model")
    write_model_manifest(tmp_path / "model")
    assert [rule.label for rule in rules_of_config(own_config(str(tmp_path / "model")))] == ["DRUG"]


def test_rules_of_tasks_that_are_dropped_are_left_out_with_a_word(tiny_model, tmp_path):
    shutil.copytree(tiny_model, tmp_path / "model")
    write_rules((Rule("DRUG", ("aspirin",)), Rule("X", ("a",), task="upos")), tmp_path / "model")
    write_model_manifest(tmp_path / "model")
    config = own_config(str(tmp_path / "model"))
    assert list(doubts_about_rules(config)) == []
    config = config.model_copy(update={"tasks": {"upos": config.tasks["upos"]}})
    assert [rule.label for rule in rules_of_config(config)] == ["X"]
    (doubt,) = doubts_about_rules(config)
    assert doubt.endswith("model is left out: they are of ner, which is not learned")


def test_rules_that_no_model_folder_could_have_are_refused_before_training(tmp_path, monkeypatch):
    monkeypatch.setattr("tagger.training.model_rules.MOST_BYTES", 1 << 20)
    (tmp_path / "long.txt").write_text("".join(f"phrase number {number:06}\n" for number in range(45_000)))
    config = config_with(tmp_path, "[[rules]]\nlabel = 'X'\nfiles = ['long.txt']\n")
    with pytest.raises(ConfigError, match=r"mine\.toml: its rules, .*, have 1\.2 MiB, and a model folder may have 1"):
        rules_of_config(config)


def test_a_finished_model_has_the_rules_that_are_asked_for_or_not(tmp_path):
    (tmp_path / "model").mkdir()
    config = config_with(tmp_path, "[[rules]]\nlabel = 'DRUG'\nphrases = ['aspirin']\n")
    assert not has_rules_of(config, tmp_path / "model")
    write_rules(rules_of_config(config), tmp_path / "model")
    assert has_rules_of(config, tmp_path / "model")
    (tmp_path / "mine.toml").write_text("[[rules]]\nlabel = 'DRUG'\nphrases = ['ibuprofen']\n")
    assert not has_rules_of(config, tmp_path / "model")
    assert has_rules_of(check_config({"tasks": TASKS}, "here"), tmp_path / "model")


def test_rules_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"mine\.toml: the rule 'X': the model has no task 'chunk', only upos, ner"):
        rules_of_config(config_with(tmp_path, "[[rules]]\nlabel = 'X'\ntask = 'chunk'\nphrases = ['a']\n"))
    with pytest.raises(ConfigError, match=r"mine\.toml: rule 1: 'label' is missing"):
        rules_of_config(config_with(tmp_path, "[[rules]]\n"))


def test_a_configuration_without_rules_does_not_mention_them(tmp_path):
    config = check_config({"tasks": TASKS}, "here")
    assert rules_of_config(config) == () and "[rules]" not in config.to_toml()
    write_rules((), tmp_path)
    assert list(tmp_path.iterdir()) == []
    with_rules = config_with(tmp_path, "")
    (tmp_path / "config.toml").write_text(with_rules.to_toml())
    assert load_config(tmp_path / "config.toml") == with_rules

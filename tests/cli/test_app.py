"""The command as a whole: its help, shell completion, and what a process of its own prints."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

MAIN = "from tagger.cli import main; main()"


@pytest.fixture
def text_file(tmp_path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text("Ada sees Paris. She left New York.\n", encoding="utf-8")
    return path


def test_in_a_process_of_its_own_a_command_writes_nothing_but_its_own_lines(
    tiny_model, tiny_corpus, text_file, clean_environment
):
    evaluate = ["eval", tiny_model, tiny_corpus, "--json"]
    for command in (evaluate, ["tag", "--pretokenized", text_file, "--model", tiny_model]):
        line = [sys.executable, "-W", "always", "-c", MAIN, *map(str, command)]
        done = subprocess.run(line, capture_output=True, text=True, env=clean_environment, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout


def completions(line: str, environment: dict[str, str]) -> list[str]:
    """What bash is offered after a line."""
    variables = {"_TAGGER_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    code = "import sys; sys.argv[0] = 'tagger'; " + MAIN
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env={**environment, **variables}, check=False)
    assert done.stderr == ""
    return done.stdout.split()


def test_the_shell_completes_commands_options_and_values(clean_environment):
    assert completions("tagger co", clean_environment) == ["convert", "compare"]
    assert completions("tagger tag --for", clean_environment) == ["--format"]
    assert completions("tagger tag --format json", clean_environment) == ["json", "jsonl"]
    assert completions("tagger tag --model eng", clean_environment) == ["english", "english-small"]


def test_help_lists_every_command_in_a_group_with_an_example(tagger):
    done = tagger("--help")
    assert (done.code, done.err) == (0, "")
    groups = re.findall(r"^([\w ]+):\n((?:  .*\n)+)", done.out, re.MULTILINE)
    listed = {group: re.findall(r"^  (\w+) ", text, re.MULTILINE) for group, text in groups if group != "Options"}
    assert listed == {
        "Data": ["convert", "inspect", "annotate"],
        "Training": ["train", "curve", "eval", "compare", "threshold", "export"],
        "Language models": ["pretrain", "generate"],
        "Tagging": ["tag", "redact", "serve", "models", "package", "check"],
    }
    for name in (name for names in listed.values() for name in names):
        (example,) = re.findall(rf"^ +(tagger {name}\b.*)$", done.out, re.MULTILINE)
        assert example in tagger(name, "--help").out


def test_an_interrupt_that_typer_does_not_see_ends_quietly(tagger, monkeypatch):
    def interrupted(arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("tagger.cli.app.app", interrupted)

    done = tagger("models")

    assert (done.code, done.out, done.err) == (130, "", "")


def test_a_warning_of_ours_is_said_without_the_code_that_gave_it(monkeypatch, capsys):
    """What TensorFlow imports calls `basicConfig`, which would put `WARNING:tagger.…:` before that of a logger."""
    import logging
    import warnings

    from tagger.cli import app

    def warn(arguments):
        logging.basicConfig()
        logging.getLogger("tagger.text.punkt").warning("not installed")
        warnings.warn("empty nodes left out: 37", stacklevel=1)

    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(app, "app", warn)
    app.main(["models"])
    assert capsys.readouterr().err == "not installed\nwarning: empty nodes left out: 37\n"

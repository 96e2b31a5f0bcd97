"""Which packages each command imports, and what it says when one is missing. Each test runs a process of its own."""

import subprocess
import sys

import pytest

from tagger import __version__

LIGHT = """
import sys
import tagger, tagger.cli, tagger.config.schema, tagger.model.vocabulary, tagger.evaluation, tagger.runtime.tagger
import tagger.text.formats, tagger.text.render, tagger.text.tokenize
for line in ("--help", "train --help", "--version", "train none.toml", "tag none.txt --model none"):
    try:
        tagger.cli.main(line.split())
    except SystemExit:
        pass
heavy = {"tensorflow", "onnx", "onnxruntime", "numpy", "sklearn", "seqeval", "nltk", "pandas"} & set(sys.modules)
print("imported:", sorted(heavy))
"""

TOKENIZING = """
import sys
from tagger.text.tokenize import tokenize
print([sentence.words for sentence in tokenize("It's here. Mr. Smith's, too.")])
print("imported:", sorted({"tensorflow", "numpy", "scipy", "sklearn", "joblib", "nltk", "pandas"} & set(sys.modules)))
"""

WITHOUT = """
import sys
for name in ("tensorflow", *sys.argv.pop(1).split()):
    sys.modules[name] = None
from tagger.cli import main
main(sys.argv[1:])
"""


def run(code: str, environment: dict[str, str], *arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_the_package_and_its_help_need_no_heavy_package(clean_environment):
    done = run(LIGHT, clean_environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "imported: []"
    assert "Train a model and write its folder." in done.stdout
    assert f"tagger {__version__}" in done.stdout
    assert done.stderr.splitlines() == [
        "tagger: none.toml: no such file: give the path of a TOML configuration, such as configs/sample.toml",
        "tagger: none.txt: there is no such file; check the path",
    ]


def test_tokenizing_needs_no_heavy_package_and_not_all_of_nltk(clean_environment):
    done = run(TOKENIZING, clean_environment)
    assert done.returncode == 0, done.stderr
    words = [("It", "'s", "here", "."), ("Mr.", "Smith", "'s", ",", "too", ".")]
    assert done.stdout.splitlines() == [str(words), "imported: []"]


def test_tensorflow_comes_without_keras_and_what_keras_imports(clean_environment):
    """They would be most of what a training's start takes; tests of layers show that Keras can be imported later."""
    done = run(
        "import sys; import tagger.training.train; print({'keras', 'sklearn', 'pandas'} & set(sys.modules))",
        clean_environment,
    )
    assert (done.returncode, done.stdout) == (0, "set()\n"), done.stderr


def test_a_command_that_needs_tensorflow_and_finds_none_says_what_to_install(
    clean_environment, tiny_config, tiny_corpus, tmp_path
):
    command = ["train", tiny_config, "--corpus", tiny_corpus, "--output", tmp_path / "model"]
    done = run(WITHOUT, clean_environment, "", *command)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("tagger: this command needs TensorFlow")
    assert line.endswith(": pip install 'rnn-tagger[train]'")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["eval", "convert", "inspect"])
def test_corpora_are_read_and_written_without_tensorflow_but_not_without_protobuf(
    command, clean_environment, tiny_corpus, tiny_files, tiny_model, tmp_path
):
    arguments = {
        "eval": [tiny_model, tiny_corpus],
        "convert": [f"train={tiny_files['train']}", "--to", tmp_path / "corpus", "--columns", "token,upos,ner"],
        "inspect": [tiny_corpus],
    }[command]
    done = run(WITHOUT, clean_environment, "google google.protobuf", command, *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("tagger: this command needs packages that are not installed")
    assert line.endswith(": pip install 'rnn-tagger[train]'")
    assert list(tmp_path.iterdir()) == []
    done = run(WITHOUT, clean_environment, "", command, *arguments)
    assert done.returncode == 0, done.stderr


SCORING = """
import sys
sys.modules["tensorflow"] = None
import tagger
gold = tagger.read([(["She", "sees", "Paris", "."], {"ner": ["O", "O", "B-LOC", "O"]})])
print(tagger.evaluate(sys.argv[1], gold).tasks["ner"].support)
try:
    tagger.train(gold)
except tagger.TaggerError as error:
    print(error)
"""


def test_python_reads_and_scores_without_tensorflow_and_training_says_what_to_install(clean_environment, tiny_model):
    done = run(SCORING, clean_environment, tiny_model)
    support, missing = done.stdout.splitlines()
    assert support == "1"
    assert missing.startswith("this command needs TensorFlow") and missing.endswith("pip install 'rnn-tagger[train]'")


def test_text_is_tagged_without_tensorflow(clean_environment, tiny_model, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("She sees Paris .\n")
    command = ["tag", text, "--model", tiny_model, "--format", "columns", "--pretokenized"]
    done = run(WITHOUT, clean_environment, "google google.protobuf", *command)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split("\t")[0] for line in done.stdout.splitlines() if line] == ["She", "sees", "Paris", "."]


def test_without_onnx_runtime_tagging_says_what_to_install(clean_environment, tiny_model, tiny_files):
    code = "import sys; sys.modules['onnxruntime'] = None; from tagger.cli import main; main(sys.argv[1:])"
    done = run(code, clean_environment, "tag", tiny_files["train"], "--model", tiny_model)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("tagger: this command needs ONNX Runtime")
    assert line.endswith(": pip install rnn-tagger")


TAGGING = """
import sys
from tagger.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
heavy = {"tensorflow", "onnx", "sklearn", "scipy", "pydantic", "seqeval", "rich", "pandas", "multiprocessing.pool"}
print("imported:", sorted(heavy & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize("options", [[], ["--jobs", "2"], ["--format", "jsonl", "--scores"], ["--format", "brackets"]])
def test_text_is_tagged_without_any_package_that_is_not_for_tagging(clean_environment, tiny_model, tmp_path, options):
    text = tmp_path / "text.txt"
    text.write_text("She sees Paris.\n")
    done = run(TAGGING, clean_environment, "tag", text, "--model", tiny_model, *options)
    assert done.stderr.splitlines()[-1] == "imported: []"
    assert "Paris" in done.stdout


def test_a_package_that_is_not_there_is_named_in_one_line(clean_environment, tiny_config):
    done = run(
        "import sys; sys.modules['pydantic'] = None; from tagger.cli import main; main(sys.argv[1:])",
        clean_environment,
        "train",
        tiny_config,
    )
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    needs = "tagger: this command needs packages that are not installed (first of all pydantic)"
    assert line == f"{needs}: pip install 'rnn-tagger[train]'"

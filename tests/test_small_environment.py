"""`pip install .` in a new environment: what tagging needs and no more."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MEGABYTES = 300


def run(*command: object, environment: dict[str, str]) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, env=environment, cwd=ROOT, check=False
    )


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_what_tagging_needs_is_not_asked_for_again_by_what_training_needs():
    assert not set(project()["dependencies"]) & set(project()["optional-dependencies"]["train"])


@pytest.mark.slow
def test_a_small_environment_tags_and_says_what_training_needs(tiny_model, tiny_config, tmp_path, clean_environment):
    environment = {name: value for name, value in clean_environment.items() if name != "PYTHONPATH"}
    python = tmp_path / "venv" / "bin" / "python"
    assert run(sys.executable, "-m", "venv", tmp_path / "venv", environment=environment).returncode == 0
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    wanted = project()["dependencies"][-1]
    reached = run(*pip, "download", "--no-deps", "--dest", tmp_path / "reached", wanted, environment=environment)
    if reached.returncode:
        pytest.skip("pip reaches no registry here")
    done = run(*pip, "install", ROOT, environment=environment)
    assert done.returncode == 0, done.stderr

    text = tmp_path / "text.txt"
    text.write_text("Ada Lovelace sees New York.\n", encoding="utf-8")
    tagger = tmp_path / "venv" / "bin" / "tagger"
    for jobs in (1, 2):
        done = run(tagger, "tag", text, "--model", tiny_model, "--scores", "--jobs", jobs, environment=environment)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("Ada/PROPN:") and done.stdout.count("\n") == 1
    code = f"import tagger; print(tagger.load({str(tiny_model)!r})('She left.'))"
    done = run(python, "-c", code, environment=environment)
    assert "PRON" in done.stdout, done.stderr
    done = run(tagger, "models", environment=environment)
    assert "english" in done.stdout, done.stderr

    done = run(tagger, "train", tiny_config, environment=environment)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("tagger: this command needs packages that are not installed")
    assert line.endswith(": pip install 'rnn-tagger[train]'")

    installed = run(*pip, "list", "--format=freeze", environment=environment).stdout.lower()
    assert not [name for name in ("tensorflow", "seqeval", "scikit", "scipy", "pydantic") if name in installed]
    files = [path for path in (tmp_path / "venv").rglob("*") if path.is_file() and not path.is_symlink()]
    assert sum(path.stat().st_size for path in files) < MEGABYTES * 10**6

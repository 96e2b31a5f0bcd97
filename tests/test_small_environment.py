"""The environment for those who only tag: requirements-tagging.txt, and the project without its dependencies."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements-tagging.txt"
MEGABYTES = 300


def run(*command: object, environment: dict[str, str]) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, env=environment, cwd=ROOT, check=False
    )


def wanted() -> list[str]:
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_what_tagging_needs_is_some_of_what_the_project_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(wanted()) < set(project["dependencies"])


@pytest.mark.slow
def test_a_small_environment_tags_and_says_what_training_needs(tiny_model, tiny_config, tmp_path, clean_environment):
    environment = {name: value for name, value in clean_environment.items() if name != "PYTHONPATH"}
    python = tmp_path / "venv" / "bin" / "python"
    assert run(sys.executable, "-m", "venv", tmp_path / "venv", environment=environment).returncode == 0
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    reached = run(*pip, "download", "--no-deps", "--dest", tmp_path / "reached", wanted()[-1], environment=environment)
    if reached.returncode:
        pytest.skip("pip reaches no registry here")
    for arguments in (["-r", REQUIREMENTS], ["--no-deps", ROOT]):
        done = run(*pip, "install", *arguments, environment=environment)
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

    done = run(tagger, "train", tiny_config, environment=environment)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("tagger: this command needs packages that are not installed")
    assert "pip install" in line and "'tensorflow" in line and "numpy" not in line

    files = [path for path in (tmp_path / "venv").rglob("*") if path.is_file() and not path.is_symlink()]
    assert sum(path.stat().st_size for path in files) < MEGABYTES * 10**6

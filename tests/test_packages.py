import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from tagger.packages import how_to_install, install_line

PROJECT = tomllib.loads((Path(__file__).resolve().parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LISTED = ["numpy>=1.26", "onnxruntime>=1.20", "tensorflow>=2.21; extra == 'train'", "ray[data]>=2.40; extra == 'ray'"]


def test_the_line_names_the_distribution_and_extras_that_exist():
    assert install_line() == f"pip install {PROJECT['name']}"
    for extra in ("train", "ray"):
        assert install_line(extra) == f"pip install '{PROJECT['name']}[{extra}]'"
        assert extra in PROJECT["optional-dependencies"]


@pytest.mark.parametrize(
    ("missing", "line"),
    [
        ("numpy", "pip install rnn-tagger"),
        ("onnxruntime.capi", "pip install rnn-tagger"),
        ("tensorflow", "pip install 'rnn-tagger[train]'"),
        ("google.protobuf", "pip install 'rnn-tagger[train]'"),
    ],
)
def test_a_missing_module_is_brought_by_what_needs_it(missing, line, monkeypatch):
    monkeypatch.setattr("importlib.metadata.requires", lambda name: LISTED)
    assert how_to_install(missing).endswith(f"(first of all {missing}): {line}")


def test_where_the_project_is_not_installed_the_line_brings_all_of_it(monkeypatch):
    def requires(name: str) -> list[str]:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.requires", requires)
    assert how_to_install("numpy").endswith(": pip install 'rnn-tagger[train]'")

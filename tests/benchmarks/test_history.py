"""The history of figures: what a run appends, and what the page of latest figures shows."""

import json
import runpy
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def history(monkeypatch, tmp_path) -> dict:
    """The module's names, with its files in a folder of the test's own."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    names = runpy.run_path(str(BENCHMARKS / "history.py"), run_name="history")
    state = names["Report"].save.__globals__
    state["HISTORY"], state["README"] = tmp_path / "history.jsonl", tmp_path / "README.md"
    state["README"].write_text(f"# Title\n\n{names['BEGIN']}\nold\n{names['END']}\n\nEnd.\n", encoding="utf-8")
    return names


def run(history, benchmark, speed):
    report = history["Report"](benchmark, "a machine")
    report.begin_table(["system", "words/s"])
    report.add_row(["ours", speed])
    report.save()


def test_a_run_is_appended_and_the_page_shows_the_latest_of_each_benchmark(history, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", [str(BENCHMARKS / "tagging.py"), "--rounds", "3"])
    for benchmark, speed in (("tagging", "1"), ("unrolling", "2"), ("tagging", "3")):
        run(history, benchmark, speed)

    lines = (tmp_path / "history.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["tables"][0]["rows"] for line in lines] == [[["ours", speed]] for speed in "123"]
    assert json.loads(lines[0])["command"] == "python benchmarks/tagging.py --rounds 3"
    table = "| system | words/s |\n| --- | ---: |\n| ours | 3 |\n"
    assert table in capsys.readouterr().out
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert page.startswith("# Title\n") and page.endswith("\n\nEnd.\n") and "old" not in page
    assert table in page and "| ours | 1 |" not in page
    assert page.index("## tagging") < page.index("## unrolling")


def test_the_page_in_the_repository_shows_the_latest_of_its_history(history):
    runs = history["read_history"]((BENCHMARKS / "history.jsonl").read_text(encoding="utf-8").splitlines())
    assert runs
    assert history["as_markdown"](history["latest_runs"](runs)) in (BENCHMARKS / "README.md").read_text("utf-8")


def test_a_command_names_no_folder_of_this_machine(history):
    assert history["relative"](str(BENCHMARKS / "tagging.py")) == "benchmarks/tagging.py"
    assert history["relative"]("/elsewhere/work") == "work"
    assert history["relative"]("../shared") == "../shared"

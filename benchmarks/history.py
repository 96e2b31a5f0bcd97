"""The history of figures: each run of a benchmark appends a line to history.jsonl; README.md shows the latest of each.

    python benchmarks/history.py

writes README.md's tables again from history.jsonl. A line of history holds the benchmark's name, the command, the day,
the commit (with `+` where the work tree had changes), the machine with its packages, and the tables that were printed.
"""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from machine import describe

FOLDER = Path(__file__).resolve().parent
HISTORY = FOLDER / "history.jsonl"
README = FOLDER / "README.md"
BEGIN, END = "<!-- latest figures -->", "<!-- end of latest figures -->"


class Report:
    """The tables of one run of a benchmark, printed as they grow, and appended to the history at the end."""

    def __init__(self, benchmark: str, machine: str = "") -> None:
        self.benchmark, self.machine = benchmark, machine or describe()
        self.tables: list[dict[str, Any]] = []
        print(self.machine, flush=True)

    def begin_table(self, columns: Sequence[str]) -> None:
        """Begin a table and print its head; the first column names the rows, the others hold figures."""
        self.tables.append({"columns": list(columns), "rows": []})
        print("\n" + "\n".join(head_lines(columns)), flush=True)

    def add_row(self, cells: Sequence[str]) -> None:
        """Add a row to the table begun last, and print it."""
        self.tables[-1]["rows"].append(list(cells))
        print(row_line(cells), flush=True)

    def save(self) -> None:
        """Append the run to the history, and write README.md again."""
        run = {
            "benchmark": self.benchmark,
            "command": shlex.join(["python", *map(relative, sys.argv)]),
            "date": str(date.today()),
            "commit": commit(),
            "machine": self.machine,
            "tables": self.tables,
        }
        with HISTORY.open("a", encoding="utf-8") as file:
            file.write(json.dumps(run, ensure_ascii=False) + "\n")
        write_readme()


def relative(argument: str) -> str:
    """Return an absolute path without the folder of the project, or without any where it lies elsewhere."""
    inside = argument.removeprefix(f"{FOLDER.parent}/")
    return Path(inside).name if Path(inside).is_absolute() else inside


def commit() -> str:
    """Return the short name of the checked-out commit, with `+` where tracked files have changed since; else empty."""
    command = ["git", "describe", "--always", "--exclude=*", "--dirty=+"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def head_lines(columns: Sequence[str]) -> list[str]:
    """Return the first two lines of a Markdown table; all columns but the first are aligned to the right."""
    return [row_line(columns), "| --- |" + " ---: |" * (len(columns) - 1)]


def row_line(cells: Iterable[str]) -> str:
    """Return a row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def read_history(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Return the runs of a history, the oldest first."""
    return [json.loads(line) for line in lines if line.strip()]


def latest_runs(runs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the last run of each benchmark, by name."""
    latest = {run["benchmark"]: run for run in runs}
    return [latest[name] for name in sorted(latest)]


def as_markdown(runs: Iterable[dict[str, Any]]) -> str:
    """Return the section of README.md that shows some runs."""
    parts = []
    for run in runs:
        parts.append(f"## {run['benchmark']}\n\n    {run['command']}\n\n{run['machine']}; commit {run['commit']}")
        parts += ["\n".join([*head_lines(table["columns"]), *map(row_line, table["rows"])]) for table in run["tables"]]
    return "\n\n".join(parts)


def write_readme() -> None:
    """Write the latest figures into README.md, between its two marks."""
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    with HISTORY.open(encoding="utf-8") as file:
        section = as_markdown(latest_runs(read_history(file)))
    README.write_text(f"{before}{BEGIN}\n\n{section}\n\n{END}{after}", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_readme()

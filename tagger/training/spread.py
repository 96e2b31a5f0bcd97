"""Mean and standard deviation of one configuration's scores over several seeds."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tagger.evaluation.main_figures import main_figures
from tagger.tables import FullWidthTable, percent

SPLITS = ("dev", "test")


def dev_score(metrics: Mapping[str, Any]) -> float:
    """Return the mean of all tasks' main figures on dev, or 0; models are chosen by it."""
    figures = main_figures(metrics, "dev")
    return sum(value for _, value in figures.values()) / len(figures) if figures else 0.0


def spread_of(runs: Mapping[int, Mapping[str, Any]], kept: int) -> dict[str, Any]:
    """Return the `seeds` of `metrics.json`, given each seed's metrics and the seed to keep.

    The `seeds` hold the figures of all `runs`, and for each split and task their `mean` and sample standard deviation
    `std`. Where there are several corpora, `seeds` also hold the same for each of them.
    """
    spread: dict[str, Any] = {"kept": kept, "runs": []}
    for seed, metrics in runs.items():
        run = {"seed": seed, **{key: metrics[key] for key in ("epochs", "best_epoch", "seconds")}}
        for split in SPLITS:
            run[split] = {task: value for task, (_, value) in main_figures(metrics, split).items()}
        spread["runs"].append(run)
    spread |= _spread_by_split(list(runs.values()))
    if "corpora" in runs[kept]:
        by_corpus = zip(*(metrics["corpora"] for metrics in runs.values()), strict=True)
        spread["corpora"] = [
            {"name": runs_of_one[0]["name"], **_spread_by_split(runs_of_one)} for runs_of_one in by_corpus
        ]
    return spread


def _spread_by_split(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return mean and sample standard deviation of each task's main figure on dev and test."""
    spread: dict[str, Any] = {}
    for split in SPLITS:
        figures = [main_figures(metrics, split) for metrics in runs]
        spread[split] = {}
        for task, (figure, _) in figures[0].items():
            values = [each[task][1] for each in figures]
            spread[split][task] = {
                "figure": figure,
                "mean": statistics.fmean(values),
                "std": statistics.stdev(values),
            }
    return spread


def print_spread(spread: Mapping[str, Any], console: Console) -> None:
    """Print all seeds' scores, mean and standard deviation, in percent.

    A star marks the seed that is kept.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("split", "task", "figure"):
        table.add_column(column, no_wrap=True)
    seeds = [f"{run['seed']}{'*' if run['seed'] == spread['kept'] else ''}" for run in spread["runs"]]
    for column in ("mean", "std", *(f"seed {seed}" for seed in seeds)):
        table.add_column(column, justify="right", no_wrap=True)
    for split in SPLITS:
        for task, summary in spread[split].items():
            values = [run[split][task] for run in spread["runs"]]
            numbers = map(percent, (summary["mean"], summary["std"], *values))
            table.add_row(split, Text(task), summary["figure"], *numbers)
    console.print(FullWidthTable(table), soft_wrap=True, highlight=False)
    console.print(f"* {which_is_kept(spread)}", soft_wrap=True, highlight=False)


def which_is_kept(spread: Mapping[str, Any]) -> str:
    """Return a phrase about the seed whose model was kept, and why."""
    seeds = [run["seed"] for run in spread["runs"]]
    why = "the best on dev" if spread["dev"] else "the first, as dev has no tags to choose by,"
    return f"seed {spread['kept']}: {why} of seeds {seeds[0]} to {seeds[-1]}"

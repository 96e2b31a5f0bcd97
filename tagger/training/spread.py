"""How the scores of one configuration spread over its seeds."""

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
    """What the best of several models is chosen by: the mean of all tasks' figures on dev, 0 where there are none."""
    figures = main_figures(metrics, "dev")
    return sum(value for _, value in figures.values()) / len(figures) if figures else 0.0


def spread_of(runs: Mapping[int, Mapping[str, Any]], kept: int) -> dict[str, Any]:
    """What `metrics.json` says of several seeds, by what it says of each: which is `kept`, the figures of all `runs`,
    and for each split and task their `mean` and sample standard deviation, `std`; of each of several corpora too."""
    spread: dict[str, Any] = {"kept": kept, "runs": []}
    for seed, metrics in runs.items():
        run = {"seed": seed, **{key: metrics[key] for key in ("epochs", "best_epoch", "seconds")}}
        for split in SPLITS:
            run[split] = {task: value for task, (_, value) in main_figures(metrics, split).items()}
        spread["runs"].append(run)
    spread |= _spread_by_split(list(runs.values()))
    if "corpora" in runs[kept]:
        by_corpus = zip(*(metrics["corpora"] for metrics in runs.values()), strict=True)
        spread["corpora"] = [{"name": of[0]["name"], **_spread_by_split(of)} for of in by_corpus]
    return spread


def _spread_by_split(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Mean and sample standard deviation of each task's figure, of dev and of test."""
    spread: dict[str, Any] = {}
    for split in SPLITS:
        figures = [main_figures(metrics, split) for metrics in runs]
        spread[split] = {}
        for task, (figure, _) in figures[0].items():
            values = [of[task][1] for of in figures]
            spread[split][task] = {
                "figure": figure,
                "mean": statistics.fmean(values),
                "std": statistics.stdev(values),
            }
    return spread


def print_spread(spread: Mapping[str, Any], console: Console) -> None:
    """Print the scores of all seeds, in hundredths, with mean and standard deviation; the kept one has a star."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("split", "task", "figure"):
        table.add_column(column, no_wrap=True)
    seeds = [f"{run['seed']}{'*' if run['seed'] == spread['kept'] else ''}" for run in spread["runs"]]
    for column in ("mean", "std", *(f"seed {seed}" for seed in seeds)):
        table.add_column(column, justify="right", no_wrap=True)
    for split in SPLITS:
        for task, of in spread[split].items():
            values = [run[split][task] for run in spread["runs"]]
            table.add_row(split, Text(task), of["figure"], *map(percent, (of["mean"], of["std"], *values)))
    console.print(FullWidthTable(table), soft_wrap=True, highlight=False)
    console.print(f"* {which_is_kept(spread)}", soft_wrap=True, highlight=False)


def which_is_kept(spread: Mapping[str, Any]) -> str:
    """One phrase on the seed that was kept, and why."""
    seeds = [run["seed"] for run in spread["runs"]]
    why = "the best on dev" if spread["dev"] else "the first, as dev has no tags to choose by,"
    return f"seed {spread['kept']}: {why} of seeds {seeds[0]} to {seeds[-1]}"

"""k-fold cross-validation (Stone 1974): every sentence is scored once, by a model that has not learned from it."""

import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tagger.config.schema import Config
from tagger.corpus.dev_cut import cut_dev
from tagger.corpus.document_groups import DOCUMENT, KINDS, Group, pooled_groups
from tagger.corpus.from_config import mixed_corpora, without_missing_tasks
from tagger.corpus.manifest import Manifest
from tagger.corpus.read import read_split
from tagger.errors import ConfigError, DataError
from tagger.evaluation.main_figures import MainFigure, main_figures
from tagger.tables import FullWidthTable, percent
from tagger.training.initial_config import begun_config
from tagger.training.options import TrainingOptions
from tagger.training.series import Series, SeriesRun, Splits, without_segmenter


def cross_validate(
    config: Config,
    corpora: Sequence[Manifest],
    output: Path,
    folds: int,
    options: TrainingOptions = TrainingOptions(),  # noqa: B008 (frozen)
) -> dict[str, Any]:
    """Train and score a model for each of some folds, and return the scores with mean and standard deviation.

    The train and dev splits of each corpus together are dealt into `folds` parts, whole documents at a time where the
    corpus tells at least as many documents apart, otherwise paragraphs or sentences. Fold n is scored on part n and
    learns from the others, of which every tenth document is the dev split that chooses its best epoch, so that nothing
    is chosen on what is scored. A test split is left alone, and so is a corpus with weight 0, except for its dev split.
    All folds have the configuration's seed, which also deals the documents: they differ in data alone. No segmenter is
    trained.

    The result is also written to OUTPUT.folds.json, whole or not at all, and no model is kept. Until then everything
    lies in OUTPUT.folds, where `options.resume` continues. Raises TaggerError as `train` does, and DataError where a
    corpus has too few sentences.
    """
    if folds < 2:
        raise ConfigError(f"{folds} folds: a cross-validation has at least 2")
    config = without_segmenter(without_missing_tasks(config, corpora))
    weights = [corpus.weight for corpus in mixed_corpora(begun_config(config, corpora), corpora)]
    dealt = [
        _Dealt(corpus, folds, config.seed, options.say) if weight else None
        for corpus, weight in zip(corpora, weights, strict=True)
    ]

    def of_fold(number: int) -> list[Manifest | Splits]:
        return [
            each.fold(number) if each else _without_test(corpus) for each, corpus in zip(dealt, corpora, strict=True)
        ]

    runs = [
        SeriesRun(f"fold {number + 1} of {folds}", config, partial(of_fold, number), partial(_measure, number + 1))
        for number in range(folds)
    ]
    grouped_by = [each.grouped_by for each in dealt if each]
    series = Series("folds", output, config, corpora, {"folds": folds}, options)
    return series.carry_out(runs, lambda entries: _summary(entries, grouped_by))


class _Dealt:
    """A corpus whose sentences of train and dev are dealt into folds."""

    def __init__(self, corpus: Manifest, folds: int, seed: int, say: Callable[[str], None]) -> None:
        splits = [list(read_split(corpus, split)) for split in ("train", "dev") if split in corpus.splits]
        sentences = sum(map(len, splits))
        for largest in KINDS:
            groups, self.grouped_by = pooled_groups(splits, largest)
            if largest == DOCUMENT:
                first, what = len(groups), self.grouped_by
            if len(groups) >= folds:
                break
        if what != self.grouped_by:
            say(
                f"warning: {corpus.directory}: only {first} groups of sentences ({what}) for {folds} folds, so each "
                f"{self.grouped_by} is dealt: parts of one text are then in train and test, which flatters the scores"
            )
        if len(groups) < 2 * folds and sentences < 2 * folds:
            raise DataError(
                f"{corpus.directory}: {sentences} sentences in train and dev are too few for {folds} folds: "
                "give fewer folds, or more sentences"
            )
        self._parts = deal(groups, folds, seed)

    def fold(self, number: int) -> Splits:
        """Return the splits of a fold, from 0."""
        others = [group for part, groups in enumerate(self._parts) if part != number for group in groups]
        cut = cut_dev(others, self.grouped_by)
        return {
            "train": cut.train if cut.dev else cut.train[:-1],
            "dev": cut.dev or cut.train[-1:],
            "test": [sentence for group in self._parts[number] for sentence in group.sentences],
        }


def deal(groups: Sequence[Group], folds: int, seed: int) -> list[list[Group]]:
    """Deal groups of sentences into parts of about as many sentences, by chance; each part keeps their order.

    The largest groups are dealt first, each to the part that has the fewest sentences.
    """
    order = list(range(len(groups)))
    random.Random(seed).shuffle(order)
    order.sort(key=lambda place: -len(groups[place].sentences))  # stable: by chance among groups of one size
    parts: list[list[int]] = [[] for _ in range(folds)]
    sizes = [0] * folds
    for place in order:
        smallest = sizes.index(min(sizes))
        parts[smallest].append(place)
        sizes[smallest] += len(groups[place].sentences)
    return [[groups[place] for place in sorted(part)] for part in parts]


def _without_test(corpus: Manifest) -> Manifest:
    return replace(corpus, splits={split: info for split, info in corpus.splits.items() if split != "test"})


def _measure(number: int, metrics: Mapping[str, Any], model: Path) -> dict[str, Any]:
    """Return what is kept of a fold: its sizes, and its scores on the part that it has not learned from."""
    return {
        "fold": number,
        "train": metrics["train"],
        **{key: metrics[key] for key in ("epochs", "best_epoch", "seconds")},
        "test": metrics["test"],
    }


def _summary(entries: list[dict[str, Any]], grouped_by: Sequence[str]) -> dict[str, Any]:
    """Return the scores of all folds, and the mean and sample standard deviation of each task's main figure.

    A fold without gold spans says nothing of a task of spans, and is left out of its mean; `folds` counts the others.
    """
    scores: dict[str, list[float]] = {}
    names: dict[str, str] = {}
    for entry in entries:
        for task, (figure, value) in _figures(entry).items():
            scores.setdefault(task, []).append(value)
            names[task] = figure
    tasks = {
        task: {
            "figure": names[task],
            "mean": statistics.fmean(values),
            "std": statistics.stdev(values) if len(values) > 1 else 0.0,
            "folds": len(values),
        }
        for task, values in scores.items()
    }
    return {"folds": len(entries), "grouped_by": list(grouped_by), "tasks": tasks, "runs": entries}


def _figures(entry: Mapping[str, Any]) -> dict[str, MainFigure]:
    """Return the main figures of a fold, but for tasks of spans that its part has none of."""
    scores = entry["test"]["tasks"]
    return {task: each for task, each in main_figures(entry, "test").items() if scores[task].get("support") != 0}


def print_folds(result: Mapping[str, Any], console: Console) -> None:
    """Print the main figures of all folds in percent, with mean and standard deviation."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("task", "figure"):
        table.add_column(column, no_wrap=True)
    for column in ("mean", "std", *(f"fold {run['fold']}" for run in result["runs"])):
        table.add_column(column, justify="right", no_wrap=True)
    for task, summary in result["tasks"].items():
        figures = [_figures(run).get(task) for run in result["runs"]]
        values = ["–" if each is None else percent(each.value) for each in figures]
        table.add_row(Text(task), summary["figure"], percent(summary["mean"]), percent(summary["std"]), *values)
    console.print(FullWidthTable(table), soft_wrap=True, highlight=False)
    sizes = ", ".join(f"{run['test']['sentences']:,}" for run in result["runs"])
    dealt = " and ".join(dict.fromkeys(result["grouped_by"]))
    console.print(Text(f"scored on {sizes} sentences, dealt by {dealt}"), soft_wrap=True)
    if any(len(_figures(run)) < len(run["test"]["tasks"]) for run in result["runs"]):
        said = "– stands for a part without spans of the task, which is left out of mean and std"
        console.print(Text(said), soft_wrap=True)

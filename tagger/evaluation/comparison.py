"""Comparison of two models on the same sentences, with its significance."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tagger.corpus.manifest import Manifest
from tagger.errors import DataError
from tagger.evaluation.main_figures import main_figure_name
from tagger.evaluation.significance import LEVEL, RESAMPLES, Difference, compare_counts, sentence_counts
from tagger.evaluation.split import tagged_split, tasks_to_score
from tagger.runtime.tagger import Tagger
from tagger.tables import FullWidthTable, percent

SIGNIFICANT = 0.05
"""The p-value below which a difference is called real."""


@dataclass(frozen=True)
class Comparison:
    """The difference between two models on a split, for each task that both have.

    `figures` names the figure compared of each task, `f1` or `accuracy`. `level` is that of the intervals.
    """

    split: str
    resamples: int
    level: float
    figures: Mapping[str, str]
    tasks: Mapping[str, Difference]

    def as_dict(self) -> dict[str, object]:
        """The comparison as plain dictionaries, as `compare --json` prints them."""
        return asdict(self)


def compare(first: Tagger, second: Tagger, corpus: Manifest, split: str, *, seed: int = 1) -> Comparison:
    """Tag a split with both models, and compare them at every task they share.

    Tasks that the split is not annotated for are left out. `seed` decides the resamples: the same seed gives the same
    figures. Raises DataError when there is no such split, when no task is left, and when a task has spans for one model
    and plain tags for the other.
    """
    common = [task for task in first.tasks if task in second.tasks]
    if not common:
        does = f"the first does {', '.join(first.tasks)}, the second {', '.join(second.tasks)}"
        raise DataError(f"the models have no task in common: {does}; compare models of the same task")
    for task in common:
        if first.schemes[task] != second.schemes[task]:
            raise DataError(
                f"task '{task}' has spans in one model and plain tags in the other, and their scores are of two kinds: "
                "train both from the same corpus"
            )
    schemes = tasks_to_score({task: first.schemes[task] for task in common}, corpus, split)
    first_counts, second_counts = (_split_counts(tagger, corpus, split, schemes) for tagger in (first, second))
    return Comparison(
        split=split,
        resamples=RESAMPLES,
        level=LEVEL,
        figures={task: main_figure_name(scheme) for task, scheme in schemes.items()},
        tasks={task: compare_counts(first_counts[task], second_counts[task], seed=seed) for task in schemes},
    )


def _split_counts(
    tagger: Tagger, corpus: Manifest, split: str, schemes: Mapping[str, str | None]
) -> dict[str, np.ndarray]:
    """The two counts of every annotated sentence of a split, `[S, 2]`, by task."""
    counts: dict[str, list[tuple[int, int]]] = {task: [] for task in schemes}
    for gold, predicted in tagged_split(tagger, corpus, split):
        for task, scheme in schemes.items():
            if task in gold.tags:
                counts[task].append(sentence_counts(gold.tags[task], predicted.tags[task], scheme))
    return {task: np.array(by_sentence, np.int64) for task, by_sentence in counts.items()}


def print_comparison(comparison: Comparison, names: Sequence[str], console: Console) -> None:
    """Print the figures of each task in percent, and a verdict in words.

    `names` are the names of the two models.
    """
    for letter, name in zip("AB", names, strict=True):
        console.print(Text(f"{letter}: {name}"), soft_wrap=True)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("task", "figure"):
        table.add_column(column, no_wrap=True)
    interval = f"{100 * comparison.level:.0f}% interval"
    for column in ("A", "B", "B − A", interval, "p, bootstrap", "p, randomisation"):
        table.add_column(column, justify="right", no_wrap=True)
    for task, difference in comparison.tasks.items():
        table.add_row(
            Text(task),
            comparison.figures[task],
            percent(difference.first),
            percent(difference.second),
            signed_percent(difference.difference),
            f"{signed_percent(difference.low)} … {signed_percent(difference.high)}",
            f"{difference.bootstrap_p:.4f}",
            f"{difference.randomization_p:.4f}",
        )
    console.print(FullWidthTable(table), soft_wrap=True, highlight=False)
    for task, difference in comparison.tasks.items():
        sentences = f"{difference.sentences:,} sentences of {comparison.split}"
        console.print(Text(f"{task}: {_verdict(difference)}, on {sentences}"))


def _verdict(difference: Difference) -> str:
    """A difference in words: real only where both tests call it significant."""
    p = max(difference.bootstrap_p, difference.randomization_p)
    if p >= SIGNIFICANT:
        return f"no difference that could not be luck (p = {p:.2g})"
    return f"{'B' if difference.difference > 0 else 'A'} is better (p = {p:.2g})"


def signed_percent(difference: float) -> str:
    """A difference between figures of 0 to 1, in percent with its sign.

    A difference that rounds to 0 has no sign.
    """
    text = f"{100 * difference:+.2f}"
    return text.lstrip("+-") if float(text) == 0 else text

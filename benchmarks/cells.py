"""The table of cells: parameters, speed in training, and dev accuracy of every cell at the same budget.

    tagger convert corpora/ud-english-ewt --source ../shared/corpora/ud/UD_English-EWT --to data/ud-english-ewt
    python benchmarks/cells.py --set training.epochs=3 --write

Every cell trains with the same configuration, `configs/pos-ewt.toml` unless another is given. Before that, all are
timed in turns on the same batches, the first turn not counted; speed is the median, relative to `lstm`. The script
prints the rows of the table in `docs/cells.md`, and with `--write` puts them there.
"""

import argparse
import statistics
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np
from history import Report

from tagger.config.load import load_config
from tagger.config.schema import Config
from tagger.corpus.from_config import with_schemes
from tagger.corpus.lookup import Batch
from tagger.corpus.manifest import Manifest
from tagger.corpus.read import open_corpus
from tagger.network.cells import CELLS, RNNCell, make_cell
from tagger.network.network import Network
from tagger.training.run import Run
from tagger.training.train import train
from tagger.training.workers import Workers

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "cells.md"
MEASURE = "lstm"
"""The cell that the speed of all others is relative to."""


def of_cell(config: Config, cell: str) -> Config:
    return config.model_copy(update={"encoder": config.encoder.model_copy(update={"cell": cell, "options": {}})})


def parameters(network: Network, config: Config) -> int:
    """Return the number of parameters of one cell in the first layer."""
    cell = make_cell(config.encoder.cell, config.encoder.units)
    cell.build(features(network))
    return count(cell)


def features(network: Network) -> int:
    """Return the size D of the encoder's inputs `[B, T, D]`."""
    return network.words.output_size + network.spelling_size


def count(cell: RNNCell) -> int:
    return int(sum(np.prod(variable.shape) for variable in cell.trainable_variables))


def speeds(runs: dict[str, Run], batches: list[Batch], rounds: int) -> dict[str, float]:
    """Return the training speed of each run in words a second."""
    words = sum(int(batch["lengths"].numpy().sum()) for batch in batches)
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds + 1):
        for name, run in runs.items():
            started = time.perf_counter()
            for batch in batches:
                run.step.run(batch)
            run.step.loss_sum.numpy()
            seconds[name].append(time.perf_counter() - started)
    return {name: words / statistics.median(each[1:]) for name, each in seconds.items()}


def accuracy(config: Config, corpus: Manifest, output: Path) -> float:
    """Train a model and return the dev accuracy of its first task."""
    scores = train(config, [corpus], output)["dev"]["tasks"]
    return scores[next(iter(config.tasks))]["accuracy"]


def known_rows() -> dict[str, list[str]]:
    """Return the table's present rows, split into columns, by the name of the cell."""
    rows = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        columns = [column.strip() for column in line.strip("|").split("|")]
        if line.startswith("| `") and len(columns) == 7:
            rows[columns[0].strip("`")] = columns
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cells", nargs="*", help="which cells; all by default")
    parser.add_argument("--config", type=Path, default=ROOT / "configs" / "pos-ewt.toml")
    parser.add_argument("--corpus", type=Path, help="in place of the configuration's")
    parser.add_argument("--set", action="append", default=[], help="a setting in place of the configuration's")
    parser.add_argument("--batches", type=int, default=20, help="batches of a round of timing")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of timing")
    parser.add_argument("--write", action="store_true", help="put the rows into the table")
    arguments = parser.parse_args()
    names = arguments.cells or list(CELLS)
    config = load_config(arguments.config, arguments.set)
    report = Report("cells")

    with (
        open_corpus(arguments.corpus or ROOT / config.corpus.path) as corpus,
        tempfile.TemporaryDirectory() as temporary,
    ):
        folder = Path(temporary)
        config = with_schemes(config, [corpus])
        runs = {
            name: Run(of_cell(config, name), [corpus], folder, Workers()) for name in dict.fromkeys([*names, MEASURE])
        }
        batches = list(islice(runs[MEASURE].batches(0), arguments.batches))
        speed = speeds(runs, batches, arguments.rounds)
        sizes = {name: parameters(run.network, run.config) for name, run in runs.items()}
        width = features(runs[MEASURE].network)
        del runs
        report.begin_table(
            [f"cell (D = {width}, H = {config.encoder.units})", "parameters", "by H", "speed", "dev accuracy"]
        )
        table = PAGE.read_text(encoding="utf-8")
        for name in names:
            score = accuracy(of_cell(config, name), corpus, folder / name)
            columns = known_rows()[name]
            columns[3:] = [
                f"{sizes[name]:,}",
                f"{sizes[name] / config.encoder.units:,.0f}",
                f"{speed[name] / speed[MEASURE]:.2f}",
                f"{100 * score:.2f}",
            ]
            row = f"| {' | '.join(columns)} |"
            report.add_row([columns[0], *columns[3:]])
            table = "\n".join(
                row if line.startswith(f"| {columns[0]} | {columns[1]} |") else line for line in table.split("\n")
            )
    report.save()
    if arguments.write:
        PAGE.write_text(table, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

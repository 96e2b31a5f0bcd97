"""A learning curve: what models score that learn from growing shares of train. Is it worth annotating more?"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tagger.config.schema import Config
from tagger.corpus.document_groups import KINDS, SENTENCE, Group, document_groups
from tagger.corpus.from_config import mixed_corpora, without_missing_tasks
from tagger.corpus.manifest import Manifest
from tagger.corpus.mixture import MixedCorpus
from tagger.corpus.read import read_split
from tagger.errors import ConfigError, DataError
from tagger.evaluation.comparison import SIGNIFICANT, signed_percent
from tagger.evaluation.main_figures import main_figures
from tagger.evaluation.significance import compare_counts, sentence_counts
from tagger.evaluation.size_chart import size_chart, svg_file
from tagger.evaluation.split import tagged_pairs
from tagger.runtime.tagger import Tagger, load
from tagger.tables import FullWidthTable, percent
from tagger.text.sentence import Sentence
from tagger.training.initial_config import begun_config
from tagger.training.options import TrainingOptions
from tagger.training.series import Series, SeriesRun, Splits, without_segmenter

DOUBLINGS = 3
"""How often the smallest share is doubled until it is the whole: 1/8, 1/4, 1/2, 1."""
_MOST_EPOCHS = 3
"""A small share has more epochs, so that its model takes as many steps, but at most so many times as many."""
_FEW_GROUPS = 4
"""Documents in the smallest share, at least; where there are fewer, paragraphs or sentences make up the shares."""
_MOST_OVER = 1.1
"""A share has at most so many times the sentences that it should have; otherwise smaller groups make up the shares."""


def learning_curve(
    config: Config,
    corpora: Sequence[Manifest],
    output: Path,
    options: TrainingOptions = TrainingOptions(),  # noqa: B008 (frozen)
    *,
    doublings: int = DOUBLINGS,
) -> dict[str, Any]:
    """Train on growing shares of train, each twice as large as the one before, and score each model on dev.

    Each share holds the one before it. They are drawn by the configuration's seed, whole documents at a time where the
    corpus tells documents apart and these are small enough, otherwise paragraphs or sentences. All models have that
    seed. A smaller share has more epochs, at most three times as many, so that its score is not low for want of steps
    alone. The gain of the last doubling comes with its bootstrap interval over the sentences of dev. Nothing is
    extrapolated. No segmenter is trained.

    The result is also written to OUTPUT.curve.json, whole or not at all, and no model is kept. Until then everything
    lies in OUTPUT.curve, where `options.resume` continues. Raises TaggerError as `train` does, and DataError where
    train has too few sentences, or a corpus no dev split.
    """
    config = without_segmenter(without_missing_tasks(config, corpora))
    mixed = mixed_corpora(begun_config(config, corpora), corpora)
    learned = [corpus for corpus in mixed if corpus.weight]
    if not any(corpus.annotated("dev") for corpus in mixed):
        raise DataError(
            f"{corpora[0].directory}: a learning curve is scored on dev, and there is no dev split with tags: convert "
            "the corpus again with dev=FILE"
        )
    shuffled = {id(corpus): _Shares(corpus.manifest, doublings, config.seed) for corpus in learned}
    shares = [0.5**halvings for halvings in range(doublings, -1, -1)]

    def of_share(share: float) -> list[Manifest | Splits]:
        return [shuffled[id(corpus)].splits(share) if corpus.weight else corpus.manifest for corpus in mixed]

    runs = [
        SeriesRun(
            f"{share:.3g} of train",
            _with_epochs(config, share),
            partial(of_share, share),
            partial(_measure, share, mixed),
        )
        for share in shares
    ]
    series = Series("curve", output, config, corpora, {"doublings": doublings}, options)
    drawn_by = [each.drawn_by for each in shuffled.values()]
    return series.carry_out(runs, lambda entries: {**_summary(entries), "drawn_by": drawn_by})


class _Shares:
    """The sentences of a train split in the order in which the shares take them."""

    def __init__(self, corpus: Manifest, doublings: int, seed: int) -> None:
        self._corpus = corpus
        sentences = list(read_split(corpus, "train"))
        if len(sentences) < 2**doublings:
            raise DataError(
                f"{corpus.directory}: {len(sentences)} sentences in train are too few for shares of 1/{2**doublings}: "
                "annotate more first"
            )
        self._sentences = sentences
        for largest in KINDS:
            self._groups, self.drawn_by = document_groups(sentences, largest)
            random.Random(seed).shuffle(self._groups)
            enough = len(self._groups) >= _FEW_GROUPS * 2**doublings
            if self.drawn_by == SENTENCE or (enough and self._are_shares(doublings)):
                break

    def _are_shares(self, doublings: int) -> bool:
        """Return whether the shares that the groups make up have about the sizes that they should have."""
        wanted = [2.0**-halvings * len(self._sentences) for halvings in range(1, doublings + 1)]
        return all(sum(len(each.sentences) for each in self._first(size)) <= _MOST_OVER * size + 1 for size in wanted)

    def _first(self, wanted: float) -> list[Group]:
        """Return the first groups that together have as many sentences as wanted."""
        chosen: list[Group] = []
        missing = math.ceil(wanted)
        for group in self._groups:
            if missing <= 0:
                break
            chosen.append(group)
            missing -= len(group.sentences)
        return chosen

    def splits(self, share: float) -> Splits:
        """Return the share of train, in the corpus's order, and dev."""
        chosen = {id(each) for group in self._first(share * len(self._sentences)) for each in group.sentences}
        train = [sentence for sentence in self._sentences if id(sentence) in chosen]
        return {"train": train, "dev": list(read_split(self._corpus, "dev")) if "dev" in self._corpus.splits else []}


def _with_epochs(config: Config, share: float) -> Config:
    epochs = math.ceil(config.training.epochs * min(1 / share, _MOST_EPOCHS))
    return config.model_copy(update={"training": config.training.model_copy(update={"epochs": epochs})})


def _measure(share: float, corpora: Sequence[MixedCorpus], metrics: Mapping[str, Any], model: Path) -> dict[str, Any]:
    """Return what is kept of one share: its size, its scores on dev, and each sentence's part in these."""
    tagger = load(model, trust_code=True)  # a cell of another package has just run in the training
    return {
        "share": share,
        "train": metrics["train"],
        **{key: metrics[key] for key in ("epochs", "best_epoch", "seconds")},
        "dev": metrics["dev"],
        "counts": _counts(tagger, corpora),
    }


def _counts(tagger: Tagger, corpora: Sequence[MixedCorpus]) -> dict[str, list[tuple[int, int]]]:
    """Return the two counts of every annotated sentence of dev, by task; see `sentence_counts`."""
    counts: dict[str, list[tuple[int, int]]] = {}
    for corpus in corpora:
        tasks = corpus.annotated("dev")
        if not tasks:
            continue
        for gold, found in tagged_pairs(tagger, corpus.read("dev")):
            predicted: Sentence = corpus.scorable(found)
            for task in tasks:
                if task in gold.tags:
                    pair = sentence_counts(gold.tags[task], predicted.tags[task], tagger.schemes[task])
                    counts.setdefault(task, []).append(pair)
    return counts


@dataclass(frozen=True)
class Gain:
    """What the last doubling of train has gained on dev, with its interval and p-value (see `Difference`)."""

    figure: str
    before: float
    after: float
    gain: float
    low: float
    high: float
    p: float

    @property
    def is_real(self) -> bool:
        """Whether the gain is hardly luck of this dev split."""
        return self.p < SIGNIFICANT and self.gain > 0


def _summary(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the points of the curve, and each task's gain by the last doubling."""
    last, gains = entries[-1], {}
    for task, (figure, _) in main_figures(last, "dev").items():
        before, after = (np.array(entry["counts"][task], np.int64) for entry in entries[-2:])
        found = compare_counts(before, after)
        p = max(found.bootstrap_p, found.randomization_p)
        gain = Gain(figure, found.first, found.second, found.difference, found.low, found.high, p)
        gains[task] = {**asdict(gain), "is_real": gain.is_real}
    points = [{key: value for key, value in entry.items() if key != "counts"} for entry in entries]
    return {"points": points, "last_doubling": gains}


def print_curve(result: Mapping[str, Any], console: Console) -> None:
    """Print the main figures of each share in percent, and what the last doubling has gained."""
    tasks = main_figures(result["points"][-1], "dev")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("share", "sentences", "tokens", *(f"dev {task} {figure}" for task, (figure, _) in tasks.items())):
        table.add_column(column, justify="right", no_wrap=True)
    for point in result["points"]:
        figures = main_figures(point, "dev")
        sizes = (f"{point['train'][key]:,}" for key in ("sentences", "tokens"))
        table.add_row(f"{point['share']:.3g}", *sizes, *(percent(figures[task].value) for task in tasks))
    console.print(FullWidthTable(table), soft_wrap=True, highlight=False)
    console.print(Text(f"shares drawn by {' and '.join(dict.fromkeys(result['drawn_by']))}"), soft_wrap=True)
    before, after = (point["train"]["sentences"] for point in result["points"][-2:])
    for task, gain in result["last_doubling"].items():
        gained, low, high = (signed_percent(gain[key]) for key in ("gain", "low", "high"))
        said = f"{task}: from {before:,} to {after:,} sentences {gain['figure']} changed by {gained}"
        console.print(Text(f"{said} (95 % interval {low} … {high}): {_verdict(gain)}"), soft_wrap=True)
    whole = result["points"][-1]
    if whole["best_epoch"] == whole["epochs"]:
        said = (
            "the model of all of train was at its best in its last epoch: with more training.epochs, the curve may rise"
        )
        console.print(Text(said), soft_wrap=True)


def _verdict(gain: Mapping[str, Any]) -> str:
    if gain["is_real"]:
        return "more annotation still helps; expect less of the next doubling than of this one"
    if gain["high"] < 0.01:
        return "twice as much gained less than a point, so more of the same hardly helps"
    return "no gain that could not be luck on this dev split; a larger one, or other seeds, would tell"


def check_picture(path: Path) -> None:
    """Raise an error, before the long work, where a picture cannot be written at a path."""
    if path.suffix != ".svg":
        raise ConfigError(f"--picture {path}: name it NAME.svg")
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise DataError(f"--picture {path}: cannot be written: there must be a folder for it, and no folder there")


def curve_picture(result: Mapping[str, Any], name: str) -> str:
    """Return the curve as the text of an SVG file."""
    curves: dict[str, list[float]] = {}
    for point in result["points"]:
        for task, (_, value) in main_figures(point, "dev").items():
            curves.setdefault(task, []).append(value)
    counts = [point["train"]["sentences"] for point in result["points"]]
    return svg_file([size_chart(f"{name}: scores on dev", counts, curves)])

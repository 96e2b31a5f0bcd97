"""Speed and memory of whole trainings, by size of the corpus, the vocabulary and the longest sentence.

    python benchmarks/training.py whole [corpus vocabulary longest data-path] [--corpus FOLDER] [--rounds 3]

- corpus: UD English EWT once, 10 and 100 times over
- vocabulary: 10,000, 100,000 and 400,000 words of 300 features, each as frequent as the others, in 500,000 tokens
- longest: one sentence of 100, 1,000 or 10,000 tokens among 3,200 with EWT's lengths; with `--batch-tokens N` also in
  batches of at most N padded tokens
- data-path: the loop of `tagger train` compared with the bare step on the same batches held in memory

Each training runs as `tagger train` does, with `--config`, in a process of its own; the processes take turns, and each
figure is the median of the rounds. A training has two passes, of which the second is timed, since TensorFlow traces its
graphs in the first. A pass ends after `--steps` steps where the corpus is longer; seconds an epoch are then
extrapolated to all its steps. Memory is the largest resident set of the process, with a full shuffle buffer where the
corpus fills it. Reading the corpus 100 times over takes minutes, so it takes part in the first round only.
"""

import argparse
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from history import Report

ROOT = Path(__file__).resolve().parents[1]
TIMES = (1, 10, 100)
WORDS = (10_000, 100_000, 400_000)
LONGEST = (100, 1_000, 10_000)
TOKENS = 500_000
"""Tokens of the corpora of the part `vocabulary`."""
SENTENCES = 3_200
"""Sentences of the corpora of the part `longest`."""

Figures = dict[str, float]


@dataclass(frozen=True)
class Case:
    """One training: the instructions for a child process."""

    name: str
    corpus: str
    config: str
    settings: Sequence[str]
    steps: int
    """Most steps of a pass."""
    passes: int = 2
    kind: str = "training"
    once: bool = False
    """Whether it takes part in the first round only."""


def training(case: Case, folder: Path) -> Figures:
    """Train as `tagger train` does, in passes of at most `case.steps` steps; return the figures of the second."""
    from tagger.corpus.lookup import Batch
    from tagger.corpus.read import open_corpus
    from tagger.training import loop
    from tagger.training import train as product
    from tagger.training.finished_model import peak_memory
    from tagger.training.progress import TrainingProgress
    from tagger.training.run import Run
    from tagger.training.state import Checkpoints, RunState

    figures: Figures = {}

    class TimedRun(Run):
        """A run whose construction is timed."""

        def __init__(self, *arguments: object) -> None:
            started = time.perf_counter()
            super().__init__(*arguments)
            figures["start"] = time.perf_counter() - started
            figures["steps"] = self.steps.mixed

    whole_epoch = loop.train_epoch

    def short_epoch(
        run: Run, state: RunState, _: Iterator[Batch], checkpoints: Checkpoints, progress: TrainingProgress
    ) -> None:
        # From the beginning of the epoch, wherever the last one ended.
        batches = loop.batches_of_epoch(iter(run.batches(state.epoch)), run.workers)
        started = time.perf_counter()
        whole_epoch(run, state, itertools.islice(batches, case.steps), checkpoints, progress)
        seconds = time.perf_counter() - started
        figures["step"] = seconds / state.step_in_epoch
        figures["epoch"] = figures["step"] * figures["steps"]
        figures["speed"] = int(run.step.real) / seconds
        figures["padding"] = 1 - int(run.step.real) / int(run.step.padded)

    product.Run, loop.train_epoch = TimedRun, short_epoch
    with open_corpus(case.corpus) as corpus:
        metrics = product.train(configured(case), [corpus], folder / "model")
    return {**figures, "tokens": metrics["train"]["tokens"], "memory": peak_memory()}


def data_path(case: Case, folder: Path) -> Figures:
    """Train some epochs on batches read from records, as `tagger train` does, and on the same batches from memory."""
    from tagger.backend import tf
    from tagger.corpus.batches import is_epoch_end
    from tagger.corpus.from_config import with_schemes
    from tagger.corpus.read import open_corpus
    from tagger.training.loop import batches_of_epoch, train_epoch
    from tagger.training.progress import TrainingProgress
    from tagger.training.run import Run
    from tagger.training.state import Checkpoints, RunState
    from tagger.training.workers import Workers

    tf.config.experimental.enable_op_determinism()
    with open_corpus(case.corpus) as corpus, TrainingProgress(0) as progress:
        config = with_schemes(configured(case), [corpus])
        run = Run(config, [corpus], folder, Workers())
        checkpoints = Checkpoints(folder, run.network, run.variables)
        loops, bare = [], []
        for epoch in range(case.passes):
            state = RunState("", epoch=epoch)
            held = list(itertools.takewhile(lambda batch: not is_epoch_end(batch), run.batches(epoch)))
            batches = batches_of_epoch(iter(run.batches(epoch)), run.workers)  # reads nothing yet
            started = time.perf_counter()
            train_epoch(run, state, batches, checkpoints, progress)
            loops.append(time.perf_counter() - started)
            started = time.perf_counter()
            for batch in held:
                run.step.run(batch)
            run.step.loss_sum.numpy()
            bare.append(time.perf_counter() - started)
        words = int(run.step.real) / 2
    loop, step = (statistics.median(seconds[1:]) for seconds in (loops, bare))
    share = statistics.median(one / other for one, other in zip(bare[1:], loops[1:], strict=True))
    return {"loop": words / loop, "bare": words / step, "share": share}


MEASUREMENTS: dict[str, Callable[[Case, Path], Figures]] = {"training": training, "data path": data_path}


def configured(case: Case) -> object:
    """Return the configuration of a case, with the tasks that its corpus has."""
    from tagger.config.load import load_config, with_tasks
    from tagger.corpus.manifest import load_manifest

    config = load_config(Path(case.config), [*case.settings, f"training.epochs={case.passes}"])
    return with_tasks(config, [task for task in config.tasks if task in load_manifest(Path(case.corpus)).tasks])


def measure(cases: Sequence[Case], rounds: int) -> list[Figures]:
    """Return the median figures of each case; the cases take turns, each round in a process of its own."""
    figures: list[list[Figures]] = [[] for _ in cases]
    for number in range(rounds):
        for case, found in zip(cases, figures, strict=True):
            if not (number and case.once):
                found.append(in_child(case))
    return [{key: statistics.median(each[key] for each in found) for key in found[0]} for found in figures]


def in_child(case: Case) -> Figures:
    """Return the figures of one round of a case."""
    command = [sys.executable, __file__, "--child", json.dumps(asdict(case))]
    process = subprocess.run(command, capture_output=True, text=True)
    if process.returncode:
        sys.exit(f"{case.name} failed:\n{process.stderr}")
    return json.loads(process.stdout.splitlines()[-1])


def child(case: Case) -> None:
    """Run a case and print its figures as JSON on the last line."""
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(MEASUREMENTS[case.kind](case, Path(folder))))


class Bench:
    """The parts of the benchmark, with the options that they share."""

    def __init__(self, arguments: argparse.Namespace, folder: Path, report: Report) -> None:
        self.arguments, self.folder, self.report = arguments, folder, report
        self.case = partial(Case, config=str(arguments.config), steps=arguments.steps)

    def corpus(self) -> None:
        """Train on EWT once, 10 and 100 times over."""
        from made_up_corpora import repeated

        from tagger.corpus.read import open_corpus

        with open_corpus(self.ewt()) as ewt:
            cases = [
                self.case(
                    f"{times} times",
                    str(repeated(ewt, self.folder / f"ewt-{times}", times)),
                    settings=self.arguments.set,
                    once=times >= 100,
                )
                for times in self.arguments.times
            ]
        self.table("EWT", cases, ["tokens", "speed", "epoch", "padding", "start", "memory"])

    def vocabulary(self) -> None:
        """Train on equally many tokens of larger and larger vocabularies."""
        from made_up_corpora import of_so_many_words

        cases = [
            self.case(
                f"{words:,}",
                str(of_so_many_words(self.folder / f"words-{words}", words, max(TOKENS, words))),
                settings=[*self.arguments.set, "words.dimension=300"],
            )
            for words in self.arguments.words
        ]
        self.table("words", cases, ["step", "speed", "start", "memory"])

    def longest(self) -> None:
        """Train with a longer and longer sentence."""
        from made_up_corpora import with_one_long_sentence

        sizes = {"usual batches": []}
        if self.arguments.batch_tokens:
            tokens = self.arguments.batch_tokens
            sizes[f"{tokens:,} padded tokens"] = [f"training.batch_tokens={tokens}"]
        cases = []
        for longest in self.arguments.longest:
            corpus = with_one_long_sentence(self.folder / f"longest-{longest}", longest, SENTENCES)
            for size, settings in sizes.items():
                cases.append(self.case(f"{longest:,}, {size}", str(corpus), settings=[*self.arguments.set, *settings]))
        self.table("longest sentence", cases, ["speed", "epoch", "padding", "memory"])

    def data_path(self) -> None:
        """Compare the loop of `tagger train` with the bare step."""
        case = self.case(
            "EWT",
            str(self.ewt()),
            settings=self.arguments.set,
            passes=self.arguments.rounds + 1,
            kind="data path",
            once=True,
        )
        self.table("corpus", [case], ["loop", "bare", "share"])

    def ewt(self) -> Path:
        """Return the corpus folder of EWT, converted where `--corpus` is not one already."""
        given = self.arguments.corpus
        if (given / "corpus.json").is_file():
            return given
        target = self.folder / "ewt"
        if not target.exists():
            from tagger.corpus.convert import convert_recipe

            convert_recipe(ROOT / "corpora" / "ud-english-ewt", target, given).close()
        return target

    def table(self, first: str, cases: Sequence[Case], columns: Sequence[str]) -> None:
        """Measure the cases and report a row for each."""
        self.report.begin_table([first, *(COLUMNS[column][0] for column in columns)])
        for case, figures in zip(cases, measure(cases, self.arguments.rounds), strict=True):
            shown = [COLUMNS[column][1](figures[column]) for column in columns]
            bounded = figures.get("steps", 0) > case.steps
            name = f"{case.name} ({case.steps} of {figures['steps']:,.0f} steps)" if bounded else case.name
            self.report.add_row([name, *shown])


COLUMNS: dict[str, tuple[str, Callable[[float], str]]] = {
    "tokens": ("words of train", "{:,.0f}".format),
    "speed": ("words/s", "{:,.0f}".format),
    "step": ("ms a step", lambda seconds: f"{1000 * seconds:.1f}"),
    "epoch": ("seconds an epoch", "{:,.1f}".format),
    "padding": ("padding", "{:.1%}".format),
    "start": ("seconds before the first step", "{:.1f}".format),
    "memory": ("peak memory", lambda size: f"{size / 1e6:,.0f} MB"),
    "loop": ("words/s of `tagger train`", "{:,.0f}".format),
    "bare": ("words/s of the bare step", "{:,.0f}".format),
    "share": ("share", "{:.2f}".format),
}
PARTS = {"corpus": Bench.corpus, "vocabulary": Bench.vocabulary, "longest": Bench.longest, "data-path": Bench.data_path}


def main(argv: list[str]) -> None:
    if argv[:1] == ["--child"]:
        return child(Case(**json.loads(argv[1])))
    parser = argparse.ArgumentParser(
        "training.py whole", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument(
        "--corpus",
        type=Path,
        default=ROOT.parent / "shared" / "corpora" / "ud" / "UD_English-EWT",
        help="EWT as it was published, or a corpus folder",
    )
    parser.add_argument("--config", type=Path, default=ROOT / "configs" / "pos-ewt.toml")
    parser.add_argument("--set", action="append", default=[], help="a setting in place of the configuration's")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=400, help="of a pass at most")
    parser.add_argument("--times", type=int, nargs="+", default=TIMES, help="how often EWT is repeated")
    parser.add_argument("--words", type=int, nargs="+", default=WORDS, help="sizes of the vocabulary")
    parser.add_argument("--longest", type=int, nargs="+", default=LONGEST, help="tokens of the longest sentence")
    parser.add_argument("--batch-tokens", type=int, default=0, help="also batches of at most so many padded tokens")
    arguments = parser.parse_args(argv)
    unknown = set(arguments.parts) - PARTS.keys()
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}")
    report = Report("whole_training")
    with tempfile.TemporaryDirectory() as folder:
        for name, part in PARTS.items():
            if name in (arguments.parts or PARTS):
                part(Bench(arguments, Path(folder), report))
    report.save()
    return None


if __name__ == "__main__":
    main(sys.argv[1:])

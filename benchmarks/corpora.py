"""The table of configurations: convert, train, score and tag each corpus, and print a row of figures.

    python benchmarks/corpora.py ../shared/corpora [pos-ewt chunk-conll2000 ner-wnut17 ...]
        [--seeds 5] [--output models]

Each step is the command a user would type, in a process of its own. With several seeds, scores are means, with the
sample standard deviation; seconds of training are those of the whole command divided by the seeds, so that teachers,
which all seeds share, count in part. Words a second are measured on the tokens of test with a loaded model: the median
of 5 rounds after one to warm up. `--output` keeps the models.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from history import Report

from tagger.evaluation.main_figures import main_figures
from tagger.tables import percent

ROOT = Path(__file__).resolve().parents[1]
CORPORA = {
    "pos-ewt": ("ud-english-ewt", "ud/UD_English-EWT"),
    "chunk-conll2000": ("conll2000", "nltk_data"),
    "chunk-conll2000-pos": ("conll2000", "nltk_data"),
    "ner-wnut17": ("wnut17", "ner/wnut17"),
    "ner-broad-twitter": ("broad-twitter", "ner/broad_twitter_corpus"),
}
ROUNDS = 5

SPEED = """
import sys, time
from tagger.corpus.read import open_corpus, read_split
from tagger import load
model = load(sys.argv[1])
sentences = list(read_split(sys.argv[2], "test"))
words = sum(map(len, sentences))
for _ in range(int(sys.argv[3]) + 1):
    started = time.perf_counter()
    for sentence in model.tag(sentences):
        pass
    print(words / (time.perf_counter() - started))
"""


def run(*command: str | Path) -> tuple[str, float, int]:
    """Run a command; return what it printed, its seconds, and its peak memory in bytes."""
    started = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, cwd=ROOT, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return output, time.perf_counter() - started, peak


def measure(name: str, shared: Path, folder: Path, models: Path, settings: list[str], seeds: int) -> list[str]:
    """Return one row of the table."""
    recipe, source = CORPORA[name]
    tagger = Path(sys.executable).with_name("tagger")
    data, model = folder / recipe, models / name
    run(tagger, "convert", f"corpora/{recipe}", "--source", shared / source, "--to", data, "--overwrite")
    overrides = [part for setting in settings for part in ("--set", setting)]
    train = [tagger, "train", f"configs/{name}.toml", "--corpus", data, "--output", model, "--overwrite", *overrides]
    _, seconds, peak = run(*train, "--seeds", str(seeds))
    metrics = json.loads((model / "metrics.json").read_text(encoding="utf-8"))
    check_scores(json.loads(run(tagger, "eval", model, data, "--split", "test", "--json")[0]), metrics)
    lines, _, tag_peak = run(sys.executable, "-c", SPEED, model, data, str(ROUNDS))
    speed = statistics.median(float(line) for line in lines.split()[1:])
    return [
        f"`configs/{name}.toml`",
        figures("test", metrics),
        figures("dev", metrics),
        f"{seconds / seeds:.0f} s",
        f"{peak / 2**20:,.0f} MB",
        f"{speed:,.0f}",
        f"{tag_peak / 2**20:,.0f} MB",
    ]


def figures(split: str, metrics: dict) -> str:
    """Return each task's score in percent; of several seeds, mean and standard deviation."""
    if "seeds" in metrics:
        spread = metrics["seeds"][split]
        return ", ".join(f"{task} {percent(of['mean'])} ± {percent(of['std'])}" for task, of in spread.items())
    return ", ".join(f"{task} {percent(score)}" for task, (_, score) in main_figures(metrics, split).items())


def check_scores(evaluated: dict, metrics: dict) -> None:
    """Exit unless `tagger eval` finds the test scores that training wrote into metrics.json."""
    found = main_figures({"test": evaluated}, "test")
    for task, (_, score) in main_figures(metrics, "test").items():
        if abs(score - found[task][1]) > 1e-3:
            sys.exit(f"{task}: tagger eval finds {found[task][1]}, not {score}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, help="the folder of real corpora")
    parser.add_argument("names", nargs="*", default=[], help="which configurations; all by default")
    parser.add_argument("--set", action="append", default=[], help="a setting in place of the configuration's")
    parser.add_argument("--seeds", type=int, default=1, help="models of each configuration")
    parser.add_argument("--output", type=Path, help="where models are kept; by default they are not")
    arguments = parser.parse_args()
    shared = arguments.shared.resolve()
    report = Report("corpora")
    report.begin_table(["configuration", "test score", "dev score", "training", "its memory", "words/s", "its memory"])
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        models = arguments.output.resolve() if arguments.output else folder
        for name in arguments.names or CORPORA:
            report.add_row(measure(name, shared, folder, models, arguments.set, arguments.seeds))
    report.save()


if __name__ == "__main__":
    main()

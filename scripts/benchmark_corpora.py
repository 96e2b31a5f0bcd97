"""The README's table of corpora: convert, train, score and tag each, and print a row of what was measured.

    python scripts/benchmark_corpora.py ../shared/corpora [pos-ewt chunk-conll2000 ner-wnut17 ...]

Each step is the command a user would type, in a process of its own. Words a second are those of tagging the test
split's tokens with a loaded model, the median of 5 rounds after one to warm up.
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
    """What a command printed, its seconds, and its peak memory in bytes."""
    started = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, cwd=ROOT, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return output, time.perf_counter() - started, peak


def measure(name: str, shared: Path, folder: Path, settings: list[str]) -> str:
    """One row of the table."""
    recipe, source = CORPORA[name]
    tagger = Path(sys.executable).with_name("tagger")
    data, model = folder / recipe, folder / name
    run(tagger, "convert", f"corpora/{recipe}", "--source", shared / source, "--to", data, "--overwrite")
    overrides = [part for setting in settings for part in ("--set", setting)]
    train = [tagger, "train", f"configs/{name}.toml", "--corpus", data, "--output", model, "--overwrite", *overrides]
    _, seconds, peak = run(*train)
    scores = {}
    for split in ("dev", "test"):
        scores[split] = json.loads(run(tagger, "eval", model, data, "--split", split, "--json")[0])["tasks"]
    lines, _, tag_peak = run(sys.executable, "-c", SPEED, model, data, str(ROUNDS))
    speed = statistics.median(float(line) for line in lines.split()[1:])
    figures = " ".join(
        f"{task} {100 * main_figure(of):.2f} (dev {100 * main_figure(scores['dev'][task]):.2f})"
        for task, of in scores["test"].items()
    )
    return (
        f"| `configs/{name}.toml` | {figures} | {seconds:.0f} s | {peak / 2**20:,.0f} MB | {speed:,.0f} | "
        f"{tag_peak / 2**20:,.0f} MB |"
    )


def main_figure(scores: dict) -> float:
    return scores.get("f1", scores.get("accuracy"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, help="the folder of real corpora")
    parser.add_argument("names", nargs="*", default=[], help="which configurations; all by default")
    parser.add_argument("--set", action="append", default=[], help="a setting in place of the configuration's")
    arguments = parser.parse_args()
    print("| configuration | test score | training | its memory | words/s | its memory |")
    print("| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.names or CORPORA:
            print(measure(name, arguments.shared.resolve(), Path(folder), arguments.set), flush=True)


if __name__ == "__main__":
    main()

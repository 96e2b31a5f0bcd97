"""Accuracy compared with other taggers trained on the same splits: a CRF, NLTK's perceptron and spaCy.

    pip install 'rnn-tagger[benchmark]'
    python benchmarks/compare_peers.py ../shared/corpora [--rows upos chunk chunk-pos tweets wnut17]
        [--peers ours crf nltk spacy] [--model upos=models/pos-ewt] [--work FOLDER]

Each learns from the train split alone and is scored on the gold tokens of test; ours and spaCy choose their best epoch
on dev, which CRFsuite and NLTK do not use. Parts of speech are scored by accuracy, also of out-of-vocabulary words
alone, spans by F1 (seqeval, strict). Ours is trained with the row's configuration, unless `--model ROW=PATH` names a
trained folder: its seconds of training are then those in its `metrics.json`.

- CRFsuite: words, shapes, affixes and neighbours, L-BFGS with c1 = 0.1 and c2 = 0.01 (benchmarks/adapters/crfsuite.py)
- NLTK: parts of speech only, 8 rounds
- spaCy: its tagger, or its entity recognizer for spans, without pretrained weights, with the settings of `spacy init
  config`

Words a second are measured on the tokens of test, with a model that is loaded and has tagged a few sentences: the
median of three processes that take turns. Extracting features is part of it. `--work` keeps the trained models.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from adapters.crfsuite import Crf
from adapters.interfaces import AccuracyAdapter, Example, Job, run_tagger
from adapters.nltk_perceptron import Perceptron
from adapters.ours import Ours
from adapters.spacy_pipeline import SpacyAccuracy
from history import Report
from machine import PACKAGES, describe
from peers import missing_package, named_model
from tagging import ROOT, run_script

from tagger.evaluation.main_figures import main_figure
from tagger.evaluation.scores import PlainScores, SpanScores
from tagger.evaluation.sums import PlainSums, SpanSums

PEERS: dict[str, type[AccuracyAdapter]] = {"ours": Ours, "crf": Crf, "nltk": Perceptron, "spacy": SpacyAccuracy}
ROUNDS = 3
WARM_UP = 20
"""Sentences of train tagged before the clock starts."""


@dataclass(frozen=True)
class PeerTask:
    """A task on a corpus: recipe, folder of its files below the given folder, and our configuration."""

    title: str
    recipe: str
    source: str
    config: str
    task: str
    spans: bool
    given: str | None = None


TASKS = {
    "upos": PeerTask("UD English EWT, UPOS", "ud-english-ewt", "ud/UD_English-EWT", "pos-ewt", "upos", False),
    "chunk": PeerTask("CoNLL-2000 chunks, words only", "conll2000", "nltk_data", "chunk-conll2000", "chunk", True),
    "chunk-pos": PeerTask(
        "CoNLL-2000 chunks, with the POS column", "conll2000", "nltk_data", "chunk-conll2000-pos", "chunk", True, "pos"
    ),
    "tweets": PeerTask(
        "Broad Twitter, entities", "broad-twitter", "ner/broad_twitter_corpus", "ner-broad-twitter", "ner", True
    ),
    "wnut17": PeerTask("WNUT 2017, entities", "wnut17", "ner/wnut17", "ner-wnut17", "ner", True),
}


def prepare(name: str, row: PeerTask, shared: Path, work: Path, model: Path | None) -> Job:
    """Convert a row's corpus, and write the examples of each split as JSON lines for the other taggers."""
    folder, records = work / name, work / "records" / row.recipe
    if not records.exists():
        run_tagger("convert", ROOT / "corpora" / row.recipe, "--source", shared / row.source, "--to", records)
    config = ROOT / "configs" / f"{row.config}.toml"
    trained = str(model.resolve()) if model else None
    return written(Job(str(folder), str(records), str(config), row.task, row.spans, row.given, trained))


def written(job: Job) -> Job:
    """Write a job and its examples, which are read from its records, to its folder; return the job."""
    from tagger.corpus.read import read_split

    folder = Path(job.folder)
    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "dev", "test"):
        with (folder / f"{split}.jsonl").open("w", encoding="utf-8") as file:
            for sentence in read_split(job.records, split):
                given = list(sentence.tags[job.given]) if job.given else None
                example = Example(list(sentence.words), list(sentence.tags[job.task]), given)
                file.write(json.dumps(asdict(example)) + "\n")
    (folder / "job.json").write_text(json.dumps(asdict(job)), encoding="utf-8")
    return job


def child(part: str, name: str, job_folder: str) -> dict[str, object]:
    """Train a peer, or tag test with it; return the seconds it took, and the tags."""
    job = Job(**json.loads((Path(job_folder) / "job.json").read_text(encoding="utf-8")))
    folder = Path(job_folder) / name
    if part == "train":
        folder.mkdir(exist_ok=True)
        started = time.perf_counter()
        PEERS[name].train(job, folder)
        return {"seconds": time.perf_counter() - started}
    peer, test = PEERS[name](job, folder), job.read("test")
    peer.tag(job.read("train")[:WARM_UP])
    started = time.perf_counter()
    tags = peer.tag(test)
    return {"seconds": time.perf_counter() - started, "tags": tags}


def in_child(part: str, name: str, job: Job) -> dict:
    """Run `child` in a process of its own."""
    print(f"{Path(job.folder).name}: {part}, {PEERS[name].title}", file=sys.stderr)
    return json.loads(run_script(Path(__file__).name, "--child", part, name, job.folder).splitlines()[-1])


def training_seconds(name: str, job: Job) -> float:
    """Return the seconds of training: measured now, or recorded when the model was trained before."""
    if name == "ours" and job.model:
        metrics = json.loads((Path(job.model) / "metrics.json").read_text(encoding="utf-8"))
        return metrics["seconds"] + metrics.get("teachers", {}).get("seconds", 0.0)
    done = Path(job.folder) / f"{name}.json"
    if not done.exists():
        done.write_text(json.dumps(in_child("train", name, job)), encoding="utf-8")
    return json.loads(done.read_text(encoding="utf-8"))["seconds"]


def scores_of(job: Job, tags: Sequence[list[str]]) -> PlainScores | SpanScores:
    """Return the scores of the tags that a peer gave to the sentences of test."""
    known = {word for example in job.read("train") for word in example.words}
    sums = SpanSums(known.__contains__) if job.spans else PlainSums(known.__contains__)
    for example, found in zip(job.read("test"), tags, strict=True):
        sums.add(example.words, example.tags, found)
    return sums.scores()


def score_of_peer(name: str, job: Job) -> float:
    """Train a peer, and return its main figure on test."""
    in_child("train", name, job)
    return main_figure(scores_of(job, in_child("tag", name, job)["tags"]))


def rows(job: Job, names: Sequence[str]) -> Iterator[list[str]]:
    """Yield a row of the table for each peer."""
    training = {name: training_seconds(name, job) for name in names}
    rounds = [{name: in_child("tag", name, job) for name in names} for _ in range(ROUNDS)]
    words = sum(len(example.words) for example in job.read("test"))
    for name in names:
        scores = scores_of(job, rounds[0][name]["tags"])
        unknown = "" if job.spans else f"{100 * scores.unknown:.2f}"
        speed = words / statistics.median(each[name]["seconds"] for each in rounds)
        score = f"{100 * main_figure(scores):.2f}"
        yield [PEERS[name].title, score, unknown, f"{training[name]:.0f} s", f"{speed:,.0f}"]


def why_not(peer: type[AccuracyAdapter], row: PeerTask) -> str:
    """Return why a peer cannot take part in a row; empty where it can."""
    if row.spans and not peer.spans:
        return "it is not made for spans"
    if row.given and not peer.takes_given:
        return "it reads words alone"
    return missing_package(peer.packages)


def main(argv: list[str]) -> None:
    if argv[:1] == ["--child"]:
        print(json.dumps(child(*argv[1:])))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, help="the folder of real corpora")
    parser.add_argument("--rows", nargs="+", default=list(TASKS), choices=TASKS)
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=PEERS)
    parser.add_argument(
        "--model", action="append", type=named_model("ROW", TASKS), default=[], help="a trained model for a row"
    )
    parser.add_argument("--work", type=Path, help="folder of what is trained; a temporary one by default")
    arguments = parser.parse_args(argv)
    packages = PACKAGES | {"python-crfsuite": "python-crfsuite", "nltk": "NLTK", "spacy": "spaCy"}
    report = Report("compare_peers", describe(packages))
    with tempfile.TemporaryDirectory() as temporary:
        work = (arguments.work or Path(temporary)).absolute()
        work.mkdir(parents=True, exist_ok=True)
        for name in arguments.rows:
            row, names = TASKS[name], []
            for peer in arguments.peers:
                if why := why_not(PEERS[peer], row):
                    print(f"{name}: {PEERS[peer].title} is left out: {why}", file=sys.stderr)
                else:
                    names.append(peer)
            job = prepare(name, row, arguments.shared.resolve(), work, dict(arguments.model).get(name))
            figure = "F1" if row.spans else "accuracy"
            report.begin_table([row.title, figure, "unknown words", "training", "words/s"])
            for cells in rows(job, names):
                report.add_row(cells)
    report.save()


if __name__ == "__main__":
    main(sys.argv[1:])

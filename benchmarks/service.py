"""The HTTP service: words a second beside `tagger tag`, and the time of a sentence at half of its maximal load.

    python benchmarks/service.py [--corpus FILE.conllu] [--model english] [--work FOLDER] [--rounds 3]
        [--systems ours spacy] [--options="--batch-wait 2"] [--words 200000] [--seconds 30]

Texts are made of the words of a corpus, EWT's train split from ../shared or else the sample corpus: pieces of exactly
20 words that are cut from its sentences, and texts of ten whole sentences. Each request has one of them. The words are
those of the corpus, which is repeated where it has fewer than `--words`.

First table, words a second:

- `tagger tag --lines --format json` on a file of the same texts, a line each. The time for a file of one line, which is
  that of the start, is taken off.
- the service, asked by 64, then 8, then 1 clients that send the next text when they have the answer to the last one,
  until all are answered, or for `--seconds`. For 64 it has seen some of the words only, as `tagger tag` has; for fewer
  clients it has seen all texts.

In parentheses stand the words a second of a processor's time, that of the service without its client, which can be
compared even where the machine does other work.

Second table: the time of a 20-word sentence while such sentences arrive at half of the rate that the service reached
with 64 clients in the same round. Arrivals are those of a Poisson process, fixed in advance, and the time counts from
there: waiting is counted, that for a connection too (an open loop, without coordinated omission). The client's timers
are exact to a millisecond.

The client is one process on the same machine, beside the server, and takes its part of the same processors; answers
are received whole, and not parsed. Every system may use all processors, as it does by itself. Each round starts each
service anew; figures are medians of the rounds, and systems take turns. A failed request is one without the status 200.

spaCy has no service of its own. Beside ours stands what one writes first (adapters/spacy_service.py): FastAPI around a
pipeline of sentencizer and tagger, called for each request. Ours finds three layers, UPOS, XPOS and entities. spaCy's
tagger is trained here on the corpus for one epoch, as in tagging.py, or kept in `--work` from there. UDPipe 1 comes
without a service too in its package for Python, ufal.udpipe: its server is a program in C++ that one builds.
"""

import argparse
import json
import os
import resource
import shlex
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from adapters.spacy_pipeline import SpacySpeed
from history import Report
from load_client import Outcome, as_request, closed_loop, open_loop, percentile, wait_for_port
from machine import PACKAGES, describe
from peers import missing_package
from tagging import EWT, SAMPLE, run, train, write_texts

CLIENTS = (64, 8, 1)
PIECE = 20
"""Words of a short text."""
SENTENCES = 10
"""Sentences of a longer text."""
WARM_UP = 200
"""Requests of each kind before the clock starts."""
CONNECTIONS = 64
"""Connections of the open loop."""
START = 60.0
"""Most seconds until a service is ready."""
KINDS = ("short", "long")
PERCENTS = (50, 95, 99)

Text = tuple[str, int]
"""A text and the number of its words."""


@dataclass(frozen=True)
class System:
    """A service: its title, its packages, its command for a port, and the request for a text."""

    title: str
    packages: tuple[str, ...]
    command: Callable[[int], list[str]]
    request: Callable[[str], bytes]


def systems(arguments: argparse.Namespace, work: Path) -> dict[str, System]:
    """Return the services by name."""
    ours = [sys.executable, "-m", "tagger", "serve", "--model", arguments.model, *shlex.split(arguments.options)]
    script = str(Path(__file__).parent / "adapters" / "spacy_service.py")
    return {
        "ours": System(
            "`tagger serve`",
            ("uvicorn",),
            lambda port: [*ours, "--port", str(port)],
            lambda text: as_request("/v1/tag", text.encode()),
        ),
        "spacy": System(
            "spaCy's tagger in FastAPI",
            ("spacy", "fastapi", "uvicorn"),
            lambda port: [sys.executable, script, str(work / SpacySpeed.__name__), str(port)],
            lambda text: as_request("/tag", json.dumps({"text": text}).encode(), "application/json"),
        ),
    }


def read_texts(corpus: Path, words: int) -> dict[str, list[Text]]:
    """Return the texts of each kind, each with at least `words` words together."""
    from tagger.text.conllu import read_conllu

    sentences = list(read_conllu(corpus))
    short = []
    for sentence in sentences:
        starts, ends = ([place - sentence.start for place in places] for places in (sentence.starts, sentence.ends))
        for at in range(0, len(sentence) - PIECE + 1, PIECE):
            short.append((" ".join(sentence.text[starts[at] : ends[at + PIECE - 1]].split()), PIECE))
    long = []
    for at in range(0, len(sentences), SENTENCES):
        some = sentences[at : at + SENTENCES]
        long.append((" ".join(" ".join(each.text.split()) for each in some), sum(map(len, some))))
    return {"short": enough(short, words), "long": enough(long, words)}


def enough(texts: Sequence[Text], words: int) -> list[Text]:
    """Return texts with at least so many words together: the first ones, or all of them again and again."""
    chosen, count = [], 0
    for text in cycle(texts):
        if count >= words:
            break
        chosen.append(text)
        count += text[1]
    return chosen


def tag_files(texts: dict[str, list[Text]], model: str, work: Path) -> dict[str, float]:
    """Return the words a second of `tagger tag` on the texts of each kind, by a clock and by processors."""
    command = [sys.executable, "-m", "tagger", "tag", "--lines", "--format", "json", "--model", model]
    seconds = {}
    for kind, some in {"before": texts["short"][:1], "none": texts["short"][:1], **texts}.items():
        file = work / f"{kind}.txt"
        file.write_text("".join(f"{text}\n" for text, _ in some), encoding="utf-8")
        started, used = time.perf_counter(), ended_children()
        run([*command, str(file)])
        seconds[kind] = time.perf_counter() - started, ended_children() - used
    figures = {}
    for kind in KINDS:
        clock, processors = (each - start for each, start in zip(seconds[kind], seconds["none"], strict=True))
        figures |= {kind: count_words(texts[kind]) / clock, f"{kind} processors": count_words(texts[kind]) / processors}
    return figures


def ended_children() -> float:
    """Return the processor seconds of the child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def processor_seconds(process: int) -> float:
    """Return the processor seconds of a process that runs, and of those below it."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    children = (each for file in Path(f"/proc/{process}/task").glob("*/children") for each in file.read_text().split())
    used = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used + sum(processor_seconds(int(child)) for child in children)


def count_words(texts: Iterable[Text]) -> int:
    return sum(count for _, count in texts)


@contextmanager
def running(system: System, log: Path) -> Iterator[tuple[int, int]]:
    """Run a service inside the block, ready to answer; yield its port and the number of its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with log.open("w", encoding="utf-8") as messages:
        process = subprocess.Popen(system.command(port), stdout=messages, stderr=messages)
    try:
        wait_for_port(port, "/readyz", START, lambda: process.poll() is None)
        yield port, process.pid
    except RuntimeError as error:
        sys.exit(f"{system.title}: {error}\n{log.read_text(encoding='utf-8')[-2000:]}")
    finally:
        process.terminate()
        process.wait(START)


def ask(system: System, texts: dict[str, list[Text]], seconds: float, seed: int, log: Path) -> dict[str, float]:
    """Return the figures of one round of a service: words a second by kind and clients, and times at half load."""
    requests = {kind: [system.request(text) for text, _ in some] for kind, some in texts.items()}
    figures: dict[str, float] = {}
    with running(system, log) as (port, process):
        for kind in KINDS:
            closed_loop(port, requests[kind][:WARM_UP], 8, seconds)
            for clients in CLIENTS:
                used = processor_seconds(process)
                outcome = closed_loop(port, requests[kind], clients, seconds)
                used = processor_seconds(process) - used
                words, name = count_words(texts[kind][: len(outcome.latencies)]), f"{kind} {clients}"
                figures |= {name: words / outcome.seconds, f"{name} processors": words / used}
                figures[f"{name} failed"] = outcome.failed
        rate = figures[f"short {CLIENTS[0]}"] / PIECE / 2
        at_rate = [request for request, _ in zip(cycle(requests["short"]), range(int(rate * seconds)), strict=False)]
        outcome = open_loop(port, at_rate, rate, CONNECTIONS, seed)
    return figures | half_load(outcome, rate)


def half_load(outcome: Outcome, rate: float) -> dict[str, float]:
    """Return the figures of the open loop, times in milliseconds."""
    times = [1000 * each for each in outcome.latencies]
    figures = {f"at {percent}": percentile(times, percent) for percent in PERCENTS}
    return figures | {"at 100": max(times), "failed": outcome.failed, "rate": rate, "requests": len(times)}


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=EWT if EWT.is_file() else SAMPLE, help="CoNLL-U")
    parser.add_argument("--model", default="english", help="of ours: a name or a folder")
    parser.add_argument("--work", type=Path, help="folder of what is trained; a temporary one by default")
    parser.add_argument("--systems", nargs="+", default=["ours", "spacy"], choices=("ours", "spacy"))
    parser.add_argument("--options", default="", help="of `tagger serve`, as one argument")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--words", type=int, default=200_000, help="of the texts of each kind")
    parser.add_argument("--seconds", type=float, default=30.0, help="most seconds of each measurement")
    arguments = parser.parse_args(argv)
    report = Report("service", describe(PACKAGES | {"spacy": "spaCy", "uvicorn": "uvicorn", "uvloop": "uvloop"}))
    with tempfile.TemporaryDirectory() as temporary:
        work = (arguments.work or Path(temporary)).absolute()
        work.mkdir(parents=True, exist_ok=True)
        chosen = {}
        for name in arguments.systems:
            system = systems(arguments, work)[name]
            if why := missing_package(system.packages):
                print(f"{system.title} is left out: {why}", file=sys.stderr)
            else:
                chosen[name] = system
        if "spacy" in chosen:
            write_texts(work, arguments.corpus, arguments.words, 1, 1)
            train(work, [SpacySpeed.__name__])
        texts = read_texts(arguments.corpus, arguments.words)
        show(report, chosen, *measure(chosen, texts, arguments, work))
    report.save()


def measure(
    chosen: dict[str, System], texts: dict[str, list[Text]], arguments: argparse.Namespace, work: Path
) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Return the medians of all rounds: words a second of `tagger tag` by kind, and the figures of each service."""
    files: list[dict[str, float]] = []
    services: dict[str, list[dict[str, float]]] = {name: [] for name in chosen}
    for number in range(arguments.rounds):
        print(f"round {number + 1}: `tagger tag`", file=sys.stderr)
        files.append(tag_files(texts, arguments.model, work))
        for name, system in chosen.items():
            print(f"round {number + 1}: {system.title}", file=sys.stderr)
            services[name].append(ask(system, texts, arguments.seconds, number, work / f"{name}.log"))
    return medians(files), {name: medians(rounds) for name, rounds in services.items()}


def medians(rounds: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the median of each figure over the rounds."""
    return {name: statistics.median(figures[name] for figures in rounds) for name in rounds[0]}


def show(
    report: Report, chosen: dict[str, System], files: dict[str, float], services: dict[str, dict[str, float]]
) -> None:
    """Print both tables."""
    report.begin_table(["words a second", "clients", "20-word sentences", "", "texts of ten sentences", "", "failed"])
    report.add_row(
        ["`tagger tag`", "", *(cell for kind in KINDS for cell in speed_cells(files, kind, files, kind)), ""]
    )
    for name, figures in services.items():
        for clients in reversed(CLIENTS):
            cells = [cell for kind in KINDS for cell in speed_cells(figures, f"{kind} {clients}", files, kind)]
            failed = sum(figures[f"{kind} {clients} failed"] for kind in KINDS)
            report.add_row([chosen[name].title, str(clients), *cells, f"{failed:.0f}"])
    heads = [f"{percent} %, ms" for percent in PERCENTS]
    report.begin_table(
        ["a 20-word sentence at half load", "requests a second", *heads, "longest", "requests", "failed"]
    )
    for name, figures in services.items():
        times = [f"{figures[f'at {percent}']:.1f}" for percent in (*PERCENTS, 100)]
        counts = [f"{figures['requests']:,.0f}", f"{figures['failed']:.0f}"]
        report.add_row([chosen[name].title, f"{figures['rate']:,.0f}", *times, *counts])


def speed_cells(figures: dict[str, float], name: str, files: dict[str, float], kind: str) -> tuple[str, str]:
    """Return words a second, and what they are of those of `tagger tag`; those of processors in parentheses."""
    speed, of_processors = figures[name], figures[f"{name} processors"]
    ratio, ratio_of_processors = speed / files[kind], of_processors / files[f"{kind} processors"]
    return f"{speed:,.0f} ({of_processors:,.0f})", f"{ratio:.2f} ({ratio_of_processors:.2f})"


if __name__ == "__main__":
    main(sys.argv[1:])

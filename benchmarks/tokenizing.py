"""Speed of splitting text into sentences and words: NLTK's own tokenizers, and ours, which give the same result.

    python benchmarks/tokenizing.py book.txt --rounds 5

Reads the text files given, or EWT's from ../shared. `sentences` is Punkt over each paragraph, `words` the word
tokenizer over each sentence, `both` one after the other, ours up to `Sentence` objects. Ours is timed with empty caches
(`first time`) and right after (`again`). Figures are medians of the rounds, in which all take turns, in processor time
of one thread. The last line is the time from the start of a process to its first sentence, minus that of
`python -c pass`.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from history import Report
from machine import describe
from nltk.tokenize.destructive import NLTKWordTokenizer

from tagger.text.punkt import sentence_starts, splitter, tokenizer
from tagger.text.tokenize import tokenize
from tagger.text.word_tokenizer import piece_cache, word_columns

EWT = Path(__file__).resolve().parents[2] / "shared" / "corpora" / "raw" / "ewt_train_sentences.txt"

STARTS = {
    "nothing": "pass",
    "NLTK": "import nltk; print(nltk.word_tokenize(nltk.sent_tokenize('Mr. Smith stays. So do I.')[0]))",
    "ours": "from tagger.text.tokenize import tokenize; print(next(tokenize('Mr. Smith stays. So do I.')).words)",
}


def nltk_sentences(paragraphs: list[str]) -> list[list[tuple[int, int]]]:
    punkt = tokenizer()
    return [[*punkt.span_tokenize(paragraph)] for paragraph in paragraphs]


def nltk_words(sentences: list[str]) -> list[list[tuple[int, int]]]:
    words = NLTKWordTokenizer()
    return [[*words.span_tokenize(sentence)] for sentence in sentences]


def nltk_both(paragraphs: list[str]) -> list[list[tuple[int, int]]]:
    punkt = tokenizer()
    return nltk_words([part[first:last] for part in paragraphs for first, last in punkt.span_tokenize(part)])


def forget() -> None:
    """Empty our caches."""
    splitter.cache_clear()
    piece_cache.cache_clear()


def timed(function: Callable[[], object]) -> float:
    """Return the seconds of processor time that a function takes."""
    started = time.process_time()
    function()
    return time.process_time() - started


def seconds_to_start(code: str) -> float:
    """Return the seconds from the start of a process that runs some code to its end."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="text files; EWT's text by default")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is timed")
    arguments = parser.parse_args()
    if not arguments.files and not EWT.is_file():
        parser.error(f"{EWT} is not there: name the files to read")
    text = "\n\n".join(file.read_text("utf-8") for file in arguments.files or [EWT])
    paragraphs = text.split("\n\n")
    sentences = []
    for paragraph in paragraphs:
        bounds = pairwise([*sentence_starts(paragraph), len(paragraph)])
        sentences += [paragraph[first:last] for first, last in bounds]
    count = sum(len(sentence) for sentence in tokenize(text))

    ways = {
        "sentences": (lambda: nltk_sentences(paragraphs), lambda: [sentence_starts(part) for part in paragraphs]),
        "words": (lambda: nltk_words(sentences), lambda: [word_columns(sentence) for sentence in sentences]),
        "both": (lambda: nltk_both(paragraphs), lambda: [*tokenize(text)]),
    }
    seconds = {name: ([], [], []) for name in ways}
    starts = {name: [] for name in STARTS}
    for _ in range(arguments.rounds):
        for name, (theirs, ours) in ways.items():
            forget()
            for times, way in zip(seconds[name], (theirs, ours, ours), strict=True):
                times.append(timed(way))
        for name, code in STARTS.items():
            starts[name].append(seconds_to_start(code))

    report = Report("tokenizing", describe({"nltk": "NLTK"}))
    report.begin_table([f"{count:,} words, thousands a second", "NLTK", "ours, first time", "ours, again"])
    for name, columns in seconds.items():
        report.add_row([name, *(f"{count / statistics.median(times) / 1000:.0f}" for times in columns)])
    nothing, theirs, ours = (statistics.median(times) for times in starts.values())
    report.add_row(["s to the first sentence", f"{theirs - nothing:.2f}", f"{ours - nothing:.2f}", ""])
    report.save()


if __name__ == "__main__":
    main()

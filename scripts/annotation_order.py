"""What `tagger annotate --queue` is worth: how many of the sentences that it chooses need a correction.

    python scripts/annotation_order.py data/pud data/wikigold [--model english] [--task ner] [--seek ORG]

Tags the words of the corpora's test splits, chooses sentences of all of them together, and prints a table in Markdown:
the share of the chosen ones whose spans the model has not got right, and of those that hold the sought label; at random
(mean of 20 seeds), by the margin alone, by the queue, and by the queue that seeks the label. `alike` is the mean cosine
of the words of a sentence and of the chosen one that is most like it. Labels that the model does not know are left out.
"""

import argparse
import math
import random
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean

from tagger.annotation.annotate import labels_of
from tagger.annotation.annotation_queue import AnnotationQueue
from tagger.annotation.excerpts import Excerpt
from tagger.corpus.read import read_split
from tagger.errors import TaggerError
from tagger.runtime.margins import label_probability, margins
from tagger.runtime.tagger import load
from tagger.text.sentence import Sentence

SIZES = (50, 200)
SEEDS = 20

Spans = set[tuple[str, int, int]]


def spans_of(sentence: Sentence, task: str, labels: Collection[str]) -> Spans:
    """Return the spans of some labels."""
    return {(span.label, span.first, span.last) for span in sentence.spans(task) if span.label in labels}


def likeness(chosen: Sequence[Excerpt]) -> float:
    """Return the mean cosine of the words of an excerpt and of the one that is most like it."""
    words = [{word.lower() for word in each.sentences[0].words if word.isalnum()} for each in chosen]
    cosines = (
        max(
            len(one & other) / math.sqrt(len(one) * len(other)) if one and other else 0.0
            for number, other in enumerate(words)
            if number != at
        )
        for at, one in enumerate(words)
    )
    return mean(cosines)


def orders(excerpts: Sequence[Excerpt], size: int, label: str) -> Iterator[tuple[str, list[list[Excerpt]]]]:
    """Yield each way of choosing, and the excerpts that it chooses; of chance, those of every seed."""
    yield "at random", [random.Random(seed).sample(excerpts, size) for seed in range(SEEDS)]
    yield "by the margin alone", [sorted(excerpts, key=lambda excerpt: excerpt.margin)[:size]]
    for name, seeks in (("`--queue`", False), (f"`--queue --seek {label}`", True)):
        queue = AnnotationQueue(size, seeks=seeks)
        queue.add(excerpts)
        yield name, [queue.chosen()]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", nargs="+", type=Path)
    parser.add_argument("--model")
    parser.add_argument("--task", default="ner")
    parser.add_argument("--seek", default="ORG")
    options = parser.parse_args()
    tagger = load(options.model)
    labels = labels_of(tagger.tags[options.task])
    gold = [(corpus.name, each) for corpus in options.corpora for each in read_split(corpus, "test") if len(each)]
    tagged = list(tagger.tag([replace(sentence, tags={}) for _, sentence in gold]))
    sure = margins(tagged, [options.task], tagger.transitions)
    excerpts, right = [], {}  # by excerpt
    for (corpus, annotated), found, margin in zip(gold, tagged, sure, strict=True):
        sought = label_probability(found, [options.task], {options.seek})
        excerpts.append(Excerpt((found,), corpus, margin, sought))
        right[id(excerpts[-1])] = spans_of(annotated, options.task, labels)
    print_table(excerpts, right, options.task, labels, options.seek)


def print_table(
    excerpts: Sequence[Excerpt], right: Mapping[int, Spans], task: str, labels: Collection[str], label: str
) -> None:
    """Print a row for each number of sentences and each way of choosing them, given the right spans of each."""

    def shares(chosen: Sequence[Excerpt]) -> tuple[float, float]:
        wrong = mean(spans_of(each.sentences[0], task, labels) != right[id(each)] for each in chosen)
        return wrong, mean(any(span[0] == label for span in right[id(each)]) for each in chosen)

    wrong, held = shares(excerpts)
    print(f"{len(excerpts):,} sentences, of which {wrong:.1%} need a correction and {held:.1%} hold {label}\n")
    print(f"| sentences | chosen | need a correction | hold {label} | alike |\n| ---: | --- | ---: | ---: | ---: |")
    for size in SIZES:
        for name, samples in orders(excerpts, size, label):
            found = [shares(sample) for sample in samples]
            wrong, held = (mean(column) for column in zip(*found, strict=True))
            print(f"| {size} | {name} | {wrong:.1%} | {held:.1%} | {mean(map(likeness, samples)):.2f} |")


if __name__ == "__main__":
    try:
        main()
    except TaggerError as error:
        sys.exit(f"annotation_order: {error}")

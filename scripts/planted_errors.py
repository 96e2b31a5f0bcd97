#!/usr/bin/env python3
"""Plants errors in the spans of an annotated CoNLL-U file, and counts how many of the first N findings are planted.

    python scripts/planted_errors.py corpora/sample/train.conllu --tasks ner=MISC:NER --share 0.1

A share of the spans gets another label, is removed or is moved by a word, drawn at random. What `tagger inspect
--noise` lists is compared with what was planted.
"""

import argparse
import random
from pathlib import Path
from tempfile import TemporaryDirectory

import tagger
from tagger.text.columns import write_columns
from tagger.text.scheme import spans_from_tags, tags_from_spans
from tagger.training.annotation_noise import NoiseOptions, find_noise

Span = tuple[str, int, int]


def planted(
    spans: list[Span], labels: list[str], length: int, share: float, draw: random.Random
) -> tuple[list[Span], list[int]]:
    """Return spans of which some are changed, and the first words of those."""
    kept: list[Span] = []
    changed: list[int] = []
    for label, first, last in spans:
        if draw.random() >= share:
            kept.append((label, first, last))
            continue
        changed.append(first)
        kind = draw.choice(("label", "removed", "moved"))
        moved = last + 1 < length and not any(other[1] == last + 1 for other in spans)
        if kind == "label" or (kind == "moved" and not moved):
            kept.append((draw.choice([each for each in labels if each != label]), first, last))
        elif kind == "moved":
            kept.append((label, first, last + 1))
    return kept, changed


def main() -> None:
    """Plant, find, and print precision among the first N."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--tasks", default="ner=MISC:NER")
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folds", type=int, default=4)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--model", action="append", default=[])
    arguments = parser.parse_args()
    task, _, place = arguments.tasks.partition("=")
    draw = random.Random(arguments.seed)
    sentences = [each for each in tagger.read(arguments.file, tasks={task: place}) if task in each.tags]
    labels = sorted({label for each in sentences for label, *_ in spans_from_tags(each.tags[task])})
    lines, wrong = [], set()
    for sentence in sentences:
        spans, changed = planted(spans_from_tags(sentence.tags[task]), labels, len(sentence), arguments.share, draw)
        tags = tags_from_spans(spans, len(sentence), "IOB2")
        wrong |= {f"{len(lines) + first + 1}" for first in changed}
        lines += write_columns(sentence.with_tags(task, tags), ("token", task), "\t").splitlines()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "planted.tsv"
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        options = NoiseOptions(
            tuple(arguments.model), arguments.folds, arguments.seeds, arguments.config, columns=("token", task)
        )
        found = find_noise(file, options, print)
    hits = [error.place.rpartition(":")[2] in wrong for error in found]
    print(f"{len(wrong)} errors planted in {len(sentences)} sentences, {len(found)} annotations listed")
    for first in (10, 20, 50, len(wrong)):
        print(f"of the first {first}: {sum(hits[:first])} are planted ({sum(hits[:first]) / max(1, first):.0%})")
    print(f"listed at all: {len({error.place for error, hit in zip(found, hits, strict=True) if hit})} of {len(wrong)}")


if __name__ == "__main__":
    main()

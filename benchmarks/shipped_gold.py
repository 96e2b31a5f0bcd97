"""The tests of shipped.py: corpora converted by their recipes, as JSON lines of words, tags and names."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.interfaces import ROOT, TAGGER
from adapters.shipped_interface import ENTITIES, TEST, TRAIN, Tagged
from names import Name, f1, overlaps, three_types
from tagging import run

if TYPE_CHECKING:
    from tagger import Sentence

EWT, TWITTER = "ewt-entities", "broad-twitter"
LOWER, PLAIN = "lower case", "without accounts"
SOURCES = {
    "uner-english-pud": "UNER_English-PUD",
    "wikigold-test": "wikigold",
    "wnut17": "wnut17",
    "europarl": "europarl",
    TWITTER: "broad_twitter_corpus",
}
"""Where the files of the recipes in corpora/ lie, in `ner` of the folder of corpora; EWT's are joined here."""
TITLES = {
    EWT: "EWT",
    LOWER: "EWT in lower case",
    "uner-english-pud": "PUD",
    "wikigold-test": "Wikigold",
    "wnut17": "WNUT 2017",
    "europarl": "Europarl",
    TWITTER: "Broad Twitter",
    PLAIN: "Broad Twitter without accounts",
}
"""All tests of names, by the names of their files, and their titles."""
CONVERT = [sys.executable, "-P", *TAGGER[1:], "convert"]


@dataclass(frozen=True)
class GoldSentence:
    """One sentence of a test: its words, its gold tags of each layer, and its names, None where nobody marked any.

    `unknown` has places of words in which names do not count.
    """

    words: list[str]
    tags: dict[str, list[str]]
    names: list[Name] | None
    unknown: list[tuple[int, int]] = field(default_factory=list)


def prepare(shared: Path, base: Path, work: Path, most: int | None) -> None:
    """Convert the corpora into `base`, and write what to learn from and the tests into `work`.

    `most` is the largest number of sentences of each; None means all.
    """
    converted, files = base / "converted", base / "ewt-files"
    if not converted.exists():
        run([sys.executable, str(ROOT / "scripts" / "join_entities.py"), str(shared), str(files)])
        unfinished = base / "converted.part"
        for recipe in (EWT, *SOURCES):
            source = files if recipe == EWT else shared / "ner" / SOURCES[recipe]
            target = [str(unfinished / recipe), "--overwrite"]
            print(f"converting {recipe}", file=sys.stderr)
            run([*CONVERT, str(ROOT / "corpora" / recipe), "--source", str(source), "--to", *target])
        unfinished.rename(converted)
    for split in ("train", "dev", "test"):
        blocks = (files / f"{split}.conllu").read_text(encoding="utf-8").split("\n\n")[:-1]
        content = "".join(f"{block}\n\n" for block in blocks[:most])
        (work / TRAIN.replace("train", split)).write_text(content, encoding="utf-8", newline="\n")
    for recipe in (EWT, *SOURCES):
        write_tests(work / f"{recipe}.jsonl", read_corpus(converted / recipe, most))
    write_tests(work / f"{LOWER}.jsonl", map(in_lower_case, read_tests(work, EWT)))
    write_tests(work / f"{PLAIN}.jsonl", map(without_accounts, read_tests(work, TWITTER)))


def read_corpus(folder: Path, most: int | None) -> Iterator[GoldSentence]:
    """Yield the sentences of a converted corpus's test split."""
    from tagger.corpus.read import read_split

    for sentence in islice(read_split(folder, "test"), most):
        spans = sentence.spans("ner") if "ner" in sentence.tags else None
        names = None if spans is None else list(three_types((each.label, each.first, each.last + 1) for each in spans))
        tags = {layer: list(sentence.tags[layer]) for layer in ("upos", "xpos") if layer in sentence.tags}
        yield GoldSentence(list(sentence.words), tags, names)


def in_lower_case(sentence: GoldSentence) -> GoldSentence:
    return replace(sentence, words=[word.lower() for word in sentence.words])


def without_accounts(sentence: GoldSentence) -> GoldSentence:
    """Return a tweet in which an `@` and the account after it do not count.

    They are two names each in Broad Twitter, two of three names of its test, and in no other corpus.
    """
    return replace(sentence, unknown=[(at, at + 2) for at, word in enumerate(sentence.words) if word == "@"])


def write_tests(path: Path, sentences: Iterable[GoldSentence]) -> None:
    path.write_text("".join(json.dumps(asdict(each)) + "\n" for each in sentences), encoding="utf-8", newline="\n")


def read_tests(work: Path, name: str) -> list[GoldSentence]:
    """Return the sentences of a test."""
    with (work / f"{name}.jsonl").open(encoding="utf-8") as file:
        rows = map(json.loads, file)
        return [GoldSentence(row["words"], row["tags"], pairs(row["names"]), pairs(row["unknown"])) for row in rows]


def pairs(values: list[list] | None) -> list[tuple] | None:
    """Return lists as tuples; they are lists in JSON."""
    return values and [tuple(value) for value in values]


def accuracy(gold: Sequence[GoldSentence], found: Sequence[Tagged], layer: str) -> float:
    """Return the share of words with the right tag, in percent."""
    both = zip(gold, found, strict=True)
    right = [a == b for of, tagged in both for a, b in zip(of.tags[layer], tagged.tags[layer], strict=True)]
    return 100 * sum(right) / len(right)


def names_f1(gold: Sequence[GoldSentence], found: Sequence[Tagged]) -> float:
    """Return the F1 of names in percent, over all sentences in which names are marked."""
    both: tuple[set, set] = (set(), set())
    for number, (sentence, tagged) in enumerate(zip(gold, found, strict=True)):
        if sentence.names is not None:
            for side, names in zip(both, (sentence.names, tagged.names), strict=True):
                side |= {(number, *name) for name in names if not overlaps(name, sentence.unknown)}
    return f1(*both)


def gold_characters(sentences: Iterable["Sentence"]) -> tuple[list[Name], list[tuple[int, int]]]:
    """Return the names of a treebank's text as places of characters, and the places in which nobody marked any."""
    from tagger.evaluation.word_alignment import solid_offsets

    names, unknown, before = [], [], 0
    for sentence in sentences:
        solid = solid_offsets(sentence.text)
        starts, ends = ([before + solid[at - sentence.start] for at in of] for of in (sentence.starts, sentence.ends))
        if "ner" in sentence.tags:
            names += [(span.label, starts[span.first], ends[span.last]) for span in sentence.spans("ner")]
        else:
            unknown.append((before, before + solid[-1]))
        before += solid[-1]
    return list(three_types(names)), unknown


def text_scores(work: Path, conllu: Path, names: Sequence[Name] | None) -> dict[str, float]:
    """Return the F1 of tokens, sentences, words, UPOS and names that were found in the raw text of EWT's test."""
    from raw_text import scores

    from tagger.text.conllu import read_conllu

    found = scores(work / TEST, conllu)
    if names is not None:
        gold, unknown = gold_characters(read_conllu(work / TEST, ENTITIES))
        found["names"] = f1(gold, names, unknown)
    return found

"""Count the sentences of training corpora that stand in test sets too.

    python scripts/sentence_overlap.py data/re-docred data/crossner --tests data/wikigold-test data/uner-english-pud

All are corpora that `tagger convert` made. Of a training corpus, `train` is read; of a test set, every split but
`train`. Two sentences are the same if their letters and digits are, in lower case: so other tokens, quotes and case
make no difference. Text of one origin, such as two versions of an article, also shows in runs of eight equal words.
`scripts/entity_corpora.py --leave-out` writes corpora without such sentences, but keeps short ones (`Thank you .`).
"""

import argparse
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tagger.corpus.read import open_corpus, read_split
from tagger.errors import TaggerError
from tagger.text.sentence import Sentence

RUN = 8
"""Words of a run that no two texts have by chance."""
FEW = 4
"""Sentences of fewer words, such as `Thank you .`, are the same by chance."""
_WORD = re.compile(r"[^\W_]+")


def plain_words(words: Sequence[str]) -> list[str]:
    """Return the runs of letters and digits of a sentence in lower case."""
    return _WORD.findall(" ".join(words).lower())


def runs(plain: Sequence[str]) -> Iterator[str]:
    """Yield each run of eight of a sentence's plain words."""
    for first in range(len(plain) - RUN + 1):
        yield " ".join(plain[first : first + RUN])


Places = Mapping[str, set[int]]
"""Sentences of each test set, by their numbers from 0."""


@dataclass
class TestSentences:
    """The sentences of test sets, to be looked up: which of them are the same as others, or share runs of words."""

    sentences: dict[str, dict[str, set[int]]] = field(default_factory=dict)
    of_runs: dict[str, dict[str, set[int]]] = field(default_factory=dict)

    def add(self, name: str, sentences: Iterable[Sentence]) -> None:
        """Add the sentences of a test set."""
        for number, sentence in enumerate(sentences):
            plain = plain_words(sentence.words)
            if plain:
                self.sentences.setdefault("".join(plain), {}).setdefault(name, set()).add(number)
            for run in runs(plain):
                self.of_runs.setdefault(run, {}).setdefault(name, set()).add(number)

    def same(self, words: Sequence[str]) -> Places:
        """Return the sentences that are the same as these words, in the test sets that have any."""
        return self.sentences.get("".join(plain_words(words)), {})

    def alike(self, words: Sequence[str]) -> Places:
        """Return the sentences that share a run of eight words with these, in the test sets that have any."""
        found: defaultdict[str, set[int]] = defaultdict(set)
        for run in runs(plain_words(words)):
            for name, numbers in self.of_runs.get(run, {}).items():
                found[name] |= numbers
        return found


def is_short(words: Sequence[str]) -> bool:
    """Return whether a sentence has so few words that it says the same as others by chance."""
    return len(plain_words(words)) < FEW


def read_tests(folders: Iterable[Path]) -> TestSentences:
    """Return the sentences of test sets, each under the names of its folder and its split: `wnut17 test`."""
    tests = TestSentences()
    for folder in folders:
        with open_corpus(folder) as corpus:
            for split in corpus.splits:
                if split != "train":
                    tests.add(f"{folder.name} {split}", read_split(corpus, split))
    return tests


def without_overlap(
    sentences: Iterable[Sentence], tests: TestSentences, left_out: Counter[tuple[str, str]]
) -> Iterator[Sentence]:
    """Yield the sentences that are in no test set, or are short, and share no run of eight words with one of its.

    The others are counted in `left_out`, under each test set and `same` or `alike`, and all under ("", "").
    """
    for sentence in sentences:
        same = {} if is_short(sentence.words) else tests.same(sentence.words)
        alike = tests.alike(sentence.words)
        left_out.update((name, "same") for name in same)
        left_out.update((name, "alike") for name in alike if name not in same)
        if same or alike:
            left_out["", ""] += 1
        else:
            yield sentence


@dataclass
class Overlap:
    """How many training sentences are those of a test set, are short ones of them, or share eight words with one.

    `of_test` are the sentences of the test set, without the short ones.
    """

    same: int = 0
    short: int = 0
    alike: int = 0
    of_test: set[int] = field(default_factory=set)


def overlaps(sentences: Iterable[Sentence], tests: TestSentences) -> dict[str, Overlap]:
    """Return what training sentences share with each test set that has any of them."""
    found: defaultdict[str, Overlap] = defaultdict(Overlap)
    for sentence in sentences:
        same, alike = tests.same(sentence.words), tests.alike(sentence.words)
        for name, numbers in same.items():
            found[name].same += 1
            if is_short(sentence.words):
                found[name].short += 1
            else:
                found[name].of_test |= numbers
        for name, numbers in alike.items():
            found[name].alike += name not in same
            found[name].of_test |= numbers
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", nargs="+", type=Path, help="folders of training corpora")
    parser.add_argument("--tests", nargs="+", type=Path, required=True, help="folders of test sets")
    arguments = parser.parse_args()
    try:
        tests = read_tests(arguments.tests)
        print("| train of | test set | same sentence | of these short | eight words alike | sentences of test |")
        print("| --- | --- | ---: | ---: | ---: | ---: |")
        for folder in arguments.corpora:
            for name, found in sorted(overlaps(read_split(folder, "train"), tests).items()):
                row = (folder.name, name, found.same, found.short, found.alike, len(found.of_test))
                print("|", " | ".join(map(str, row)), "|")
    except TaggerError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()

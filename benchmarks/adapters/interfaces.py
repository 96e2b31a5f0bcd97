"""What the adapters of all taggers share: the two interfaces, and the files that they read."""

import json
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "benchmarks" / "run_system.py"
"""The script that trains a system, or loads it and tags one sentence."""
CORPUS, DEV = "corpus.conllu", "dev.conllu"
TAGGER = [sys.executable, "-c", "from tagger.cli import main; main()"]
"""The command `tagger` of this Python."""

Tagged = TypeVar("Tagged")


@dataclass(frozen=True)
class Example:
    """One sentence: its words, their gold tags, and given tags where the task has any."""

    words: list[str]
    tags: list[str]
    given: list[str] | None = None


@dataclass(frozen=True)
class Job:
    """One task on one corpus: `folder` holds the examples of each split; the other fields are for our own training."""

    folder: str
    records: str
    config: str
    task: str
    spans: bool
    given: str | None
    """The layer of given tags that may be read beside the words."""
    model: str | None
    """A model folder of ours that was trained before, used instead of training."""

    def read(self, split: str) -> list[Example]:
        """Return the examples of a split."""
        with open(Path(self.folder) / f"{split}.jsonl", encoding="utf-8") as file:
            return [Example(**json.loads(line)) for line in file]


class AccuracyAdapter(ABC):
    """A trained and loaded tagger whose accuracy on gold words is measured."""

    title: str
    packages: tuple[str, ...] = ()
    """Packages that it needs from PyPI."""
    spans = True
    """Whether it can learn spans."""
    takes_given = False
    """Whether it can read given tags beside the words."""

    @abstractmethod
    def __init__(self, job: Job, folder: Path) -> None: ...

    @staticmethod
    @abstractmethod
    def train(job: Job, folder: Path) -> None:
        """Train on train, choosing on dev where the tagger does so, and write the model to an existing folder."""

    @abstractmethod
    def tag(self, sentences: Sequence[Example]) -> list[list[str]]:
        """Return the tags of each sentence, read from its words and given tags only."""


class SpeedAdapter(ABC):
    """A trained and loaded system whose speed is measured, on plain text or on given tokens."""

    title: str
    packages: tuple[str, ...] = ()
    """Packages that it needs from PyPI."""
    note = ""
    """How to install them, where the extra `benchmark` does not."""
    hidden: tuple[str, ...] = ()
    """Modules hidden from it: it would import them only because other systems here need them installed."""
    is_slow = False
    """Whether it is so slow that it gets less text."""

    @abstractmethod
    def __init__(self, folder: Path, given_tokens: bool) -> None: ...

    @staticmethod
    @abstractmethod
    def train(corpus: Path, folder: Path) -> None:
        """Train on CORPUS in the folder `corpus`, and write the model to the existing `folder`."""

    @classmethod
    def size(cls, folder: Path) -> int:
        """Return the bytes on disk that tagging needs."""
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

    @classmethod
    def first_sentence(cls, folder: Path, sentence: Path) -> list[str]:
        """Return the command that tags the text of a file and prints it."""
        return [sys.executable, str(SCRIPT), cls.__name__, str(folder), sentence.read_text(encoding="utf-8")]

    @abstractmethod
    def text(self, paragraphs: Iterable[str]) -> int:
        """Tag paragraphs of plain text and return the number of words found in them."""

    @abstractmethod
    def tokens(self, sentences: list[list[str]]) -> int:
        """Tag sentences of words and return the number of words."""

    @abstractmethod
    def one(self, text: str) -> str:
        """Tag one short text and return its words with their tags on one line."""


class RawTextAdapter(ABC, Generic[Tagged]):
    """A trained and loaded system that finds sentences and words in raw text, scored as CoNLL-U."""

    title: str
    packages: tuple[str, ...] = ()
    """Packages that it needs from PyPI."""
    languages: frozenset[str] | None = None
    """Codes of the languages that it is made for; None: every language."""
    trained = True
    """Whether it learns from the splits."""
    seeded = False
    """Whether it is trained with several seeds."""

    @abstractmethod
    def __init__(self, folder: Path, language: str) -> None: ...

    @staticmethod
    @abstractmethod
    def train(splits: Path, folder: Path, language: str, seed: int) -> None:
        """Train on train, choosing on dev where the system does so, and write the model to an existing folder."""

    @abstractmethod
    def tag(self, paragraphs: list[str]) -> Tagged:
        """Find and tag the words of paragraphs of raw text; this is what is timed."""

    @abstractmethod
    def as_conllu(self, tagged: Tagged) -> str:
        """Return what `tag` returned in CoNLL-U."""


def bare_conllu(sentences: Iterable[Iterable[str]]) -> str:
    """Return sentences of tokens without tags in CoNLL-U."""
    blank = "\t".join("_" * 8)
    blocks = (
        "".join(f"{number}\t{token}\t{blank}\n" for number, token in enumerate(tokens, start=1)) for tokens in sentences
    )
    return "".join(f"{block}\n" for block in blocks if block)


def run_tagger(*arguments: object) -> None:
    """Run one of our commands."""
    subprocess.run([*TAGGER, *map(str, arguments)], check=True)


def as_line(pairs: Iterable[tuple[str, str]]) -> str:
    """Return words with their tags on one line, for a reader."""
    return " ".join(f"{word}/{tag}" for word, tag in pairs)


def read_sentences(corpus: Path) -> list[list[tuple[str, str]]]:
    """Return the words and tags of the CoNLL-U file that tagging.py writes."""
    blocks = corpus.read_text(encoding="utf-8").split("\n\n")[:-1]
    rows = ([row.split("\t") for row in block.split("\n") if row[0] != "#"] for block in blocks)
    return [[(row[1], row[3]) for row in sentence] for sentence in rows]

"""What the systems of shipped.py share: they tag given words, or raw text, or both."""

import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from names import Name, in_characters

SCRIPT = Path(__file__).resolve().parents[1] / "run_shipped.py"
"""The script that loads one of the systems."""
TRAIN, DEV, TEST = (f"en_ewt-ud-{split}.conllu" for split in ("train", "dev", "test"))
"""Files with words, UPOS, XPOS, and entities as `NER=` in MISC."""
ENTITIES = {"upos": "UPOS", "xpos": "XPOS", "ner": "MISC:NER"}
"""Where these files hold the three layers."""


@dataclass(frozen=True)
class Tagged:
    """What a system finds in one sentence of given words: tags of each layer, and names as places of words."""

    tags: dict[str, list[str]] = field(default_factory=dict)
    names: list[Name] = field(default_factory=list)


@dataclass(frozen=True)
class Read:
    """What a system finds in raw text: CoNLL-U, and names as places of characters, white space not counted."""

    conllu: str
    names: list[Name]


@dataclass(frozen=True)
class ReadSentence:
    """A sentence that was found: tokens, each a list of words with their UPOS, and names as places of words."""

    tokens: list[list[tuple[str, str]]]
    names: list[Name]


class ShippedSystem(ABC):
    """A tagger as one installs it. It is described here, and `load` makes it ready to tag."""

    title: str
    packages: tuple[str, ...] = ()
    """Packages that it needs from PyPI."""
    install = ""
    """How one gets them, where the extra `benchmark` does not have them."""
    hidden: tuple[str, ...] = ()
    """Modules hidden from it: it would import them only because other systems here need them installed."""
    layers: tuple[str, ...] = ("upos", "xpos", "names")
    """What it finds."""
    is_slow = False
    """Whether it is so slow that it gets less text where its speed is measured."""

    def missing(self) -> str:
        """Return why it cannot take part; empty where it can."""
        from peers import BENCHMARK, missing_package  # not needed for a first sentence, as are other imports here

        return missing_package(self.packages, self.install or BENCHMARK)

    def version(self) -> str:
        """Return the version of its first package, without the last of its numbers."""
        from importlib.metadata import version

        return ".".join(version(self.packages[0]).split(".")[:2])

    def heading(self) -> str:
        """Return its title with its version, which stands before the first comma."""
        name, comma, rest = self.title.partition(",")
        return f"{name} {self.version()}{comma}{rest}"

    @abstractmethod
    def load(self, folder: Path) -> None:
        """Load the model: the one in `folder`, if it is trained here."""

    @abstractmethod
    def size(self, folder: Path) -> int:
        """Return the bytes of the model on disk."""

    def installed(self, folder: Path) -> int:
        """Return the bytes of the model, the packages, and all packages that these need."""
        from peers import installed_size

        return installed_size(self.packages)

    def memory(self) -> int:
        """Return the largest resident set of the process that tags, in bytes."""
        from machine import peak_memory

        return peak_memory()


class TrainedSystem(ShippedSystem):
    """A system that is trained here."""

    @abstractmethod
    def train(self, corpus: Path, folder: Path) -> None:
        """Train on TRAIN and DEV in the folder `corpus`, and write the model to an existing folder."""

    def installed(self, folder: Path) -> int:
        return super().installed(folder) + self.size(folder)


class WordSystem(ShippedSystem):
    """A system that tags given words."""

    @abstractmethod
    def tag(self, sentences: Sequence[list[str]]) -> list[Tagged]:
        """Tag sentences of given words."""

    @abstractmethod
    def count_tokens(self, sentences: list[list[str]]) -> int:
        """Tag sentences of given words and return the number of words; this is what is timed."""


class TextSystem(ShippedSystem):
    """A system that finds words in raw text."""

    @abstractmethod
    def read(self, paragraphs: list[str]) -> Read:
        """Find and tag the words of raw text."""

    @abstractmethod
    def count_text(self, paragraphs: list[str]) -> int:
        """Tag raw text and return the number of words found in it; this is what is timed."""

    @abstractmethod
    def first_sentence(self, name: str, folder: Path, text: Path) -> list[str]:
        """Return the command that tags the text of a file and prints it; `name` is the system's own."""

    @abstractmethod
    def seconds_of_each(self, texts: Iterable[str]) -> list[float]:
        """Return the seconds that each of some short texts takes, tagged one after the other."""


class PythonTextSystem(TextSystem):
    """A system that finds words in raw text, in this process."""

    @abstractmethod
    def one(self, text: str) -> str:
        """Tag one short text and return its words with their tags on one line."""

    def first_sentence(self, name: str, folder: Path, text: Path) -> list[str]:
        return [sys.executable, str(SCRIPT), "first", name, str(folder), str(text)]

    def seconds_of_each(self, texts: Iterable[str]) -> list[float]:
        seconds = []
        for text in texts:
            started = time.perf_counter()
            self.one(text)
            seconds.append(time.perf_counter() - started)
        return seconds


def as_read(sentences: Iterable[ReadSentence]) -> Read:
    """Return sentences in the order of the text as CoNLL-U and names of characters.

    The tokens must have all characters of the text except its white space.
    """
    blocks, names, words = [], [], []
    for sentence in sentences:
        names += [(label, len(words) + first, len(words) + after) for label, first, after in sentence.names]
        lines, number = [], 0
        for token in sentence.tokens:
            if len(token) > 1:
                whole = "".join(form for form, _ in token)
                lines.append(f"{number + 1}-{number + len(token)}\t{whole}" + "\t_" * 8 + "\n")
            for form, tag in token:
                number += 1
                words.append(form)
                lines.append(f"{number}\t{form}\t_\t{tag or '_'}" + "\t_" * 6 + "\n")
        blocks.append("".join(lines) + "\n" if lines else "")
    return Read("".join(blocks), list(in_characters(names, words)))


def folder_size(folder: Path) -> int:
    """Return the bytes of a file, or of all files in a folder, without Python's compiled ones."""
    files = (path for path in (folder, *folder.rglob("*")) if path.is_file() and path.suffix != ".pyc")
    return sum(path.stat().st_size for path in files)

"""winkNLP and compromise, two libraries in JavaScript, run by Node (javascript.mjs)."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from names import three_types, trimmed

from adapters.shipped_interface import Read, ReadSentence, TextSystem, as_read, folder_size

PEER = Path(__file__).with_suffix(".mjs")
PEERS_FOLDER = "NODE_PEERS"
"""The variable that names the folder with node_modules."""


class NodeSystem(TextSystem):
    """A library for Node. It reads text alone, and finds no XPOS."""

    def __init__(self, name: str, title: str, libraries: tuple[str, ...], model: str, layers: tuple[str, ...]) -> None:
        self.name, self.title, self.libraries, self.model, self.layers = name, title, libraries, model, layers
        self.install = f"npm install --prefix FOLDER {' '.join(libraries)}, and {PEERS_FOLDER}=FOLDER"

    @property
    def modules(self) -> Path:
        """Folder of the installed libraries."""
        return Path(os.environ.get(PEERS_FOLDER, "node")).absolute() / "node_modules"

    def missing(self) -> str:
        if not shutil.which("node"):
            return "node is not installed"
        lacking = [library for library in self.libraries if not (self.modules / library).is_dir()]
        return f"{lacking[0]} is not installed: {self.install}" if lacking else ""

    def described(self, library: str) -> dict[str, Any]:
        """Return the `package.json` of a library."""
        return json.loads((self.modules / library / "package.json").read_text(encoding="utf-8"))

    def version(self) -> str:
        return self.described(self.libraries[0])["version"].rpartition(".")[0]

    def command(self, *arguments: object) -> list[str]:
        """Return the command that runs the library."""
        return ["node", str(PEER), self.name, str(self.modules.parent), *map(str, arguments)]

    def load(self, folder: Path) -> None:
        self.process = subprocess.Popen(self.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        self.count_text(["Ready?"])  # waits until it is

    def ask(self, what: str, texts: Iterable[str] = ()) -> Any:  # noqa: ANN401
        """Return the answer to a question about texts."""
        self.process.stdin.write(json.dumps([what, list(texts)]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def size(self, folder: Path) -> int:
        return folder_size(self.modules / self.model)

    def installed(self, folder: Path) -> int:
        return sum(folder_size(self.modules / name) for name in self.needed(self.libraries))

    def needed(self, libraries: Iterable[str]) -> set[str]:
        """Return libraries and those that they need."""
        found = set(libraries)
        for library in libraries:
            found |= self.needed(self.described(library).get("dependencies", {}))
        return found

    def first_sentence(self, name: str, folder: Path, text: Path) -> list[str]:
        return self.command(text)

    def read(self, paragraphs: list[str]) -> Read:
        found = []
        for sentence in (each for sentences in self.ask("read", paragraphs) for each in sentences):
            tokens = [[(form, tag) for form, tag in token] for token in sentence["tokens"]]
            names = three_types(tuple(name) for name in sentence["names"])
            words = [form for token in tokens for form, _ in token]
            found.append(ReadSentence(tokens, list(trimmed(names, words))))
        return as_read(found)

    def count_text(self, paragraphs: list[str]) -> int:
        return self.ask("count", paragraphs)

    def seconds_of_each(self, texts: Iterable[str]) -> list[float]:
        return self.ask("each", texts)

    def memory(self) -> int:
        return self.ask("memory")


def wink() -> NodeSystem:
    """Return winkNLP, whose entities are none of persons, places and organisations."""
    libraries = ("wink-nlp", "wink-eng-lite-web-model")
    return NodeSystem("wink", "winkNLP", libraries, libraries[1], ("upos",))


def compromise() -> NodeSystem:
    """Return compromise, whose tags are mapped to UPOS in javascript.mjs."""
    model = "compromise/builds/three/compromise-three.cjs"
    system = NodeSystem("compromise", "compromise", ("compromise",), model, ("upos", "names"))
    system.is_slow = True
    return system

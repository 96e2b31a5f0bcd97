"""The commands that are killed, with what they need, and what must be there in the end."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONFIG = """\
[tasks.upos]
[words]
dimension = 4
[characters]
dimension = 2
filters = 2
[encoder]
units = 4
bidirectional = false
[training]
epochs = 2
batch_size = 4
learning_rate = 0.05
average = 0.5
checkpoint_steps = 2
"""
SEGMENTER = """
[segmenter]
dimension = 2
filters = 2
units = 3
window = 8
copies = 1
least_windows = 0
batch_size = 4
epochs = 2
"""
LETTERS = """\
[text]
unit = "character"
held_out = 0.3
[characters]
dimension = 2
[encoder]
units = 3
layers = 1
[training]
epochs = 2
batch_size = 2
steps = 8
evaluate_steps = 2
"""
WORDS = """
[text]
unit = "word"
held_out = 0.25
[words]
dimension = 2
lowercase = true
[characters]
encoder = "none"
[encoder]
units = 3
[training]
epochs = 2
batch_size = 2
samples = 5
evaluate_steps = 2
"""
SENTENCES = [
    f"{subject} {verb} {what} ./PUNCT/O"
    for subject in ("Ada/PROPN/B-PER Lovelace/PROPN/I-PER", "The/DET/O dog/NOUN/O", "She/PRON/O")
    for verb in ("sees/VERB/O", "likes/VERB/O")
    for what in ("Paris/PROPN/B-LOC", "a/DET/O cat/NOUN/O")
]
_TRAIN = ["train", "tiny.toml", "--corpus", "corpus", "--output", "model"]
_UNLABELLED = [*_TRAIN, "--set", "distillation.teachers=1", "--set", "unlabelled.text=['texts/*.txt']"]
_UNLABELLED += ["--set", "unlabelled.confidence=0"]
_FROM_TEXT = ["train", "raw.toml", "--corpus", "treebank", "--output", "model"]
_PRETRAIN = ["pretrain", "letters.toml", "--text", "texts/*.txt", "--output", "letters"]
_WORDS = ["pretrain", "words.toml", "--text", "texts/*.txt", "--output", "words"]
_CONVERT = ["convert", "train=train.tsv", "dev=dev.tsv", "--columns", "token,upos,ner", "--to"]
_EXPORT = ["export", "../first/model"]
_RAY = ["tag", "texts", "--engine", "ray", "--jobs", "1", "--model", "../first/model", "--output", "tagged"]


@dataclass(frozen=True)
class Scenario:
    """A command: how it is begun, and how it is given again after a kill until it ends well.

    `before` are commands that prepare its folder. `weight` is how often it is drawn.
    """

    command: list[str]
    again: list[str]
    before: tuple[list[str], ...] = ()
    weight: float = 1.0
    is_slow: bool = False
    """Whether it trains several models or starts further processes, which `--quick` leaves out."""
    spawns: bool = False
    """Whether further processes do the work, whose operations on files are not counted."""


SCENARIOS: Mapping[str, Scenario] = {
    "convert": Scenario([*_CONVERT, "new"], [*_CONVERT, "new", "--overwrite"], weight=3),
    "convert --overwrite": Scenario(
        [*_CONVERT, "new", "--overwrite"],
        [*_CONVERT, "new", "--overwrite"],
        ([*_CONVERT[:1], "train=dev.tsv", *_CONVERT[3:], "new"],),
        weight=2,
    ),
    "train": Scenario(_TRAIN, [*_TRAIN, "--resume"], weight=4),
    "train --overwrite": Scenario(
        [*_TRAIN, "--overwrite"],
        [*_TRAIN, "--overwrite", "--resume"],
        ([*_TRAIN, "--set", "training.epochs=1", "--set", "seed=7"],),
        weight=2,
    ),
    "train with a segmenter": Scenario(_FROM_TEXT, [*_FROM_TEXT, "--resume"], weight=2),
    "train --tasks segmentation": Scenario(
        [*_FROM_TEXT, "--tasks", "segmentation"], [*_FROM_TEXT, "--tasks", "segmentation", "--resume"], is_slow=True
    ),
    "train --seeds": Scenario([*_TRAIN, "--seeds", "2"], [*_TRAIN, "--seeds", "2", "--resume"], weight=2, is_slow=True),
    "train with a teacher": Scenario(
        [*_TRAIN, "--set", "distillation.teachers=1"],
        [*_TRAIN, "--set", "distillation.teachers=1", "--resume"],
        weight=2,
        is_slow=True,
    ),
    "train with unlabelled text": Scenario(_UNLABELLED, [*_UNLABELLED, "--resume"], weight=2, is_slow=True),
    "train --workers": Scenario(
        [*_TRAIN, "--workers", "2"], [*_TRAIN, "--workers", "2", "--resume"], weight=0.3, is_slow=True, spawns=True
    ),
    "pretrain": Scenario(_PRETRAIN, [*_PRETRAIN, "--resume"], weight=3),
    "pretrain --overwrite": Scenario(
        [*_PRETRAIN, "--overwrite"],
        [*_PRETRAIN, "--overwrite", "--resume"],
        ([*_PRETRAIN, "--set", "training.epochs=1", "--set", "seed=7"],),
        weight=2,
    ),
    "pretrain of words": Scenario(_WORDS, [*_WORDS, "--resume"], weight=2),
    "export": Scenario([*_EXPORT, "--output", "lean"], [*_EXPORT, "--output", "lean", "--overwrite"], weight=2),
    "export in place": Scenario(["export", "lean"], ["export", "lean"], ([*_EXPORT, "--output", "lean"],), weight=2),
    "tag --engine ray": Scenario(_RAY, _RAY, weight=0.3, is_slow=True, spawns=True),
}
"""All scenarios by name. Each runs in a folder with what `prepare` writes; `../first` has a finished model."""


def prepare(folder: Path) -> None:
    """Write what the commands of all scenarios read."""
    folder.mkdir()
    (folder / "tiny.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "raw.toml").write_text(CONFIG + SEGMENTER, encoding="utf-8")
    (folder / "letters.toml").write_text(LETTERS, encoding="utf-8")
    (folder / "words.toml").write_text(WORDS, encoding="utf-8")
    (folder / "treebank").mkdir()
    for split, sentences in (("train", SENTENCES), ("dev", SENTENCES[:4])):
        rows = ("".join(word.replace("/", "\t") + "\n" for word in sentence.split()) for sentence in sentences)
        (folder / f"{split}.tsv").write_text("\n".join(rows), encoding="utf-8")
        text = "\n".join(map(_as_conllu, sentences))
        (folder / "treebank" / f"en_made-ud-{split}.conllu").write_text(text, encoding="utf-8")
    (folder / "texts").mkdir()
    for number in range(4):
        (folder / "texts" / f"{number}.txt").write_text(f"Ada sees Paris {number}.\n", encoding="utf-8")


def _as_conllu(sentence: str) -> str:
    """Return one of the sentences in CoNLL-U, in which no white space stands before the full stop."""
    rows = []
    for number, word in enumerate(sentence.split(), start=1):
        form, tag, _ = word.split("/")
        after = "SpaceAfter=No" if number == len(sentence.split()) - 1 else "_"
        rows.append(f"{number}\t{form}\t_\t{tag}" + "\t_" * 5 + f"\t{after}\n")
    return "".join(rows)


def outcome(folder: Path) -> dict[str, object]:
    """Return all files in a scenario's folder with their contents, without what differs between any two runs.

    These are times, memory, identifiers of soft targets, and what is computed of them.
    """
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir():
            found[name + "/"] = ""
        elif "/logs/" not in f"/{name}":
            found[name] = _comparable(path)
    return found


def _comparable(path: Path) -> object:
    content = path.read_bytes()
    read: Callable[[Any], Any] | None = _READERS.get(path.name)
    return read(content.decode("utf-8")) if read else content


def _without_times(text: str) -> object:
    return _cleaned(json.loads(text))


def _cleaned(value: object) -> object:
    if isinstance(value, dict):
        return {key: _cleaned(each) for key, each in value.items() if not re.search("second|peak|^id$|sha256", key)}
    return [_cleaned(each) for each in value] if isinstance(value, list) else value


_READERS: Mapping[str, Callable[[str], object]] = {
    "metrics.json": _without_times,
    "state.json": _without_times,
    "manifest.json": lambda text: {
        name: about
        for name, about in json.loads(text)["files"].items()
        if name not in ("metrics.json", "README.md", "checkpoint/state.json") and not name.startswith("logs/")
    },
    "plan.json": lambda text: "",
    "README.md": lambda text: re.sub(r"[\d.]+ (s|seconds|minutes|MB|GB)\b", "", text),
}

"""Folders of Universal Dependencies: CoNLL-U files that are named after their splits, such as `xx-ud-train.conllu`."""

import re
from pathlib import Path

from tagger.corpus.convert import convert
from tagger.corpus.manifest import Manifest, Provenance
from tagger.errors import DataError
from tagger.text.conllu import read_conllu

_SPLIT_FILE = re.compile(r"(?:.*[-_.])?(train|dev|test)\.conllu(?:\.gz|\.xz|\.bz2)?")
_LICENCE = re.compile(r"^License:[ \t]*(\S.*?)[ \t]*$", re.MULTILINE)
_TASKS = {"upos": "UPOS", "xpos": "XPOS", "feats": "FEATS"}


def is_treebank(folder: Path) -> bool:
    """Return whether a folder has CoNLL-U files of splits."""
    return bool(_files(folder))


def convert_treebank(folder: Path, directory: Path) -> Manifest:
    """Write the corpus folder `directory` from a treebank's folder; return its manifest.

    The tasks are `upos`, `xpos` and `feats`, as far as the train split has them (the first split, where there is no
    train). Raises DataError where two files have one split, where a file is not CoNLL-U, and where one has no tags of
    such a task.
    """
    splits: dict[str, Path] = {}
    for path, split in _files(folder):
        if split in splits:
            both = f"{splits[split].name} and {path.name}"
            raise DataError(f"{folder}: {both} are both its {split} split: keep one of them")
        splits[split] = path
    provenance = Provenance(folder.resolve().name, licence=_licence_of(folder))
    tasks = _annotated(splits[next(split for split in ("train", *splits) if split in splits)])
    return convert(splits, directory, format="conllu", tasks=tasks, provenance=provenance)


def _annotated(path: Path) -> dict[str, str]:
    """Return the tasks that a file has tags of, with their columns; all of them where it has none of any."""
    found: set[str] = set()
    for sentence in read_conllu(path, _TASKS):
        found |= sentence.tags.keys()
        if len(found) == len(_TASKS):
            break
    return {task: column for task, column in _TASKS.items() if task in found} or _TASKS


def _files(folder: Path) -> list[tuple[Path, str]]:
    """Return the CoNLL-U files of splits, each with its split."""
    found = [(path, _SPLIT_FILE.fullmatch(path.name)) for path in sorted(folder.iterdir()) if path.is_file()]
    return [(path, match[1]) for path, match in found if match]


def _licence_of(folder: Path) -> str:
    """Return the licence that the treebank's README names, or nothing."""
    for path in sorted(folder.glob("README*")):
        found = _LICENCE.search(path.read_text(encoding="utf-8", errors="replace"))
        if found:
            return found[1]
    return ""

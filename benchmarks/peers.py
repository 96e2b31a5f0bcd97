"""What the scripts that compare with peers share: which of them are installed, and models named on the command line."""

import argparse
import importlib.metadata
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

BENCHMARK = "pip install 'rnn-tagger[benchmark]'"


def missing_package(packages: Iterable[str], install: str = BENCHMARK) -> str:
    """Return what to say of the first package that is not installed; empty where all are."""
    for package in packages:
        try:
            importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            return f"{package} is not installed: {install}"
    return ""


def installed_size(packages: Iterable[str]) -> int:
    """Return the bytes of installed packages and of all that they require, without Python's compiled files."""
    waiting, seen, total = list(packages), set(), 0
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in seen:
            seen.add(name)
            found = importlib.metadata.distribution(name)
            files = (Path(found.locate_file(path)) for path in found.files or ())
            total += sum(path.stat().st_size for path in files if path.is_file() and path.suffix != ".pyc")
            needs = map(Requirement, found.requires or ())
            waiting += [each.name for each in needs if not each.marker or each.marker.evaluate({"extra": ""})]
    return total


def named_model(kind: str, names: Collection[str]) -> Callable[[str], tuple[str, Path]]:
    """Return the type of an option KIND=PATH, whose name is one of `names`."""

    def split(text: str) -> tuple[str, Path]:
        name, equals, path = text.partition("=")
        if not equals or name not in names:
            raise argparse.ArgumentTypeError(f"write it as {kind}=PATH, with one of {', '.join(names)}")
        return name, Path(path)

    return split

"""What the scripts that compare with peers share: which of them are installed, and models named on the command line."""

import argparse
import importlib.metadata
from collections.abc import Callable, Collection, Iterable
from pathlib import Path


def missing_package(packages: Iterable[str]) -> str:
    """Return what to say of the first package that is not installed; empty where all are."""
    for package in packages:
        try:
            importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            return f"{package} is not installed: pip install 'rnn-tagger[benchmark]'"
    return ""


def named_model(kind: str, names: Collection[str]) -> Callable[[str], tuple[str, Path]]:
    """Return the type of an option KIND=PATH, whose name is one of `names`."""

    def split(text: str) -> tuple[str, Path]:
        name, equals, path = text.partition("=")
        if not equals or name not in names:
            raise argparse.ArgumentTypeError(f"write it as {kind}=PATH, with one of {', '.join(names)}")
        return name, Path(path)

    return split

"""`eval --report`: what went wrong as a file, a page to read or JSON with the same numbers."""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from tagger.corpus.manifest import Manifest
from tagger.errors import ConfigError, DataError
from tagger.evaluation.analysis import Analysis
from tagger.evaluation.curve import Training, read_training
from tagger.version import __version__


@dataclass(frozen=True)
class Report:
    """An analysis, of what it is, and how the model was trained (None where its folder does not say)."""

    model: str
    corpus: str
    licence: str
    analysis: Analysis
    training: Training | None
    version: str = __version__

    def as_json(self) -> str:
        """One JSON object."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


def check_report_files(paths: Sequence[Path]) -> None:
    """Raise before the long work what would go wrong after it: ConfigError for a name that is neither .html nor .json,
    DataError for a place where no file can be."""
    for path in paths:
        if path.suffix not in (".html", ".json"):
            raise ConfigError(f"--report {path}: name it NAME.html for a page, or NAME.json for its numbers")
        if path.is_dir() or not path.parent.is_dir():
            why = "is a folder" if path.is_dir() else f"there is no folder {path.parent}"
            raise DataError(f"{path}: the report cannot be written there: {why}")


def write_reports(paths: Sequence[Path], analysis: Analysis, model: Path, corpus: Manifest) -> None:
    """Write an analysis of a model folder on a corpus to each of some files."""
    name = model.resolve().name
    report = Report(name, corpus.name or corpus.directory.name, corpus.licence, analysis, read_training(model))
    for path in paths:
        write_report(report, path)


def write_report(report: Report, path: Path) -> None:
    """Write a report, in place of a file that is there; whole, or not at all. Raises DataError when it cannot be."""
    if path.suffix == ".json":
        content = report.as_json()
    else:
        from tagger.evaluation.page import render_page

        content = render_page(report)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        # A half of a surrogate pair, which UTF-8 cannot write, becomes JSON's own escape; a page has none.
        unfinished.write_text(content, encoding="utf-8", errors="backslashreplace", newline="\n")
        unfinished.replace(path)
    except OSError as error:
        raise DataError(f"{path}: could not be written: {error.strerror or error}") from None
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)

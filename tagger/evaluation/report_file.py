"""Writing the report of `eval --report`: an HTML page, or JSON with the same figures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tagger.corpus.manifest import Manifest
from tagger.errors import ConfigError, DataError
from tagger.evaluation.analysis import Analysis
from tagger.evaluation.report import Report
from tagger.evaluation.training_curve import read_training
from tagger.files import lies_in, write_file


def check_report_files(paths: Sequence[Path]) -> None:
    """Check before the long work starts that reports can be written to these paths.

    Raises ConfigError for a name that is neither .html nor .json, DataError for a place where no file can be.
    """
    for path in paths:
        if path.suffix not in (".html", ".json"):
            raise ConfigError(f"--report {path}: name it NAME.html for a page, or NAME.json for its numbers")
        if path.is_dir() or not path.parent.is_dir():
            why = "is a folder" if path.is_dir() else f"there is no folder {path.parent}"
            raise DataError(f"{path}: the report cannot be written there: {why}")


def check_replaces_no_source(paths: Sequence[Path], sources: Sequence[Path]) -> None:
    """Raise DataError where a report would replace a file in one of the folders of the model and the corpus."""
    for path in filter(Path.exists, paths):
        for source in sources:
            if lies_in(path, source):
                raise DataError(f"{path}: is a file of {source}, which is read: write the report somewhere else")


def write_reports(
    paths: Sequence[Path],
    analysis: Analysis,
    model: Path,
    corpus: Manifest,
    raw: Mapping[str, Any] | None = None,
) -> None:
    """Write the analysis of a model folder on a corpus to files, as .html or .json.

    `raw` are the `raw_figures` of the same model and split, where it was scored from raw text too.

    A file that exists is replaced, whole or not at all. Raises DataError when one cannot be written.
    """
    name = model.resolve().name
    report = Report(name, corpus.name or corpus.directory.name, corpus.licence, analysis, read_training(model), raw)
    for path in paths:
        content = report.as_json() if path.suffix == ".json" else _html(report)
        try:
            # A lone half of a surrogate pair, which UTF-8 cannot hold, becomes JSON's escape; a page never has one.
            write_file(path, content.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise DataError(f"{path}: could not be written: {error.strerror or error}") from None


def _html(report: Report) -> str:
    from tagger.evaluation.page import render_page  # imports Jinja, which only a page needs

    return render_page(report)

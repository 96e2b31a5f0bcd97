"""A folder for brat: documents of excerpts, their spans beside them, and the labels to choose from.

See https://brat.nlplab.org/standoff.html. Offsets count the characters of a document.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from tagger.annotation.excerpts import Excerpt
from tagger.errors import ConfigError, DataError
from tagger.files import check_free, foreign_entry, new_folder

DOCUMENT_EXCERPTS = 50
"""Excerpts of one document; brat grows slow with long ones."""
_CONFIGURATION = "annotation.conf"
"""The file with the labels, which marks a folder as one of ours."""
_OWN = re.compile(rf"\d+\.(txt|ann)|{re.escape(_CONFIGURATION)}")
_LINE = re.compile(r"[^\n]*[^\n\s]")


def check_brat_folder(target: Path, labels: Iterable[str], *, overwrite: bool) -> None:
    """Raise ConfigError for a label that brat cannot hold, DataError where the folder may not be written."""
    for label in labels:
        if re.search(r"\s", label):
            raise ConfigError(f"the label {label!r} has white space in it, which brat cannot hold: choose another tool")
    check_free(target, overwrite=overwrite, marker=_CONFIGURATION, foreign=_foreign)


def write_brat_folder(excerpts: Iterable[Excerpt], task: str, labels: Sequence[str], target: Path) -> int:
    """Write excerpts into documents of a folder, and return how many there were.

    An empty line parts them. The score of each span is a note on it. Raises DataError where the folder cannot be
    written.
    """
    count = 0
    rest = iter(excerpts)
    with new_folder(target, overwrite=True, marker=_CONFIGURATION, foreign=_foreign) as folder:
        number = 0
        while document := list(islice(rest, DOCUMENT_EXCERPTS)):
            number += 1
            count += len(document)
            text = "".join(f"{excerpt.text}\n\n" for excerpt in document)
            (folder / f"{number:04}.txt").write_text(text, encoding="utf-8", errors="replace", newline="\n")
            lines = "".join(_lines(document, task))
            (folder / f"{number:04}.ann").write_text(lines, encoding="utf-8", errors="replace", newline="\n")
        if not count:  # what was there stays
            raise DataError(f"{target}: there is no excerpt with a word to annotate; give texts that have some")
        sections = ("[entities]", *labels, "[relations]", "[events]", "[attributes]")
        (folder / _CONFIGURATION).write_text("\n".join(sections) + "\n", encoding="utf-8")
    return count


def _lines(document: Sequence[Excerpt], task: str) -> Iterator[str]:
    """Yield the annotations of a document: spans, and notes with their scores."""
    begin = number = 0
    for excerpt in document:
        text = excerpt.text
        for span, start, end in excerpt.spans(task):
            number += 1
            # brat shows a document line by line, so that a span over several of them is written in pieces.
            pieces = [(start + match.start(), start + match.end()) for match in _LINE.finditer(text[start:end])]
            places = ";".join(f"{begin + first} {begin + last}" for first, last in pieces)
            yield f"T{number}\t{span.label} {places}\t{' '.join(text[first:last] for first, last in pieces)}\n"
            yield f"#{number}\tAnnotatorNotes T{number}\tscore {span.score:.4f}\n"
        begin += len(text) + 2


def _foreign(folder: Path) -> str | None:
    """Return why a folder is not only ours."""
    found = foreign_entry(folder, _OWN)
    return f"holds {found}, which is not of tagger annotate" if found else None

"""Read CSV: one token per row, with quoting, a header, and a column that numbers the sentences."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from tagger.errors import ConfigError, DataError
from tagger.text.column_names import (
    SENTENCE,
    TOKEN,
    check_columns,
    is_by_header,
    looks_like_header,
    places_by_header,
    suggestion,
    tasks_of,
    with_sentence_column,
)
from tagger.text.reading import file_name, raw_lines
from tagger.text.remarks import Remarks
from tagger.text.sentence import Origin, Sentence

_SEPARATORS = ",;\t|"


def read_csv(
    path: str | Path,
    columns: Sequence[str] | None,
    separator: str | None = None,
    *,
    remarks: Remarks | None = None,
) -> Iterator[Sentence]:
    """Yield the sentences of a CSV file (RFC 4180).

    `columns` names the columns by the header, `token=Word,ner=Tag`, or by their place, as in `read_columns`. The header
    is recognised by its names. A sentence ends before another value in the column `sentence`, or in one whose header
    is such as `Sentence #`; an empty value is that of the row before. An empty row ends a sentence too. `separator` is
    by default the one that the first row has most of comma, semicolon, TAB and vertical bar. What is not read as it
    stands is added to `remarks`. Raises DataError (`file:line`) for rows that cannot be read, ConfigError where
    `columns` are not named.
    """
    if separator is not None and (len(separator) != 1 or separator in '"\r\n'):
        raise ConfigError(f"--separator {separator!r}: CSV has one character between columns, such as , or ;")
    names = None if columns is None else check_columns(columns)
    return _sentences(_Table(path, separator), names, Remarks() if remarks is None else remarks)


class _Table:
    """The rows of a CSV file, each with the number of its first line."""

    def __init__(self, path: str | Path, separator: str | None) -> None:
        self.file = file_name(path)
        self._path, self._separator = path, separator

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (line, cells); cells have no white space at their ends. Raises DataError for what is not CSV."""
        lines = raw_lines(self._path, any_end=True)
        first = next(lines)
        separator = self._separator or max(_SEPARATORS, key=first.count)
        reader = csv.reader(_with_first(first, lines), delimiter=separator, strict=True)
        line = 1
        try:
            for cells in reader:
                yield line, [cell.strip() for cell in cells]
                line = reader.line_num + 1
        except csv.Error as error:
            raise DataError(
                f"{self.file}:{line}: this row is not CSV: {error}; write a quote inside quotes twice, and quote what "
                "holds a separator"
            ) from None


def _with_first(first: str, others: Iterator[str]) -> Iterator[str]:
    yield first
    yield from others


def _sentences(table: _Table, columns: tuple[str, ...] | None, remarks: Remarks) -> Iterator[Sentence]:
    width = 0  # columns of the header
    started: list[tuple[int, list[str]]] = []
    number, count = "", 0
    for line, cells in table.rows():
        place = f"{table.file}:{line}"
        if not width:
            if columns is None:
                raise ConfigError(
                    f"{place}: what do the columns hold? Name them by the header, such as --columns "
                    f"{suggestion(cells)}, or by place, such as token,_,ner"
                )
            width = len(cells)
            is_header = is_by_header(columns) or looks_like_header(cells, columns)
            columns = places_by_header(columns, cells, place) if is_by_header(columns) else columns
            if is_header:
                columns = with_sentence_column(columns, cells)
                remarks.add("header rows, read as no token", place)
                continue
        assert columns is not None  # the first row checks it
        mark = cells[columns.index(SENTENCE)] if SENTENCE in columns[: len(cells)] else ""
        if started and (not any(cells) or mark not in ("", number)):
            count += 1
            yield _sentence(table.file, columns, started, remarks)
            started = []
        number = mark or number
        if any(cells):
            _check_row(cells, columns, width, place)
            started.append((line, cells))
    if started:
        if not count and columns is not None and SENTENCE not in columns:
            what = "files without a column that numbers sentences and without empty rows, read as one sentence"
            remarks.add(what, f"{table.file}:{started[0][0]}")
        count += 1
        yield _sentence(table.file, columns or (), started, remarks)
    if not count:
        raise DataError(f"{table.file}: no sentence in it, only a header or empty rows; give an annotated file")


def _check_row(cells: Sequence[str], columns: Sequence[str], width: int, place: str) -> None:
    """Raise DataError for a row that lacks a tag, or has more cells than the first row."""
    if len(cells) > width:
        raise DataError(f"{place}: {len(cells)} columns where the first row has {width}; quote what holds a separator")
    for name, at in {**tasks_of(columns), TOKEN: columns.index(TOKEN)}.items():
        if at >= len(cells) or (not cells[at] and name != TOKEN):
            raise DataError(f"{place}: '{name}' (column {at + 1}) is empty or missing; give the token its tag")
        if "\n" in cells[at] or "\r" in cells[at]:
            raise DataError(f"{place}: '{name}' (column {at + 1}) holds a line break; is a quote missing?")


def _sentence(file: str, columns: Sequence[str], rows: Sequence[tuple[int, list[str]]], remarks: Remarks) -> Sentence:
    token = columns.index(TOKEN)
    empty = [line for line, cells in rows if not cells[token]]
    if empty:
        remarks.add("rows with an empty token, kept as the word _", f"{file}:{empty[0]}", len(empty))
    tags = {}
    for name, place in tasks_of(columns).items():
        column = ["" if cells[place] == "_" else cells[place] for _, cells in rows]  # _ is no annotation
        if any(column):
            tags[name] = column
    first = rows[0][0]
    origin = Origin("csv", file, first, (), tuple(line - first for line, _ in rows))
    words = [cells[token] or "_" for _, cells in rows]
    return Sentence.from_words(words, tags=tags, id=f"{Path(file).name}:{first}", origin=origin)

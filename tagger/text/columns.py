"""Read and write column files: one token per row, a blank line after each sentence.

CoNLL-2000, 2002 and 2003, WNUT and Universal NER are such files.

The user names the columns: `token` once, `_` for a column to skip, any other name is a task.

How the peculiarities of real corpora are read:
- A line of only spaces and TABs is blank. A row with tags but an empty token is kept, as the word `_`, so that the
  number of tokens is that of the source. Spaces around a token or tag are dropped.
- A line that begins with `-DOCSTART-` is no token and belongs to the sentence after it.
- A line that begins with `#` may be a comment or, in tweets, a token. It is a comment only before the first row of a
  sentence, and only if it reads `# key = value` or does not have the columns of a row. `# sent_id` and `# text` are
  used.
All of these lines are written again with the sentence.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tagger.errors import ConfigError, DataError
from tagger.text.align import align
from tagger.text.blocks import Block, is_blank, read_blocks, with_blank_line
from tagger.text.sentence import Sentence

_DOCUMENT_START = "-DOCSTART-"
_KEY_AND_VALUE = re.compile(r"#[ ]*([^\s=]+)[ ]*=(.*)")
_SPACES = re.compile("( +)")


def read_columns(
    path: str | Path,
    columns: Sequence[str] = ("token", "_", "ner"),
    separator: str | None = None,
    *,
    comments: bool | None = None,
) -> Iterator[Sentence]:
    """Yield the sentences of a column file.

    `separator` stands between two columns (a space: one or more); None means TAB in a sentence that has one, otherwise
    spaces. `comments` says whether lines that begin with `#` before a sentence's first row are comments; None decides
    line by line. Rows may have more columns than `columns` names. Raises DataError (`file:line`) for a row with too few
    columns or an empty tag, and ConfigError where `columns` does not name `token` exactly once or names a task twice.
    """
    reader = _Reader(_checked(columns), separator, comments)
    return read_blocks(path, reader.sentence, separates=lambda line: line.startswith(_DOCUMENT_START))


def write_columns(sentence: Sentence, columns: Sequence[str], separator: str | None = None) -> str:
    """Return the sentence as rows with a blank line after them.

    A sentence that was read from columns with these names keeps its source lines: only the tasks' columns are replaced,
    `_` keeps a column, and further columns are added. Any other sentence becomes plain rows, by default separated by
    TABs, with `_` for every task that it does not have. Raises DataError for a word or tag that a row cannot hold.
    """
    columns = _checked(columns)
    if sentence.origin is not None and _fits(columns, sentence.origin.format):
        lines, rows = list(sentence.origin.lines), sentence.origin.rows
        separator = separator if separator is not None else _separator_of(lines[row] for row in rows)
    else:
        separator = separator if separator is not None else "\t"
        for index, word in enumerate(sentence.words):
            _check(word, separator, sentence, index)
        lines = [separator.join(word if name == "token" else "_" for name in columns) + "\n" for word in sentence.words]
        rows = range(len(lines))
    for place, task in enumerate(columns):
        if task in ("token", "_") or task not in sentence.tags:
            continue
        for index, (row, tag) in enumerate(zip(rows, sentence.tags[task], strict=True)):
            line = lines[row].rstrip("\r\n")
            cells = _split(line, separator)
            if place >= len(cells) or cells[place].strip() != tag:
                _check(tag, separator, sentence, index)
                lines[row] = _replaced(line, separator, place, tag) + lines[row][len(line) :]
    return with_blank_line(lines)


def _checked(columns: Sequence[str]) -> tuple[str, ...]:
    columns = tuple(columns)
    names = [name for name in columns if name != "_"]
    if names.count("token") != 1:
        raise ConfigError(f"columns {','.join(columns)!r}: name 'token' exactly once, for example token,_,ner")
    for name in names:
        if not name or names.count(name) > 1:
            raise ConfigError(f"columns {','.join(columns)!r}: '{name}' is named twice; skip a column with _")
    return columns


@dataclass
class _Reader:
    """Reads the sentences of one file; `width` is the number of columns of the last row read."""

    columns: tuple[str, ...]
    separator: str | None
    comments: bool | None
    width: int = 0

    @property
    def format(self) -> str:
        return f"columns:{','.join(self.columns)}"

    def sentence(self, block: Block) -> Sentence | None:
        separator = self.separator if self.separator is not None else _separator_of(block.lines)
        table: list[list[str]] = []
        rows: list[int] = []
        keys: dict[str, str] = {}
        for at, raw in enumerate(block.lines):
            line = raw.rstrip("\r\n")
            if is_blank(raw) or (not rows and line.startswith(_DOCUMENT_START)):
                continue
            cells = _split(line, separator)
            if line[0] == "#" and not rows and self._is_comment(line, cells, separator):
                if pair := _KEY_AND_VALUE.match(line):
                    keys[pair[1]] = pair[2].strip()
                continue
            self._check_row(cells, block.place(at))
            table.append(cells)
            rows.append(at)
        if not rows:
            return None
        self.width = len(table[-1])
        token = self.columns.index("token")
        tags = {
            name: tuple(cells[place].strip() for cells in table)
            for place, name in enumerate(self.columns)
            if name not in ("token", "_")
        }
        words = [cells[token].strip() or "_" for cells in table]
        name = keys.get("sent_id") or block.name(rows[0])
        sentence = Sentence.from_words(words, tags=tags, id=name, origin=block.origin(self.format, rows))
        return _with_text(sentence, keys["text"]) if "text" in keys else sentence

    def _is_comment(self, line: str, cells: Sequence[str], separator: str) -> bool:
        if self.comments is not None:
            return self.comments
        if _KEY_AND_VALUE.match(line):
            return True
        if separator == " ":  # here only the number of columns tells a comment from a row
            return len(cells) != (self.width or len(self.columns))
        return len(cells) < len(self.columns)

    def _check_row(self, cells: Sequence[str], place: str) -> None:
        for at, name in enumerate(self.columns):
            if name == "_" or (name == "token" and at < len(cells)):
                continue
            if at >= len(cells):
                many = "1 column" if len(cells) == 1 else f"{len(cells)} columns"
                raise DataError(
                    f"{place}: {many} where '{name}' is column {at + 1}: mend the row, or name the columns that the "
                    f"file has and the separator between them"
                )
            if not cells[at].strip():
                raise DataError(f"{place}: '{name}' (column {at + 1}) is empty; give the token its tag")


def _with_text(sentence: Sentence, text: str) -> Sentence:
    """Return the sentence placed in `text`, or unchanged if the text has other words."""
    places = align(sentence.words, text)
    if places is None:
        return sentence
    starts, ends = tuple(start for start, _ in places), tuple(end for _, end in places)
    spaces = (*(end < start for end, start in zip(ends, starts[1:], strict=False)), True)
    return Sentence(sentence.words, starts, ends, spaces, text, 0, sentence.id, sentence.tags, sentence.origin)


def _separator_of(lines: Iterator[str] | Sequence[str]) -> str:
    return "\t" if any("\t" in line and not is_blank(line) for line in lines) else " "


def _split(line: str, separator: str) -> list[str]:
    if separator != " ":
        return line.split(separator)
    return [cell for cell in line.split(" ") if cell]


def _fits(columns: Sequence[str], format: str) -> bool:
    """Return whether columns match those of an origin's format, `columns:token,_,ner`."""
    kind, _, names = format.partition(":")
    return kind == "columns" and all(
        asked in ("_", read) for asked, read in zip(columns, names.split(","), strict=False)
    )


def _replaced(line: str, separator: str, place: int, tag: str) -> str:
    """Return the row with one cell replaced, or added at its end where the row is too short.

    Nothing else changes.
    """
    if separator != " ":
        cells = line.split(separator)
        cells += ["_"] * (place + 1 - len(cells))
        cells[place] = tag
        return separator.join(cells)
    pieces = _SPACES.split(line)  # cells at even indices, spaces between them at odd ones
    filled = [at for at in range(0, len(pieces), 2) if pieces[at]]
    if place < len(filled):
        pieces[filled[place]] = tag
        return "".join(pieces)
    return line.rstrip(" ") + " " + " ".join(["_"] * (place - len(filled)) + [tag])


def _check(cell: str, separator: str, sentence: Sentence, index: int) -> None:
    """Raise DataError for a cell that would break its row."""
    if not cell.strip() or separator in cell or any(mark in cell for mark in "\r\n"):
        raise DataError(f"{sentence.place(index)}: a column parted by {separator!r} cannot hold {cell!r}")

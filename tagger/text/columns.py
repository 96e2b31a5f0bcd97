"""Read and write column files: one token per row, a blank line after each sentence.

CoNLL-2000, 2002 and 2003, WNUT, MultiCoNER, HIPE and Universal NER are such files.

The user names the columns: `token` once, `_` for a column to skip, `sentence` for one whose value is another in each
sentence, any other name is a task. `token=Word,ner=Tag` names them by the file's header.

How the peculiarities of real corpora are read:
- A line of only spaces and TABs is blank. A row with tags but an empty token is kept, as the word `_`, so that the
  number of tokens is that of the source. Spaces around a token or tag are dropped. A tag `_` is none.
- A first row such as `TOKEN NE-COARSE` is a header and no token.
- A line that begins with `-DOCSTART-` is no token and belongs to the sentence after it, with which a document begins.
- A line that begins with `#` may be a comment or, in tweets, a token. It is a comment only before the first row of a
  sentence, and only if it reads `# key = value`, has a space after the `#` in its first column, or does not have the
  columns of a row. `# sent_id`, `# text` and what names a document are used.
All of these lines are written again with the sentence.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tagger.errors import ConfigError, DataError
from tagger.text.align import align
from tagger.text.blocks import Block, is_blank, read_blocks, with_blank_line
from tagger.text.column_names import (
    SENTENCE,
    SKIPPED,
    TOKEN,
    check_columns,
    column_at,
    is_by_header,
    looks_like_header,
    places_by_header,
    tasks_of,
    with_sentence_column,
)
from tagger.text.document_names import with_documents
from tagger.text.plain_rows import tab_separated_rows
from tagger.text.reading import file_name
from tagger.text.remarks import Remarks
from tagger.text.row_doubts import check_for_pairs, doubt_sentence_ends, doubt_widths
from tagger.text.sentence import Sentence

_DOCUMENT_START = "-DOCSTART-"
_KEY_AND_VALUE = re.compile(r"#[ ]*([^\s=]+)[ ]*=(.*)")
_COMMENT_TEXT = re.compile(r"#\s+\S")
_SPACES = re.compile("( +)")
_ROWS_TO_VOTE = 1_000
"""Rows after which the separator is settled."""


def read_columns(
    path: str | Path,
    columns: Sequence[str] = (TOKEN, SKIPPED, "ner"),
    separator: str | None = None,
    *,
    comments: bool | None = None,
    sentence_end: str | None = None,
    remarks: Remarks | None = None,
) -> Iterator[Sentence]:
    """Yield the sentences of a column file.

    `separator` stands between two columns (a space: one or more); None means TAB where most of the file's rows so far
    have one, otherwise spaces. `comments` says whether lines that begin with `#` before a sentence's first row are
    comments; None decides line by line. `sentence_end` (`MISC:EndOfSentence`) names a column, by header, name or
    number, and a mark in it, alone or between `|`, after which a sentence ends. Rows may have more columns than
    `columns` names. What is not read as it stands is added to `remarks`. Raises DataError (`file:line`) for a row with
    too few columns or an empty tag, and ConfigError where `columns` does not name `token` exactly once or names a task
    twice.
    """
    reader = _Reader(file_name(path), check_columns(columns), separator, comments, sentence_end, remarks or Remarks())
    read = read_blocks(path, reader.sentence, reader.begins, reader.ends if sentence_end else None)
    sentences = with_documents(read)
    return sentences if sentence_end is None else _with_end(sentences, reader)


def _with_end(sentences: Iterator[Sentence], reader: "_Reader") -> Iterator[Sentence]:
    """Yield the sentences, then raise DataError where none of them ended with the mark."""
    yield from sentences
    if not reader.has_ended:
        raise DataError(f"{reader.file}: no row is marked {reader.sentence_end}; name the column and its mark")


def write_columns(sentence: Sentence, columns: Sequence[str], separator: str | None = None) -> str:
    """Return the sentence as rows with a blank line after them.

    A sentence that was read from columns with these names keeps its source lines: only the tasks' columns are replaced,
    `_` keeps a column, and further columns are added. Any other sentence becomes plain rows, by default separated by
    TABs, with `_` for every task that it does not have. Raises DataError for a word or tag that a row cannot hold.
    """
    columns = check_columns(columns)
    if sentence.origin is not None and _fits(columns, sentence.origin.format):
        lines, rows = list(sentence.origin.lines), sentence.origin.rows
        separator = separator if separator is not None else _separator_of(lines[row] for row in rows)
    else:
        separator = separator if separator is not None else "\t"
        quickly = tab_separated_rows(sentence, columns) if separator == "\t" else None
        if quickly is not None:
            return quickly + "\n"
        for index, word in enumerate(sentence.words):
            _check(word, separator, sentence, index)
        lines = [separator.join(word if name == "token" else "_" for name in columns) + "\n" for word in sentence.words]
        rows = range(len(lines))
    for place, task in enumerate(columns):
        if task in (TOKEN, SKIPPED) or task not in sentence.tags:
            continue
        for index, (row, given) in enumerate(zip(rows, sentence.tags[task], strict=True)):
            tag = given or "_"  # a word that is not annotated
            line = lines[row].rstrip("\r\n")
            cells = _split(line, separator)
            if place >= len(cells) or cells[place].strip() != tag:
                _check(tag, separator, sentence, index)
                lines[row] = _replaced(line, separator, place, tag) + lines[row][len(line) :]
    return with_blank_line(lines)


class _Reader:
    """Reads the sentences of one file, whose lines it sees in their order."""

    def __init__(
        self,
        file: str,
        columns: tuple[str, ...],
        separator: str | None,
        comments: bool | None,
        sentence_end: str | None,
        remarks: Remarks,
    ) -> None:
        self.file, self.sentence_end, self.has_ended = file, sentence_end, False
        self._columns, self._separator, self._comments, self._remarks = columns, separator, comments, remarks
        self._width = 0  # columns of the last row
        self._votes = {"\t": 0, " ": 0}
        self._header: str | None = None  # the line, once the first row was seen; "" where the file has none
        self._number = ""  # the mark of the current sentence
        self._end_at: int | None = None
        if sentence_end is not None and not all(sentence_end.partition(":")):
            raise ConfigError(f"--sentence-end {sentence_end}: write it as COLUMN:MARK, such as MISC:EndOfSentence")

    @property
    def format(self) -> str:
        return f"columns:{','.join(self._columns)}"

    def begins(self, line: str) -> bool:
        """Return whether a line that is not blank begins a new sentence."""
        if self._header is None and not line.startswith(_DOCUMENT_START):
            self._see_first_row(line)
        if SENTENCE in self._columns and line != self._header:
            cells = self._cells_of(line)
            at = self._columns.index(SENTENCE)
            number = cells[at].strip() if at < len(cells) else ""
            if number and number != self._number:
                self._number = number
                return True
        return line.startswith(_DOCUMENT_START)

    def ends(self, line: str) -> bool:
        """Return whether a sentence ends after a line."""
        if self._end_at is None:
            return False
        cells = self._cells_of(line)
        mark = (self.sentence_end or "").partition(":")[2]
        found = self._end_at < len(cells) and mark in cells[self._end_at].strip().split("|")
        self.has_ended = self.has_ended or found
        return found

    def _cells_of(self, line: str) -> list[str]:
        separator = self._separator if self._separator is not None else "\t" if "\t" in line.rstrip() else " "
        return _split(line.rstrip("\r\n"), separator)

    def _see_first_row(self, line: str) -> None:
        """Learn from the first row, or a header behind `#`, whether it is a header, and where columns are."""
        cells = [cell.strip() for cell in self._cells_of(line)]
        if line[0] == "#":
            cells[0] = cells[0].lstrip("# ")
            if is_by_header(self._columns) or not looks_like_header(cells, self._columns):
                return
        self._header = ""
        if is_by_header(self._columns):
            self._columns = places_by_header(self._columns, cells, self.file)
            self._header = line
        elif looks_like_header(cells, self._columns):
            self._header = line
        if self._header:
            self._columns = with_sentence_column(self._columns, cells)
        if self.sentence_end is not None:
            name = self.sentence_end.partition(":")[0]
            self._end_at = (
                int(name) - 1 if name.isdecimal() else column_at(name, cells if self._header else self._columns)
            )
            if self._end_at is None:
                has = ", ".join(cells if self._header else self._columns)
                raise ConfigError(f"--sentence-end {self.sentence_end}: there is no column '{name}'; there are {has}")

    def sentence(self, block: Block) -> Sentence | None:
        """Return the sentence of a block, or None where it has no row."""
        separator = self._separator if self._separator is not None else self._voted_separator(block.lines)
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
            if raw == self._header and not self._width:
                self._remarks.add("header rows, read as no token", block.place(at))
                continue
            self._check_row(cells, line, block.place(at), separator)
            table.append(cells)
            rows.append(at)
            self._width = self._width or len(cells)
        if not rows:
            return None
        self._doubt(table, rows, block, separator)
        self._width = len(table[-1])
        token = self._columns.index(TOKEN)
        tags = {}
        for name, place in tasks_of(self._columns).items():
            column = tuple([cells[place].strip() for cells in table])
            if "_" in column:  # words that are not annotated
                column = tuple(["" if tag == "_" else tag for tag in column])
            if any(column):
                tags[name] = column
        words = [cells[token].strip() or "_" for cells in table]
        name = keys.get("sent_id") or block.name(rows[0])
        sentence = Sentence.from_words(words, tags=tags, id=name, origin=block.origin(self.format, rows))
        if any(line.startswith(_DOCUMENT_START) for line in block.lines[: rows[0]]):
            sentence = replace(sentence, paragraph=True)
        if "text" not in keys:
            return sentence
        placed = _with_text(sentence, keys["text"])
        if placed is None:
            self._remarks.add("texts that disagree with the tokens, not used", block.place(0))
        return placed or sentence

    def _voted_separator(self, lines: Sequence[str]) -> str:
        """Return the separator of most rows of the file so far; lines with `#` and white space at ends do not count."""
        if sum(self._votes.values()) < _ROWS_TO_VOTE:
            rows = [line.rstrip() for line in lines if line[0] != "#" and not line.startswith(_DOCUMENT_START)]
            for row in rows or map(str.rstrip, lines):
                if "\t" in row:
                    self._votes["\t"] += 1
                elif " " in row:
                    self._votes[" "] += 1
        return "\t" if self._votes["\t"] and self._votes["\t"] >= self._votes[" "] else " "

    def _is_comment(self, line: str, cells: Sequence[str], separator: str) -> bool:
        if self._comments is not None:
            return self._comments
        if _KEY_AND_VALUE.match(line):
            return True
        if separator == " ":  # here only TABs and the number of columns tell a comment from a row
            return "\t" in line.rstrip() or len(cells) != (self._width or len(self._columns))
        return len(cells) < len(self._columns) or bool(_COMMENT_TEXT.match(cells[0]))

    def _check_row(self, cells: Sequence[str], line: str, place: str, separator: str) -> None:
        for at, name in enumerate(self._columns):
            if name in (SKIPPED, SENTENCE) or (name == TOKEN and at < len(cells)):
                continue
            if at >= len(cells):
                many = "1 column" if len(cells) == 1 else f"{len(cells)} columns"
                raise DataError(
                    f"{place}: {many} where '{name}' is column {at + 1}{self._other_separator(line, separator)}: mend "
                    f"the row, or name the columns that the file has and the separator between them"
                )
            if not cells[at].strip():
                raise DataError(f"{place}: '{name}' (column {at + 1}) is empty; give the token its tag")

    def _other_separator(self, line: str, separator: str) -> str:
        """Return a note for messages on a row that has another separator than most."""
        names = {"\t": "a TAB", " ": "spaces"}
        other = {"\t": " ", " ": "\t"}.get(separator, "")
        if self._separator is not None or not other or other not in line.strip():
            return ""
        return f" ({names[other]} in this row, {names[separator]} in the others)"

    def _doubt(self, table: Sequence[Sequence[str]], rows: Sequence[int], block: Block, separator: str) -> None:
        """Remark on rows that are probably not what they seem; raise DataError where they are certainly not."""
        token = self._columns.index(TOKEN)
        empty = [at for at, cells in zip(rows, table, strict=True) if not cells[token].strip()]
        if empty:
            self._remarks.add("rows with an empty token, kept as the word _", block.place(empty[0]), len(empty))
        if separator == " ":
            doubt_widths(table, rows, block, self._remarks)
            if self._separator is None:
                check_for_pairs(table, block.place(rows[0]))
        if self.sentence_end is None:
            doubt_sentence_ends(rows, block, self._remarks)


def _with_text(sentence: Sentence, text: str) -> Sentence | None:
    """Return the sentence placed in `text`, or None if the text has other words."""
    places = align(sentence.words, text)
    if places is None:
        return None
    starts, ends = tuple(start for start, _ in places), tuple(end for _, end in places)
    spaces = (*(end < start for end, start in zip(ends, starts[1:], strict=False)), True)
    return replace(sentence, starts=starts, ends=ends, space_after=spaces, text=text)


def _separator_of(lines: Iterable[str]) -> str:
    """Return what separates the columns of most rows of a sentence."""
    rows = [line.rstrip() for line in lines]
    tabs = sum("\t" in row for row in rows)
    return "\t" if tabs and 2 * tabs >= len(rows) else " "


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

"""Read and write CoNLL-U, the format of Universal Dependencies.

https://universaldependencies.org/format.html defines it. Any column and any key of MISC can be a task. Whatever no task
changes is written back byte for byte: comments, ranges of multiword tokens, empty nodes, other columns.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from tagger.errors import ConfigError, DataError
from tagger.text.align import align
from tagger.text.blocks import Block, is_blank, read_blocks, with_blank_line
from tagger.text.bracketed import UnbalancedError, are_entities, read_entities
from tagger.text.document_names import with_documents
from tagger.text.plain_rows import conllu_rows
from tagger.text.remarks import Remarks
from tagger.text.scheme import tags_from_spans
from tagger.text.sentence import Sentence
from tagger.text.white_space import escape_white_space, unescape_white_space
from tagger.text.word_places import TokenForm, joined_tokens, multiword_places, word_places

_COLUMNS = ("ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC")
_MISC = _COLUMNS.index("MISC")
DEFAULT_TASKS: Mapping[str, str] = {"upos": "UPOS", "xpos": "XPOS"}
_RANGE = re.compile(r"([1-9][0-9]{,8})-([1-9][0-9]{,8})")
_EMPTY_NODE = re.compile(r"([0-9]{1,9})\.[1-9][0-9]*")
_COMMENT = re.compile(r"#\s*(sent_id|text|global\.Entity)\s*=(.*)")
_PARAGRAPH = re.compile(r"#\s*new(?:par|doc)\b")
_PLAIN_KEY = re.compile(r"(?!Spaces?After\b)[^=|]*")
"""A key of MISC that nothing else in a plain row has; or no key."""
_MAY_BE_UNSPECIFIED = frozenset(_COLUMNS.index(name) for name in ("UPOS", "XPOS", "HEAD", "DEPREL"))
"""Columns in which `_` is no tag. In others it is one: a word without features."""


def read_conllu(
    path: str | Path, tasks: Mapping[str, str] = DEFAULT_TASKS, *, remarks: Remarks | None = None
) -> Iterator[Sentence]:
    """Yield the sentences of a CoNLL-U file.

    `tasks` maps each task to its column or to `MISC:KEY`. The tokens are the words: empty nodes are left out, and the
    words of a multiword token whose forms do not spell it share its offsets. Offsets count from the start of the
    sentence. The text is that of `# text`, or the tokens joined where `# text` is missing or disagrees with the tokens
    and their SpaceAfter, or where `SpacesAfter=` in MISC says which white space stands between them. `# newpar` and `#
    newdoc` begin a paragraph, and `# newdoc` a document (see `with_documents`). A sentence is not annotated for a task
    if all its tags are `_`, or if no word has the MISC key; if some words have the key, the others are `O`. A single
    word with `_` in UPOS, XPOS, HEAD or DEPREL has the tag "": it is not annotated. Brackets in a MISC key, such as
    `Entity=(1-person` and `Entity=1)`, are read as IOB2 tags of the outermost spans; after a comment `# global.Entity`,
    a sentence without them has no spans. What is not read as it stands is added to `remarks`. Raises DataError
    (`file:line`) for what is not CoNLL-U, ConfigError for an unknown column.
    """
    reader = _Reader({task: _column(column) for task, column in tasks.items()}, remarks or Remarks())
    return with_documents(read_blocks(path, reader.sentence))


def write_conllu(sentence: Sentence, tasks: Mapping[str, str] = DEFAULT_TASKS) -> str:
    """Return the sentence in CoNLL-U with a blank line after it.

    A sentence that was read from CoNLL-U keeps its source lines, with the tasks' columns replaced. Another one gets a
    range for each multiword token and `# newpar` where it begins a paragraph. Where the white space after it is known,
    MISC has it, and line breaks and the like within the sentence as well (`SpacesAfter=\\n`). Raises DataError for a
    word or tag that its column cannot hold.
    """
    if sentence.origin is not None and sentence.origin.format == "conllu":
        lines, rows = list(sentence.origin.lines), sentence.origin.rows
    else:
        quickly = _without_origin(sentence, tasks)
        if quickly is not None:
            return quickly
        lines, rows = _plain_lines(sentence)
    for task, column in tasks.items():
        place, key = _column(column)
        if task not in sentence.tags:
            continue
        table = [lines[row].rstrip("\r\n").split("\t") for row in rows]
        old = _values(table, key) if key else [cells[place] for cells in table]
        missing = "O" if any(value is not None for value in old) else None
        for index, (row, given) in enumerate(zip(rows, sentence.tags[task], strict=True)):
            tag = given or "_"  # a word that is not annotated
            if tag != (missing if old[index] is None else old[index]):
                _check(tag, key, sentence, index)
                cell = _with_key(table[index][place], key, tag) if key else tag
                ending = lines[row][len(lines[row].rstrip("\r\n")) :]
                lines[row] = "\t".join((*table[index][:place], cell, *table[index][place + 1 :])) + ending
    return with_blank_line(lines)


def _column(name: str) -> tuple[int, str]:
    """Return the index of a column, and the key of `MISC:KEY` or ""."""
    column, _, key = name.partition(":")
    if column not in _COLUMNS[1:] or (":" in name) != bool(key) or (key and column != "MISC"):
        raise ConfigError(f"CoNLL-U has no column '{name}'; it has {', '.join(_COLUMNS[1:])}, and MISC:KEY for a key")
    return _COLUMNS.index(column), key


@dataclass
class _Reader:
    """Reads the sentences of one file; `entity_fields` are those of the last `# global.Entity`."""

    places: Mapping[str, tuple[int, str]]
    remarks: Remarks
    entity_fields: list[str] = field(default_factory=list)

    def sentence(self, block: Block) -> Sentence | None:
        """Return the sentence of a block, or None where it has no word."""
        table: list[list[str]] = []
        rows: list[int] = []
        tokens: list[TokenForm] = []
        spaces: list[str | None] = []  # the white space after each token, None for the usual single space
        paragraph = any(map(_PARAGRAPH.match, block.before))
        comments: dict[str, str] = {}
        covered = 0  # number of the last word of the current multiword token
        for at, raw in enumerate(block.lines):
            if raw[0] == "#":
                paragraph = paragraph or _PARAGRAPH.match(raw) is not None
                if comment := _COMMENT.match(raw):
                    comments[comment[1]] = comment[2].strip()
                    if comment[1] == "global.Entity":
                        self.entity_fields = comments[comment[1]].split("-")
                continue
            if is_blank(raw):
                continue
            cells = raw.rstrip("\r\n").split("\t")
            if len(cells) != len(_COLUMNS):
                raise DataError(
                    f"{block.place(at)}: {len(cells)} columns where CoNLL-U has 10, with one TAB between two"
                )
            number = len(rows) + 1
            if cells[0] == str(number):
                if not cells[1]:
                    raise DataError(f"{block.place(at)}: word {number} has no form; write _ where there is none")
                if number > covered:
                    tokens.append(TokenForm(cells[1], number - 1, number - 1))
                    spaces.append(self._white_space(cells, block, at))
                table.append(cells)
                rows.append(at)
            elif (match := _RANGE.fullmatch(cells[0])) and int(match[1]) == number > covered and int(match[2]) > number:
                covered = int(match[2])
                tokens.append(TokenForm(cells[1], number - 1, covered - 1))
                spaces.append(self._white_space(cells, block, at))
            elif (match := _EMPTY_NODE.fullmatch(cells[0])) and int(match[1]) == number - 1:
                self.remarks.add("empty nodes, which are no words, left out", block.place(at))
            else:
                raise DataError(f"{block.place(at)}: the id '{cells[0]}' stands where word {number} is due")
        if not rows:
            if tokens:
                raise DataError(f"{block.place(0)}: a multiword token has no words; give them rows of their own")
            return None
        if covered > len(rows):
            raise DataError(
                f"{block.place(rows[-1])}: the sentence ends before word {covered} of its last multiword token"
            )
        words = tuple(cells[1] for cells in table)
        text, places, agrees = _text(tokens, spaces, comments.get("text", ""))
        if not agrees and text != comments.get("text", text):
            self.remarks.add("texts that disagree with words and SpaceAfter, made from these", block.place(0))
        tags = {}
        for task, (place, key) in self.places.items():
            column = self._of_key(task, key, table, block, rows) if key else _of_column(table, place)
            if column is not None:
                tags[task] = column
                if not key and "" in (cells[place] for cells in table):
                    empty = [cells[place] for cells in table].index("")
                    raise DataError(f"{block.place(rows[empty])}: '{task}' is empty; write _ where there is no tag")
        starts, ends = zip(*word_places(words, tokens, places), strict=True)
        after = [False] * len(words)
        for token, space in zip(tokens, spaces, strict=True):
            after[token.last] = space != ""
        return Sentence(
            words,
            starts,
            ends,
            tuple(after),
            text,
            0,
            comments.get("sent_id") or block.name(rows[0]),
            tags,
            block.origin("conllu", rows),
            multiword=multiword_places(tokens),
            after=" " if spaces[-1] is None else spaces[-1],
            paragraph=paragraph,
        )

    def _white_space(self, cells: Sequence[str], block: Block, at: int) -> str | None:
        """Return the white space after a token as MISC states it; None where it states none, which is one space."""
        misc = cells[_MISC]
        if misc == "_" or "After=" not in misc:
            return None
        pairs = misc.split("|")
        for pair in pairs:
            if pair.startswith("SpacesAfter="):
                found = unescape_white_space(pair.removeprefix("SpacesAfter="))
                if found is not None:
                    return found
                self.remarks.add("values of SpacesAfter that are no white space, not used", block.place(at))
        return "" if "SpaceAfter=No" in pairs else None

    def _of_key(
        self, task: str, key: str, table: Sequence[Sequence[str]], block: Block, rows: Sequence[int]
    ) -> tuple[str, ...] | None:
        """Return the tags in a key of MISC, or None where the sentence is not annotated."""
        found = _values(table, key)
        are_entities_left_out = key == "Entity" and bool(self.entity_fields)
        if not any(value is not None for value in found) and not are_entities_left_out:
            self.remarks.add(f"sentences without {key} in MISC, not annotated for '{task}'", block.place(rows[0]))
            return None
        for at, value in enumerate(found):
            if value == "":
                raise DataError(f"{block.place(rows[at])}: '{task}' is empty; write _ where there is no tag")
        if not are_entities(found):
            return tuple("O" if value is None else "" if value == "_" else value for value in found)
        try:
            read = read_entities(found, self.entity_fields)
        except UnbalancedError as error:
            raise DataError(f"{block.place(rows[error.token])}: '{key}' in MISC: {error}; mend it") from None
        if read.nested:
            what = f"spans of '{task}' inside others, left out"
            self.remarks.add(what, block.place(rows[read.nested[0][1]]), len(read.nested))
        if read.parts:
            what = f"parts of spans of '{task}' that have a gap, read as spans of their own"
            self.remarks.add(what, block.place(rows[0]), read.parts)
        return tuple(tags_from_spans(read.spans, len(table), "IOB2"))


def _of_column(table: Sequence[Sequence[str]], place: int) -> tuple[str, ...] | None:
    """Return the tags in one column of a sentence, or None where it is not annotated."""
    column = tuple(cells[place] for cells in table)
    if "_" not in column:
        return column
    if all(tag == "_" for tag in column):
        return None
    return tuple("" if tag == "_" else tag for tag in column) if place in _MAY_BE_UNSPECIFIED else column


def _values(table: Sequence[Sequence[str]], key: str) -> list[str | None]:
    """Return each word's value of a key of MISC, None where it does not have the key."""
    begin = key + "="
    return [
        next((pair[len(begin) :] for pair in cells[_MISC].split("|") if pair.startswith(begin)), None)
        if begin in cells[_MISC]
        else None
        for cells in table
    ]


def _text(
    tokens: Sequence[TokenForm], spaces: Sequence[str | None], text: str
) -> tuple[str, list[tuple[int, int]], bool]:
    """Return the sentence's text, the (start, end) of each token, and whether `text` agrees with the tokens.

    `text` is what `# text` says. It is kept where it agrees, unless some token states its very white space.
    """
    forms = [token.form for token in tokens]
    places = align(forms, text)
    if places is not None:
        gaps = [here[1] < there[0] for here, there in pairwise(places)]
        if gaps != [space != "" for space in spaces[:-1]]:
            places = None
    if places is not None and not any(spaces[:-1]):
        return text, places, True
    return *joined_tokens(forms, [" " if space is None else space for space in spaces]), places is not None


def _without_origin(sentence: Sentence, tasks: Mapping[str, str]) -> str | None:
    """Return a sentence without source lines in CoNLL-U; None where its tags must be written one after the other."""
    columns: dict[int, Sequence[str]] = {}
    keys: dict[str, Sequence[str]] = {}
    for task, column in tasks.items():
        place, key = _column(column)
        if task in sentence.tags:
            if place in columns or key in keys or (not key and not 1 < place < _MISC) or not _PLAIN_KEY.fullmatch(key):
                return None
            if key:
                keys[key] = sentence.tags[task]
            else:
                columns[place] = sentence.tags[task]
    rows = conllu_rows(sentence, columns, keys, _white_space_in_misc(sentence))
    return None if rows is None else "".join([*_comments(sentence), rows, "\n"])


def _comments(sentence: Sentence) -> list[str]:
    """Return the lines before the rows of a sentence without source lines."""
    lines = ["# newpar\n"] if sentence.paragraph else []
    lines += [f"# sent_id = {_one_line(sentence.id)}\n"] if sentence.id else []
    return [*lines, f"# text = {_one_line(sentence.text)}\n"]


def _plain_lines(sentence: Sentence) -> tuple[list[str], list[int]]:
    """Return the lines of a sentence that has no tags yet, and the index among them of each word's row."""
    lines = _comments(sentence)
    rows = []
    for (first, last), misc in zip(sentence.token_places, _white_space_in_misc(sentence), strict=True):
        if first < last:
            form = sentence.text_of(first, last)
            lines.append(_row(f"{first + 1}-{last + 1}", form, misc, sentence, first))
        for place in range(first, last + 1):
            rows.append(len(lines))
            word = sentence.words[place]
            lines.append(_row(str(place + 1), word, misc if first == last else "_", sentence, place))
    return lines, rows


def _row(number: str, form: str, misc: str, sentence: Sentence, place: int) -> str:
    _check(form, "", sentence, place)
    return "\t".join((number, form, *["_"] * 7, misc)) + "\n"


def _white_space_in_misc(sentence: Sentence) -> list[str]:
    """Return what MISC says of the white space after each token.

    White space within the sentence stands in `# text` too, so MISC has it only where it is more than spaces.
    """
    if not sentence.words:
        return []
    spaces = [sentence.space_after[last] for _, last in sentence.token_places[:-1]]
    if sentence.after is None:
        return [*("_" if space else "SpaceAfter=No" for space in spaces), "_"]
    between = [
        sentence.text[end - sentence.start : start - sentence.start]
        for (_, end), (start, _) in pairwise(sentence.token_offsets)
    ]
    if not any(space.strip(" ") for space in between):
        between = [" " * space for space in spaces]
    return [_misc_of(space) for space in (*between, sentence.after)]


def _misc_of(white_space: str) -> str:
    if not white_space:
        return "SpaceAfter=No"
    return "_" if white_space == " " else f"SpacesAfter={escape_white_space(white_space)}"


def _one_line(text: str) -> str:
    return re.sub(r"[\t\r\n]+", " ", text)


def _check(cell: str, key: str, sentence: Sentence, index: int) -> None:
    """Raise DataError for a cell that would break its row."""
    if not cell or any(mark in cell for mark in ("\t\r\n|" if key else "\t\r\n")):
        raise DataError(f"{sentence.place(index)}: CoNLL-U cannot hold {cell!r} in {'MISC' if key else 'a column'}")


def _with_key(misc: str, key: str, tag: str) -> str:
    """Return a MISC cell with one key set, at the place where the cell already has that key."""
    pairs = [] if misc == "_" else misc.split("|")
    at = next((at for at, pair in enumerate(pairs) if pair.startswith(key + "=")), len(pairs))
    pairs[at : at + 1] = [f"{key}={tag}"]
    return "|".join(pairs)

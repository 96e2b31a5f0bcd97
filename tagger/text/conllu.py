"""CoNLL-U, the format of Universal Dependencies (https://universaldependencies.org/format.html): reading and writing.

Any column can be a task, and so can any key of MISC. What a task does not change comes back byte for byte: comments,
ranges of multiword tokens, empty nodes, the other columns.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tagger.errors import ConfigError, DataError
from tagger.text.align import align
from tagger.text.blocks import Block, is_blank, read_blocks, with_blank_line
from tagger.text.sentence import Sentence

COLUMNS = ("ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC")
MISC = COLUMNS.index("MISC")
DEFAULT_TASKS: Mapping[str, str] = {"upos": "UPOS", "xpos": "XPOS"}
RANGE = re.compile(r"([1-9][0-9]*)-([1-9][0-9]*)")
EMPTY_NODE = re.compile(r"([0-9]+)\.[1-9][0-9]*")
COMMENT = re.compile(r"#\s*(sent_id|text)\s*=(.*)")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A word or a multiword token: what stands in the text for the words from `first` to `last`."""

    form: str
    first: int
    last: int
    space_after: bool


def read_conllu(path: str | Path, tasks: Mapping[str, str] = DEFAULT_TASKS) -> Iterator[Sentence]:
    """The sentences of a CoNLL-U file; `tasks` says which column, or `MISC:KEY`, each task stands in.

    Words are the tokens: empty nodes are left out, and the words of a multiword token whose forms do not spell it share
    its place in the text. Offsets count from the start of the sentence. The text is that of `# text`, or is made of
    the words where that is missing or does not agree with them and their SpaceAfter. A task all of whose tags in a
    sentence are `_`, or a MISC key that none of its words has, is not annotated there; where some words have the key,
    the others are `O`. Raises DataError (`file:line`) for what is not CoNLL-U, ConfigError for an unknown column.
    """
    places = {task: _column(column) for task, column in tasks.items()}
    return read_blocks(path, lambda block: _sentence(block, places))


def write_conllu(sentence: Sentence, tasks: Mapping[str, str] = DEFAULT_TASKS) -> str:
    """The sentence in CoNLL-U with a blank line after it: its own lines with the tasks' columns set, or, where it was
    not read from CoNLL-U, plain ones. Raises DataError for a word or tag that its column cannot hold."""
    if sentence.origin is not None and sentence.origin.format == "conllu":
        lines, rows = list(sentence.origin.lines), sentence.origin.rows
    else:
        lines = _plain_lines(sentence)
        rows = range(len(lines) - len(sentence), len(lines))
    for task, column in tasks.items():
        place, key = _column(column)
        if task not in sentence.tags:
            continue
        table = [lines[row].rstrip("\r\n").split("\t") for row in rows]
        old = _tags(table, place, key)
        for index, (row, tag) in enumerate(zip(rows, sentence.tags[task], strict=True)):
            if old is None or tag != old[index]:
                _check(tag, key, sentence, index)
                cell = _with_key(table[index][place], key, tag) if key else tag
                ending = lines[row][len(lines[row].rstrip("\r\n")) :]
                lines[row] = "\t".join((*table[index][:place], cell, *table[index][place + 1 :])) + ending
    return with_blank_line(lines)


def _column(name: str) -> tuple[int, str]:
    """The place of a column, and the key for `MISC:KEY`."""
    column, _, key = name.partition(":")
    if column not in COLUMNS[1:] or (":" in name) != bool(key) or (key and column != "MISC"):
        raise ConfigError(f"CoNLL-U has no column '{name}'; it has {', '.join(COLUMNS[1:])}, and MISC:KEY for a key")
    return COLUMNS.index(column), key


def _sentence(block: Block, places: Mapping[str, tuple[int, str]]) -> Sentence | None:
    table: list[list[str]] = []
    rows: list[int] = []
    units: list[_Unit] = []
    comments: dict[str, str] = {}
    covered = 0  # the last word of the multiword token that has begun
    for at, raw in enumerate(block.lines):
        if raw[0] == "#":
            if comment := COMMENT.match(raw):
                comments[comment[1]] = comment[2].strip()
            continue
        if is_blank(raw):
            continue
        cells = raw.rstrip("\r\n").split("\t")
        if len(cells) != len(COLUMNS):
            raise DataError(f"{block.place(at)}: {len(cells)} columns where CoNLL-U has 10, with one TAB between two")
        number = len(rows) + 1
        if cells[0] == str(number):
            if not cells[1]:
                raise DataError(f"{block.place(at)}: word {number} has no form; write _ where there is none")
            if number > covered:
                units.append(_Unit(cells[1], number - 1, number - 1, _space_after(cells)))
            table.append(cells)
            rows.append(at)
        elif (match := RANGE.fullmatch(cells[0])) and int(match[1]) == number > covered and int(match[2]) > number:
            covered = int(match[2])
            units.append(_Unit(cells[1], number - 1, covered - 1, _space_after(cells)))
        elif not (match := EMPTY_NODE.fullmatch(cells[0])) or int(match[1]) != number - 1:
            raise DataError(f"{block.place(at)}: the id '{cells[0]}' stands where word {number} is due")
    if not rows:
        if units:
            raise DataError(f"{block.place(0)}: a multiword token has no words; give them rows of their own")
        return None
    if covered > len(rows):
        raise DataError(f"{block.place(rows[-1])}: the sentence ends before word {covered} of its last multiword token")
    words = tuple(cells[1] for cells in table)
    text, spans, spaces = _layout(words, units, comments.get("text", ""))
    tags = {task: column for task, place in places.items() if (column := _tags(table, *place)) is not None}
    for task, column in tags.items():
        if "" in column:
            raise DataError(f"{block.place(rows[column.index('')])}: '{task}' is empty; write _ where there is no tag")
    starts, ends = tuple(start for start, _ in spans), tuple(end for _, end in spans)
    name = comments.get("sent_id") or block.name(rows[0])
    return Sentence(words, starts, ends, spaces, text, 0, name, tags, block.origin("conllu", rows))


def _space_after(cells: Sequence[str]) -> bool:
    return "SpaceAfter=No" not in cells[MISC] or "SpaceAfter=No" not in cells[MISC].split("|")


def _tags(table: Sequence[Sequence[str]], place: int, key: str) -> tuple[str, ...] | None:
    """One column of a sentence, or None where it is not annotated."""
    if not key:
        column = tuple(cells[place] for cells in table)
        return column if any(tag != "_" for tag in column) else None
    begin = key + "="
    found = [
        next((pair[len(begin) :] for pair in cells[place].split("|") if pair.startswith(begin)), None)
        if begin in cells[place]
        else None
        for cells in table
    ]
    return tuple("O" if tag is None else tag for tag in found) if any(tag is not None for tag in found) else None


def _layout(
    words: Sequence[str], units: Sequence[_Unit], text: str
) -> tuple[str, list[tuple[int, int]], tuple[bool, ...]]:
    """The text, each word's place in it, and after which words white space follows."""
    places = align([unit.form for unit in units], text)
    gaps = None if places is None else [here[1] < there[0] for here, there in pairwise(places)]
    if places is None or gaps != [unit.space_after for unit in units[:-1]]:
        whole = Sentence.from_words([unit.form for unit in units], space_after=[unit.space_after for unit in units])
        text, places = whole.text, list(zip(whole.starts, whole.ends, strict=True))
    spans: list[tuple[int, int]] = []
    spaces: list[bool] = []
    for unit, (start, end) in zip(units, places, strict=True):
        parts = words[unit.first : unit.last + 1]
        spelled = "".join(parts) == unit.form
        for part in parts:
            spans.append((start, start + len(part)) if spelled else (start, end))
            start += len(part) if spelled else 0
        spaces += [False] * (len(parts) - 1) + [unit.space_after]
    return text, spans, tuple(spaces)


def _plain_lines(sentence: Sentence) -> list[str]:
    lines = [f"# sent_id = {_one_line(sentence.id)}\n"] if sentence.id else []
    lines.append(f"# text = {_one_line(sentence.text)}\n")
    for index, (word, space) in enumerate(zip(sentence.words, sentence.space_after, strict=True)):
        _check(word, "", sentence, index)
        cells = [str(index + 1), word, *["_"] * 7, "_" if space or index + 1 == len(sentence) else "SpaceAfter=No"]
        lines.append("\t".join(cells) + "\n")
    return lines


def _one_line(text: str) -> str:
    return re.sub(r"[\t\r\n]+", " ", text)


def _check(cell: str, key: str, sentence: Sentence, index: int) -> None:
    """Refuse what would break the row that it stands in."""
    if not cell or any(mark in cell for mark in ("\t\r\n|" if key else "\t\r\n")):
        raise DataError(f"{sentence.place(index)}: CoNLL-U cannot hold {cell!r} in {'MISC' if key else 'a column'}")


def _with_key(misc: str, key: str, tag: str) -> str:
    """A MISC cell with one key set, in its place where it has it already."""
    pairs = [] if misc == "_" else misc.split("|")
    at = next((at for at, pair in enumerate(pairs) if pair.startswith(key + "=")), len(pairs))
    pairs[at : at + 1] = [f"{key}={tag}"]
    return "|".join(pairs)

"""Files of sentences with a blank line after each: CoNLL-U and columns."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tagger.errors import DataError
from tagger.text.reading import file_name, raw_lines
from tagger.text.sentence import Origin, Sentence


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of one sentence with their ends: `lines` from line number `line` of `file` on, and `before` them those
    of blocks that held no token (comments, `-DOCSTART-`), which belong to it."""

    file: str
    line: int
    lines: list[str]
    before: list[str]

    def place(self, at: int) -> str:
        """`file:line` of one of its lines."""
        return f"{self.file}:{self.line + at}"

    def name(self, at: int) -> str:
        """As `place`, without the file's folder: what a sentence without a name of its own is called."""
        return f"{Path(self.file).name}:{self.line + at}"

    def origin(self, format: str, rows: list[int]) -> Origin:
        """The sentence's origin, given which of `lines` hold its tokens."""
        shift, consecutive = len(self.before), rows[-1] - rows[0] + 1 == len(rows)
        places = range(rows[0] + shift, rows[-1] + shift + 1) if consecutive else tuple(row + shift for row in rows)
        return Origin(format, self.file, self.line - shift, (*self.before, *self.lines), places)


def read_blocks(
    path: str | Path, parse: Callable[[Block], Sentence | None], parts: Callable[[str], bool] | None = None
) -> Iterator[Sentence]:
    """The sentences of a file, each made by `parse` from its block, or None where the block holds no token.

    A blank line ends a block, and a line of which `parts` holds stands between two. No line is lost: put together, the
    lines of all origins are the file. Raises DataError where the file has no sentence at all.
    """
    held: Sentence | None = None
    before: list[str] = []
    for line, lines in _split(raw_lines(path), parts or (lambda line: False)):
        sentence = parse(Block(file_name(path), line, lines, before))
        if sentence is None:
            before.extend(lines)
            continue
        if held is not None:
            yield held
        held, before = sentence, []
    if held is None:
        raise DataError(f"{file_name(path)}: no sentence in it, only blank lines or comments; give an annotated file")
    if before and held.origin is not None:
        held = replace(held, origin=replace(held.origin, lines=(*held.origin.lines, *before)))
    yield held


def is_blank(line: str) -> bool:
    """Whether a line holds nothing but spaces and TABs (some corpora end their sentences with a lone TAB)."""
    return not line.strip(" \t\r\n")


def _split(lines: Iterable[str], parts: Callable[[str], bool]) -> Iterator[tuple[int, list[str]]]:
    first, block, has_content = 1, [], False
    for number, line in enumerate(lines, start=1):
        blank = is_blank(line)
        if has_content and blank:
            yield first, [*block, line]
            first, block, has_content = number + 1, [], False
        elif not blank and parts(line):
            if has_content:
                yield first, block
                first, block, has_content = number, [], False
            block.append(line)
        else:
            block.append(line)
            has_content = has_content or not blank
    if block:
        yield first, block


def with_blank_line(lines: Iterable[str]) -> str:
    """Lines put together so that a blank line ends them, whatever ended the file they come from."""
    text = "".join(lines)
    if not text.endswith("\n"):
        text += "\n"
    return text if is_blank(text[text.rfind("\n", 0, -1) + 1 :]) else text + "\n"

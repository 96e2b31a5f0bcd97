"""Read files in which a blank line ends each sentence, such as CoNLL-U and column files."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tagger.errors import DataError, EmptyFileError
from tagger.text.reading import file_name, raw_lines
from tagger.text.sentence import Origin, Sentence

MAX_BLOCK_LINES = 1_000_000
"""Lines of the longest sentence that is read, with its comments."""


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of one sentence, with their line ends.

    `lines` begin at line `line` (from 1) of `file`. `before` has the lines before them that hold no token (comments,
    `-DOCSTART-`); they belong to this sentence.
    """

    file: str
    line: int
    lines: list[str]
    before: list[str]

    def place(self, at: int) -> str:
        """Return `file:line` of one of the block's lines."""
        return f"{self.file}:{self.line + at}"

    def name(self, at: int) -> str:
        """Return the id of a sentence that has none of its own: `place` without the file's folder."""
        return f"{Path(self.file).name}:{self.line + at}"

    def origin(self, format: str, rows: list[int]) -> Origin:
        """Return the sentence's origin; `rows` are the indices in `lines` of its tokens."""
        shift, consecutive = len(self.before), rows[-1] - rows[0] + 1 == len(rows)
        places = range(rows[0] + shift, rows[-1] + shift + 1) if consecutive else tuple(row + shift for row in rows)
        return Origin(format, self.file, self.line - shift, (*self.before, *self.lines), places)


def read_blocks(
    path: str | Path,
    parse: Callable[[Block], Sentence | None],
    separates: Callable[[str], bool] | None = None,
    ends: Callable[[str], bool] | None = None,
) -> Iterator[Sentence]:
    """Yield the sentences of a file.

    `parse` makes one from a block, or returns None where the block has no token. A blank line ends a block, and so does
    one for which `ends` is true; a line for which `separates` is true begins a new one. No line is lost: the lines of
    all origins, one after the other, are the file. Raises DataError where the file has no sentence.
    """
    pending: Sentence | None = None  # yielded once it is known whether the file's last lines belong to it
    before: list[str] = []
    lines_of_blocks = _split(raw_lines(path, any_end=True), file_name(path), separates or (lambda line: False), ends)
    for line, lines in lines_of_blocks:
        sentence = parse(Block(file_name(path), line, lines, before))
        if sentence is None:
            before.extend(lines)
            continue
        if pending is not None:
            yield pending
        pending, before = sentence, []
    if pending is None:
        raise EmptyFileError(
            f"{file_name(path)}: no sentence in it, only blank lines or comments; give an annotated file"
        )
    if before and pending.origin is not None:
        pending = replace(pending, origin=replace(pending.origin, lines=(*pending.origin.lines, *before)))
    yield pending


def is_blank(line: str) -> bool:
    """Return whether a line has only spaces and TABs (some corpora use a lone TAB)."""
    return not line.strip(" \t\r\n")


def _split(
    lines: Iterable[str], name: str, separates: Callable[[str], bool], ends: Callable[[str], bool] | None
) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of each block, and the number of its first line.

    Raises DataError where a block of the file of this name has over MAX_BLOCK_LINES.
    """
    first, has_content = 1, False
    block: list[str] = []
    for number, line in enumerate(lines, start=1):
        if number - first >= MAX_BLOCK_LINES:
            raise DataError(
                f"{name}:{first}: no sentence ends in the {MAX_BLOCK_LINES:,} lines from here on; a blank line must "
                "stand between two sentences"
            )
        blank = is_blank(line)
        if has_content and blank:
            yield first, [*block, line]
            first, block, has_content = number + 1, [], False
        elif not blank and separates(line):
            if has_content:
                yield first, block
                first, block, has_content = number, [], False
            block.append(line)
        else:
            block.append(line)
            has_content = has_content or not blank
        if ends is not None and not blank and ends(line):
            yield first, block
            first, block, has_content = number + 1, [], False
    if block:
        yield first, block


def with_blank_line(lines: Iterable[str]) -> str:
    """Return the lines as one text, with a blank line at its end if there is none."""
    text = "".join(lines)
    end = "\r" if text.endswith("\r") else "\n"  # the line end of old Macintosh systems, or any other
    if not text.endswith(end):
        text += end
    return text if is_blank(text[text.rfind(end, 0, -1) + 1 :]) else text + end

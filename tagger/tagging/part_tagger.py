"""Tagging one part of a large input into a file.

Text is written in any format, JSON lines and Parquet in their own. A row of JSON lines or Parquet has a `text`, or
`tokens` and a list of tags for each layer that the model reads. The output is the row with its `sentences` added.
"""

import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tagger.documents import parse_json
from tagger.errors import DataError
from tagger.files import new_file
from tagger.tagging.parts import Part, open_parquet
from tagger.tagging.tag_files import TagOptions, load_tagger, readers_for
from tagger.text.reading import (
    MAX_LINE_BYTES,
    PIECE_BYTES,
    PieceOfLine,
    decode_pieces,
    line_too_long,
    raw_lines,
    text_pieces,
)
from tagger.text.render import Frame, json_content, json_line, render_sentence
from tagger.text.sentence import Sentence

if TYPE_CHECKING:
    import pyarrow

FILE_ENDINGS = {
    "text": "txt",
    "brackets": "txt",
    "conllu": "conllu",
    "columns": "tsv",
    "jsonl": "jsonl",
    "html": "html",
}
"""The output formats that can be split into part files, with the ending of their names."""
ROWS_AT_ONCE = 256
"""Rows that are tagged together."""

Row = dict[str, Any]
"""An object of JSON lines, or a row of a Parquet file."""


def part_file(part: Part, format: str) -> str:
    """The name of the file that a part is written to."""
    ending = part.kind if part.kind != "text" else FILE_ENDINGS[format]
    return f"part-{part.number:05d}.{ending}"


class PartTagger:
    """Tags parts with one model into the files of a folder."""

    def __init__(self, options: TagOptions, output: str) -> None:
        self._options, self._output = options, Path(output)
        self._tagger, self._layout = load_tagger(options)

    def __call__(self, part: Part) -> int:
        """Tag a part and write its file, whole or not at all; return the number of its sentences.

        Raises DataError, with the place, for input that cannot be read, and for a file that cannot be written.
        """
        target = self._output / part_file(part, self._options.format)
        if part.kind == "text":
            return self._tag_text(part, target)
        return (self._tag_parquet if part.kind == "parquet" else self._tag_jsonl)(part, target)

    def _tag_text(self, part: Part, target: Path) -> int:
        self._tagger.check_takes_text()
        format = self._options.format
        frame = Frame(format)
        read = readers_for(format, self._tagger.readers())[self._options.reading]
        layout = replace(self._layout, file=part.path if self._options.names_files else "")
        with _new_file(target) as file:
            for sentence in self._tagged(read(_text(part), part.before)):
                piece = frame.head(sentence.id, layout.file) + render_sentence(sentence, format, layout)
                file.write(piece.encode("utf-8"))
            file.write(frame.foot().encode("utf-8"))
        return frame.count

    def _tag_jsonl(self, part: Part, target: Path) -> int:
        count = 0
        given, lines = self._tagger.given, _numbered_lines(part)
        rows = (_json_row(line, f"{part.path}:{number}", given) for number, line in lines if not line.isspace())
        with _new_file(target) as file:
            for row in self._tagged_rows(rows):
                count += len(row["sentences"])
                file.write(json_line(row).encode("utf-8") + b"\n")
        return count

    def _tag_parquet(self, part: Part, target: Path) -> int:
        import pyarrow
        import pyarrow.parquet

        count = 0
        table = open_parquet(part.path).read_row_groups(list(range(part.start, part.end)))
        rows = (
            _checked_row(row, f"{part.path}: row {number}", self._tagger.given)
            for number, row in enumerate(table.to_pylist(), start=part.before + 1)
        )
        column = pyarrow.field("sentences", pyarrow.list_(self._sentence_type()))
        with _new_file(target) as file, pyarrow.parquet.ParquetWriter(file, table.schema.append(column)) as writer:
            for batch in _batched(self._tagged_rows(rows), ROWS_AT_ONCE):
                count += sum(len(row["sentences"]) for row in batch)
                for sentence in itertools.chain.from_iterable(row["sentences"] for row in batch):
                    spans = sentence["spans"]
                    sentence["spans"] = [{"task": task, **span} for task in spans for span in spans[task]]
                writer.write_table(pyarrow.Table.from_pylist(batch, schema=table.schema.append(column)))
        return count

    def _sentence_type(self) -> "pyarrow.DataType":
        return _sentence_type(self._layout.tasks, self._layout.scores, rules=bool(self._tagger.rules))

    def _tagged_rows(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows with their tagged sentences added."""
        for batch in _batched(rows, ROWS_AT_ONCE):
            of_texts = self._tagger.sentences_of([row["text"] for row in batch if row.get("tokens") is None])
            by_row = [
                next(of_texts) if row.get("tokens") is None else _of_tokens(row, self._tagger.given) for row in batch
            ]
            tagged = self._tagged(sentence for sentences in by_row for sentence in sentences)
            for row, sentences in zip(batch, by_row, strict=True):
                own = itertools.islice(tagged, len(sentences))
                yield {**row, "sentences": [json_content(sentence, self._layout) for sentence in own]}

    def _tagged(self, sentences: Iterable[Sentence]) -> Iterator[Sentence]:
        return self._tagger.tag(sentences, scores=self._options.wants_scores, overlap=False)


def _numbered_lines(part: Part) -> Iterator[tuple[int, str]]:
    """Yield the lines of a part with their numbers in the file.

    Raises DataError for bytes that are not UTF-8, and for a line that is too long to be read.
    """
    if _is_whole(part):
        yield from enumerate(raw_lines(part.path, allow_empty=True), start=1)
        return
    offset = 0
    for number, line in enumerate(_blocks(part, MAX_LINE_BYTES + 1), start=part.before + 1):
        if len(line) > MAX_LINE_BYTES:
            raise line_too_long(part.path, number)
        damage = partial(_not_utf8, part, offset)
        yield number, "".join(decode_pieces([line], damage, at_start=part.start + offset == 0))
        offset += len(line)


def _text(part: Part) -> Iterator[str]:
    """Yield the text of a part: its lines, of which long ones come in pieces."""
    if _is_whole(part):
        return text_pieces(part.path, allow_empty=True)
    return decode_pieces(_blocks(part, PIECE_BYTES), partial(_not_utf8, part, 0), at_start=part.start == 0)


def _is_whole(part: Part) -> bool:
    """Whether a part is all of its file, which may be compressed."""
    return part.start == 0 and part.end == os.path.getsize(part.path)


def _blocks(part: Part, size: int) -> Iterator[bytes]:
    """Yield the lines of a part as bytes, longer ones in pieces of `size` bytes."""
    with open(part.path, "rb") as file:
        file.seek(part.start)
        left = part.end - part.start
        while left > 0 and (line := file.readline(min(size, left))):
            left -= len(line)
            yield line


def _not_utf8(part: Part, offset: int, piece: PieceOfLine, at: int) -> DataError:
    """Return the error for a byte of a piece that is decoded from an offset of the part on."""
    place = part.start + offset + piece.offset + at
    return DataError(
        f"{part.path}: byte {place + 1} (0x{piece.content[at]:02x}) is not UTF-8; convert the file first, for "
        "example with: iconv -f LATIN1 -t UTF-8"
    )


def _json_row(line: str, place: str, given: Sequence[str]) -> Row:
    """Parse a line of JSON. Raises DataError where it is not an object with something to tag."""
    try:
        row = parse_json(line)
    except ValueError as error:
        raise DataError(f"{place}: is not JSON ({error}); write one object a line") from None
    return _checked_row(row, place, given)


def _checked_row(row: object, place: str, given: Sequence[str]) -> Row:
    """Return the row, which must have a text or tokens.

    Raises DataError unless it has; with `given` layers, tokens and a tag for each of them in every layer.
    """
    if isinstance(row, dict):
        if isinstance(row.get("text"), str) and row.get("tokens") is None and not given:
            return row
        if _is_strings(row.get("tokens")):
            for layer in given:
                if not _is_strings(row.get(layer)) or len(row[layer]) != len(row["tokens"]):
                    raise DataError(f"{place}: the model reads '{layer}': give such a tag for each of its 'tokens'")
            return row
    if given:
        raise DataError(f"{place}: has no 'tokens' (a list of strings), which the model reads with their {given[0]!r}")
    raise DataError(f"{place}: has no 'text' (a string) and no 'tokens' (a list of strings), so nothing to tag")


def _is_strings(value: object) -> bool:
    """Whether a value is a list of strings."""
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _of_tokens(row: Row, given: Sequence[str]) -> list[Sentence]:
    """The sentence of a row's tokens, with their tags in the `given` layers; none where there are no tokens."""
    tags = {layer: row[layer] for layer in given}
    return [Sentence.from_words(row["tokens"], tags=tags)] if row["tokens"] else []


def _sentence_type(tasks: Sequence[str], scores: bool, *, rules: bool = False) -> "pyarrow.DataType":
    """The Parquet type of a sentence of `json_content`.

    The spans of all tasks are one list; each span has its task, and the rule that marked it where there are `rules`.
    Multiword tokens have `words`, which have the tags.
    """
    import pyarrow

    place = [("start", pyarrow.int64()), ("end", pyarrow.int64())]
    score = [("score", pyarrow.struct([(task, pyarrow.float64()) for task in tasks]))] if scores else []
    of_word = [("text", pyarrow.string()), *place, *((task, pyarrow.string()) for task in tasks), *score]
    token = pyarrow.struct([*of_word, ("words", pyarrow.list_(pyarrow.struct(of_word)))])
    span = pyarrow.struct(
        [("task", pyarrow.string()), ("label", pyarrow.string()), ("text", pyarrow.string()), *place]
        + ([("score", pyarrow.float64())] if scores else [])
        + ([("rule", pyarrow.string())] if rules else [])
    )
    return pyarrow.struct(
        [("text", pyarrow.string()), *place, ("tokens", pyarrow.list_(token)), ("spans", pyarrow.list_(span))]
    )


@contextmanager
def _new_file(target: Path) -> Iterator[IO[bytes]]:
    """A file written whole or not at all; two workers may write the same part.

    Raises DataError where it cannot be written.
    """
    try:
        with new_file(target, leftovers=False) as file:  # `open_output` has removed them
            yield file
    except OSError as error:
        raise DataError(f"{target}: could not be written: {error.strerror or error}") from None


def _batched(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Yield the rows in lists of at most `size`."""
    rows = iter(rows)
    while batch := list(itertools.islice(rows, size)):
        yield batch

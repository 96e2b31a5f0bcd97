"""One part of a large input, read, tagged and written: a text to any format, JSON lines and Parquet to their own kind.

A row of JSON lines or Parquet has a `text`, or `tokens` and a list of tags for each layer that the model reads; what is
written is the row, and its `sentences` beside that.
"""

import itertools
import json
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tagger.errors import DataError
from tagger.tagging.parts import UNFINISHED, Part, open_parquet
from tagger.tagging.tag_files import TagOptions, opened
from tagger.text.reading import BYTE_ORDER_MARK, raw_lines
from tagger.text.render import OUTPUT_FORMATS, json_content, json_line, render_sentence
from tagger.text.sentence import Sentence
from tagger.text.tokenize import TEXT_READERS, tokenize

ENDS = {"text": "txt", "brackets": "txt", "conllu": "conllu", "columns": "tsv", "jsonl": "jsonl"}
ROWS = 256
"""Rows that are tagged together."""


def part_file(part: Part, format: str) -> str:
    """The name of the file that a part is written to."""
    end = part.kind if part.kind != "text" else ENDS[format]
    return f"part-{part.number:05d}.{end}"


class PartTagger:
    """A model that tags parts into the files of a folder."""

    def __init__(self, options: TagOptions, output: str) -> None:
        self._options, self._output = options, Path(output)
        self._tagger, self._layout = opened(options)

    def __call__(self, part: Part) -> int:
        """Write a part's file, whole or not at all: how many sentences it has.

        Raises DataError for what cannot be read, with its place, or cannot be written.
        """
        target = self._output / part_file(part, self._options.format)
        if part.kind == "text":
            return self._tag_text(part, target)
        return (self._tag_parquet if part.kind == "parquet" else self._tag_jsonl)(part, target)

    def _tag_text(self, part: Part, target: Path) -> int:
        self._tagger.check_takes_text()
        head, foot = OUTPUT_FORMATS[self._options.format].head, OUTPUT_FORMATS[self._options.format].foot
        read = TEXT_READERS[self._options.reading]
        number = 0
        with written(target) as file:
            for number, sentence in enumerate(self._tagged(read(text_of(part), part.before)), start=1):
                piece = head(number, sentence.id) + render_sentence(sentence, self._options.format, self._layout)
                file.write(piece.encode("utf-8"))
            file.write(foot(number).encode("utf-8"))
        return number

    def _tag_jsonl(self, part: Part, target: Path) -> int:
        count = 0
        given, lines = self._tagger.given, lines_of(part)
        rows = (json_row(line, f"{part.path}:{number}", given) for number, line in lines if not line.isspace())
        with written(target) as file:
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
            checked_row(row, f"{part.path}: row {number}", self._tagger.given)
            for number, row in enumerate(table.to_pylist(), start=part.before + 1)
        )
        column = pyarrow.field("sentences", pyarrow.list_(sentence_type(self._layout.tasks, self._layout.scores)))
        with written(target) as file, pyarrow.parquet.ParquetWriter(file, table.schema.append(column)) as writer:
            for batch in batched(self._tagged_rows(rows), ROWS):
                count += sum(len(row["sentences"]) for row in batch)
                for sentence in itertools.chain.from_iterable(row["sentences"] for row in batch):
                    spans = sentence["spans"]
                    sentence["spans"] = [{"task": task, **span} for task in spans for span in spans[task]]
                writer.write_table(pyarrow.Table.from_pylist(batch, schema=table.schema.append(column)))
        return count

    def _tagged_rows(self, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Rows with their sentences."""
        for batch in batched(rows, ROWS):
            read = [sentences_of(row, self._tagger.given) for row in batch]
            tagged = self._tagged(sentence for sentences in read for sentence in sentences)
            for row, sentences in zip(batch, read, strict=True):
                own = itertools.islice(tagged, len(sentences))
                yield {**row, "sentences": [json_content(sentence, self._layout) for sentence in own]}

    def _tagged(self, sentences: Iterable[Sentence]) -> Iterator[Sentence]:
        wants_scores = bool(self._options.scores or self._options.top)
        return self._tagger.tag(sentences, scores=wants_scores, overlap=False)


def lines_of(part: Part) -> Iterator[tuple[int, str]]:
    """The lines of a part with their numbers in the file. Raises DataError for what is not UTF-8."""
    if part.start == 0 and part.end == os.path.getsize(part.path):
        yield from enumerate(raw_lines(part.path, allow_empty=True), start=1)
        return
    with open(part.path, "rb") as file:
        file.seek(part.start)
        left, number = part.end - part.start, part.before
        while left > 0 and (line := file.readline()):
            left -= len(line)
            number += 1
            if number == 1 and part.start == 0:
                line = line.removeprefix(BYTE_ORDER_MARK)
            try:
                yield number, line.decode("utf-8")
            except UnicodeDecodeError as error:
                place = file.tell() - len(line) + error.start
                raise DataError(
                    f"{part.path}: byte {place + 1} (0x{line[error.start]:02x}) is not UTF-8; convert the file first, "
                    "for example with: iconv -f LATIN1 -t UTF-8"
                ) from None


def text_of(part: Part) -> Iterator[str]:
    """The lines of a part."""
    return (line for _, line in lines_of(part))


def json_row(line: str, place: str, given: Sequence[str]) -> dict[str, Any]:
    """The object of a line. Raises DataError where it is none with something to tag."""
    try:
        row = json.loads(line)
    except ValueError as error:
        raise DataError(f"{place}: is not JSON ({error}); write one object a line") from None
    return checked_row(row, place, given)


def checked_row(row: object, place: str, given: Sequence[str]) -> dict[str, Any]:
    """A row with a text or with tokens, and these with the tags of layers that the model is given. Raises DataError
    where it has not."""
    if isinstance(row, dict):
        if isinstance(row.get("text"), str) and row.get("tokens") is None and not given:
            return row
        if is_strings(row.get("tokens")):
            for layer in given:
                if not is_strings(row.get(layer)) or len(row[layer]) != len(row["tokens"]):
                    raise DataError(f"{place}: the model reads '{layer}': give such a tag for each of its 'tokens'")
            return row
    if given:
        raise DataError(f"{place}: has no 'tokens' (a list of strings), which the model reads with their {given[0]!r}")
    raise DataError(f"{place}: has no 'text' (a string) and no 'tokens' (a list of strings), so nothing to tag")


def is_strings(value: object) -> bool:
    """Whether it is a list of strings."""
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def sentences_of(row: dict[str, Any], given: Sequence[str]) -> list[Sentence]:
    """The sentences of a row: those of its text, or the one of its tokens with the tags that the model is given."""
    if row.get("tokens") is not None:
        tags = {layer: row[layer] for layer in given}
        return [Sentence.from_words(row["tokens"], tags=tags)] if row["tokens"] else []
    return list(tokenize(row["text"]))


def sentence_type(tasks: Sequence[str], scores: bool) -> "pyarrow.DataType":  # noqa: F821 (imported late)
    """A sentence of `json_object` as Parquet has it; its spans are one list, each with its task."""
    import pyarrow

    place = [("start", pyarrow.int64()), ("end", pyarrow.int64())]
    further = [("score", pyarrow.struct([(task, pyarrow.float64()) for task in tasks]))] if scores else []
    token = pyarrow.struct(
        [("text", pyarrow.string()), *place, *((task, pyarrow.string()) for task in tasks), *further]
    )
    span = pyarrow.struct(
        [("task", pyarrow.string()), ("label", pyarrow.string()), ("text", pyarrow.string()), *place]
        + ([("score", pyarrow.float64())] if scores else [])
    )
    return pyarrow.struct(
        [("text", pyarrow.string()), *place, ("tokens", pyarrow.list_(token)), ("spans", pyarrow.list_(span))]
    )


@contextmanager
def written(target: Path) -> Iterator[IO[bytes]]:
    """A file that takes its name when the block ends well. Two workers with one part do not disturb each other."""
    unfinished = target.with_name(f".{target.name}.{uuid.uuid4().hex}{UNFINISHED}")
    try:
        with open(unfinished, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, target)
    except OSError as error:
        raise DataError(f"{target}: could not be written: {error.strerror or error}") from None
    finally:
        unfinished.unlink(missing_ok=True)


def batched(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Rows in lists of at most so many."""
    rows = iter(rows)
    while batch := list(itertools.islice(rows, size)):
        yield batch

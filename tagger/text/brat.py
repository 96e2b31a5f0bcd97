"""Read brat's standoff files: a text, and beside it the spans that are marked in it.

    one.txt    Ada slept
    one.ann    T1<TAB>PER 0 3<TAB>Ada

See https://brat.nlplab.org/standoff.html. Offsets count the characters of the text.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from tagger.errors import DataError
from tagger.text.annotated_text import AnnotatedText, MarkedSpan, TextReader
from tagger.text.blocks import is_blank
from tagger.text.document_names import document_name
from tagger.text.jsonl import SPAN_PLACES
from tagger.text.reading import file_name, raw_lines
from tagger.text.remarks import Remarks
from tagger.text.sentence import Origin, Sentence
from tagger.text.span_offsets import Piece

_ANNOTATION = re.compile(r"\.ann(\.(gz|xz|bz2))?$")
# T1, the label, and offsets: one pair, or several separated by semicolons.
_SPAN = re.compile(r"T\S*\t(\S+) (\d{1,18} \d{1,18}(?:;\d{1,18} \d{1,18})*)(?:\t(.*))?")
# Other lines, by their first character.
_OTHERS = {
    "R": "relations",
    "*": "relations",
    "E": "events",
    "A": "attributes",
    "M": "attributes",
    "N": "normalizations",
    "#": "notes",
}


def is_brat(path: str | Path) -> bool:
    """Return whether a path is a folder with brat's files in it, or a text beside its annotations."""
    path = Path(path)
    if os.path.isdir(path):
        return bool(_annotation_files(path))
    return (annotations := _annotation_file(path)) != path and os.path.isfile(annotations)


def read_brat(
    path: str | Path,
    tasks: Mapping[str, str] | None = None,
    *,
    span_task: str = "ner",
    offsets: str | None = None,
    repair: bool = False,
    remarks: Remarks | None = None,
) -> Iterator[Sentence]:
    """Yield the sentences of a text, given its `.ann` or its `.txt` file, or of all texts in a folder, by their names.

    The spans become IOB2 tags of `span_task`, or of the task whose place in `tasks` is `spans`; `offsets` and `repair`
    are as in `read_jsonl`. A span of several pieces is read from its first to its last character. Lines of relations,
    events, attributes and notes are left out. Each text is a document. Whatever is not read as it stands is added to
    `remarks`. Raises DataError for a file without its counterpart and for any other line.
    """
    remarks = Remarks() if remarks is None else remarks
    span_task = next((task for task, key in (tasks or {}).items() if key in SPAN_PLACES), span_task)
    reader = TextReader(span_task if tasks is None or span_task in tasks else "", offsets, repair, remarks)
    empty = True
    for annotations, text in _pairs(Path(path), remarks):
        document = document_name(text.relative_to(path).as_posix() if os.path.isdir(path) else text.name)
        for sentence in _sentences(annotations, text, reader, remarks):
            empty = False
            yield replace(sentence, document=document)
    reader.check(file_name(path))
    if empty:
        raise DataError(f"{file_name(path)}: no sentence in it; give a folder of .txt and .ann files, or one of them")


def _annotation_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*.ann*") if _ANNOTATION.search(file.name))


def _annotation_file(text: Path) -> Path:
    """Return where the annotations of a text are; the same path where it is not called `.txt`."""
    return text.with_name(re.sub(r"\.txt(?=(\.(gz|xz|bz2))?$)", ".ann", text.name)) if text.name else text


def _text_file(annotations: Path) -> Path:
    return annotations.with_name(_ANNOTATION.sub(r".txt\1", annotations.name))


def _pairs(path: Path, remarks: Remarks) -> Iterator[tuple[Path, Path]]:
    """Yield the annotations and the text of each document."""
    if os.path.isdir(path):
        files = _annotation_files(path)
        texts = {_text_file(file) for file in files}
        for alone in sorted(file for file in path.rglob("*.txt*") if file not in texts):
            if alone.name.endswith((".txt", ".txt.gz", ".txt.xz", ".txt.bz2")):
                remarks.add("texts without a file of annotations (.ann), left out", str(alone))
    elif _ANNOTATION.search(path.name):
        files = [path]
    else:
        files = [_annotation_file(path)]
        if files == [path] or not os.path.exists(files[0]):
            raise DataError(f"{path}: there is no {files[0].name} beside it; give a folder, or a file called .ann")
    for file in files:
        text = _text_file(file)
        if not os.path.exists(text):
            raise DataError(f"{file}: its text, {text.name}, is not beside it; put it there")
        yield file, text


def _sentences(annotations: Path, text_file: Path, reader: TextReader, remarks: Remarks) -> Iterator[Sentence]:
    text = "".join(raw_lines(text_file, allow_empty=True))
    if not text.strip():
        remarks.add("texts without a word, skipped", str(text_file))
        return
    spans = []
    for number, line in enumerate(raw_lines(annotations, allow_empty=True), start=1):
        if is_blank(line):
            continue
        place = f"{annotations}:{number}"
        if line[0] != "T":
            if line[0] not in _OTHERS:
                raise DataError(f"{place}: no line of brat's; a span is written T1<TAB>PER 0 4<TAB>its text")
            remarks.add(f"{_OTHERS[line[0]]}, left out", place)
            continue
        spans.append(_span(line, place))
    row, at = 1, 0
    for sentence in reader.sentences(AnnotatedText(text, spans), str(annotations), text_file.name):
        row, at = row + text.count("\n", at, sentence.start), sentence.start
        yield replace(sentence, origin=Origin("brat", str(text_file), row, (), (0,) * len(sentence)))


def _span(line: str, place: str) -> MarkedSpan:
    match = _SPAN.fullmatch(line.rstrip("\r\n"))
    if match is None:
        raise DataError(f"{place}: {line.rstrip()[:60]!r} is no span; it is written T1<TAB>PER 0 4<TAB>its text")
    pieces = tuple(sorted(Piece(*map(int, pair.split())) for pair in match[2].split(";")))
    return MarkedSpan(match[1], pieces, match[3] or "", place)

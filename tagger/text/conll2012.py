"""Read CoNLL-2012, the format of OntoNotes: entities in brackets, one token per row.

https://conll.cemantix.org/2012/data.html defines it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from tagger.errors import ConfigError, DataError
from tagger.text.blocks import Block, is_blank, read_blocks
from tagger.text.bracketed import STAR_BRACKETS, UnbalancedError, read_star_brackets
from tagger.text.document_names import with_paragraphs
from tagger.text.remarks import Remarks
from tagger.text.scheme import tags_from_spans
from tagger.text.sentence import Sentence

_WORD = 3
_COLUMNS = {"POS": 4, "LEMMA": 6, "FRAMESET": 7, "SENSE": 8, "SPEAKER": 9, "NER": 10}
_FEWEST = 11  # columns of a row; those of predicates and coreference may follow
_DEFAULT_TASKS: Mapping[str, str] = {"xpos": "POS", "ner": "NER"}


def read_conll2012(
    path: str | Path, tasks: Mapping[str, str] | None = None, *, remarks: Remarks | None = None
) -> Iterator[Sentence]:
    """Yield the sentences of a CoNLL-2012 file.

    `tasks` maps each task to POS, LEMMA, FRAMESET, SENSE, SPEAKER or NER; by default `xpos` and `ner` are read. The
    brackets of NER become IOB2 tags of the outermost spans; those inside others are counted in `remarks`. `-` is no
    annotation. The first column names the document. Raises DataError (`file:line`) for what is not CoNLL-2012,
    ConfigError for an unknown column.
    """
    places = {}
    for task, column in (_DEFAULT_TASKS if tasks is None else tasks).items():
        if column not in _COLUMNS:
            raise ConfigError(f"CoNLL-2012 has no column '{column}'; there are {', '.join(_COLUMNS)}")
        places[task] = _COLUMNS[column]
    notes = Remarks() if remarks is None else remarks
    return with_paragraphs(map(_in_document, read_blocks(path, partial(_sentence, places=places, remarks=notes))))


def _in_document(sentence: Sentence) -> Sentence:
    """Return a sentence with the document that its first column names."""
    origin = sentence.origin
    return replace(sentence, document=origin.lines[origin.rows[0]].split(maxsplit=1)[0]) if origin else sentence


def _sentence(block: Block, places: Mapping[str, int], remarks: Remarks) -> Sentence | None:
    table: list[list[str]] = []
    rows: list[int] = []
    for at, raw in enumerate(block.lines):
        if is_blank(raw) or raw[0] == "#":
            continue
        cells = raw.split()
        if len(cells) < _FEWEST:
            raise DataError(f"{block.place(at)}: {len(cells)} columns where CoNLL-2012 has at least {_FEWEST}")
        table.append(cells)
        rows.append(at)
    if not rows:
        return None
    tags = {}
    for task, place in places.items():
        column = [cells[place] for cells in table]
        if place == _COLUMNS["NER"]:
            column = _entities(task, column, block, rows, remarks)
        elif "-" in column:
            column = ["" if tag == "-" else tag for tag in column]
        if any(column):
            tags[task] = column
    words = [cells[_WORD] for cells in table]
    return Sentence.from_words(words, tags=tags, id=block.name(rows[0]), origin=block.origin("conll2012", rows))


def _entities(task: str, column: Sequence[str], block: Block, rows: Sequence[int], remarks: Remarks) -> list[str]:
    """Return the IOB2 tags of a column of brackets; "" for each word where it is `-` alone."""
    if all(cell == "-" for cell in column):
        return [""] * len(column)
    for at, cell in enumerate(column):
        if not STAR_BRACKETS.fullmatch(cell):
            raise DataError(f"{block.place(rows[at])}: '{cell}' (column 11) is no bracket of an entity, such as (PER*")
    try:
        read = read_star_brackets(column)
    except UnbalancedError as error:
        raise DataError(f"{block.place(rows[error.token])}: '{task}': {error}; mend the brackets") from None
    if read.nested:
        place = block.place(rows[read.nested[0][1]])
        remarks.add(f"spans of '{task}' inside others, left out", place, len(read.nested))
    return tags_from_spans(read.spans, len(column), "IOB2")

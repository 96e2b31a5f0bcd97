"""Which column of a file holds what: names by place, or by the file's own header."""

import re
from collections.abc import Mapping, Sequence

from tagger.errors import ConfigError, DataError
from tagger.text.scheme import split_tag

TOKEN, SENTENCE, SKIPPED = "token", "sentence", "_"
"""Names of columns that are no tasks: the words, a mark of the sentence that a row belongs to, and a column to skip."""
DOCUMENT = "document"
"""Name of a column of a data frame that tells which document a row belongs to."""
_NO_TASK = (TOKEN, SENTENCE, SKIPPED)
_TOKEN_HEADER = re.compile(r"(?i)(tokens?|words?|forms?|text)")
_TAG_HEADER = re.compile(
    r"(?i)(.*[\W_])?(tags?|labels?|ner|ne|u?pos|xpos|chunks?|lemmas?|entity|entities|iob[12]?|bio|types?|class)([\W_].*)?"
)
_SENTENCE_HEADER = re.compile(
    r"(?i)(sentences?|sents?)[\W_]*(#|ids?|n[or]|nums?|numbers?|idx|index)?[\W_]*|#? ?sentences?"
)

_DOCUMENT_HEADER = re.compile(r"(?i)(documents?|docs?|articles?|files?)[\W_]*(#|ids?|n[or]|nums?|numbers?|names?)?")


def column_list(columns: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names of columns, which may be one text with commas, as the command has it: `token,_,ner`."""
    return tuple(name.strip() for name in columns.split(",")) if isinstance(columns, str) else tuple(columns)


def check_columns(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the names of columns; `NAME=HEADER` names one by the file's header.

    Raises ConfigError where `token` is not among them exactly once, a name is there twice, or only some are by header.
    """
    columns = column_list(columns)
    named = [name.partition("=")[0] for name in columns if name != SKIPPED]
    shown = ",".join(columns)
    if named.count(TOKEN) != 1:
        raise ConfigError(f"columns {shown!r}: name 'token' exactly once, for example token,_,ner")
    for name in named:
        if not name or named.count(name) > 1:
            raise ConfigError(f"columns {shown!r}: '{name}' is named twice; skip a column with _")
    if any("=" in name for name in columns) and not all(name.partition("=")[2] for name in columns):
        raise ConfigError(
            f"columns {shown!r}: name all by the header, such as token=Word,ner=Tag, or all by their place"
        )
    return columns


def tasks_of(columns: Sequence[str]) -> dict[str, int]:
    """Return the tasks among the names of columns, each with its place."""
    return {name: place for place, name in enumerate(columns) if name not in _NO_TASK}


def task_names(columns: Sequence[str]) -> list[str]:
    """Return the names of the tasks among columns that are named by place or by header."""
    return [name for name in (column.partition("=")[0] for column in columns) if name not in _NO_TASK]


def is_by_header(columns: Sequence[str]) -> bool:
    """Return whether columns are named by the file's header: `token=Word,ner=Tag`."""
    return any("=" in name for name in columns)


def places_by_header(columns: Sequence[str], header: Sequence[str], place: str) -> tuple[str, ...]:
    """Return the names of columns by place, for columns that are named by header.

    Raises DataError, which begins with `place`, where the header lacks one.
    """
    cells = [cell.strip() for cell in header]
    names = [SKIPPED] * len(cells)
    for column in columns:
        name, _, heading = column.partition("=")
        at = column_at(heading, cells)
        if at is None:
            raise DataError(f"{place}: no column '{heading}' in the header; it has {', '.join(cells)}")
        names[at] = name
    return tuple(names)


def column_at(heading: str, header: Sequence[str]) -> int | None:
    """Return the place of a column in a header, whatever its capitals; None where it is not there."""
    if heading in header:
        return list(header).index(heading)
    lowered = [cell.strip().casefold() for cell in header]
    return lowered.index(heading.casefold()) if heading.casefold() in lowered else None


def looks_like_header(cells: Sequence[str], columns: Sequence[str]) -> bool:
    """Return whether a first row names its columns: `TOKEN`, `NE-COARSE`."""
    if len(cells) < len(columns) or not _TOKEN_HEADER.fullmatch(cells[columns.index(TOKEN)].strip()):
        return False
    headings = {task: cells[place].strip() for task, place in tasks_of(columns).items()}
    if any(split_tag(heading)[0] or heading == SKIPPED for heading in headings.values()):
        return False
    return any(
        _TAG_HEADER.fullmatch(heading) or heading.casefold() == task.casefold() for task, heading in headings.items()
    )


def with_sentence_column(columns: Sequence[str], header: Sequence[str]) -> tuple[str, ...]:
    """Return the columns with the one that numbers sentences, by its header, if none is named and it is skipped."""
    names = [*columns, *[SKIPPED] * (len(header) - len(columns))]
    if SENTENCE not in names:
        for place, cell in enumerate(header):
            if names[place] == SKIPPED and _SENTENCE_HEADER.fullmatch(cell.strip()):
                names[place] = SENTENCE
                break
    return tuple(names)


def suggestion(header: Sequence[str]) -> str:
    """Return a value for --columns that fits a header, for messages."""
    pairs: Mapping[str, str] = {}
    for cell in (cell.strip() for cell in header):
        if _TOKEN_HEADER.fullmatch(cell) and TOKEN not in pairs:
            pairs = {**pairs, TOKEN: cell}
        elif _TAG_HEADER.fullmatch(cell):
            task = "xpos" if re.search(r"(?i)pos", cell) else "chunk" if re.search(r"(?i)chunk", cell) else "ner"
            pairs = {**pairs, task: cell}
    return ",".join(f"{name}={cell}" for name, cell in pairs.items()) if TOKEN in pairs else "token=WORD,ner=TAG"


def frame_columns(header: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the columns of a data frame with a row for each token, as their names tell.

    The first dictionary has the columns of TOKEN, SENTENCE and DOCUMENT, as far as there are any, the second one those
    of tags, each of which is a task of its own name; lemmas are left out.
    """
    places: dict[str, str] = {}
    tags = {}
    for cell in header:
        for name, pattern in ((TOKEN, _TOKEN_HEADER), (SENTENCE, _SENTENCE_HEADER), (DOCUMENT, _DOCUMENT_HEADER)):
            if pattern.fullmatch(cell.strip()):
                places.setdefault(name, cell)
                break
        else:
            if _TAG_HEADER.fullmatch(cell.strip()) and "lemma" not in cell.casefold():
                tags[cell] = cell
    return places, tags

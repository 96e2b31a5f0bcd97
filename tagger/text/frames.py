"""Annotated sentences in a data frame of pandas or polars: a row for each token, or a row for each sentence.

Neither library is imported: a frame is what has names of columns, and gives a column by its name.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tagger.errors import DataError
from tagger.text.column_names import DOCUMENT, SENTENCE, TOKEN, column_at, frame_columns

Records = Sequence[Mapping[str, Any]]


def is_frame(data: Any) -> bool:  # noqa: ANN401 (whatever a program gives)
    """Return whether data are a frame of pandas or polars."""
    return type(data).__name__ == "DataFrame" and hasattr(data, "columns") and hasattr(data, "shape")


def frame_records(
    frame: Any,  # noqa: ANN401 (of pandas or polars)
    tasks: Mapping[str, str] | None,
    where: str = "",
) -> tuple[Records, Mapping[str, str] | None]:
    """Return the sentences of a frame as dictionaries, and the places of the tasks in these.

    A frame in which some cell holds a list has a row for each sentence, with the keys of JSON lines as its columns.
    Any other has a row for each token: a column of words (`token`, `word`, `form` or `text`), one that numbers the
    sentences (`sentence_id`, `Sentence #`, `sent`), where an empty cell repeats the one above, and columns of tags.
    These are all whose names say so (`ner`, `pos`, `Tag`), or those that `tasks` names. A column such as `doc_id` tells
    the documents. Raises DataError, beginning with `where`, for a frame without such columns and for missing words.
    """
    names = [str(name) for name in frame.columns]
    columns = {name: _values(frame[given]) for name, given in zip(names, frame.columns, strict=True)}
    if any(
        isinstance(_first(column), (list, tuple)) or hasattr(_first(column), "tolist") for column in columns.values()
    ):
        return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)], tasks
    shown = ", ".join(names) or "none"
    found, tags = frame_columns(names)
    if TOKEN not in found:
        raise DataError(f"{where}the frame has no column of words, only {shown}: name one 'token'")
    if SENTENCE not in found:
        raise DataError(
            f"{where}the frame has a row for each token, but no column that numbers the sentences, only {shown}: add "
            "one called 'sentence_id', or give a frame with lists of words and tags, a row for each sentence"
        )
    places = {task: _column(names, heading, where) for task, heading in (tags if tasks is None else tasks).items()}
    if not places:
        raise DataError(
            f"{where}the frame has no column of tags, only {shown}: name one 'ner' or 'pos', or give tagger.read "
            "tasks={'ner': 'COLUMN'}, and what it returns here"
        )
    return list(_sentences(columns, found, places, where)), None


def _sentences(
    columns: Mapping[str, Sequence[Any]], found: Mapping[str, str], places: Mapping[str, str], where: str
) -> Iterator[dict[str, Any]]:
    """Yield a dictionary for each run of rows with one sentence and one document."""
    words, numbers = columns[found[TOKEN]], columns[found[SENTENCE]]
    documents = columns[found[DOCUMENT]] if DOCUMENT in found else [None] * len(words)
    begin = 0
    sentence: object = None
    document: object = None
    for row, (word, number, of) in enumerate(zip(words, numbers, documents, strict=True)):
        if not isinstance(word, str) or not word:
            what = "is missing: read the file with keep_default_na=False" if _is_missing(word) else f"is {word!r}"
            raise DataError(f"{where}row {row + 1} of the frame: its word {what}; every word is a string")
        begins = (not _is_missing(number) and number != sentence) or (not _is_missing(of) and of != document)
        if begins and row:
            yield _record(columns, found[TOKEN], places, slice(begin, row), sentence, document)
            begin = row
        sentence, document = (new if not _is_missing(new) else old for new, old in ((number, sentence), (of, document)))
    if len(words):
        yield _record(columns, found[TOKEN], places, slice(begin, len(words)), sentence, document)


def _record(
    columns: Mapping[str, Sequence[Any]],
    token: str,
    places: Mapping[str, str],
    rows: slice,
    sentence: object,
    document: object,
) -> dict[str, Any]:
    tags = {task: [None if _is_missing(tag) else tag for tag in columns[name][rows]] for task, name in places.items()}
    return {"id": str(sentence), "document": document, "tokens": list(columns[token][rows]), **tags}


def _values(column: Any) -> list[Any]:  # noqa: ANN401
    """Return the values of a column of pandas or polars."""
    return list(column.to_list() if hasattr(column, "to_list") else column)


def _first(column: Sequence[Any]) -> Any:  # noqa: ANN401
    return next((value for value in column if not _is_missing(value)), None)


def _is_missing(value: Any) -> bool:  # noqa: ANN401
    """Return whether a cell is empty: None, NaN, pandas' NA, or an empty string."""
    if value is None or (isinstance(value, str) and not value) or type(value).__name__ == "NAType":
        return True
    return isinstance(value, float) and value != value


def _column(names: Sequence[str], heading: str, where: str) -> str:
    at = column_at(heading, names)
    if at is None:
        raise DataError(f"{where}the frame has no column '{heading}'; it has {', '.join(names)}")
    return names[at]

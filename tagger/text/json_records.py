"""Read a file of JSON as records: an object a line, or an array or an object over any number of lines."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeGuard

from tagger.documents import parse_json
from tagger.errors import DataError
from tagger.text.blocks import is_blank
from tagger.text.reading import file_name, raw_lines
from tagger.text.remarks import Remarks

_LONGEST = 1000  # characters of a message
_TYPE_NAMES = {str: "a string", list: "a list", dict: "an object", int: "a whole number", bool: "true or false"}
# A string, or a bracket or a comma outside of strings. A string of JSON never spans two lines.
_STRING_OR_MARK = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{},]')


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON object.

    `place` is where messages find it: `file:line`, with its number where several stand on that line or in one array.
    `line` is the number of the line on which it begins, and `raw` that line.
    """

    keys: dict[str, Any]
    place: str
    line: int
    raw: str
    number: int = 0

    def get(self, key: str, kind: type, default: Any = None) -> Any:  # noqa: ANN401 (of type `kind`)
        """Return a key's value, or the default where it is missing or null.

        Raises DataError for another type.
        """
        value = self.keys.get(key)
        return default if value is None else self.checked(value, kind, f"'{key}'")

    def checked(self, value: Any, kind: type, what: str) -> Any:  # noqa: ANN401
        """Return the value. Raises DataError, with its name `what`, where it is not of type `kind`."""
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            found = "missing" if value is None else _TYPE_NAMES.get(type(value), "a number")
            raise self.error(f"{what} is {found}; it must be {_TYPE_NAMES[kind]}")
        return value

    def error(self, message: str) -> DataError:
        """Return a DataError that begins with the record's place; a message that quotes a long key is cut."""
        return DataError(f"{self.place}: {message if len(message) <= _LONGEST else message[:_LONGEST] + '…'}")

    def no_probability(self, value: object, what: str) -> DataError:
        """Return the error of a value, named `what`, that is no probability."""
        return self.error(f"{what} is {str(value)[:40]!r}; it must be a number from 0 to 1")

    def name(self, file: str) -> str:
        """Return the record's `id`, or else the name of its file and its place there.

        Raises DataError for an `id` that is neither a string nor a whole number.
        """
        given = self.keys.get("id")
        if isinstance(given, int) and not isinstance(given, bool):
            return str(given)
        place = f"{self.line}.{self.number}" if self.number else f"{self.line}"
        return self.get("id", str, "") or f"{Path(file).name}:{place}"


def json_records(
    path: str | Path, remarks: Remarks, refused: Callable[[DataError], None] | None = None
) -> Iterator[Record]:
    """Yield the records of a file.

    A pair of a text and an object, as spaCy's training data has it, is the object with that `text`. The lists of
    records that other programs put inside one object are unwrapped: `annotations` beside `classes`, and `rows` beside
    `features`. Raises DataError (`file:line`) for what is not JSON, or holds no record; a line of such is given to
    `refused`, where that is given, and left out.
    """
    name = file_name(path)
    lines: Iterator[tuple[int, str]] = (
        (number, raw) for number, raw in enumerate(raw_lines(path), start=1) if not is_blank(raw)
    )
    first = next(lines, None)
    if first is None:
        return
    number, raw = first
    second = next(lines, None) if refused and not raw.lstrip().startswith("[") else None
    if second:
        lines = chain([second], lines)
    # A second line that is an object of its own, or cannot follow, shows that the first one is cut short.
    both = raw + second[1] if second else ""
    is_cut = second is not None and (_is_object(second[1]) or not (_is_json(both) or _continues(both)))
    if _continues(raw) and not is_cut:
        try:
            for start, text, item in _items(chain([first], lines), name):
                yield from _read(text, name, start, text, item, remarks, refused)
        except DataError as error:
            if refused is None:
                raise
            refused(error)
        return
    for number, raw in chain([first], lines):
        yield from _read(raw, name, number, raw, 0, remarks, refused)


def is_probability(value: object) -> TypeGuard[float]:
    """Return whether a value of JSON is a number from 0 to 1."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _read(
    text: str,
    name: str,
    line: int,
    raw: str,
    item: int,
    remarks: Remarks,
    refused: Callable[[DataError], None] | None,
) -> Sequence[Record]:
    """Return the records of a value of JSON; none where it is refused."""
    try:
        return list(_records(_parsed(text, name, line), name, line, raw, item, remarks))
    except DataError as error:
        if refused is None:
            raise
        refused(error)
        return ()


def _parsed(raw: str, name: str, number: int) -> Any:  # noqa: ANN401 (whatever stands there)
    try:
        parsed = parse_json(raw)
        if "\\u" in raw:  # JSON can escape half of a surrogate pair, which is no character
            json.dumps(parsed, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        line = number + error.lineno - 1
        raise DataError(f"{name}:{line}:{error.colno}: not JSON: {error.msg}; give one object a line") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{name}:{number}: this JSON holds no text: {error}") from None
    return parsed


def _continues(line: str) -> bool:
    """Return whether the JSON value that begins on a line is well so far, and goes on in the next line."""
    try:
        parse_json(line)
    except json.JSONDecodeError as error:
        return error.pos >= len(line.rstrip())
    except (ValueError, RecursionError):
        pass
    return False


def _is_object(line: str) -> bool:
    """Return whether a line is a whole JSON object."""
    return line.lstrip().startswith("{") and _is_json(line)


def _is_json(text: str) -> bool:
    try:
        parse_json(text)
    except (ValueError, RecursionError):
        return False
    return True


def _items(lines: Iterable[tuple[int, str]], name: str) -> Iterator[tuple[int, str, int]]:
    """Yield the items of an array that spans lines, or an object that does: first line, text and number (0 for none).

    Several such values may follow each other. Only one item is held at a time. Raises DataError where the last value
    has no end.
    """
    held: list[str] = []
    depth = item = first = number = 0
    in_array = False
    for number, line in lines:
        at = 0
        for match in _STRING_OR_MARK.finditer(line):
            mark = match[0]
            if mark == "[" and depth == 0 and not held:
                in_array, depth, item, at = True, 1, 0, match.end()
                continue
            depth += (mark in "[{") - (mark in "]}")
            ends_item = in_array and (depth, mark) in ((1, ","), (0, "]"))
            if ends_item or (not in_array and depth == 0 and mark in "]}"):
                held.append(line[at : match.start() if ends_item else match.end()])
                at = match.end()
                if not is_blank(text := "".join(held)):
                    item += in_array
                    yield first or number, text.lstrip(), item
                held, first, in_array = [], 0, in_array and depth > 0
        if held or not is_blank(line[at:]):
            held.append(line[at:])
            first = first or number
    if depth or held:
        raise DataError(f"{name}:{number}: the JSON that begins before ends too early; is the file cut short?")


def _records(value: Any, name: str, line: int, raw: str, item: int, remarks: Remarks) -> Iterator[Record]:  # noqa: ANN401
    place = f"{name}:{line}" + (f" (record {item})" if item else "")
    if keys := _keys_of(value):
        inner = _unwrapped(keys, place, remarks)
        if inner is None:
            yield Record(keys, place, line, raw, item)
            return
    elif isinstance(value, list):
        inner = value
    elif isinstance(value, dict):
        inner = [value]
    else:
        inner = [None]
    for number, each in enumerate(inner, start=1):
        where = f"{name}:{line} (record {number})" if len(inner) > 1 else place
        found = _keys_of(each)
        if found is None:
            raise DataError(
                f"{name}:{line}: no JSON object{f' in record {number}' if len(inner) > 1 else ''}; give one a line, "
                'such as {"tokens": [...], "ner": [...]}, or a list of them'
            )
        yield Record(found, where, line, raw, number if len(inner) > 1 else item)


def _keys_of(value: Any) -> dict[str, Any] | None:  # noqa: ANN401
    """Return the keys of an object, or of a pair of a text and an object; None for anything else."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict):
        return {**value[1], "text": value[0]}
    return None


def _unwrapped(keys: dict[str, Any], place: str, remarks: Remarks) -> list[Any] | None:
    """Return the records inside an object that holds nothing else, or None where it is a record itself."""
    inner, rows, features = keys.get("annotations"), keys.get("rows"), keys.get("features")
    if isinstance(inner, list) and "classes" in keys:
        if missing := sum(each is None for each in inner):
            remarks.add("texts without an annotation, skipped", place, missing)
        return [each for each in inner if each is not None]
    if isinstance(rows, list) and isinstance(features, list):
        names = {each["name"]: each.get("type") for each in features if isinstance(each, dict) and "name" in each}
        return [{**each["row"], "names": names} if isinstance(each, dict) and "row" in each else each for each in rows]
    return None

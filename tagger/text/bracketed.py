"""Spans written as brackets around words: `(PER*` and `*)` of CoNLL, `(1-person-Ada` and `1)` of CorefUD and GUM.

Brackets may be nested, and tags may not: the outermost spans are kept.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tagger.errors import DataError
from tagger.text.scheme import UNTYPED, tags_from_spans

STAR_BRACKETS = re.compile(r"(?:\([^()*\s]+)*\*?\)*")
"""A tag with brackets of CoNLL: `(PER*`, `*`, `*)`, `(PER)`, `(PER(LOC*)`."""
_STAR_PARTS = re.compile(r"\(([^()*]+)|\)")
_ENTITIES = re.compile(r"(?:\([^()]*\)?|[^()]+\))+")
_ENTITY_PARTS = re.compile(r"\(([^()]*)(\)?)|([^()]+)\)")
_PART_OF_SPAN = re.compile(r"\[[0-9]+/[0-9]+\]$")
_TYPE_FIELDS, _ID_FIELDS = ("etype", "entity"), ("GRP", "eid")


@dataclass(frozen=True)
class Bracketed:
    """The spans of a sentence: (label, first token, last token).

    `nested` are the spans inside those that were kept, and `parts` counts pieces of spans that have a gap, each of
    which is read as a span.
    """

    spans: Sequence[tuple[str, int, int]]
    nested: Sequence[tuple[str, int, int]] = ()
    parts: int = 0


class UnbalancedError(DataError):
    """A bracket that lacks its partner. `token` is its place in the sentence."""

    def __init__(self, message: str, token: int) -> None:
        super().__init__(message)
        self.token = token


def read_star_brackets(cells: Sequence[str]) -> Bracketed:
    """Return the spans of a sentence in brackets of CoNLL: `(PER*`, `*)`. Raises UnbalancedError."""
    events = ([("", part[1]) if part[1] else ("", None) for part in _STAR_PARTS.finditer(cell)] for cell in cells)
    return _outermost(list(_spans(events)))


def tags_from_brackets(cells: Sequence[str]) -> list[str]:
    """Return the IOB2 tags of a sentence in brackets of CoNLL. Raises UnbalancedError."""
    return tags_from_spans(read_star_brackets(cells).spans, len(cells), "IOB2")


def are_entities(cells: Iterable[str | None]) -> bool:
    """Return whether all cells that are there hold brackets of entities, such as `(1-person-Ada` or `1)2)`."""
    return all(cell is None or _ENTITIES.fullmatch(cell) for cell in cells)


def read_entities(cells: Sequence[str | None], fields: Sequence[str] = ()) -> Bracketed:
    """Return the spans of a sentence in brackets of entities; None is a word without brackets.

    `fields` names what stands between the hyphens, as `# global.Entity` does: `GRP` or `eid` is the id by which a span
    is closed, `etype` or `entity` its label. Without them, the id is the field with a digit, of the first two. Raises
    UnbalancedError.
    """
    type_at = next((fields.index(name) for name in _TYPE_FIELDS if name in fields), None)
    id_at = next((fields.index(name) for name in _ID_FIELDS if name in fields), None)
    parts = 0

    def id_and_label(text: str) -> tuple[str, str]:
        values = text.split("-")
        at = id_at if id_at is not None else int(not any(map(str.isdigit, values[0])) and len(values) > 1)
        label_at = type_at if type_at is not None else 1 - min(at, 1)
        label = values[label_at] if label_at < len(values) else ""
        return values[at] if at < len(values) else values[0], label or UNTYPED

    def events(cell: str | None) -> Iterator[tuple[str, str | None]]:
        nonlocal parts
        for part in _ENTITY_PARTS.finditer(cell or ""):
            name, label = id_and_label(part[1] if part[1] is not None else part[3])
            if part[3] is None:
                parts += bool(_PART_OF_SPAN.search(name))
                yield name, label
            if part[3] is not None or part[2]:
                yield name, None

    kept = _outermost(list(_spans(map(events, cells))))
    return Bracketed(kept.spans, kept.nested, parts)


def _spans(cells: Iterable[Iterable[tuple[str, str | None]]]) -> Iterator[tuple[str, int, int]]:
    """Yield the spans of brackets: (id, label) opens one, (id, None) closes the last one of that id."""
    opened: list[tuple[str, str, int]] = []
    for token, events in enumerate(cells):
        for name, label in events:
            if label is not None:
                opened.append((name, label, token))
                continue
            at = next((at for at in reversed(range(len(opened))) if opened[at][0] == name), None)
            if at is None:
                raise UnbalancedError(f"the bracket {name}) closes a span that is not open", token)
            _, label, first = opened.pop(at)
            yield label, first, token
    for name, label, token in opened:
        raise UnbalancedError(f"the bracket ({name or label} is not closed before the sentence ends", token)


def _outermost(spans: Sequence[tuple[str, int, int]]) -> Bracketed:
    """Return the spans that are in no other; of two that cross, the one that begins first."""
    kept: list[tuple[str, int, int]] = []
    nested: list[tuple[str, int, int]] = []
    # Of two over the same tokens, the outer one is closed last.
    for span in sorted(reversed(spans), key=lambda span: (span[1], -span[2])):
        (nested if kept and span[1] <= kept[-1][2] else kept).append(span)
    return Bracketed(kept, nested)

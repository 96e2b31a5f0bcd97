"""Colours of tags and spans: those of terminals, and numbers of those of pages, which `tagged.css` has."""

import os
import zlib
from typing import TextIO

from tagger.text.scheme import split_tag

RESET = "\x1b[0m"
_DIM = "\x1b[2m"
BOLD = "\x1b[1m"
_COLORS = tuple(f"\x1b[{code}m" for code in (31, 32, 33, 34, 35, 36, 91, 92, 94, 95))
"""Colours for labels that have none of their own."""
_LABEL_COLORS = {"PER": 32, "PERSON": 32, "LOC": 34, "GPE": 34, "ORG": 35, "MISC": 33}
_PART_OF_SPEECH_COLORS = {
    "NOUN": 36,
    "PROPN": 36,
    "VERB": 32,
    "AUX": 32,
    "ADJ": 33,
    "ADV": 33,
    "PRON": 35,
    "DET": 35,
    "NUM": 34,
}
"""Colours of Universal Dependencies' parts of speech; other tags are dim."""
LABEL_COLORS = 12
"""Colours of labels on pages: `l0` to `l11` of `tagged.css`."""
_ALIKE = (
    "PER PERSON VP NORP",
    "LOC LOCATION NP",
    "ORG ORGANIZATION CORPORATION ADJP",
    "MISC PP WORK_OF_ART CREATIVE-WORK",
    "EVENT SBAR",
    "DATE TIME ADVP",
    "PRODUCT PROD PRT",
    "MONEY PERCENT QUANTITY CARDINAL ORDINAL NUM",
    "GPE",
    "FAC FACILITY CONJP",
    "GROUP LAW INTJ",
    "LANGUAGE LST",
)
_LABEL_NUMBERS = {label: number for number, labels in enumerate(_ALIKE) for label in labels.split()}


def wants_color(stream: TextIO) -> bool:
    """Return whether to colour what is written to a stream.

    True where it is a terminal that can show colours and `NO_COLOR` is not set (https://no-color.org).
    """
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "") not in ("", "dumb")


def label_color(label: str) -> str:
    """Return the escape sequence that begins the colour of a span's label."""
    if label in _LABEL_COLORS:
        return f"\x1b[{_LABEL_COLORS[label]}m"
    return _COLORS[zlib.crc32(label.encode("utf-8", "replace")) % len(_COLORS)]


def tag_color(tag: str) -> str:
    """Return the escape sequence that begins the colour of a tag, which may be just dim."""
    prefix, label = split_tag(tag)
    if label and prefix:
        return label_color(label)
    return f"\x1b[{_PART_OF_SPEECH_COLORS[tag]}m" if tag in _PART_OF_SPEECH_COLORS else _DIM


def label_number(label: str) -> int:
    """Return the number of a label's colour on a page, from 0 to LABEL_COLORS - 1; alike ones have the same."""
    known = _LABEL_NUMBERS.get(label.upper())
    return zlib.crc32(label.encode("utf-8", "replace")) % LABEL_COLORS if known is None else known

"""Colours of a terminal for tags and spans: the same one for the same label, readable on dark and on light."""

import os
import zlib
from typing import TextIO

from tagger.text.scheme import split_tag

RESET = "\x1b[0m"
DIM = "\x1b[2m"
BOLD = "\x1b[1m"
COLORS = tuple(f"\x1b[{code}m" for code in (31, 32, 33, 34, 35, 36, 91, 92, 94, 95))
"""Of labels that have none of their own: those that vanish neither on white nor on black."""
LABELS = {"PER": 32, "PERSON": 32, "LOC": 34, "GPE": 34, "ORG": 35, "MISC": 33}
KINDS = {"NOUN": 36, "PROPN": 36, "VERB": 32, "AUX": 32, "ADJ": 33, "ADV": 33, "PRON": 35, "DET": 35, "NUM": 34}
"""Of Universal Dependencies' parts of speech; all others are dim."""


def wants_color(stream: TextIO) -> bool:
    """Whether to colour what goes to a stream: it is a terminal that can, and nobody has said no
    (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "") not in ("", "dumb")


def label_color(label: str) -> str:
    """What begins the colour of a span's label."""
    return (
        f"\x1b[{LABELS[label]}m"
        if label in LABELS
        else COLORS[zlib.crc32(label.encode("utf-8", "replace")) % len(COLORS)]
    )


def tag_color(tag: str) -> str:
    """What begins the colour of a tag: its span's, or its kind's; dim where it is neither."""
    prefix, label = split_tag(tag)
    if label and prefix:
        return label_color(label)
    return f"\x1b[{KINDS[tag]}m" if tag in KINDS else DIM

"""Text that a page can show: whatever steers instead of being seen is spelled out."""

import unicodedata

STEERING = frozenset("\u00ad\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u2060\ufeff")
"""Soft hyphens, marks of direction, spaces of no width and breaks; joiners stay, which scripts and emoji need."""
EMBEDDING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What turns the direction of all text that follows (Unicode Standard Annex 9)."""


def visible(text: str) -> str:
    """The text on one line, with controls, what turns its direction and halves of surrogate pairs as ‹U+202E›."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character in "\t\n\r\v\f":
        return " "
    hidden = character in STEERING or character in EMBEDDING or unicodedata.category(character) in ("Cc", "Cs")
    return f"‹U+{ord(character):04X}›" if hidden else character

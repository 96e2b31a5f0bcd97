"""Text that a page can show: invisible and control characters are spelled out."""

import unicodedata

_INVISIBLE = frozenset("\u00ad\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u2060\ufeff")
"""Soft hyphens, direction marks, zero-width spaces and breaks; not joiners, which scripts and emoji need."""
_DIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that change the direction of all text that follows (Unicode Standard Annex 9)."""


def visible(text: str) -> str:
    """Return the text on one line, with invisible and control characters as `‹U+202E›`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character in "\t\n\r\v\f":
        return " "
    hidden = character in _INVISIBLE or character in _DIRECTIONAL or unicodedata.category(character) in ("Cc", "Cs")
    return f"‹U+{ord(character):04X}›" if hidden else character

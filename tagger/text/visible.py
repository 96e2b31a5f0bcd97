"""Text that a page or a terminal can show: invisible and control characters are spelled out."""

import re
import unicodedata

_INVISIBLE = frozenset("\u00ad\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u2060\ufeff")
"""Soft hyphens, direction marks, zero-width spaces and breaks; not joiners, which scripts and emoji need."""
_DIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that change the direction of all text that follows (Unicode Standard Annex 9)."""
LONGEST_MESSAGE = 2000
"""Characters of the longest message that is shown whole."""
_LINE_PARTS = re.compile("[^\n\t -~]")
# The colours and the weights that tagged text and tables have; a terminal's other sequences may hide or move text.
_COLORS_OR_PARTS = re.compile("(\x1b\\[(?:[0-4]|2[2-4]|3[0-79]|9[0-7])?(?:;(?:[0-4]|3[0-79]|9[0-7]))*m)|[^\n\t -~]")


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


def visible_lines(text: str, *, colors: bool = False) -> str:
    """Return the text with its line breaks and TABs, and other control and invisible characters spelled out.

    With `colors` it keeps a terminal's sequences for colours and bold.
    """
    if colors:
        return _COLORS_OR_PARTS.sub(lambda found: found[1] or _shown(found[0]), text)
    return _LINE_PARTS.sub(lambda found: _shown(found[0]), text)


def as_message(text: str) -> str:
    """Return a message as a reader can see it: its lines visible, and the middle of a very long one left out."""
    if len(text) > LONGEST_MESSAGE:
        half = LONGEST_MESSAGE // 2
        text = f"{text[:half]} … [{len(text) - 2 * half:,} characters left out] … {text[-half:]}"
    return visible_lines(text)

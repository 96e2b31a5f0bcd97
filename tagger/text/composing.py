"""Words in Unicode's composed form, NFC: the form in which models look up words and characters."""

from unicodedata import is_normalized, normalize

LONGEST_COMPOSED = 1000
"""Characters of the longest word that is composed: the time grows with the square of the marks on one letter."""


def composed(word: str) -> str:
    """Return a word in NFC, in which `é` is one character and not an `e` with a combining accent.

    Both look alike, and macOS, PDF files and some keyboards give the second. Longer words than LONGEST_COMPOSED, which
    no vocabulary has, stay as they are.
    """
    return word if is_composed(word) else normalize("NFC", word)


def is_composed(word: str) -> bool:
    """Return whether a word is in NFC, as nearly all are, or too long to be composed."""
    return word.isascii() or len(word) > LONGEST_COMPOSED or is_normalized("NFC", word)

"""Words in Unicode's composed form, NFC: the form in which models look up words and characters."""

from unicodedata import is_normalized, normalize


def composed(word: str) -> str:
    """Return a word in NFC, in which `é` is one character and not an `e` with a combining accent.

    Both look alike, and macOS, PDF files and some keyboards give the second.
    """
    return word if is_composed(word) else normalize("NFC", word)


def is_composed(word: str) -> bool:
    """Return whether a word is in NFC, as nearly all are."""
    return word.isascii() or is_normalized("NFC", word)

"""Find the words of a sentence in its text."""

from collections.abc import Sequence


def align(words: Sequence[str], text: str, start: int = 0) -> list[tuple[int, int]] | None:
    """Return the (start, end) offsets of each word in a text, searched from `start` on.

    None where the text, from there on, has anything but these words in this order and white space.
    """
    spans = []
    at = start
    for word in words:
        while not text.startswith(word, at):
            if at >= len(text) or not text[at].isspace():
                return None
            at += 1
        spans.append((at, at + len(word)))
        at += len(word)
    return spans if not text[at:].strip() else None

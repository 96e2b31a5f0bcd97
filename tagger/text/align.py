"""Finding the words of a sentence in its text."""

from collections.abc import Sequence


def align(words: Sequence[str], text: str, start: int = 0) -> list[tuple[int, int]] | None:
    """Where each word stands in the text from `start` on, as (start, end); None unless the text is exactly these words
    in this order with only white space around them."""
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

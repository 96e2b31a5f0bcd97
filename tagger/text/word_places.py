"""Where the words of a sentence stand in its text, given the tokens that hold them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain


@dataclass(frozen=True, slots=True)
class TokenForm:
    """A token as it stands in the text, `form`, with the places of its first and its last word."""

    form: str
    first: int
    last: int


def joined_tokens(forms: Sequence[str], white_space: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Return a text made of tokens with the white space between them, and the (start, end) of each token.

    `white_space` has what stands after each token; what stands after the last one is not in the text.
    """
    parts = list(chain.from_iterable(zip(forms, white_space, strict=True)))[:-1]
    ends = list(accumulate(map(len, parts)))[::2]
    return "".join(parts), [(end - len(form), end) for form, end in zip(forms, ends, strict=True)]


def word_places(
    words: Sequence[str], tokens: Iterable[TokenForm], places: Iterable[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Return the (start, end) of each word, given those of the tokens.

    The words of a multiword token stand one after the other where they spell it (`don't`: `do`, `n't`); otherwise each
    of them has the place of the whole token (`zum`: `zu`, `dem`).
    """
    found: list[tuple[int, int]] = []
    for token, (start, end) in zip(tokens, places, strict=True):
        if token.first == token.last:
            found.append((start, end))
            continue
        parts = words[token.first : token.last + 1]
        if "".join(parts) != token.form:
            found += [(start, end)] * len(parts)
            continue
        for part in parts:
            found.append((start, start + len(part)))
            start += len(part)
    return found


def multiword_places(tokens: Iterable[TokenForm]) -> tuple[tuple[int, int], ...]:
    """Return the places of the first and the last word of each token that holds several."""
    return tuple((token.first, token.last) for token in tokens if token.last > token.first)

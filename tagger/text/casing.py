"""Lower-casing one character at a time, equally in plain Python and in a TensorFlow graph."""

from collections.abc import Mapping
from functools import cache
from sys import maxunicode


def lower_case(word: str) -> str:
    """Return the word in lower case, with as many characters as before.

    Unlike `str.lower`, each character is mapped on its own, whatever its neighbours, so that a TensorFlow graph can do
    the same.
    """
    return word.lower() if word.isascii() else word.translate(_LOWER)


@cache
def lower_case_codes() -> Mapping[int, int]:
    """Return the lower-case code of each character code that `lower_case` changes.

    A final sigma becomes a sigma.
    """
    return {code: low for code in range(maxunicode + 1) if (low := _lower_case_code(code)) != code}


def _lower_case_code(code: int) -> int:
    # Only `İ` has two characters in lower case, an i and a combining dot; the dot is dropped.
    return ord("σ") if code == ord("ς") else ord(chr(code).lower()[0])


class _LowerCaseCodes(dict[int, int]):
    """Lower-case codes, computed at first use: all at once would delay the first word."""

    def __missing__(self, code: int) -> int:
        low = self[code] = _lower_case_code(code)
        return low


_LOWER = _LowerCaseCodes()

"""Lower-casing character by character, so that a TensorFlow graph and plain Python give the same words."""

from collections.abc import Mapping
from functools import cache
from sys import maxunicode


def lower_case(word: str) -> str:
    """The word with each of its characters in lower case on its own, as long as it was.

    Unlike `str.lower` no rule looks at the neighbours and none at the language, so that a graph can do the same.
    """
    return word.lower() if word.isascii() else word.translate(_LOWER)


@cache
def lower_case_codes() -> Mapping[int, int]:
    """The code of each character that is not in lower case, and of the one that is; a final sigma is a sigma."""
    return {code: low for code in range(maxunicode + 1) if (low := _lower_case_code(code)) != code}


def _lower_case_code(code: int) -> int:
    # One character has two in lower case, a capital I with a dot: an i, and the dot as a mark of its own.
    return ord("σ") if code == ord("ς") else ord(chr(code).lower()[0])


class _LowerCase(dict):
    """The same for any character, found out when it is asked for: all of them take a moment."""

    def __missing__(self, code: int) -> int:
        low = self[code] = _lower_case_code(code)
        return low


_LOWER = _LowerCase()

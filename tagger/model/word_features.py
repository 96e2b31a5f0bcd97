"""What the form of a word alone says of it, beside its characters: its shape, and its first and last letters, hashed.

This is what the graph that trains (`corpus.forms`) and the arrays that tag (`runtime.forms`) have in common, so that
both find the same ids. A hash is a sum over the characters, code * factor of its place, modulo a prime; it needs no
vocabulary, and fits into 64 bits for up to `LONGEST` characters.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, repeat
from sys import maxunicode
from typing import Any

PRIME = 2**31 - 1
LONGEST = 20
"""Characters that are hashed at most; of a shape, the first."""
FACTORS = tuple(accumulate(repeat(742938285, LONGEST), lambda power, base: power * base % PRIME))
"""Powers of a primitive root that spreads well (Fishman & Moore 1986)."""

SHAPES = "shapes"
AFFIXES = "affixes"
"""As the network calls these inputs."""

KINDS: Mapping[str, str] = {"Lu": "X", "Lt": "X", "Ll": "x", "L": "c", "M": "c", "N": "d"}
"""What a shape has for a character, by its Unicode category or the first letter of that: letters by case, or of none,
with the marks on them, and digits; any other stands for itself."""


@dataclass(frozen=True)
class Forms:
    """Which of these features a model reads; without buckets, none."""

    shape_buckets: int = 0
    longest_run: int = 2
    """Characters of one kind that follow each other are cut to so many: 2 makes `Xxx` of `Ada` and of `Lovelace`."""
    prefixes: tuple[int, ...] = ()
    suffixes: tuple[int, ...] = ()
    """How many of the first and the last characters, in lower case, are hashed together."""
    affix_buckets: int = 0
    """Of each prefix and suffix."""

    @property
    def columns(self) -> dict[str, int]:
        """How many ids a word has, by the name of the input that holds them; an input that there is not is left out."""
        affixes = len(self.prefixes) + len(self.suffixes) if self.affix_buckets else 0
        columns = {SHAPES: int(self.shape_buckets > 0), AFFIXES: affixes}
        return {name: count for name, count in columns.items() if count}

    def rows(self, name: str) -> int:
        """How many ids an input's columns have together: 0 for none, then one column's buckets after another's."""
        return 1 + self.columns[name] * {SHAPES: self.shape_buckets, AFFIXES: self.affix_buckets}[name]


def forms_of(settings: Mapping[str, Any]) -> Forms:
    """The features that a configuration, as plain values, asks for; one from before there were any asks for none."""
    shape, affixes = settings.get("shape", {}), settings.get("affixes", {})
    forms = Forms()
    if shape.get("dimension"):
        forms = Forms(shape["buckets"], shape["longest_run"])
    if affixes.get("dimension"):
        lengths = (tuple(affixes[side]) for side in ("prefixes", "suffixes"))
        forms = Forms(forms.shape_buckets, forms.longest_run, *lengths, affixes["buckets"])
    return forms


def shape_code(code: int) -> int:
    """The code of what a character is in a shape."""
    category = unicodedata.category(chr(code))
    kind = KINDS.get(category) or KINDS.get(category[0])
    return ord(kind) if kind else code


@cache
def shape_ranges() -> tuple[Sequence[int], Sequence[int]]:
    """Where ranges of characters that shapes have one code for begin, rising, and the code; -1 for themselves."""
    starts, codes = [], []
    for code in range(maxunicode + 1):
        shaped = shape_code(code)
        kind = -1 if shaped == code else shaped
        if not codes or codes[-1] != kind:
            starts.append(code)
            codes.append(kind)
    return starts, codes

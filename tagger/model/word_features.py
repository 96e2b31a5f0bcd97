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

import numpy as np

from tagger.text.casing import lower_case

HASH_PRIME = 2**31 - 1
MAX_HASHED = 20
"""Characters that are hashed at most; of a shape, the first."""
HASH_FACTORS = tuple(accumulate(repeat(742938285, MAX_HASHED), lambda power, base: power * base % HASH_PRIME))
"""Powers of a primitive root that spreads well (Fishman & Moore 1986)."""

SHAPES = "shapes"
AFFIXES = "affixes"
"""As the network calls these inputs."""

KINDS: Mapping[str, str] = {"Lu": "X", "Lt": "X", "Ll": "x", "L": "c", "M": "c", "N": "d"}
"""What a shape has for a character, by its Unicode category or the first letter of that: letters by case, or of none,
with the marks on them, and digits; any other stands for itself."""


@dataclass(frozen=True)
class WordFeatures:
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

    def vector_count(self, name: str) -> int:
        """How many ids an input's columns have together: 0 for none, then one column's buckets after another's."""
        return 1 + self.columns[name] * {SHAPES: self.shape_buckets, AFFIXES: self.affix_buckets}[name]


def word_features_of(settings: Mapping[str, Any]) -> WordFeatures:
    """The features that a configuration, as plain values, asks for; one from before there were any asks for none."""
    shape, affixes = settings.get("shape", {}), settings.get("affixes", {})
    forms = WordFeatures()
    if shape.get("dimension"):
        forms = WordFeatures(shape["buckets"], shape["longest_run"])
    if affixes.get("dimension"):
        lengths = (tuple(affixes[side]) for side in ("prefixes", "suffixes"))
        forms = WordFeatures(forms.shape_buckets, forms.longest_run, *lengths, affixes["buckets"])
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


def word_feature_ids(words: Sequence[str], forms: WordFeatures) -> dict[str, np.ndarray]:
    """The ids `[W, columns]`, int32, of words, by the names of the network's inputs."""
    splits = np.cumsum([0, *map(len, words)])
    ids = {}
    if SHAPES in forms.columns:
        ids[SHAPES] = _shape_ids(_codes(words), splits, forms)
    if AFFIXES in forms.columns:
        ids[AFFIXES] = _affix_ids(_codes(map(lower_case, words)), splits, forms)
    return ids


def _shape_ids(codes: np.ndarray, splits: np.ndarray, forms: WordFeatures) -> np.ndarray:
    """Ids `[W, 1]` of words whose codes lie one after the other."""
    distinct, index = np.unique(codes, return_inverse=True)
    kinds = np.array([_KINDS[code] for code in distinct.tolist()], np.int64)[index]
    begins = np.zeros(len(kinds) + 1, bool)
    begins[splits] = True
    same = (kinds == np.roll(kinds, 1)) & ~begins[:-1]  # as the character before
    cut = same.copy()
    for distance in range(1, forms.longest_run):
        cut &= np.roll(same, distance)
    splits = np.append(0, np.cumsum(~cut))[splits]
    first = _ends(kinds[~cut], splits, MAX_HASHED, from_end=False)
    hashes = (first * HASH_FACTORS).sum(axis=1, keepdims=True)
    return (1 + hashes % HASH_PRIME % forms.shape_buckets).astype(np.int32)


def _affix_ids(lowered: np.ndarray, splits: np.ndarray, forms: WordFeatures) -> np.ndarray:
    """Ids `[W, A]` of the prefixes and then the suffixes; 0 for one that is longer than the word."""
    columns = []
    for lengths, from_end in ((forms.prefixes, False), (forms.suffixes, True)):
        if lengths:
            size = max(lengths)
            characters = _ends(lowered, splits, size, from_end=from_end)
            hashes = np.cumsum(characters * HASH_FACTORS[:size], axis=1) % HASH_PRIME % forms.affix_buckets
            columns.append(hashes[:, np.array(lengths) - 1])
    hashes = np.concatenate(columns, axis=1)
    offsets = 1 + forms.affix_buckets * np.arange(hashes.shape[1])
    has = np.diff(splits)[:, None] >= [*forms.prefixes, *forms.suffixes]
    return np.where(has, hashes + offsets, 0).astype(np.int32)


def _ends(codes: np.ndarray, splits: np.ndarray, size: int, *, from_end: bool) -> np.ndarray:
    """The first codes `[W, size]` of each word, or the last from the end on; 0 where there are no more."""
    place = np.arange(size)
    begin, end = splits[:-1, None], splits[1:, None]
    index = end - 1 - place if from_end else begin + place
    index = np.where(place < end - begin, index, splits[-1])
    return np.append(codes, 0)[index]


def _codes(words: Sequence[str]) -> np.ndarray:
    return np.frombuffer("".join(words).encode("utf-32-le"), np.uint32).astype(np.int64)


class _Kinds(dict):
    """`shape_code` of any character, found out when it is asked for: all of them take a moment."""

    def __missing__(self, code: int) -> int:
        kind = self[code] = shape_code(code)
        return kind


_KINDS = _Kinds()

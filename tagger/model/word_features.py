"""Hashed features of a word's form: its shape, and its prefixes and suffixes.

The network reads ids, which are computed here in NumPy and, for training, in `corpus.feature_ids` inside the TensorFlow
graph; both give the same ids. A hash is the sum over characters of code times a factor for the place, modulo a prime.
It needs no vocabulary, and fits into 64 bits for up to `MAX_HASHED` characters.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate, repeat
from sys import maxunicode
from typing import Any

import numpy as np

from tagger.text.casing import lower_case

HASH_PRIME = 2**31 - 1
MAX_HASHED = 20
"""Largest number of characters that are hashed; of a longer shape, the first."""
HASH_FACTORS = tuple(accumulate(repeat(742938285, MAX_HASHED), lambda power, base: power * base % HASH_PRIME))
"""Factors for each place: powers of a primitive root that spreads well (Fishman & Moore 1986)."""

SHAPES = "shapes"
"""Name of the network's input with ids of shapes."""
AFFIXES = "affixes"
"""Name of the network's input with ids of prefixes and suffixes."""

_SHAPE_SYMBOLS: Mapping[str, str] = {"Lu": "X", "Lt": "X", "Ll": "x", "L": "c", "M": "c", "N": "d"}
"""Symbols of shapes by Unicode category, or by its first letter: upper-case and lower-case letters, letters without
case and combining marks, digits. Any other character stands for itself."""


@dataclass(frozen=True)
class WordFeatures:
    """The features that a model reads; with 0 buckets it does not read shapes, or affixes."""

    shape_buckets: int = 0
    """Number of vectors of shapes."""
    longest_run: int = 2
    """Longer runs of equal symbols in a shape are cut to this: 2 gives `Xxx` for `Ada` and for `Lovelace`."""
    prefixes: tuple[int, ...] = ()
    """Lengths of the prefixes, in characters of the lower-cased word."""
    suffixes: tuple[int, ...] = ()
    """Lengths of the suffixes, in characters of the lower-cased word."""
    affix_buckets: int = 0
    """Number of vectors for each length of prefix and suffix."""

    @property
    def columns(self) -> dict[str, int]:
        """Number of ids that a word has in each input.

        Inputs that the model does not read are missing.
        """
        affixes = len(self.prefixes) + len(self.suffixes) if self.affix_buckets else 0
        columns = {SHAPES: int(self.shape_buckets > 0), AFFIXES: affixes}
        return {name: count for name, count in columns.items() if count}

    def vector_count(self, name: str) -> int:
        """Return the number of ids of an input: 0, then the buckets of one column after another."""
        return 1 + self.columns[name] * {SHAPES: self.shape_buckets, AFFIXES: self.affix_buckets}[name]


def word_features_of(settings: Mapping[str, Any]) -> WordFeatures:
    """Return the features of a configuration as plain values.

    A configuration of an older version may have none of them.
    """
    shape, affixes = settings.get("shape", {}), settings.get("affixes", {})
    features = WordFeatures()
    if shape.get("dimension"):
        features = replace(features, shape_buckets=shape["buckets"], longest_run=shape["longest_run"])
    if affixes.get("dimension"):
        features = replace(
            features,
            prefixes=tuple(affixes["prefixes"]),
            suffixes=tuple(affixes["suffixes"]),
            affix_buckets=affixes["buckets"],
        )
    return features


@cache
def shape_ranges() -> tuple[Sequence[int], Sequence[int]]:
    """Return ranges of characters with the same symbol in shapes.

    The first list has the first code of each range, rising, and the second its symbol's code. The symbol is -1 where
    characters stand for themselves.
    """
    starts: list[int] = []
    symbols: list[int] = []
    for code in range(maxunicode + 1):
        shaped = _shape_code(code)
        symbol = -1 if shaped == code else shaped
        if not symbols or symbols[-1] != symbol:
            starts.append(code)
            symbols.append(symbol)
    return starts, symbols


def word_feature_ids(words: Sequence[str], features: WordFeatures) -> dict[str, np.ndarray]:
    """Return the ids `[W, columns]`, int32, of words, by the names of the network's inputs."""
    splits = np.cumsum([0, *map(len, words)])
    ids = {}
    if SHAPES in features.columns:
        ids[SHAPES] = _shape_ids(_codes(words), splits, features)
    if AFFIXES in features.columns:
        ids[AFFIXES] = _affix_ids(_codes(map(lower_case, words)), splits, features)
    return ids


def _shape_ids(codes: np.ndarray, splits: np.ndarray, features: WordFeatures) -> np.ndarray:
    """Return the ids `[W, 1]` of shapes.

    Word `w` has the characters `codes[splits[w]:splits[w + 1]]`.
    """
    distinct, index = np.unique(codes, return_inverse=True)
    symbols = np.array([_SHAPE_CODES[code] for code in distinct.tolist()], np.int64)[index]
    begins = np.zeros(len(symbols) + 1, bool)
    begins[splits] = True
    same = (symbols == np.roll(symbols, 1)) & ~begins[:-1]  # equal to the character before
    cut = same.copy()
    for distance in range(1, features.longest_run):
        cut &= np.roll(same, distance)
    splits = np.append(0, np.cumsum(~cut))[splits]
    first = _ends(symbols[~cut], splits, MAX_HASHED, from_end=False)
    hashes = (first * HASH_FACTORS).sum(axis=1, keepdims=True)
    ids: np.ndarray = 1 + hashes % HASH_PRIME % features.shape_buckets
    return ids.astype(np.int32)


def _affix_ids(lowered: np.ndarray, splits: np.ndarray, features: WordFeatures) -> np.ndarray:
    """Return the ids `[W, A]` of prefixes and then suffixes.

    An affix that is longer than the word has id 0.
    """
    columns = []
    for lengths, from_end in ((features.prefixes, False), (features.suffixes, True)):
        if lengths:
            size = max(lengths)
            characters = _ends(lowered, splits, size, from_end=from_end)
            hashes = np.cumsum(characters * HASH_FACTORS[:size], axis=1) % HASH_PRIME % features.affix_buckets
            columns.append(hashes[:, np.array(lengths) - 1])
    hashes = np.concatenate(columns, axis=1)
    offsets = 1 + features.affix_buckets * np.arange(hashes.shape[1])
    has = np.diff(splits)[:, None] >= [*features.prefixes, *features.suffixes]
    return np.where(has, hashes + offsets, 0).astype(np.int32)


def _ends(codes: np.ndarray, splits: np.ndarray, size: int, *, from_end: bool) -> np.ndarray:
    """Return the first codes `[W, size]` of each word, or the last ones backwards.

    Codes of a word with fewer characters are followed by 0.
    """
    place = np.arange(size)
    begin, end = splits[:-1, None], splits[1:, None]
    index = end - 1 - place if from_end else begin + place
    index = np.where(place < end - begin, index, splits[-1])
    ends: np.ndarray = np.append(codes, 0)[index]
    return ends


def _codes(words: Iterable[str]) -> np.ndarray:
    return np.frombuffer("".join(words).encode("utf-32-le"), np.uint32).astype(np.int64)


def _shape_code(code: int) -> int:
    """Return the code of the symbol that stands for a character in a shape."""
    category = unicodedata.category(chr(code))
    symbol = _SHAPE_SYMBOLS.get(category) or _SHAPE_SYMBOLS.get(category[0])
    return ord(symbol) if symbol else code


class _ShapeCodes(dict[int, int]):
    """`_shape_code` of each character, computed at first use, because all take a moment."""

    def __missing__(self, code: int) -> int:
        symbol = self[code] = _shape_code(code)
        return symbol


_SHAPE_CODES = _ShapeCodes()

"""The ids of words' shapes and affixes in arrays; `corpus.forms` does the same inside of a graph, line by line."""

from collections.abc import Sequence

import numpy as np

from tagger.model.word_features import AFFIXES, FACTORS, LONGEST, PRIME, SHAPES, Forms, shape_code
from tagger.text.casing import lower_case


def form_ids(words: Sequence[str], forms: Forms) -> dict[str, np.ndarray]:
    """The ids `[W, columns]`, int32, of words, by the names of the network's inputs."""
    splits = np.cumsum([0, *map(len, words)])
    ids = {}
    if SHAPES in forms.columns:
        ids[SHAPES] = _shape_ids(_codes(words), splits, forms)
    if AFFIXES in forms.columns:
        ids[AFFIXES] = _affix_ids(_codes(map(lower_case, words)), splits, forms)
    return ids


def _shape_ids(codes: np.ndarray, splits: np.ndarray, forms: Forms) -> np.ndarray:
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
    first = _ends(kinds[~cut], splits, LONGEST, from_end=False)
    hashes = (first * FACTORS).sum(axis=1, keepdims=True)
    return (1 + hashes % PRIME % forms.shape_buckets).astype(np.int32)


def _affix_ids(lowered: np.ndarray, splits: np.ndarray, forms: Forms) -> np.ndarray:
    """Ids `[W, A]` of the prefixes and then the suffixes; 0 for one that is longer than the word."""
    columns = []
    for lengths, from_end in ((forms.prefixes, False), (forms.suffixes, True)):
        if lengths:
            size = max(lengths)
            characters = _ends(lowered, splits, size, from_end=from_end)
            hashes = np.cumsum(characters * FACTORS[:size], axis=1) % PRIME % forms.affix_buckets
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

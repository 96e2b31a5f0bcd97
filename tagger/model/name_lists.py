"""Lists of names in a model folder: which words of a sentence are in a phrase of a list.

A list is kept without its spelling: a sorted array of 64-bit hashes, one for each phrase and one for each beginning of
a longer phrase. The upper bits are the hash of the words, the lowest three say what it is. Two different phrases share
a hash with a probability of one in 2^61. 200,000 names of two words take about 3 MB.

In a sentence, the leftmost match is taken first, and of those that begin with one word the longest; matches of one list
do not overlap. Lists are matched independently, so that a word may be in a name of a city and in one of a person.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np

from tagger.errors import ModelError
from tagger.files import new_file
from tagger.model.mapped_array import open_array
from tagger.text.casing import lower_case
from tagger.text.composing import composed
from tagger.text.equivalents import with_plain_apostrophes

NO_MATCH, BEGIN, INSIDE, END, SINGLE = range(1, 6)
"""Marks of a word in a sentence: in no match, the first, an inner, the last or the only word of one. 0 is padding."""
MARKS = 6
"""Number of marks, padding included."""
MOST_WORDS = 32
"""Words of the longest phrase."""
KEPT_WORDS = 2**16
"""Most words whose hashes are kept between calls."""

_PHRASE, _GOES_ON, _AS_WRITTEN = 1, 2, 4
"""Flags of a hash: it is that of a phrase; of the beginning of a longer one; of a phrase split at white space alone."""
_FLAGS = 7
_SEVEN, _SHIFT = np.uint64(_FLAGS), np.uint64(32)
_FILTER_BITS = 20
"""Upper bits of a hash by which most words that are in no name are told at once: half the time of a search."""
_FACTOR = 0x9E3779B97F4A7C15  # odd, from the golden ratio, as in Fibonacci hashing (Knuth, TAOCP 3, 6.4)
_ALL_BITS = (1 << 64) - 1


class NameList:
    """One list, as its array of hashes."""

    def __init__(self, hashes: np.ndarray) -> None:
        """`hashes` are sorted, `[N]`, uint64."""
        self.hashes = hashes
        self._is_taken = np.zeros(1 << _FILTER_BITS, np.bool_)
        self._is_taken[_filter_places(hashes)] = True

    @property
    def phrases(self) -> int:
        """Number of different phrases, in lower case; those that were added in another tokenization do not count."""
        return int(np.count_nonzero(self.hashes & np.uint64(_AS_WRITTEN)))

    def marks(self, codes: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Return the mark of each word `[N]`, int32.

        `codes` `[N]` are hashes of words, and `ends` `[N]` the place after the sentence of each.
        """
        longest = self._longest(codes, ends)
        marks = np.full(len(codes), NO_MATCH, np.int32)
        after = 0  # the place after the last match
        for first in np.flatnonzero(longest).tolist():
            if first < after:
                continue
            after = first + int(longest[first])
            if after == first + 1:
                marks[first] = SINGLE
            else:
                marks[first:after] = INSIDE
                marks[first], marks[after - 1] = BEGIN, END
        return marks

    def _longest(self, codes: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Return the length of the longest phrase that begins with each word, 0 where none does."""
        longest = np.zeros(len(codes), np.int64)
        first, hashes = np.arange(len(codes)), codes
        for length in range(1, MOST_WORDS + 1):
            flags = self._flags(hashes)
            longest[first[flags & _PHRASE > 0]] = length
            goes_on = (flags & _GOES_ON > 0) & (first + length < ends[first])
            first, hashes = first[goes_on], hashes[goes_on]
            if not len(first):
                break
            hashes = _with_word(hashes, codes[first + length])
        return longest

    def _flags(self, hashes: np.ndarray) -> np.ndarray:
        """Return the flags of hashes `[N]`, 0 for those that are not in the list."""
        flags = np.zeros(len(hashes), np.int64)
        maybe = np.flatnonzero(self._is_taken[_filter_places(hashes)])
        wanted = hashes[maybe] & ~_SEVEN
        places = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
        found = self.hashes[places]
        flags[maybe] = np.where(found & ~_SEVEN == wanted, found & _SEVEN, 0)
        return flags

    def save(self, path: Path) -> None:
        """Write the list into a model folder. Raises OSError."""
        with new_file(path) as file:
            np.save(file, self.hashes.astype("<u8"), allow_pickle=False)


class NameLists:
    """All lists that a model reads, by the names of their layers. Any number of threads may use them."""

    def __init__(self, lists: Mapping[str, NameList]) -> None:
        self.by_type = dict(lists)
        self._codes = _WordCodes()

    def marks(self, words: Iterable[str], lengths: Sequence[int] | np.ndarray) -> dict[str, np.ndarray]:
        """Return the marks `[N]`, int32, of all words of some sentences, by type of list.

        `lengths` are the numbers of words of the sentences, N together.
        """
        sizes = np.asarray(lengths, np.int64)
        codes = np.fromiter(map(self._codes.__getitem__, words), np.uint64, int(sizes.sum()))
        ends = np.repeat(np.cumsum(sizes), sizes)
        return {name: each.marks(codes, ends) for name, each in self.by_type.items()}


class _WordCodes(dict[str, int]):
    """The hashes of words, computed at first use."""

    def __missing__(self, word: str) -> int:
        if len(self) >= KEPT_WORDS:
            self.clear()
        code = self[word] = _word_code(word)
        return code


def make_name_list(phrases: Iterable[Sequence[Sequence[str]]]) -> NameList:
    """Make a list of phrases, each as the words of one or several tokenizations, the first of which counts."""
    flags: dict[int, int] = {}
    codes = _WordCodes()
    for tokenizations in phrases:
        for number, words in enumerate(tokenizations):
            code = codes[words[0]]
            for word in words[1:]:
                flags[code & ~_FLAGS] = flags.get(code & ~_FLAGS, 0) | _GOES_ON
                code = _mixed(code) + codes[word] & _ALL_BITS
            flags[code & ~_FLAGS] = flags.get(code & ~_FLAGS, 0) | _PHRASE | (0 if number else _AS_WRITTEN)
    return NameList(np.sort(np.fromiter((code | flag for code, flag in flags.items()), np.uint64, len(flags))))


def open_name_list(path: Path) -> NameList:
    """Read a list that `NameList.save` wrote. Raises ModelError where it is missing or damaged."""
    hashes = open_array(path)
    is_array = isinstance(hashes, np.ndarray) and hashes.ndim == 1 and hashes.dtype == np.uint64 and len(hashes)
    if not is_array or not (hashes[1:] > hashes[:-1]).all():
        raise ModelError(f"{path}: not a list of names as training writes it: train the model again")
    return NameList(hashes)


def _word_code(word: str) -> int:
    """Return the hash of a word: in lower case, in NFC, with plain apostrophes."""
    form = lower_case(with_plain_apostrophes(composed(word)))
    return int.from_bytes(blake2b(form.encode("utf-8", "replace"), digest_size=8).digest(), "little")


def _filter_places(hashes: np.ndarray) -> np.ndarray:
    """Return the upper bits of hashes."""
    return hashes >> np.uint64(64 - _FILTER_BITS)


def _with_word(hashes: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return the hashes `[N]` of phrases that go on with one more word, as `_mixed(hash) + code` gives each."""
    mixed = hashes * np.uint64(_FACTOR)
    following: np.ndarray = (mixed ^ mixed >> _SHIFT) + codes
    return following


def _mixed(code: int) -> int:
    """Return a hash whose bits depend on all bits of another, so that the order of words matters."""
    product = code * _FACTOR & _ALL_BITS
    return product ^ product >> 32

"""Words by the hashes of their spelling, so that a model folder need not hold the words themselves.

The key of a word is the low 40 bits of SipHash-2-4 (Aumasson & Bernstein 2012) of its UTF-8 bytes, with the key bytes
0 to 15 of the reference implementation's own tests. TensorFlow has the same function as
`tf.strings.to_hash_bucket_strong`, so that the graph and NumPy give a word the same key.

A word outside a list of N words has the key of one of them with probability N / 2**40: 1.8e-7 for 200,000 words, and
below 1e-5 up to 10 million. Of two words of the list with one key, the first one keeps it; among 200,000 words there is
such a pair in one list of fifty (N**2 / 2**41), among 2 million there are about two. Of words that are longer than 128
bytes, the first 128 are hashed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tagger.errors import ModelError
from tagger.files import new_file
from tagger.model.mapped_array import mapped_array

KEY_BITS = 40
"""Bits of a word's key."""
HASHED_BYTES = 128
"""Bytes of a word that are hashed."""
SIPHASH_KEY = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
"""The two halves of SipHash's own key, little-endian."""

_STORED_BITS = 32
"""Bits of a key that the file has. The others are the same for a whole range of the sorted keys."""
_RANGES = 1 << (KEY_BITS - _STORED_BITS)
_WORDS_AT_ONCE = 1 << 16
"""Words that are hashed together, which bounds memory."""


def word_keys(words: Sequence[str]) -> np.ndarray:
    """Return the keys `[W]` of words, int64."""
    parts = [_keys(words[first : first + _WORDS_AT_ONCE]) for first in range(0, len(words), _WORDS_AT_ONCE)]
    return np.concatenate([np.zeros(0, np.int64), *parts])


@dataclass(frozen=True)
class HashedWords:
    """The ids of words by their keys."""

    keys: np.ndarray
    """`[N]`, int64, rising."""
    ids: np.ndarray
    """`[N]`, int32: the id of the word that has each key."""

    def find(self, words: Sequence[str]) -> np.ndarray:
        """Return the ids `[W]` of words; 0 for those that are not in the list."""
        if not len(self.keys):
            return np.zeros(len(words), np.intp)
        keys = word_keys(words)
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[places] == keys, self.ids[places], 0).astype(np.intp)


def hashed_words(keys: np.ndarray, first: int) -> HashedWords:
    """Return words with the keys `[N]` and with ids in the same order, from `first` on."""
    distinct, places = np.unique(keys, return_index=True)
    return HashedWords(distinct, (places + first).astype(np.int32))


def save_keys(path: Path, keys: np.ndarray) -> None:
    """Write rising keys `[N]` with four bytes for each.

    The file is an array of `256 + N` numbers of 32 bits: how many keys begin with each byte, and then the other four
    bytes of each key.
    """
    counts = np.bincount(keys >> _STORED_BITS, minlength=_RANGES)
    with new_file(path) as file:
        np.save(file, np.concatenate([counts, keys & (2**_STORED_BITS - 1)]).astype("<u4"), allow_pickle=False)


def load_keys(path: Path) -> np.ndarray:
    """Read keys `[N]`, int64, that `save_keys` wrote. Raises ModelError where they are missing or damaged."""
    stored = mapped_array(path)
    if stored.ndim == 1 and stored.dtype == np.uint32 and len(stored) >= _RANGES:
        counts, low = stored[:_RANGES].astype(np.int64), stored[_RANGES:].astype(np.int64)
        if counts.sum() == len(low):
            keys: np.ndarray = np.repeat(np.arange(_RANGES) << _STORED_BITS, counts) | low
            if (np.diff(keys) > 0).all():
                return keys
    raise ModelError(f"{path}: damaged (not the keys of words): train the model again")


def _keys(words: Sequence[str]) -> np.ndarray:
    """Return the keys of not too many words."""
    encoded = [word.encode("utf-8", "replace")[:HASHED_BYTES] for word in words]
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    counts = lengths // 8 + 1  # blocks of 8 bytes, the last of which ends in the length
    order = np.argsort(-counts, kind="stable")  # the words that have an n-th block stand first, for every n
    most = int(counts.max(initial=1))
    blocks = np.array(encoded, f"S{8 * most}").view("<u8").reshape(len(encoded), most).astype(np.uint64)
    blocks[np.arange(len(encoded)), counts - 1] |= lengths.astype(np.uint64) << np.uint64(56)
    blocks, counts = blocks[order], counts[order]
    hashes = np.empty(len(encoded), np.uint64)
    hashes[order] = _siphash(blocks, counts)
    return (hashes & np.uint64(2**KEY_BITS - 1)).astype(np.int64)


def _siphash(blocks: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return SipHash-2-4 `[W]`, uint64, of words in blocks `[W, most]`.

    A word has the first of `counts` `[W]` blocks; the counts must not rise.
    """
    first, second = SIPHASH_KEY
    start = [first ^ 0x736F6D6570736575, second ^ 0x646F72616E646F6D]
    start += [first ^ 0x6C7967656E657261, second ^ 0x7465646279746573]
    state = np.repeat(np.array(start, np.uint64)[:, np.newaxis], len(blocks), axis=1)  # [4, W]
    for number in range(blocks.shape[1]):
        active = np.count_nonzero(counts > number)
        some, block = state[:, :active], blocks[:active, number]
        some[3] ^= block
        _mix(some, 2)
        some[0] ^= block
    state[2] ^= np.uint64(0xFF)
    _mix(state, 4)
    hashes: np.ndarray = np.bitwise_xor.reduce(state)
    return hashes


def _mix(state: np.ndarray, rounds: int) -> None:
    """Change a state `[4, W]` by rounds of SipHash."""
    a, b, c, d = state
    for _ in range(rounds):
        a += b
        c += d
        b[:] = _rotated(b, 13) ^ a
        d[:] = _rotated(d, 16) ^ c
        a[:] = _rotated(a, 32)
        c += b
        a += d
        b[:] = _rotated(b, 17) ^ c
        d[:] = _rotated(d, 21) ^ a
        c[:] = _rotated(c, 32)


def _rotated(values: np.ndarray, bits: int) -> np.ndarray:
    rotated: np.ndarray = (values << np.uint64(bits)) | (values >> np.uint64(64 - bits))
    return rotated

"""Words to rows of what is known of them: each distinct word is looked up and spelled once, and kept for later."""

from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import NamedTuple

import numpy as np

from tagger.model.vector_table import VectorTable
from tagger.model.vocabulary import PADDING, UNKNOWN, Vocabulary, character_window
from tagger.model.word_features import WordFeatures, word_feature_ids
from tagger.text.casing import lower_case

KEPT_BYTES = 32 * 2**20
"""Of ids and spellings that are kept for later, at most, unless one call needs more."""
KEPT_WORDS = 2**16
"""The same in words."""
FIRST_ROWS = 1024
SPELLED_AT_ONCE = 2048
"""Padded characters that are spelled at once, at most; measured: what is made of more leaves the cache."""

Spell = Callable[[dict[str, np.ndarray]], np.ndarray]
"""What is read of words' forms, by name: `characters` `[W, C]` and what `model.word_features` finds, int32; to vectors
`[W, D]`."""


class Table(NamedTuple):
    """What is known of each row; row 0 is padding. More rows may be filled than those that were asked for."""

    ids: np.ndarray
    """`[R]`, int32: the ids of words."""
    spellings: np.ndarray | None
    """`[R, D]`: the vectors that are made of their forms, pretrained ones last; None in a model that reads none."""


class Words:
    """The vocabularies, and a bounded table of the words that came by. Any number of threads may use it."""

    def __init__(
        self,
        words: Vocabulary,
        characters: Vocabulary,
        *,
        lowercase: bool,
        max_length: int,
        forms: WordFeatures,
        spell: Spell | None,
        vectors: VectorTable | None,
        width: int,
    ) -> None:
        self._ids, self._lowercase, self._max_length = words.ids, lowercase, max_length
        self._forms, self._spell, self._vectors, self._width = forms, spell, vectors, width
        codes = np.array([ord(character) for character in characters.entries], np.uint32)
        order = np.argsort(codes)
        self._codes = np.append(codes[order], np.uint32(0xFFFFFFFF))  # which is no character's
        self._character_ids = np.append((order + characters.first).astype(np.int32), np.int32(UNKNOWN))
        self._most = min(KEPT_WORDS, KEPT_BYTES // (4 + 4 * width))
        self._lock = Lock()
        self._begin(FIRST_ROWS)

    def rows(self, words: Iterable[str], count: int) -> tuple[np.ndarray, Table]:
        """The row of each of `count` words, `[count]`, int32, and the table that has them."""
        with self._lock:
            try:
                rows, table = self._find(words, count)
                if len(self._rows) < self._most:
                    return rows, table
                self._begin(FIRST_ROWS)  # whoever reads the old table keeps it as long as that takes
            except BaseException:
                self._begin(FIRST_ROWS)  # a word must not have a row that was never filled
                raise
        return rows, table

    def _begin(self, size: int) -> None:
        """An empty table, but for the row of padding."""
        self._rows = _Rows()
        spellings = np.zeros((size, self._width), np.float32) if self._width else None
        self._table = Table(np.full(size, PADDING, np.int32), spellings)

    def _find(self, words: Iterable[str], count: int) -> tuple[np.ndarray, Table]:
        rows = np.fromiter(map(self._rows.__getitem__, words), np.int32, count)
        new = self._rows.new
        if new:
            self._rows.new = []
            self._fill([_valid(word) for word in new])
        return rows, self._table

    def _fill(self, new: Sequence[str]) -> None:
        """Look up and spell the words of the last rows."""
        end = len(self._rows) + 1
        self._make_room(end)
        keys = map(lower_case, new) if self._lowercase else new
        known = self._ids.get
        self._table.ids[end - len(new) : end] = [known(key, UNKNOWN) for key in keys]
        if self._width:
            spellings = self._table.spellings[end - len(new) : end]
            computed = self._width - (self._vectors.dimension if self._vectors else 0)
            if self._spell:
                spellings[:, :computed] = self._spelled(new, computed)
            if self._vectors:
                spellings[:, computed:] = self._vectors.lookup(new)

    def _make_room(self, size: int) -> None:
        """Let the table have so many rows at least. Its arrays are replaced, never changed where they are in use."""
        old = self._table
        if size <= len(old.ids):
            return
        room = max(size, 2 * len(old.ids))
        ids = np.full(room, PADDING, np.int32)
        ids[: len(old.ids)] = old.ids
        spellings = old.spellings
        if spellings is not None:
            spellings = np.zeros((room, self._width), np.float32)
            spellings[: len(old.ids)] = old.spellings
        self._table = Table(ids, spellings)

    def _spelled(self, words: Sequence[str], width: int) -> np.ndarray:
        """Vectors `[W, D]` of words, those of similar length spelled together."""
        read = [character_window(word, self._max_length) for word in words]
        lengths = np.fromiter(map(len, read), np.int64, len(read))
        order = np.argsort(lengths, kind="stable")
        spelled = np.empty((len(read), width), np.float32)
        begin = 0
        while begin < len(order):
            # As many as fit, were they all as long as the longest of the next few; at least one.
            widest = np.maximum(lengths[order[begin : begin + SPELLED_AT_ONCE]], 1)
            fit = np.searchsorted(widest * np.arange(1, len(widest) + 1), SPELLED_AT_ONCE, side="right")
            chosen = order[begin : begin + max(int(fit), 1)]
            ids = {"characters": self.character_ids([read[index] for index in chosen], lengths[chosen])}
            if self._forms.columns:
                ids |= word_feature_ids([words[index] for index in chosen], self._forms)
            spelled[chosen] = self._spell(ids)
            begin += len(chosen)
        return spelled

    def character_ids(self, words: Sequence[str], lengths: np.ndarray) -> np.ndarray:
        """The ids `[W, C]`, int32, of the characters of words of these lengths, padded with 0; C is at least 1."""
        codes = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
        places = np.searchsorted(self._codes, codes)
        found = np.where(self._codes[places] == codes, self._character_ids[places], np.int32(UNKNOWN))
        ids = np.full((len(words), max(int(lengths.max(initial=0)), 1)), PADDING, np.int32)
        ids[np.arange(ids.shape[1]) < lengths[:, None]] = found
        return ids


class _Rows(dict):
    """The row of each word from 1 on; a word that is asked for the first time gets the next one."""

    def __init__(self) -> None:
        super().__init__()
        self.new: list[str] = []

    def __missing__(self, word: str) -> int:
        self.new.append(word)
        row = self[word] = len(self) + 1
        return row


def _valid(word: str) -> str:
    """The word without halves of surrogate pairs, which no vocabulary has, as TensorFlow is given it."""
    return word if word.isascii() else word.encode("utf-8", "replace").decode("utf-8")

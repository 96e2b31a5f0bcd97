"""A cache of word ids and spelling vectors: each distinct word is looked up once."""

from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import NamedTuple

import numpy as np

from tagger.model.vector_table import VectorTable
from tagger.model.vocabulary import PADDING, UNKNOWN, Vocabulary, character_window
from tagger.model.word_features import WordFeatures, word_feature_ids
from tagger.text.casing import lower_case
from tagger.text.composing import composed

KEPT_BYTES = 32 * 2**20
"""Most bytes of ids and spelling vectors kept between calls; one call may need more."""
KEPT_WORDS = 2**16
"""Most words kept between calls; one call may need more."""
FIRST_ROWS = 1024
"""Rows of an empty table."""
SPELLING_BATCH_CHARACTERS = 2048
"""Most padded characters spelled in one batch. Measured: larger batches leave the processor's cache."""

Spell = Callable[[dict[str, np.ndarray]], np.ndarray]
"""Makes spelling vectors `[W, D]` of words from their `characters` `[W, C]` and their word features, int32 ids by
input name."""


class WordTable(NamedTuple):
    """Ids and spelling vectors by row; row 0 is padding.

    The table may have more rows than a call asked for.
    """

    ids: np.ndarray
    """Word ids `[R]`, int32."""
    spellings: np.ndarray | None
    """Vectors `[R, D]` of the words' spellings, pretrained vectors in the last columns; None in a model without."""


class WordRows:
    """Finds the rows of words in a bounded table of recent words.

    Any number of threads may use it. `width` is the number D of columns of the spelling vectors, 0 for a model without.
    `spell` computes those columns that are not pretrained vectors.
    """

    def __init__(
        self,
        words: Vocabulary,
        characters: Vocabulary,
        *,
        lowercase: bool,
        max_length: int,
        features: WordFeatures,
        spell: Spell | None,
        vectors: VectorTable | None,
        width: int,
    ) -> None:
        self._ids, self._lowercase, self._max_length = words.ids, lowercase, max_length
        self._features, self._spell, self._vectors, self._width = features, spell, vectors, width
        codes = np.array([ord(character) for character in characters.entries], np.uint32)
        order = np.argsort(codes)
        self._codes = np.append(codes[order], np.uint32(0xFFFFFFFF))  # above the code of any character
        self._character_ids = np.append((order + characters.first).astype(np.int32), np.int32(UNKNOWN))
        self._most_words = min(KEPT_WORDS, KEPT_BYTES // (4 + 4 * width))
        self._lock = Lock()
        self._begin(FIRST_ROWS)

    def rows(self, words: Iterable[str], count: int) -> tuple[np.ndarray, WordTable]:
        """The rows `[count]`, int32, of `count` words, and the table that has these rows."""
        with self._lock:
            try:
                rows, table = self._find(words, count)
                if len(self._rows) < self._most_words:
                    return rows, table
                self._begin(FIRST_ROWS)  # callers keep the old table as long as they need it
            except BaseException:
                self._begin(FIRST_ROWS)  # no word may keep a row that was never filled
                raise
        return rows, table

    def _begin(self, size: int) -> None:
        """Start a table with the row of padding alone."""
        self._rows = _Rows()
        spellings = np.zeros((size, self._width), np.float32) if self._width else None
        self._table = WordTable(np.full(size, PADDING, np.int32), spellings)

    def _find(self, words: Iterable[str], count: int) -> tuple[np.ndarray, WordTable]:
        rows = np.fromiter(map(self._rows.__getitem__, words), np.int32, count)
        new = self._rows.new
        if new:
            self._rows.new = []
            self._fill([_valid(word) for word in new])
        return rows, self._table

    def _fill(self, new: Sequence[str]) -> None:
        """Fill the last rows with the ids and spelling vectors of new words."""
        end = len(self._rows) + 1
        self._make_room(end)
        keys = map(lower_case, new) if self._lowercase else new
        known = self._ids.get
        self._table.ids[end - len(new) : end] = [known(key, UNKNOWN) for key in keys]
        if self._table.spellings is not None:
            spellings = self._table.spellings[end - len(new) : end]
            computed = self._width - (self._vectors.dimension if self._vectors else 0)
            if self._spell:
                spellings[:, :computed] = self._spelled(new, computed, self._spell)
            if self._vectors:
                spellings[:, computed:] = self._vectors.lookup(new)

    def _make_room(self, size: int) -> None:
        """Grow the table to at least `size` rows.

        The arrays are new, because other threads may still read the old ones.
        """
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
        self._table = WordTable(ids, spellings)

    def _spelled(self, words: Sequence[str], width: int, spell: Spell) -> np.ndarray:
        """Spelling vectors `[W, D]` of words, computed in batches of words of similar length."""
        read = [character_window(word, self._max_length) for word in words]
        lengths = np.fromiter(map(len, read), np.int64, len(read))
        order = np.argsort(lengths, kind="stable")
        spelled = np.empty((len(read), width), np.float32)
        begin = 0
        while begin < len(order):
            # As many words as fit when padded to the longest of them; at least one.
            widest = np.maximum(lengths[order[begin : begin + SPELLING_BATCH_CHARACTERS]], 1)
            fit = np.searchsorted(widest * np.arange(1, len(widest) + 1), SPELLING_BATCH_CHARACTERS, side="right")
            chosen = order[begin : begin + max(int(fit), 1)]
            ids = {"characters": self.character_ids([read[index] for index in chosen], lengths[chosen])}
            if self._features.columns:
                ids |= word_feature_ids([words[index] for index in chosen], self._features)
            spelled[chosen] = spell(ids)
            begin += len(chosen)
        return spelled

    def character_ids(self, words: Sequence[str], lengths: np.ndarray) -> np.ndarray:
        """The character ids `[W, C]`, int32, of words, padded with 0; C is at least 1.

        `lengths` `[W]` are the words' lengths.
        """
        codes = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
        places = np.searchsorted(self._codes, codes)
        found = np.where(self._codes[places] == codes, self._character_ids[places], np.int32(UNKNOWN))
        ids = np.full((len(words), max(int(lengths.max(initial=0)), 1)), PADDING, np.int32)
        ids[np.arange(ids.shape[1]) < lengths[:, None]] = found
        return ids


class _Rows(dict[str, int]):
    """The row of each word, from 1 on; a word looked up for the first time gets the next row."""

    def __init__(self) -> None:
        super().__init__()
        self.new: list[str] = []

    def __missing__(self, word: str) -> int:
        self.new.append(word)
        row = self[word] = len(self) + 1
        return row


def _valid(word: str) -> str:
    """The word in NFC, as the vocabularies are, and with lone halves of surrogate pairs replaced.

    No vocabulary has any, and TensorFlow's predictor replaces them too.
    """
    return word if word.isascii() else composed(word).encode("utf-8", "replace").decode("utf-8")

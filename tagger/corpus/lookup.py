"""Words, characters and tags to ids, inside the graph: the same lookup for training batches and for tagging."""

from collections.abc import Mapping
from dataclasses import dataclass

from tagger.backend import tf
from tagger.vocabulary import PADDING, UNKNOWN, Vocabulary

Batch = dict[str, tf.Tensor]
"""Tensors by name; `Lookup.inputs` and `Lookup.tags` say which."""


@dataclass(frozen=True)
class Spelling:
    """How words are read: in lower case or as they stand, and by how many of their characters."""

    lowercase: bool
    max_length: int


class Lookup(tf.Module):
    """The vocabularies of a model as lookup tables."""

    def __init__(
        self, words: Vocabulary, characters: Vocabulary, tags: Mapping[str, Vocabulary], spelling: Spelling
    ) -> None:
        super().__init__(name="lookup")
        self.spelling = spelling
        self._words = _table(list(words.entries), words.first, tf.string, UNKNOWN)
        codes = [ord(character) for character in characters.entries]
        self._characters = _table(codes, characters.first, tf.int64, UNKNOWN)
        self._tags = {task: _table(list(names.entries), names.first, tf.string, PADDING) for task, names in tags.items()}

    def inputs(self, tokens: tf.RaggedTensor) -> Batch:
        """What the network reads of ragged `[B, (T)]` strings, each row padded with 0 to the longest:

        `words` `[B, T]` word ids, `characters` `[W + 1, C]` the character ids of each distinct word of the batch after
        a row of padding, `distinct` `[B, T]` which of those rows each token is, and `lengths` `[B]`; all int32.
        """
        distinct, index = tf.unique(tokens.flat_values)
        keys = tf.strings.lower(distinct, encoding="utf-8") if self.spelling.lowercase else distinct
        words = tf.cast(tf.gather(self._words.lookup(keys), index), tf.int32)
        return {
            "words": tokens.with_flat_values(words).to_tensor(PADDING),
            "distinct": tokens.with_flat_values(index + 1).to_tensor(PADDING),
            "characters": self._spell(distinct),
            "lengths": tf.cast(tokens.row_lengths(), tf.int32),
        }

    def tags(self, task: str, tags: tf.RaggedTensor, longest: tf.Tensor) -> tf.Tensor:
        """Tag ids `[B, T]`, int32, of ragged `[B, (T)]` strings; rows that are not annotated are all 0."""
        ids = tf.cast(self._tags[task].lookup(tags.flat_values), tf.int32)
        return tags.with_flat_values(ids).to_tensor(PADDING, shape=tf.stack([-1, longest]))

    def _spell(self, distinct: tf.Tensor) -> tf.Tensor:
        """Character ids `[W + 1, C]` of words `[W]`, after a first row of padding."""
        codes = tf.strings.unicode_decode(distinct, "UTF-8")
        lengths = codes.row_lengths()[:, tf.newaxis]
        position = tf.ragged.range(codes.row_lengths())
        head = self.spelling.max_length // 2
        tail = self.spelling.max_length - head
        is_read = (lengths <= self.spelling.max_length) | (position < head) | (position >= lengths - tail)
        codes = tf.ragged.boolean_mask(codes, is_read)
        ids = self._characters.lookup(tf.cast(codes.flat_values, tf.int64))
        # At least one column, for a batch whose words are all empty.
        longest = tf.maximum(tf.reduce_max(codes.row_lengths()), 1)
        spelled = codes.with_flat_values(tf.cast(ids, tf.int32)).to_tensor(PADDING, shape=tf.stack([-1, longest]))
        return tf.pad(spelled, [[1, 0], [0, 0]])


def _table(keys: list, first: int, dtype: tf.DType, default: int) -> tf.lookup.StaticHashTable:
    """A table from the n-th key to `first + n`, and from any other to `default`."""
    return tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(
            tf.constant(keys, dtype, shape=[len(keys)]), tf.range(first, first + len(keys), dtype=tf.int64)
        ),
        default_value=default,
    )

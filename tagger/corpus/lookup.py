"""Looks up the ids of words, characters and tags, inside the graph.

Training uses the lookup, and so does tagging with TensorFlow.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tagger.backend import tf
from tagger.corpus.feature_ids import affix_ids, shape_ids
from tagger.corpus.lower_case import LowerCase
from tagger.model.hashed_words import HASHED_BYTES, KEY_BITS, SIPHASH_KEY, HashedWords
from tagger.model.name_lists import NameLists
from tagger.model.tensor_names import LISTS
from tagger.model.vector_table import NO_VECTOR, VECTORS
from tagger.model.vocabulary import PADDING, UNKNOWN, Vocabulary
from tagger.model.word_features import AFFIXES, SHAPES, WordFeatures

Batch = dict[str, tf.Tensor]
"""Tensors by name, as `Lookup.inputs`, `Lookup.given` and `training_batches` describe them."""


@dataclass(frozen=True)
class Spelling:
    """How a model reads words."""

    lowercase: bool
    """Whether words are looked up in lower case; characters always keep their case."""
    max_length: int
    """Characters read of a word; of a longer one, the first and the last half of this number."""
    forms: WordFeatures = WordFeatures()  # noqa: RUF009 (frozen)


class Lookup(tf.Module):
    """A model's vocabularies as lookup tables."""

    def __init__(
        self,
        words: Vocabulary,
        characters: Vocabulary,
        tags: Mapping[str, Vocabulary],
        spelling: Spelling,
        *,
        given: Mapping[str, Vocabulary] | None = None,
        vectors: Vocabulary | HashedWords | None = None,
        lists: NameLists | None = None,
    ) -> None:
        super().__init__(name="lookup")
        self.lists = lists
        self.spelling = spelling
        self._vectors = _vector_ids(vectors) if vectors else None
        self._words = _table(words.entries, _ids(words), tf.string, UNKNOWN)
        codes = [ord(character) for character in characters.entries]
        self._characters = _table(codes, _ids(characters), tf.int32, UNKNOWN)
        self._tags = {task: _table(names.entries, _ids(names), tf.string, PADDING) for task, names in tags.items()}
        lowers = spelling.lowercase or AFFIXES in spelling.forms.columns or vectors
        self._lower_case: Callable[[tf.RaggedTensor], tf.RaggedTensor] = LowerCase() if lowers else _unchanged
        self._given = {
            layer: _table(names.entries, _ids(names), tf.string, UNKNOWN) for layer, names in (given or {}).items()
        }

    @property
    def form_inputs(self) -> tuple[str, ...]:
        """The names of the optional inputs `[W + 1, ...]` that this model reads."""
        return (*self.spelling.forms.columns, *([VECTORS] if self._vectors is not None else []))

    def inputs(self, tokens: tf.RaggedTensor) -> Batch:
        """The network's inputs for the words `[B, (T)]` of a batch, all int32 and padded with 0.

        `words` `[B, T]` are word ids and `lengths` `[B]` the tokens of each sentence. `characters` `[W + 1, C]` are the
        character ids of each distinct word of the batch, after a padding row; `distinct` `[B, T]` is the row of each
        token. Where the model reads them there are `shapes` `[W + 1, 1]`, `affixes` `[W + 1, A]` and `vectors`
        `[W + 1, 1]`.
        """
        distinct, index = tf.unique(tokens.flat_values)
        codes = tf.strings.unicode_decode(distinct, "UTF-8")
        keys = tf.strings.unicode_encode(self._lower_case(codes), "UTF-8") if self.spelling.lowercase else distinct
        words = tf.gather(self._words.lookup(keys), index)
        return {
            "words": tokens.with_flat_values(words).to_tensor(PADDING),
            "distinct": tokens.with_flat_values(index + 1).to_tensor(PADDING),
            "characters": self._spell(codes),
            "lengths": tf.cast(tokens.row_lengths(), tf.int32),
            **self._forms(distinct, codes),
        }

    def tags(self, task: str, tags: tf.RaggedTensor, longest: tf.Tensor) -> tf.Tensor:
        """Tag ids `[B, T]`, int32, of ragged tags `[B, (T)]`, padded to `longest`.

        Tokens without annotation have 0.
        """
        ids = self._tags[task].lookup(tags.flat_values)
        return tags.with_flat_values(ids).to_tensor(PADDING, shape=tf.stack([-1, longest]))

    @property
    def given_layers(self) -> list[str]:
        """The layers of tags that the network reads as input."""
        return list(self._given)

    @property
    def list_layers(self) -> list[str]:
        """The layers of marks of lists of names that the network reads as input."""
        return [LISTS + name for name in self.lists.by_type] if self.lists else []

    def given(self, tokens: tf.RaggedTensor, tags: Mapping[str, tf.RaggedTensor]) -> Batch:
        """The ids of the layers of tags that the network reads, as `given/LAYER` `[B, T]`.

        The ids are int32. A sentence that lacks a layer has an empty row of ragged tags; all of its tags get the id of
        an unknown tag.
        """
        lengths = tokens.row_lengths()
        longest = tf.maximum(tf.reduce_max(lengths), 0)  # the maximum over no sentences is far below 0
        batch = {}
        for layer, table in self._given.items():
            ids = tags[layer].with_flat_values(table.lookup(tags[layer].flat_values))
            ids = ids.to_tensor(UNKNOWN, shape=tf.stack([-1, longest]))
            batch[f"given/{layer}"] = tf.where(tf.sequence_mask(lengths, longest), ids, PADDING)
        return batch

    def _forms(self, words: tf.Tensor, codes: tf.RaggedTensor) -> Batch:
        """The optional inputs for words `[W]`, each after a padding row.

        The words' character codes are `[W, (C)]`.
        """
        forms, ids = self.spelling.forms, {}
        if SHAPES in forms.columns:
            ids[SHAPES] = shape_ids(codes, forms)
        if AFFIXES in forms.columns:
            ids[AFFIXES] = affix_ids(self._lower_case(codes), forms)
        if self._vectors is not None:
            lowered = tf.strings.unicode_encode(self._lower_case(codes), "UTF-8")
            found = self._vectors.lookup(words)
            ids[VECTORS] = tf.where(found == NO_VECTOR, self._vectors.lookup(lowered), found)[:, tf.newaxis]
        return {name: tf.pad(of, [[1, 0], [0, 0]]) for name, of in ids.items()}

    def _spell(self, codes: tf.RaggedTensor) -> tf.Tensor:
        """The character ids `[W + 1, C]` of words with codes `[W, (C)]`, after a padding row."""
        lengths = codes.row_lengths()
        position = tf.ragged.range(lengths).flat_values  # of each character in its word
        length = tf.repeat(lengths, lengths)
        head = self.spelling.max_length // 2
        tail = self.spelling.max_length - head
        is_read = (length <= self.spelling.max_length) | (position < head) | (position >= length - tail)
        codes = tf.ragged.boolean_mask(codes, codes.with_flat_values(is_read))
        ids = self._characters.lookup(codes.flat_values)
        # At least one column, in case all words of the batch are empty.
        longest = tf.maximum(tf.reduce_max(codes.row_lengths()), 1)
        spelled = codes.with_flat_values(ids).to_tensor(PADDING, shape=tf.stack([-1, longest]))
        return tf.pad(spelled, [[1, 0], [0, 0]])


class _HashedTable(tf.Module):
    """A table from words, by their keys, to the ids of their vectors, as `HashedWords` finds them."""

    def __init__(self, words: HashedWords) -> None:
        super().__init__(name="hashed_words")
        self._ids = _table(words.keys, words.ids, tf.int64, NO_VECTOR)

    def lookup(self, words: tf.Tensor) -> tf.Tensor:
        """The ids `[W]`, int32, of words `[W]`."""
        read = tf.strings.substr(words, 0, HASHED_BYTES)
        return self._ids.lookup(tf.strings.to_hash_bucket_strong(read, 2**KEY_BITS, list(SIPHASH_KEY)))


def _vector_ids(words: Vocabulary | HashedWords) -> "tf.lookup.StaticHashTable | _HashedTable":
    """A table from words to the ids of their vectors."""
    if isinstance(words, HashedWords):
        return _HashedTable(words)
    return _table(words.entries, _ids(words), tf.string, NO_VECTOR)


def _unchanged(codes: tf.RaggedTensor) -> tf.RaggedTensor:
    """The words as they are, for a model that lower-cases none."""
    return codes


def _ids(vocabulary: Vocabulary) -> range:
    """The ids of a vocabulary's entries, in order."""
    return range(vocabulary.first, len(vocabulary))


def _table(
    keys: Sequence | np.ndarray, values: Sequence[int] | np.ndarray, dtype: tf.DType, default: int
) -> tf.lookup.StaticHashTable:
    """A table that maps each key to the value at its place, int32.

    The table maps anything else to `default`.
    """
    if not len(keys):  # TensorFlow has no empty tables; one that maps its only key to the default does the same
        keys, values = ["" if dtype == tf.string else 0], [default]
    return tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(
            tf.constant(keys, dtype, shape=[len(keys)]), tf.constant(values, tf.int32, shape=[len(keys)])
        ),
        default_value=default,
    )

"""Words, characters and tags to ids, inside the graph: the same lookup for training batches and for tagging."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tagger.backend import tf
from tagger.corpus.feature_ids import affix_ids, shape_ids
from tagger.corpus.lower_case import LowerCase
from tagger.model.vector_table import NO_VECTOR, VECTORS
from tagger.model.vocabulary import PADDING, UNKNOWN, Vocabulary
from tagger.model.word_features import AFFIXES, SHAPES, WordFeatures

Batch = dict[str, tf.Tensor]
"""Tensors by name; `Lookup.inputs` and `Lookup.tags` say which."""


@dataclass(frozen=True)
class Spelling:
    """How words are read: in lower case or as they stand, by how many of their characters, and by what else of their
    form."""

    lowercase: bool
    max_length: int
    forms: WordFeatures = WordFeatures()  # noqa: RUF009 (frozen)


class Lookup(tf.Module):
    """The vocabularies of a model as lookup tables."""

    def __init__(
        self,
        words: Vocabulary,
        characters: Vocabulary,
        tags: Mapping[str, Vocabulary],
        spelling: Spelling,
        *,
        given: Mapping[str, Vocabulary] | None = None,
        vectors: Vocabulary | None = None,
    ) -> None:
        super().__init__(name="lookup")
        self.spelling = spelling
        self._vectors = _table(vectors.entries, _ids(vectors), tf.string, NO_VECTOR) if vectors else None
        self._words = _table(words.entries, _ids(words), tf.string, UNKNOWN)
        codes = [ord(character) for character in characters.entries]
        self._characters = _table(codes, _ids(characters), tf.int32, UNKNOWN)
        self._tags = {task: _table(names.entries, _ids(names), tf.string, PADDING) for task, names in tags.items()}
        lowers = spelling.lowercase or AFFIXES in spelling.forms.columns or vectors
        self._lower_case = LowerCase() if lowers else None
        self._given = {
            layer: _table(names.entries, _ids(names), tf.string, UNKNOWN) for layer, names in (given or {}).items()
        }

    @property
    def form_inputs(self) -> tuple[str, ...]:
        """The names of those inputs `[W + 1, ...]` that not every model reads."""
        return (*self.spelling.forms.columns, *([VECTORS] if self._vectors is not None else []))

    def inputs(self, tokens: tf.RaggedTensor) -> Batch:
        """What the network reads of ragged `[B, (T)]` strings, each row padded with 0 to the longest:

        `words` `[B, T]` word ids, `characters` `[W + 1, C]` the character ids of each distinct word of the batch after
        a row of padding, `distinct` `[B, T]` which of those rows each token is, and `lengths` `[B]`; where the model
        reads them, `shapes` `[W + 1, 1]`, `affixes` `[W + 1, A]` and `vectors` `[W + 1, 1]`; all int32.
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
        """Tag ids `[B, T]`, int32, of ragged `[B, (T)]` strings; rows that are not annotated are all 0."""
        ids = self._tags[task].lookup(tags.flat_values)
        return tags.with_flat_values(ids).to_tensor(PADDING, shape=tf.stack([-1, longest]))

    @property
    def given_layers(self) -> list[str]:
        """The layers of tags that the network is given."""
        return list(self._given)

    def given(self, tokens: tf.RaggedTensor, tags: Mapping[str, tf.RaggedTensor]) -> Batch:
        """`given/LAYER` `[B, T]`, int32, of ragged `[B, (T)]` strings of each layer: the ids of its tags, those of a
        sentence that does not have the layer, whose row is empty, all unknown."""
        lengths = tokens.row_lengths()
        longest = tf.maximum(tf.reduce_max(lengths), 0)  # of no sentences the maximum is far below
        batch = {}
        for layer, table in self._given.items():
            ids = tags[layer].with_flat_values(table.lookup(tags[layer].flat_values))
            ids = ids.to_tensor(UNKNOWN, shape=tf.stack([-1, longest]))
            batch[f"given/{layer}"] = tf.where(tf.sequence_mask(lengths, longest), ids, PADDING)
        return batch

    def _forms(self, words: tf.Tensor, codes: tf.RaggedTensor) -> Batch:
        """What else is read off words `[W]` and their codes `[W, (C)]`, each input after a first row of padding."""
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
        """Character ids `[W + 1, C]` of words as codes `[W, (C)]`, after a first row of padding."""
        lengths = codes.row_lengths()
        position = tf.ragged.range(lengths).flat_values  # of each character in its word
        length = tf.repeat(lengths, lengths)
        head = self.spelling.max_length // 2
        tail = self.spelling.max_length - head
        is_read = (length <= self.spelling.max_length) | (position < head) | (position >= length - tail)
        codes = tf.ragged.boolean_mask(codes, codes.with_flat_values(is_read))
        ids = self._characters.lookup(codes.flat_values)
        # At least one column, for a batch whose words are all empty.
        longest = tf.maximum(tf.reduce_max(codes.row_lengths()), 1)
        spelled = codes.with_flat_values(ids).to_tensor(PADDING, shape=tf.stack([-1, longest]))
        return tf.pad(spelled, [[1, 0], [0, 0]])


def _ids(vocabulary: Vocabulary) -> range:
    """The ids of a vocabulary's entries, in order."""
    return range(vocabulary.first, len(vocabulary))


def _table(keys: Sequence, values: Sequence[int], dtype: tf.DType, default: int) -> tf.lookup.StaticHashTable:
    """A table from each key to the value in its place, int32, and from anything else to `default`."""
    if not keys:  # TensorFlow has no empty tables, but one that gives the default for a key too is as good
        keys, values = ["" if dtype == tf.string else 0], [default]
    return tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(
            tf.constant(keys, dtype, shape=[len(keys)]), tf.constant(values, tf.int32, shape=[len(keys)])
        ),
        default_value=default,
    )

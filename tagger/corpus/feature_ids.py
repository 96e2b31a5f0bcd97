"""Ids of words' shapes and affixes, inside the graph.

`model.word_features` computes the same ids in NumPy.
"""

import numpy as np

from tagger.backend import tf
from tagger.model.word_features import HASH_FACTORS, HASH_PRIME, MAX_HASHED, WordFeatures, shape_ranges


def shape_ids(codes: tf.RaggedTensor, forms: WordFeatures) -> tf.Tensor:
    """The ids `[W, 1]`, int32, of the shapes of words, given as character codes `[W, (C)]`."""
    starts, shaped = (np.array(codes, np.int32) for codes in shape_ranges())
    flat = codes.flat_values
    # Like tf.searchsorted, which fails where there are no values.
    ranges = tf.raw_ops.UpperBound(sorted_inputs=starts[np.newaxis], values=flat[tf.newaxis])[0] - 1
    kinds = tf.gather(shaped, ranges)
    kinds = tf.where(kinds < 0, flat, kinds)
    begins = tf.ragged.range(codes.row_lengths()).flat_values == 0
    same = (kinds == tf.roll(kinds, 1, axis=0)) & ~begins  # the same kind as the character before
    cut = same
    for distance in range(1, forms.longest_run):
        cut &= tf.roll(same, distance, axis=0)
    kept = tf.cumsum(tf.cast(~cut, tf.int64))
    splits = tf.gather(tf.pad(kept, [[1, 0]]), codes.row_splits)
    first = _ends(tf.boolean_mask(kinds, ~cut), splits, MAX_HASHED, from_end=False)
    hashes = tf.reduce_sum(first * HASH_FACTORS, axis=1, keepdims=True)
    return tf.cast(1 + hashes % HASH_PRIME % forms.shape_buckets, tf.int32)


def affix_ids(lowered: tf.RaggedTensor, forms: WordFeatures) -> tf.Tensor:
    """The ids `[W, A]`, int32, of the prefixes and then the suffixes of words.

    `lowered` holds the character codes of the words in lower case, `[W, (C)]`. An affix longer than its word has id 0.
    """
    columns = []
    for lengths, from_end in ((forms.prefixes, False), (forms.suffixes, True)):
        if lengths:
            size = max(lengths)
            characters = _ends(lowered.flat_values, lowered.row_splits, size, from_end=from_end)
            hashes = tf.cumsum(characters * HASH_FACTORS[:size], axis=1) % HASH_PRIME % forms.affix_buckets
            columns.append(tf.gather(hashes, np.array(lengths) - 1, axis=1))
    hashes = tf.concat(columns, axis=1)
    offsets = 1 + forms.affix_buckets * tf.range(hashes.shape[1], dtype=tf.int64)
    has = lowered.row_lengths()[:, tf.newaxis] >= [*forms.prefixes, *forms.suffixes]
    return tf.cast(tf.where(has, hashes + offsets, 0), tf.int32)


def _ends(codes: tf.Tensor, splits: tf.Tensor, size: int, *, from_end: bool) -> tf.Tensor:
    """The first `size` character codes of each word, `[W, size]`, int64, padded with 0.

    With `from_end`, the last codes of each word, in reverse.
    """
    place = tf.range(size, dtype=tf.int64)
    begin, end = splits[:-1, tf.newaxis], splits[1:, tf.newaxis]
    index = end - 1 - place if from_end else begin + place
    index = tf.where(place < end - begin, index, splits[-1])
    return tf.gather(tf.pad(tf.cast(codes, tf.int64), [[0, 1]]), index)

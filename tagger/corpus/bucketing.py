"""Cuts sentences of similar length into batches.

A batch is padded only to its own longest sentence.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tagger.backend import tf


@dataclass(frozen=True)
class Batching:
    """How an epoch is cut into batches: by a number of sentences or of tokens."""

    batch_size: int
    """Sentences of a batch.
    With `batch_tokens`, their average number, as `batching_by_tokens` estimates it."""
    pool: int
    """Batches whose sentences are sorted by length together."""
    shuffle_buffer: int
    """Sentences from which the next one is drawn at random."""
    batch_tokens: int = 0
    """Largest number of tokens in a batch, padding included; 0 counts sentences.
    A longer sentence is a batch of its own."""

    def steps(self, sentences: int) -> int:
        """The number of batches in an epoch of `sentences` sentences.

        The number is exact where batches are cut by sentences, an estimate where they are cut by tokens.
        """
        pools, rest = divmod(sentences, self.batch_size * self.pool)
        return pools * self.pool + -(-rest // self.batch_size)


def batching_by_tokens(batch_tokens: int, mean_length: float, pool: int, shuffle_buffer: int) -> Batching:
    """The batching by at most `batch_tokens` padded tokens.

    `mean_length` is the average length of the sentences, in tokens.
    """
    return Batching(max(1, math.ceil(batch_tokens / mean_length)), pool, shuffle_buffer, batch_tokens)


def cut_into_batches(
    pool: Mapping[str, tf.Tensor | tf.RaggedTensor], batching: Batching, seed: tf.Tensor
) -> tf.data.Dataset:
    """The sentences of a pool as batches of similar length, in a random order.

    `pool` holds columns `[N, ...]` by name, `tokens` among them; so does each batch. `seed` is `[2]`, int64.
    """
    lengths = pool["tokens"].row_lengths()
    # Shuffles sentences of equal length, so that the same ones do not meet in every epoch.
    noise = tf.random.stateless_uniform(tf.shape(lengths), seed)
    order = tf.argsort(tf.cast(lengths, tf.float32) + noise, stable=True)
    ordered = {name: tf.gather(column, order) for name, column in pool.items()}
    if batching.batch_tokens:
        starts = _starts_by_tokens(tf.gather(lengths, order), batching.batch_tokens)
    else:
        starts = tf.range(0, tf.size(lengths), batching.batch_size)
    bounds = tf.stack([starts, tf.concat([starts[1:], [tf.size(lengths)]], axis=0)], axis=1)
    bounds = tf.random.experimental.stateless_shuffle(bounds, seed)
    return tf.data.Dataset.from_tensor_slices(bounds).map(
        lambda bound: {name: column[bound[0] : bound[1]] for name, column in ordered.items()}
    )


def _starts_by_tokens(lengths: tf.Tensor, batch_tokens: int) -> tf.Tensor:
    """Where batches of at most `batch_tokens` padded tokens start.

    The starts `[M]`, int32, are positions among sentences of increasing `lengths` `[N]`.
    """
    size = tf.size(lengths)

    def next_start(start: tf.Tensor, starts: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
        padded = tf.range(1, size - start + 1, dtype=tf.int64) * lengths[start:]  # if the batch ended at each of them
        count = tf.reduce_sum(tf.cast(padded <= batch_tokens, tf.int32))
        return start + tf.maximum(count, 1), starts.write(starts.size(), start)

    starts = tf.TensorArray(tf.int32, size=0, dynamic_size=True, element_shape=[])
    _, starts = tf.while_loop(lambda start, _: start < size, next_start, (0, starts), parallel_iterations=1)
    return starts.stack()

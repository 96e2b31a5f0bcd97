"""Losses over padded batches: masked by length, divided by what is real."""

from tagger.backend import tf
from tagger.vocabulary import FIRST_TAG


def real_tokens(lengths: tf.Tensor, annotated: tf.Tensor, longest: tf.Tensor) -> tf.Tensor:
    """`[B, T]` booleans: inside the sentence, in a sentence that is annotated; never told by the sign of a tag id."""
    return tf.sequence_mask(lengths, longest) & annotated[:, tf.newaxis]


def masked_cross_entropy(scores: tf.Tensor, tags: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """Mean cross-entropy over the true tokens of `mask` `[B, T]`, of scores `[B, T, K]` against tag ids `[B, T]` that
    start at 1; 0 where nothing is true."""
    # Padding has id 0 and would be column -1, which the kernel rejects; its loss is masked, whatever column it names.
    columns = tf.maximum(tags - FIRST_TAG, 0)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=columns, logits=scores)
    weights = tf.cast(mask, losses.dtype)
    return tf.math.divide_no_nan(tf.reduce_sum(losses * weights), tf.reduce_sum(weights))

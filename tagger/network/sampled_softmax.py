"""Sampled softmax: the loss of the right word beside a sample of all others.

A softmax over fifty thousand words would take most of the time of a training step. The sample is shared by all tokens
of a batch, and each score is corrected by how probable its word is in the sample (Jean et al. 2015, "On Using Very
Large Target Vocabulary for Neural Machine Translation").
"""

import math

from tagger.backend import tf


def sampled_ids(draws: int, classes: int, seed: tf.Tensor) -> tf.Tensor:
    """The distinct ids `[S]`, sorted, of some draws from `classes` ids in the order of their frequency.

    The distribution is that of TensorFlow's log-uniform sampler, near the frequencies of words (Zipf's law). `seed`
    `[2]` decides what is drawn.
    """
    uniform = tf.random.stateless_uniform([draws], seed, dtype=tf.float32)
    ids = tf.cast(tf.exp(uniform * math.log(classes + 1.0)) - 1.0, tf.int32)
    return tf.sort(tf.unique(tf.minimum(ids, classes - 1))[0])


def log_inclusion(ids: tf.Tensor, draws: int, classes: int) -> tf.Tensor:
    """The logarithm of the probability that `sampled_ids` has each of some ids `[...]`: float32."""
    place = tf.cast(ids, tf.float32)
    once = tf.math.log1p(1.0 / (place + 1.0)) / math.log(classes + 1.0)
    # 1 - (1 - p)^n, in a way that keeps its digits where p is small.
    return tf.math.log(-tf.math.expm1(draws * tf.math.log1p(-once)))


def sampled_softmax_losses(
    scores: tf.Tensor, right: tf.Tensor, targets: tf.Tensor, sample: tf.Tensor, draws: int, classes: int
) -> tf.Tensor:
    """Cross-entropies `[N]` of the right ids `targets` `[N]` among themselves and a sample of ids `[S]`, sorted.

    `scores` `[N, S]` are those of the sample, less `log_inclusion`, and `right` `[N]` those of the targets, without
    that correction. A target that the sample has too is compared once.
    """
    right = right - log_inclusion(targets, draws, classes)
    place = tf.minimum(tf.searchsorted(sample, targets), tf.size(sample) - 1)
    alone = tf.where(tf.gather(sample, place) == targets, scores.dtype.min, right)
    return tf.reduce_logsumexp(tf.stack([tf.reduce_logsumexp(scores, axis=1), alone], axis=1), axis=1) - right

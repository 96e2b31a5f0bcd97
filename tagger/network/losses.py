"""Losses over padded batches: masked by length, divided by what is real."""

from collections.abc import Callable, Sequence

from tagger.backend import tf
from tagger.corpus.soft_targets import SoftTargets
from tagger.errors import ConfigError
from tagger.model.vocabulary import FIRST_TAG

StepLoss = Callable[..., tf.Tensor]
"""From `labels` `[N]` and `logits` `[N, K]` to losses `[N]`."""


def real_tokens(lengths: tf.Tensor, annotated: tf.Tensor, longest: tf.Tensor) -> tf.Tensor:
    """`[B, T]` booleans: inside the sentence, in a sentence that is annotated; never told by the sign of a tag id."""
    return tf.sequence_mask(lengths, longest) & annotated[:, tf.newaxis]


def masked_cross_entropy(
    scores: tf.Tensor,
    tags: tf.Tensor,
    mask: tf.Tensor,
    count: tf.Tensor | None = None,
    smoothing: float = 0.0,
    soft: SoftTargets | None = None,
) -> tf.Tensor:
    """Cross-entropy over the true tokens of `mask` `[B, T]`, of scores `[B, T, K]` against tag ids `[B, T]` that start
    at 1, divided by `count`: their own number, but where the batch is a part of a larger one; 0 where nothing is true.

    With `smoothing` the tag has the probability `1 - smoothing`, and the rest is shared by all K, the tag among them
    (Szegedy et al. 2016, section 7). Of `soft` targets, whose classes are columns, the cross-entropy has a share of
    the loss (Hinton et al. 2015, at a temperature of 1).
    """
    # Padding has id 0 and would be column -1, which the kernel rejects; its loss is masked, whatever column it names.
    columns = tf.maximum(tags - FIRST_TAG, 0)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=columns, logits=scores)
    if smoothing:
        losses = (1 - smoothing) * losses - smoothing * tf.reduce_mean(tf.nn.log_softmax(scores), axis=-1)
    if soft is not None:
        likelihoods = tf.gather(tf.nn.log_softmax(scores), soft.classes, batch_dims=2)
        losses = (1 - soft.weight) * losses - soft.weight * tf.reduce_sum(soft.probabilities * likelihoods, axis=2)
    weights = tf.cast(mask, losses.dtype)
    count = tf.reduce_sum(weights) if count is None else tf.cast(count, losses.dtype)
    return tf.math.divide_no_nan(tf.reduce_sum(losses * weights), count)


def with_costs(scores: tf.Tensor, tags: tf.Tensor, outside: int, miss: float, confusion: float) -> tf.Tensor:
    """Scores `[B, T, K]` in which, wherever the tag id `[B, T]` is not `outside`, that of `outside` is higher by `miss`
    and that of every other wrong tag by `confusion`: softmax-margin (Gimpel & Smith 2010, "Softmax-Margin CRFs") where
    only the tokens of spans have costs. The right tags' scores stay, and are compared with the raised ones."""
    kinds = scores.shape[2]
    in_span = tf.cast(tags != outside, scores.dtype)[:, :, tf.newaxis]  # padding too, which is masked in every loss
    costs = confusion + (miss - confusion) * tf.one_hot(outside - FIRST_TAG, kinds, dtype=scores.dtype)
    return scores + in_span * costs * (1.0 - tf.one_hot(tags - FIRST_TAG, kinds, dtype=scores.dtype))


def sequence_loss(
    logits: tf.Tensor,
    targets: tf.Tensor,
    weights: tf.Tensor,
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    *,
    sum_over_timesteps: bool = False,
    sum_over_batch: bool = False,
    softmax_loss_function: StepLoss | None = None,
) -> tf.Tensor:
    """Weighted cross-entropy of logits `[B, T, K]` against classes `[B, T]` from 0 on, as `tf.contrib.seq2seq` had it.

    `weights` `[B, T]` is 0 where there is padding. An average divides by the sum of the weights, a sum by the number of
    those that are not 0; what is neither averaged nor summed over stays: `[T]`, `[B]` or `[B, T]`. In place of softmax,
    `softmax_loss_function(labels=[B * T], logits=[B * T, K])` gives the loss of each step.
    Raises ConfigError where it is asked both to average and to sum.
    """
    averaged, summed = (average_across_batch, average_across_timesteps), (sum_over_batch, sum_over_timesteps)
    if any(averaged) and any(summed):
        raise ConfigError("sequence_loss averages or sums, not both: switch both averages off to sum")
    logits, weights = tf.convert_to_tensor(logits), tf.convert_to_tensor(weights)
    shape = tf.shape(logits)
    step_loss = softmax_loss_function or tf.nn.sparse_softmax_cross_entropy_with_logits
    losses = step_loss(labels=tf.reshape(targets, [-1]), logits=tf.reshape(logits, [-1, shape[2]]))
    weights = tf.cast(weights, losses.dtype)
    losses = tf.reshape(losses, shape[:2]) * weights
    axes = [axis for axis in (0, 1) if averaged[axis] or summed[axis]]
    if not axes:
        return losses
    counts = weights if any(averaged) else tf.cast(weights != 0, losses.dtype)
    return tf.math.divide_no_nan(tf.reduce_sum(losses, axes), tf.reduce_sum(counts, axes))


def sequence_loss_by_example(
    logits: tf.Tensor | Sequence[tf.Tensor],
    targets: tf.Tensor | Sequence[tf.Tensor],
    weights: tf.Tensor | Sequence[tf.Tensor],
    average_across_timesteps: bool = True,
    softmax_loss_function: StepLoss | None = None,
) -> tf.Tensor:
    """The loss `[B]` of each sentence: the weighted mean over its steps, or their sum.

    Takes what `sequence_loss` takes, or, as TensorFlow's function of this name, lists with a `[B, K]` or `[B]` for each
    step.
    """
    steps = [
        tf.stack(part, axis=1) if isinstance(part, list | tuple) else tf.convert_to_tensor(part)
        for part in (logits, targets, weights)
    ]
    by_step = sequence_loss(*steps, False, False, softmax_loss_function=softmax_loss_function)
    total = tf.reduce_sum(by_step, axis=1)
    if not average_across_timesteps:
        return total
    return tf.math.divide_no_nan(total, tf.reduce_sum(tf.cast(steps[2], total.dtype), axis=1))

"""Losses over padded batches: masked, and divided by the number of real tokens."""

from collections.abc import Callable, Sequence

from tagger.backend import tf
from tagger.corpus.soft_targets import SoftTargets
from tagger.errors import ConfigError
from tagger.model.vocabulary import FIRST_TAG

StepLoss = Callable[..., tf.Tensor]
"""Losses `[N]` of `labels` `[N]` and `logits` `[N, K]`, both given by keyword."""


def real_tokens(
    lengths: tf.Tensor, annotated: tf.Tensor, longest: tf.Tensor, has_tag: tf.Tensor | None = None
) -> tf.Tensor:
    """Mask `[B, T]` of the tokens whose tags are known.

    Tags are known for the tokens, without padding, of sentences that are `annotated` `[B]`, or for those of them that
    `has_tag` `[B, T]` marks. The mask comes from the lengths `[B]`, never from the sign of a tag id.
    """
    mask = tf.sequence_mask(lengths, longest) & annotated[:, tf.newaxis]
    return mask if has_tag is None else mask & has_tag


def masked_cross_entropy(
    scores: tf.Tensor,
    tags: tf.Tensor,
    mask: tf.Tensor,
    count: tf.Tensor | None = None,
    smoothing: float = 0.0,
    soft: SoftTargets | None = None,
) -> tf.Tensor:
    """Mean cross-entropy of the tokens in `mask` `[B, T]`: a scalar.

    `scores` are `[B, T, K]`, `tags` are ids `[B, T]` that start at 1. The sum of the losses is divided by `count`, by
    default the number of tokens in the mask; give the number of the whole batch where this one is a worker's part of
    it. Without tokens the loss is 0.
    """
    # Padding has id 0, so its column would be -1, which the kernel rejects. Its loss is masked, whatever the column.
    columns = tf.maximum(tags - FIRST_TAG, 0)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=columns, logits=scores)
    if smoothing:
        losses = (1 - smoothing) * losses - smoothing * tf.reduce_mean(tf.nn.log_softmax(scores), axis=-1)
    if soft is not None:
        likelihoods = tf.gather(tf.nn.log_softmax(scores), soft.classes, batch_dims=2)
        taught = (1 - soft.weight) * losses - soft.weight * tf.reduce_sum(soft.probabilities * likelihoods, axis=2)
        losses = tf.where(tf.reduce_any(soft.probabilities > 0, axis=2), taught, losses)  # some sentences have none
    weights = tf.cast(mask, losses.dtype)
    count = tf.reduce_sum(weights) if count is None else tf.cast(count, losses.dtype)
    return tf.math.divide_no_nan(tf.reduce_sum(losses * weights), count)


def with_costs(
    scores: tf.Tensor,
    tags: tf.Tensor,
    outside: int,
    miss: float,
    confusion: float,
    mask: tf.Tensor | None = None,
) -> tf.Tensor:
    """Cost-augmented scores `[B, T, K]`: those of wrong tags in spans are raised.

    Where the gold tag id in `tags` `[B, T]` is not `outside` (the id of `O`), the score of `O` is raised by `miss` and
    that of every other wrong tag by `confusion`. The gold tag's own score stays, so that it has to win by a margin
    (softmax-margin, Gimpel & Smith 2010, "Softmax-Margin CRFs"). Tokens outside `mask` `[B, T]` keep their scores.
    """
    columns = scores.shape[2]
    in_span = tags != outside  # padding too, which every loss masks
    in_span = tf.cast(in_span if mask is None else in_span & mask, scores.dtype)[:, :, tf.newaxis]
    costs = confusion + (miss - confusion) * tf.one_hot(outside - FIRST_TAG, columns, dtype=scores.dtype)
    return scores + in_span * costs * (1.0 - tf.one_hot(tags - FIRST_TAG, columns, dtype=scores.dtype))


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
    """Weighted cross-entropy, as in `tf.contrib.seq2seq`.

    `logits` are `[B, T, K]`, `targets` are classes `[B, T]` from 0 on. `weights` `[B, T]` are 0 in padding. An average
    divides by the sum of the weights, a sum by the number of weights that are not 0. An axis that is neither averaged
    nor summed over stays, so that the result is a scalar, `[T]`, `[B]` or `[B, T]`. `softmax_loss_function`, called
    with `labels=[B * T]` and `logits=[B * T, K]`, replaces softmax cross-entropy. Raises ConfigError when asked both to
    average and to sum.
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
    """Losses `[B]` of sequences: the weighted mean over the steps of each, or their sum.

    The arguments are those of `sequence_loss`, or, as in TensorFlow's function of this name, lists with one tensor
    `[B, K]` or `[B]` for each step.
    """
    steps = [
        tf.stack(part, axis=1) if isinstance(part, list | tuple) else tf.convert_to_tensor(part)
        for part in (logits, targets, weights)
    ]
    by_step = sequence_loss(steps[0], steps[1], steps[2], False, False, softmax_loss_function=softmax_loss_function)
    total = tf.reduce_sum(by_step, axis=1)
    if not average_across_timesteps:
        return total
    return tf.math.divide_no_nan(total, tf.reduce_sum(tf.cast(steps[2], total.dtype), axis=1))

"""A linear-chain conditional random field (CRF) over the tags of a sentence.

Source: Lafferty et al. 2001. Here are its weights, its loss, and Viterbi decoding as a TensorFlow graph;
`model.transitions` decodes with NumPy.
"""

import numpy as np

from tagger.backend import tf
from tagger.corpus.soft_targets import SoftTargets
from tagger.model.transitions import Transitions
from tagger.model.vocabulary import FIRST_TAG


class TransitionScores(tf.Module):
    """The CRF's weights: scores of first tags, transitions and last tags.

    The variables are `start` `[K]`, `between` `[K, K]` (row: the earlier tag) and `end` `[K]`. All start at 0, where
    the loss equals that of softmax.
    """

    def __init__(self, tags: int) -> None:
        super().__init__(name="transitions")
        self.start = tf.Variable(tf.zeros([tags]), name="start")
        self.between = tf.Variable(tf.zeros([tags, tags]), name="between")
        self.end = tf.Variable(tf.zeros([tags]), name="end")

    def log_likelihood(
        self,
        scores: tf.Tensor,
        columns: tf.Tensor,
        lengths: tf.Tensor,
        soft: SoftTargets | None = None,
        has_tag: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Log-probability `[B]` of the tag sequences `columns` `[B, T]`.

        `scores` are the network's `[B, T, K]`, `lengths` `[B]`; the result is 0 for a sentence without tokens. Where
        `has_tag` `[B, T]` is false, the tag is not known: the probability is that of all sequences that have the known
        tags in their places (Tsuboi et al. 2008, "Training Conditional Random Fields Using Incomplete Annotations").
        With `soft` targets, the expected log-probability of the teachers' tag sequences is mixed in with the weight
        `soft.weight`. Their classes are transitions, numbered `previous * K + tag`; the class of a first token is its
        tag.
        """
        # The computation needs at least one step, even for a batch without tokens.
        lacking = tf.maximum(1 - tf.shape(scores)[1], 0)
        scores, columns = tf.pad(scores, [[0, 0], [0, lacking], [0, 0]]), tf.pad(columns, [[0, 0], [0, lacking]])
        chosen = self._known_score(scores, columns, lengths, has_tag)
        if soft is not None:
            classes, probabilities = (tf.pad(part, [[0, 0], [0, lacking], [0, 0]]) for part in soft[:2])
            soft = SoftTargets(classes, probabilities, soft.weight)
            taught = (1.0 - soft.weight) * chosen + soft.weight * self._expected_score(scores, soft, lengths)
            chosen = tf.where(tf.reduce_any(probabilities > 0, axis=[1, 2]), taught, chosen)  # some sentences have none
        return tf.where(lengths > 0, chosen - self._log_total(scores, lengths), 0.0)

    def loss(
        self,
        scores: tf.Tensor,
        tags: tf.Tensor,
        lengths: tf.Tensor,
        count: tf.Tensor,
        soft: SoftTargets | None = None,
        has_tag: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Negative log-likelihood of tag ids `[B, T]`, divided by `count` tokens: a scalar.

        Tag ids start at 1. The division puts the loss on the scale of the softmax loss of other tasks. `soft` and
        `has_tag` are as in `log_likelihood`.
        """
        columns = tf.maximum(tags - FIRST_TAG, 0)  # padding and unknown tags have id 0, and are masked
        likelihood = self.log_likelihood(scores, columns, lengths, soft, has_tag)
        return tf.math.divide_no_nan(-tf.reduce_sum(likelihood), tf.cast(count, scores.dtype))

    def values(self) -> Transitions:
        """The current weights as NumPy arrays, for decoding."""
        return Transitions(*(np.asarray(part) for part in (self.start, self.between, self.end)))

    def _known_score(
        self, scores: tf.Tensor, columns: tf.Tensor, lengths: tf.Tensor, has_tag: tf.Tensor | None
    ) -> tf.Tensor:
        """The log-sum `[B]` of the exponentials of the scores of all sequences that have the known tags."""
        if has_tag is None:
            return self._score(scores, columns, lengths)
        longest = tf.shape(scores)[1]
        has_tag = tf.pad(has_tag, [[0, 0], [0, longest - tf.shape(has_tag)[1]]])
        is_known = has_tag | ~tf.sequence_mask(lengths, longest)

        def of_consistent_sequences() -> tf.Tensor:
            is_other = ~tf.one_hot(columns, scores.shape[2], on_value=True, off_value=False, dtype=tf.bool)
            forbidden = tf.where(has_tag[:, :, tf.newaxis] & is_other, float("-inf"), 0.0)
            return self._log_total(scores + tf.cast(forbidden, scores.dtype), lengths)

        return tf.cond(tf.reduce_all(is_known), lambda: self._score(scores, columns, lengths), of_consistent_sequences)

    def _score(self, scores: tf.Tensor, columns: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """The score `[B]` of the tag sequences `columns` `[B, T]`."""
        longest = tf.shape(scores)[1]
        real = tf.sequence_mask(lengths, longest, scores.dtype)
        tags = tf.reduce_sum(tf.gather(scores, columns, batch_dims=2) * real, axis=1)
        steps = tf.gather_nd(self.between, tf.stack([columns[:, :-1], columns[:, 1:]], axis=2))
        steps = tf.reduce_sum(steps * real[:, 1:], axis=1)
        last = tf.gather(columns, tf.maximum(lengths - 1, 0), batch_dims=1)
        return tags + steps + tf.gather(self.start, columns[:, 0]) + tf.gather(self.end, last)

    def _expected_score(self, scores: tf.Tensor, soft: SoftTargets, lengths: tf.Tensor) -> tf.Tensor:
        """The expected score `[B]` of the teachers' tag sequences.

        The score of a sequence is a sum over transitions, so the probabilities of transitions are enough to compute its
        expectation (Wang et al. 2020, "Structure-Level Knowledge Distillation").
        """
        longest, tags = tf.shape(scores)[1], scores.shape[2]
        columns = soft.classes % tags
        shares = soft.probabilities * tf.sequence_mask(lengths, longest, scores.dtype)[:, :, tf.newaxis]
        own = tf.reduce_sum(shares * tf.gather(scores, columns, batch_dims=2), axis=[1, 2])
        steps = tf.gather(tf.reshape(self.between, [-1]), soft.classes[:, 1:])
        steps = tf.reduce_sum(shares[:, 1:] * steps, axis=[1, 2])
        starts = tf.reduce_sum(shares[:, 0] * tf.gather(self.start, columns[:, 0]), axis=1)
        last = tf.maximum(lengths - 1, 0)
        ends = tf.gather(self.end, tf.gather(columns, last, batch_dims=1))
        ends = tf.reduce_sum(tf.gather(shares, last, batch_dims=1) * ends, axis=1)
        return own + steps + starts + ends

    def _log_total(self, scores: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """The log-partition function `[B]`.

        The partition function sums the exponentials of the scores of all tag sequences.
        """
        by_step = tf.transpose(scores, [1, 0, 2])  # [T, B, K]

        def step(number: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            reached = tf.reduce_logsumexp(total[:, :, tf.newaxis] + self.between, axis=1) + by_step[number]
            return number + 1, tf.where((number < lengths)[:, tf.newaxis], reached, total)

        start = (1, by_step[0] + self.start)
        # One iteration at a time: gradients that are summed in parallel may differ in their last bits from run to run.
        _, total = tf.while_loop(lambda number, _: number < tf.shape(by_step)[0], step, start, parallel_iterations=1)
        return tf.reduce_logsumexp(total + self.end, axis=1)


def best_path(scores: tf.Tensor, lengths: tf.Tensor, transitions: Transitions) -> tf.Tensor:
    """Columns `[B, T]` of the best tag sequences, 0 in padding: Viterbi as a graph.

    `scores` are `[B, T, K]`, `lengths` `[B]`. It equals `model.transitions.best_path`.
    """
    start, between, end = map(tf.constant, transitions)
    by_step = tf.transpose(scores, [1, 0, 2])  # [T, B, K]
    steps = tf.shape(by_step)[0]
    tags = scores.shape[2]

    def forward(
        number: tf.Tensor, best: tf.Tensor, came_from: tf.TensorArray
    ) -> tuple[tf.Tensor, tf.Tensor, tf.TensorArray]:
        reached = best[:, :, tf.newaxis] + between  # [B, K, K]
        goes_on = (number < lengths)[:, tf.newaxis]
        came_from = came_from.write(number, tf.where(goes_on, tf.argmax(reached, 1, tf.int32), tf.range(tags)))
        return number + 1, tf.where(goes_on, tf.reduce_max(reached, axis=1) + by_step[number], best), came_from

    def backward(
        number: tf.Tensor, column: tf.Tensor, columns: tf.TensorArray
    ) -> tuple[tf.Tensor, tf.Tensor, tf.TensorArray]:
        columns = columns.write(number, tf.where(number < lengths, column, 0))
        return number - 1, tf.gather(came_from[number], column, batch_dims=1), columns

    came_from = tf.TensorArray(tf.int32, steps, element_shape=[None, tags])
    came_from = came_from.write(0, tf.zeros_like(scores[:, 0], tf.int32))
    _, best, came_from = tf.while_loop(lambda number, *_: number < steps, forward, (1, by_step[0] + start, came_from))
    came_from = came_from.stack()
    columns = tf.TensorArray(tf.int32, steps, element_shape=[None])
    last = tf.argmax(best + end, axis=1, output_type=tf.int32)
    *_, columns = tf.while_loop(lambda number, *_: number >= 0, backward, (steps - 1, last, columns))
    return tf.transpose(columns.stack())

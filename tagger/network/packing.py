"""The tokens of a batch in the order in which the steps of a recurrence need them, and nothing but tokens."""

from dataclasses import dataclass

from tagger.backend import tf


@dataclass(frozen=True)
class Packing:
    """Where the N tokens of a batch lie once packed: the first of each sentence, longest sentence first, then the
    second of each that has two, and so on, so that what a step reads and writes is one slice of rows."""

    counts: tf.Tensor
    """[T] the tokens of each step; never more than those of the step before."""
    steps: tf.Tensor
    """How many steps have tokens; at least 1, for a batch without any token too."""
    order: tf.Tensor
    """[S] the sentences that have tokens, longest first."""
    sentences: tf.Tensor
    """[N] the sentence of each token."""
    times: tf.Tensor
    """[N] the step of each token."""
    lengths: tf.Tensor
    """[B] the tokens of each sentence."""

    def places(self, backward: bool = False) -> tf.Tensor:
        """[N, 2] sentence and position of each token, for a recurrence from the first token or from the last."""
        positions = self.times
        if backward:
            positions = tf.gather(self.lengths, self.sentences) - 1 - self.times
        return tf.stack([self.sentences, positions], axis=1)

    def before(self, states: tf.Tensor) -> tf.Tensor:
        """`[N, H]` before each token, of packed states `[S + N, H]` that begin with those before the first step."""
        sentences = tf.shape(self.order)
        counts = tf.concat([sentences, self.counts[:-1]], axis=0)
        return tf.gather(states, sentences + tf.range(tf.shape(self.times)[0]) - tf.gather(counts, self.times))

    def last(self, packed: tf.Tensor) -> tf.Tensor:
        """`[S, H]` of packed `[N, H]`: of the last token of each sentence that has any, longest first."""
        starts = tf.cumsum(self.counts, exclusive=True)
        rows = tf.gather(starts, tf.gather(self.lengths, self.order) - 1) + tf.range(tf.shape(self.order)[0])
        return tf.gather(packed, rows)

    def by_sentence(self, values: tf.Tensor) -> tf.Tensor:
        """`[S, H]` in the order of `order` as `[B, H]`; zeros for a sentence without tokens."""
        return tf.scatter_nd(self.order[:, None], values, [tf.shape(self.lengths)[0], values.shape[1]])


def packing_of(lengths: tf.Tensor, longest: tf.Tensor) -> Packing:
    """The packing of sentences of these lengths `[B]`, padded to `longest`."""
    lengths = tf.cast(lengths, tf.int32)
    order = tf.argsort(lengths, direction="DESCENDING", stable=True)
    present = tf.transpose(tf.sequence_mask(tf.gather(lengths, order), tf.maximum(longest, 1)))  # [T, B]
    counts = tf.reduce_sum(tf.cast(present, tf.int32), axis=1)
    times, ranks = tf.unstack(tf.cast(tf.where(present), tf.int32), axis=1)
    return Packing(
        counts=counts,
        steps=tf.maximum(tf.reduce_max(lengths), 1),
        order=order[: counts[0]],
        sentences=tf.gather(order, ranks),
        times=times,
        lengths=lengths,
    )


def pack(values: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
    """`[B, T, D]` to the rows `[N, D]` of these places `[N, 2]`."""
    return tf.gather_nd(values, places)


def unpack(packed: tf.Tensor, places: tf.Tensor, batch_size: tf.Tensor, longest: tf.Tensor) -> tf.Tensor:
    """Rows `[N, D]` to `[B, T, D]`: zero where no row has its place."""
    return tf.scatter_nd(places, packed, [batch_size, longest, packed.shape[1]])

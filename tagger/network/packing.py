"""Packed batches: the tokens in the order of a recurrence's steps, without padding."""

from dataclasses import dataclass

from tagger.backend import tf


@dataclass(frozen=True)
class Packing:
    """The order of the N tokens of a packed batch of B sentences, S of which have tokens.

    First come the first tokens of all sentences, longest sentence first, then the second tokens of those that have
    two, and so on. What a step of the recurrence reads and writes is then one slice of rows.
    """

    counts: tf.Tensor
    """[T] the number of tokens of each step; it never rises."""
    steps: tf.Tensor
    """The number of steps that have tokens; at least 1, even for a batch without tokens."""
    order: tf.Tensor
    """[S] the sentences that have tokens, longest first."""
    sentences: tf.Tensor
    """[N] the sentence of each token."""
    times: tf.Tensor
    """[N] the step of each token."""
    lengths: tf.Tensor
    """[B] the number of tokens of each sentence."""

    def places(self, backward: bool = False) -> tf.Tensor:
        """Sentence and position `[N, 2]` of each token.

        The recurrence starts from the first token of a sentence, or `backward` from its last one.
        """
        positions = self.times
        if backward:
            positions = tf.gather(self.lengths, self.sentences) - 1 - self.times
        return tf.stack([self.sentences, positions], axis=1)

    def before(self, states: tf.Tensor) -> tf.Tensor:
        """The state `[N, H]` before each token.

        `states` are packed states `[S + N, H]`, whose first S rows are the start.
        """
        sentences = tf.shape(self.order)
        counts = tf.concat([sentences, self.counts[:-1]], axis=0)
        return tf.gather(states, sentences + tf.range(tf.shape(self.times)[0]) - tf.gather(counts, self.times))

    def last(self, packed: tf.Tensor) -> tf.Tensor:
        """The rows `[S, H]` of the sentences' last tokens, from packed rows `[N, H]`.

        Sentences without tokens have no row; the others are sorted by length, longest first.
        """
        starts = tf.cumsum(self.counts, exclusive=True)
        rows = tf.gather(starts, tf.gather(self.lengths, self.order) - 1) + tf.range(tf.shape(self.order)[0])
        return tf.gather(packed, rows)

    def by_sentence(self, values: tf.Tensor) -> tf.Tensor:
        """Rows `[S, H]` in the order of `order` as `[B, H]`; zeros for a sentence without tokens."""
        return tf.scatter_nd(self.order[:, None], values, [tf.shape(self.lengths)[0], values.shape[1]])


def packing_of(lengths: tf.Tensor, longest: tf.Tensor) -> Packing:
    """The packing of sentences of lengths `[B]` that are padded to `longest` tokens."""
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
    """Packed rows `[N, D]` of values `[B, T, D]` at `places` `[N, 2]`."""
    return tf.gather_nd(values, places)


def unpack(packed: tf.Tensor, places: tf.Tensor, batch_size: tf.Tensor, longest: tf.Tensor) -> tf.Tensor:
    """Values `[B, T, D]` of packed rows `[N, D]` at `places` `[N, 2]`; zero in padding."""
    return tf.scatter_nd(places, packed, [batch_size, longest, packed.shape[1]])

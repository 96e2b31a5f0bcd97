"""Pretrained word vectors in the network, frozen or partly fine-tuned."""

from tagger.backend import tf
from tagger.model.vector_table import FIRST_VECTOR, VectorTable


class VectorEmbedding(tf.Module):
    """Ids of a `VectorTable` to vectors.

    Frozen vectors are kept in the model folder and left out of checkpoints. Fine-tuned ones, those of words seen in
    train, are a small table of their own, whose gradient is sparse.
    """

    def __init__(self, vectors: VectorTable, dropout: float) -> None:
        """`dropout` is that of the whole vector of a token."""
        super().__init__(name="vectors")
        self.output_size = vectors.dimension
        self.dropout = dropout
        self.size = FIRST_VECTOR + len(vectors.words.entries)
        self.table = None if vectors.tuned is None else tf.Variable(vectors.tuned, name="table")
        self._last_tuned = 0 if vectors.tuned is None else len(vectors.tuned) - 1
        frozen = tf.Variable(vectors.frozen, trainable=False, name="frozen")
        self.frozen = lambda: frozen  # a variable that only a closure holds is not tracked, and so not saved

    def __call__(self, ids: tf.Tensor, training: bool) -> tf.Tensor:
        """Vectors `[W, D]` of ids `[W, 1]`."""
        del training
        ids = ids[:, 0]
        rows = tf.maximum(ids - self._last_tuned, 0)
        frozen = tf.cast(tf.nn.embedding_lookup(self.frozen(), rows), tf.float32)
        if self.table is None:
            return frozen
        tuned = tf.nn.embedding_lookup(self.table, self._tuned_rows(ids))
        return tf.where((ids <= self._last_tuned)[:, tf.newaxis], tuned, frozen)

    def rows_read(self, ids: tf.Tensor) -> tf.Tensor:
        """The distinct rows `[N]` of the fine-tuned table that a batch of ids `[W, 1]` reads."""
        return tf.unique(self._tuned_rows(ids[:, 0]))[0]

    def _tuned_rows(self, ids: tf.Tensor) -> tf.Tensor:
        """Rows of the fine-tuned table; 0 for ids of frozen vectors.

        Row 0 is that of words without a vector.
        """
        return tf.where(ids <= self._last_tuned, ids, 0)

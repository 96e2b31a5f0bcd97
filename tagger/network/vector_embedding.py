"""Pretrained vectors in the network: as they came, or those of the words of train trained further."""

from tagger.backend import tf
from tagger.model.vector_table import FIRST_VECTOR, VectorTable


class VectorEmbedding(tf.Module):
    """Ids of `runtime.vectors` to vectors.

    What stays as it is has its place in the model folder, and is no part of checkpoints; what is trained is a table of
    few rows, whose gradient is sparse.
    """

    def __init__(self, vectors: VectorTable, dropout: float) -> None:
        super().__init__(name="vectors")
        self.output_size = vectors.dimension
        self.dropout = dropout
        self.size = FIRST_VECTOR + len(vectors.words.entries)
        self.table = None if vectors.tuned is None else tf.Variable(vectors.tuned, name="table")
        self._last = 0 if vectors.tuned is None else len(vectors.tuned) - 1
        kept = tf.Variable(vectors.frozen, trainable=False, name="kept")
        self.kept = lambda: kept  # what only a function holds is not tracked

    def __call__(self, ids: tf.Tensor, training: bool) -> tf.Tensor:
        """Vectors `[W, D]` of ids `[W, 1]`."""
        del training
        ids = ids[:, 0]
        kept = tf.cast(tf.nn.embedding_lookup(self.kept(), tf.maximum(ids - self._last, 0)), tf.float32)
        if self.table is None:
            return kept
        tuned = tf.nn.embedding_lookup(self.table, self._rows(ids))
        return tf.where((ids <= self._last)[:, tf.newaxis], tuned, kept)

    def rows_read(self, ids: tf.Tensor) -> tf.Tensor:
        """The rows of the table, each once, that a batch of ids `[W, 1]` reads."""
        return tf.unique(self._rows(ids[:, 0]))[0]

    def _rows(self, ids: tf.Tensor) -> tf.Tensor:
        return tf.where(ids <= self._last, ids, 0)

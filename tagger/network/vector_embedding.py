"""Pretrained word vectors in the network: frozen, partly fine-tuned, or frozen and projected."""

from contextlib import nullcontext

import numpy as np

from tagger.backend import tf
from tagger.config.word_inputs import VectorsConfig
from tagger.model.vector_table import VectorTable
from tagger.network.cells.initializers import glorot


class VectorEmbedding(tf.Module):
    """Ids of a `VectorTable` to vectors.

    Frozen vectors are kept in the model folder and left out of checkpoints. Fine-tuned ones, those of words seen in
    train, are a small table of their own, whose gradient is sparse. A projection is a trained matrix; it has no bias,
    so that words without a vector still have zeros. It is there in training only: the vectors of a finished model are
    projected already.
    """

    def __init__(self, vectors: VectorTable, settings: VectorsConfig, generator: np.random.Generator) -> None:
        """The generator draws the initial projection, where there is one."""
        super().__init__(name="vectors")
        self.output_size = settings.projection if vectors.is_unprojected else vectors.dimension
        self.dropout = settings.dropout
        self.size = vectors.size
        self.table = None if vectors.tuned is None else tf.Variable(vectors.tuned, name="table")
        self._last_tuned = 0 if vectors.tuned is None else len(vectors.tuned) - 1
        self.projection = None
        if vectors.is_unprojected:
            self.projection = tf.Variable(
                glorot(generator, (vectors.dimension, settings.projection)), name="projection"
            )
        # TensorFlow gathers 8-bit integers on a CPU alone.
        with tf.device("CPU:0") if vectors.frozen.dtype == np.int8 else nullcontext():
            frozen = [tf.Variable(vectors.frozen, trainable=False, name="frozen")]
        if vectors.scales is not None:
            frozen.append(tf.Variable(vectors.scales, trainable=False, name="scales"))
        self.frozen = lambda: frozen  # variables that only a closure holds are not tracked, and so not saved

    def __call__(self, ids: tf.Tensor, training: bool) -> tf.Tensor:
        """Vectors `[W, D]` of ids `[W, 1]`."""
        del training
        ids = ids[:, 0]
        frozen = self._frozen_rows(tf.maximum(ids - self._last_tuned, 0))
        if self.projection is not None:
            return tf.matmul(frozen, self.projection)
        if self.table is None:
            return frozen
        tuned = tf.nn.embedding_lookup(self.table, self._tuned_rows(ids))
        return tf.where((ids <= self._last_tuned)[:, tf.newaxis], tuned, frozen)

    def rows_read(self, ids: tf.Tensor) -> tf.Tensor:
        """The distinct rows `[N]` of the fine-tuned table that a batch of ids `[W, 1]` reads."""
        return tf.unique(self._tuned_rows(ids[:, 0]))[0]

    def _frozen_rows(self, rows: tf.Tensor) -> tf.Tensor:
        """Vectors `[W, D]` of rows `[W]` of the frozen table."""
        numbers, *scales = (tf.cast(tf.nn.embedding_lookup(part, rows), tf.float32) for part in self.frozen())
        return numbers * scales[0][:, tf.newaxis] if scales else numbers

    def _tuned_rows(self, ids: tf.Tensor) -> tf.Tensor:
        """Rows of the fine-tuned table; 0 for ids of frozen vectors.

        Row 0 is that of words without a vector.
        """
        return tf.where(ids <= self._last_tuned, ids, 0)

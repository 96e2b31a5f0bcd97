"""Vectors of what is hashed of a word's form: its shape, its prefixes and suffixes."""

from tagger.backend import tf
from tagger.config.schema import Config
from tagger.model.word_features import AFFIXES, SHAPES, WordFeatures, word_features_of


class HashedEmbedding(tf.Module):
    """Ids in several columns to vectors side by side.

    All are zero at first: what training never names then says nothing, where a random vector would say something wrong.
    """

    def __init__(self, forms: WordFeatures, name: str, dimension: int, dropout: float) -> None:
        super().__init__(name=name)
        self.output_size = forms.columns[name] * dimension
        self.dropout = dropout
        self.table = tf.Variable(tf.zeros([forms.vector_count(name), dimension]), name="table")

    def __call__(self, ids: tf.Tensor, training: bool) -> tf.Tensor:
        """Vectors `[W, D]` of ids `[W, columns]`."""
        del training
        return tf.reshape(tf.nn.embedding_lookup(self.table, ids), [-1, self.output_size])


def hashed_embeddings(config: Config) -> tuple[HashedEmbedding | None, HashedEmbedding | None]:
    """Those of shapes and of affixes that a configuration asks for; None where it asks for none."""
    forms = word_features_of(config.model_dump())
    settings = {SHAPES: config.shape, AFFIXES: config.affixes}
    shapes, affixes = (
        HashedEmbedding(forms, name, of.dimension, of.dropout) if name in forms.columns else None
        for name, of in settings.items()
    )
    return shapes, affixes

"""Embeddings of hashed word features: a word's shape, its prefixes and suffixes."""

from tagger.backend import tf
from tagger.config.schema import Config
from tagger.model.word_features import AFFIXES, SHAPES, WordFeatures, word_features_of


class HashedEmbedding(tf.Module):
    """Several columns of ids to vectors, side by side.

    All vectors start at zero, so that a feature never seen in training adds nothing; a random vector would add noise.
    """

    def __init__(self, features: WordFeatures, name: str, dimension: int, dropout: float) -> None:
        """`name` is the input to read, `SHAPES` or `AFFIXES`.

        `dropout` is that of the whole vector of a token.
        """
        super().__init__(name=name)
        self.output_size = features.columns[name] * dimension
        self.dropout = dropout
        self.table = tf.Variable(tf.zeros([features.vector_count(name), dimension]), name="table")

    def __call__(self, ids: tf.Tensor, training: bool) -> tf.Tensor:
        """Vectors `[W, D]` of ids `[W, columns]`."""
        del training
        return tf.reshape(tf.nn.embedding_lookup(self.table, ids), [-1, self.output_size])


def hashed_embeddings(config: Config) -> tuple[HashedEmbedding | None, HashedEmbedding | None]:
    """The embeddings of shapes and of affixes, None where they are not configured."""
    features = word_features_of(config.model_dump())
    shape, affixes = config.shape, config.affixes
    return (
        HashedEmbedding(features, SHAPES, shape.dimension, shape.dropout) if SHAPES in features.columns else None,
        HashedEmbedding(features, AFFIXES, affixes.dimension, affixes.dropout) if AFFIXES in features.columns else None,
    )

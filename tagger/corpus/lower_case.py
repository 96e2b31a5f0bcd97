"""Lower-casing inside the graph: of words, and of sentences drawn at random for training."""

from tagger.backend import tf
from tagger.text.casing import lower_case_codes

_NO_CODE = -1
"""The value that the table returns for a character that is not in it."""


class LowerCase(tf.Module):
    """Lower-cases words exactly as `tagger.text.casing.lower_case` does.

    TensorFlow's own lower-casing depends on the locale.
    """

    def __init__(self) -> None:
        super().__init__(name="lower_case")
        lower = lower_case_codes()
        codes, lows = (tf.constant(list(each), tf.int32) for each in (lower.keys(), lower.values()))
        self._table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(codes, lows), _NO_CODE)

    def __call__(self, codes: tf.RaggedTensor) -> tf.RaggedTensor:
        """Character codes `[W, (C)]` of words, each in lower case."""
        lower = self._table.lookup(codes.flat_values)
        return codes.with_flat_values(tf.where(lower == _NO_CODE, codes.flat_values, lower))


class SentencesInLowerCase(tf.Module):
    """Lower-cases a random share of the training sentences.

    A model that is trained this way also copes with text without capitals.
    """

    def __init__(self, rate: float) -> None:
        super().__init__(name="sentences_in_lower_case")
        self.rate = rate
        self._lower_case = LowerCase()

    def draw(self, sentences: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Whether each of some sentences is to be lower-cased, `[B]`, bool.

        `seed` is `[2]`, int64.
        """
        return tf.random.stateless_uniform([sentences], seed) < self.rate

    def __call__(self, tokens: tf.RaggedTensor, drawn: tf.Tensor) -> tf.RaggedTensor:
        """The words `[B, (T)]`, those of the `drawn` `[B]` sentences in lower case."""
        distinct, index = tf.unique(tokens.flat_values)
        lower = self._lower_case(tf.strings.unicode_decode(distinct, "UTF-8"))
        lower = tf.gather(tf.strings.unicode_encode(lower, "UTF-8"), index)
        is_drawn = tf.gather(drawn, tokens.value_rowids())
        return tokens.with_flat_values(tf.where(is_drawn, lower, tokens.flat_values))

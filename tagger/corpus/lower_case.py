"""Lower case inside the graph: of words, and of whole sentences drawn at random for training."""

from tagger.backend import tf
from tagger.text.casing import lower_case_codes

NO_CODE = -1
"""What the table gives for a character that is not in it."""


class LowerCase(tf.Module):
    """The same as `vocabulary.lower_case`; TensorFlow's own way depends on the machine's language."""

    def __init__(self) -> None:
        super().__init__(name="lower_case")
        lower = lower_case_codes()
        codes, lows = (tf.constant(list(each), tf.int32) for each in (lower.keys(), lower.values()))
        self._table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(codes, lows), NO_CODE)

    def __call__(self, codes: tf.RaggedTensor) -> tf.RaggedTensor:
        """Words as codes `[W, (C)]`, in lower case."""
        lower = self._table.lookup(codes.flat_values)
        return codes.with_flat_values(tf.where(lower == NO_CODE, codes.flat_values, lower))


class SentencesInLowerCase(tf.Module):
    """Sentences that a training step reads as if they had been typed without capitals."""

    def __init__(self, rate: float) -> None:
        super().__init__(name="sentences_in_lower_case")
        self.rate = rate
        self._lower_case = LowerCase()

    def draw(self, sentences: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Which of so many sentences they are, `[B]`, as `seed` `[2]` has it."""
        return tf.random.stateless_uniform([sentences], seed) < self.rate

    def __call__(self, tokens: tf.RaggedTensor, drawn: tf.Tensor) -> tf.RaggedTensor:
        """Words `[B, (T)]`, those of the sentences that were drawn `[B]` in lower case."""
        distinct, index = tf.unique(tokens.flat_values)
        lower = self._lower_case(tf.strings.unicode_decode(distinct, "UTF-8"))
        lower = tf.gather(tf.strings.unicode_encode(lower, "UTF-8"), index)
        is_drawn = tf.gather(drawn, tokens.value_rowids())
        return tokens.with_flat_values(tf.where(is_drawn, lower, tokens.flat_values))

"""A language model of words: a tagger's encoder that learns to predict the words around each word."""

import numpy as np

from tagger.backend import tf
from tagger.config.word_model_keys import WordModelConfig
from tagger.model.vocabulary import PADDING
from tagger.network.cells import State, training_mode
from tagger.network.network import Batch, Network, SumOverWorkers, VocabularySizes
from tagger.network.projection import Projection
from tagger.network.sampled_softmax import log_inclusion, sampled_ids, sampled_softmax_losses

_SAMPLE_SEED = 17
"""Tells the seed of the sample from those of dropout."""
_LARGEST_PART = 1 << 24
"""Scores that are computed at once where all words are compared."""


class WordLanguageModel(Network):
    """The encoder of a tagger, each direction of which predicts the word that it reads next.

    A direction's output at a word has read that word and those before it in its direction, and nothing else. A linear
    layer turns it into a vector as wide as the embeddings of words; the score of a word is the product of that vector
    with the word's own embedding, plus a bias (tied embeddings, Press & Wolf 2017). The first word of a sentence is
    predicted from an output of zeros, and after the last comes the sentence's end, whose embedding is that of padding.
    """

    def __init__(self, config: WordModelConfig, sizes: VocabularySizes, frequencies: np.ndarray | None = None) -> None:
        """`frequencies` `[V]`, by id, are where the biases of words begin; None begins at zero."""
        super().__init__(config.as_tagger(), sizes)
        self.classes, self._draws = sizes.words, config.training.samples
        directions = 2 if self.encoder.backward else 1
        width = self.encoder.output_size // directions
        generator = np.random.default_rng([config.seed, 1])
        self.predictions = [Projection(width, config.words.dimension, generator) for _ in range(directions)]
        biases = np.zeros(self.classes) if frequencies is None else np.log(np.maximum(frequencies, 1e-12))
        self.biases = tf.Variable(biases.astype(np.float32), name="biases")

    def rows_read(self, batch: Batch, seed: tf.Tensor) -> tf.Tensor:
        """The rows of the table of words that a step reads: those of its words, and of the sample."""
        read = super().rows_read(batch, seed)
        return tf.unique(tf.concat([read, [PADDING], self._sample(seed)], axis=0))[0]

    def loss(self, batch: Batch, seed: tf.Tensor, add_up: SumOverWorkers = list) -> tf.Tensor:
        """The mean cross-entropy of a predicted word, a scalar, in the sample or among all words.

        `seed` and `add_up` are as in `Network.loss`.
        """
        vectors, targets = self._predicted(batch, self.encode(batch, training=True, seed=seed))
        (count,) = add_up([tf.size(targets)])
        # Rows are gathered, so that the gradient of the table is one of rows, as the optimizer takes it.
        sample = self._sample(seed)
        if self._draws:
            scores = self._scores(vectors, sample, log_inclusion(sample, self._draws, self.classes))
            right = tf.reduce_sum(vectors * tf.gather(self.words.table, targets), axis=1)
            right += tf.gather(self.biases, targets)
            losses = sampled_softmax_losses(scores, right, targets, sample, self._draws, self.classes)
        else:
            scores = self._scores(vectors, sample)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=scores)
        return tf.math.divide_no_nan(tf.reduce_sum(losses), tf.cast(count, losses.dtype))

    def exact_losses(self, batch: Batch) -> tf.Tensor:
        """The cross-entropy of each predicted word of a batch among all words `[N]`, in nats, without dropout."""
        encoded = self.encode(batch, training=False, seed=tf.zeros([2], tf.int32))
        vectors, targets = self._predicted(batch, encoded)
        # In parts, because the scores of all words are many.
        size = max(1, _LARGEST_PART // self.classes)
        found = tf.TensorArray(tf.float32, size=0, dynamic_size=True, infer_shape=False, element_shape=[None])

        def add(first: tf.Tensor, found: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
            part = slice(first, first + size)
            scores = tf.matmul(vectors[part], self.words.table, transpose_b=True) + self.biases
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets[part], logits=scores)
            return first + size, found.write(found.size(), losses)

        size_of_all = tf.size(targets)
        _, found = tf.while_loop(lambda first, _: first < size_of_all, add, (0, found), parallel_iterations=1)
        return found.concat()

    def first_scores(self) -> tf.Tensor:
        """Scores `[1, K]` of each id as the first word of a sentence."""
        width = self.encoder.output_size // len(self.predictions)
        return self._scores(self.predictions[0](tf.zeros([1, width])), tf.range(self.classes))

    def step(self, batch: Batch, state: State) -> tuple[tf.Tensor, State]:
        """Scores `[B, K]` of each id after a batch of sentences of one word, and the new state.

        `state` is that before the word: `encoder.forward.zero_state` at the beginning of a sentence.
        """
        features = self.features(batch, training=False, seed=tf.zeros([2], tf.int32))
        with training_mode(self.encoder, False):
            output, state = self.encoder.forward(features[:, 0], state)
        return self._scores(self.predictions[0](output), tf.range(self.classes)), state

    def _predicted(self, batch: Batch, encoded: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The vectors `[N, D]` that predict words, and the ids `[N]` of these words, for all directions."""
        words, lengths = batch["words"], batch["lengths"]
        # Places 0 to T of a sentence: before its first word to after its last one, so that its end is predicted too.
        is_place = tf.sequence_mask(lengths + 1, tf.shape(words)[1] + 1) & (lengths > 0)[:, tf.newaxis]
        forward, *backward = tf.split(encoded, len(self.predictions), axis=-1)
        parts = [(self.predictions[0], tf.pad(forward, [[0, 0], [1, 0], [0, 0]]), tf.pad(words, [[0, 0], [0, 1]]))]
        if backward:  # outputs in padding are zero, and so is what comes before the last word
            outputs = tf.pad(backward[0], [[0, 0], [0, 1], [0, 0]])
            parts.append((self.predictions[1], outputs, tf.pad(words, [[0, 0], [1, 0]])))
        vectors = [layer(tf.boolean_mask(outputs, is_place)) for layer, outputs, _ in parts]
        return tf.concat(vectors, axis=0), tf.concat([tf.boolean_mask(ids, is_place) for *_, ids in parts], axis=0)

    def _scores(self, vectors: tf.Tensor, ids: tf.Tensor, less: tf.Tensor | float = 0.0) -> tf.Tensor:
        """Scores `[N, S]` of some ids `[S]`, less a number for each."""
        table = tf.gather(self.words.table, ids)
        return tf.matmul(vectors, table, transpose_b=True) + (tf.gather(self.biases, ids) - less)

    def _sample(self, seed: tf.Tensor) -> tf.Tensor:
        """The ids `[S]` of the sample of a step; none where all words are compared."""
        if not self._draws:
            return tf.range(self.classes)
        return sampled_ids(self._draws, self.classes, tf.random.experimental.stateless_fold_in(seed, _SAMPLE_SEED))

"""Tagging with the TensorFlow model: batches of similar length, and sentences too long for one taken in pieces."""

from collections.abc import Mapping, Sequence

from tagger.backend import tf
from tagger.corpus.lookup import Lookup
from tagger.network.network import Network
from tagger.runtime.batching import batches
from tagger.vocabulary import FIRST_TAG, Vocabulary

BATCH_TOKENS = 4096
"""Padded tokens of a batch at most."""


class Predictor:
    """A network with its vocabularies: words in, tags out."""

    def __init__(self, network: Network, lookup: Lookup, tags: Mapping[str, Vocabulary]) -> None:
        self._network, self._lookup = network, lookup
        self._names = {task: (None,) * FIRST_TAG + vocabulary.entries for task, vocabulary in tags.items()}
        self._run = tf.function(
            self._best_tags, input_signature=[tf.TensorSpec([None], tf.string), tf.TensorSpec([None], tf.int64)]
        )

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[dict[str, list[str]]]:
        """For each sentence of words, the tags of each task, as long as the sentence."""
        tagged: list[dict[str, list[str]]] = [{task: [""] * len(words) for task in self._names} for words in sentences]
        for batch in batches(list(map(len, sentences)), BATCH_TOKENS):
            read = [sentences[piece.sentence][piece.begin : piece.end] for piece in batch]
            words = [word.encode("utf-8", "replace") for words in read for word in words]
            lengths = [len(words) for words in read]
            ids = self._run(tf.constant(words, tf.string), tf.constant(lengths, tf.int64))
            for task, rows in ids.items():
                names = self._names[task]
                for piece, row in zip(batch, rows.numpy().tolist(), strict=True):
                    tags = [names[tag] for tag in row[piece.first - piece.begin : piece.last - piece.begin]]
                    tagged[piece.sentence][task][piece.first : piece.last] = tags
        return tagged

    def _best_tags(self, words: tf.Tensor, lengths: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._network.best_tags(self._lookup.inputs(tf.RaggedTensor.from_row_lengths(words, lengths)))

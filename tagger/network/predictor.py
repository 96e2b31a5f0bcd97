"""Tagging with TensorFlow, in batches of sentences of similar length.

Very long sentences are cut into pieces.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, chain

import numpy as np

from tagger.backend import tf
from tagger.corpus.lookup import Lookup
from tagger.model.batching import Piece, batches
from tagger.model.tensor_names import GIVEN
from tagger.model.transitions import Transitions
from tagger.model.vocabulary import FIRST_TAG, PADDING, Vocabulary
from tagger.network.network import Network
from tagger.text.composing import composed
from tagger.text.sentence import Tokenized, tags_of, words_of

_BATCH_TOKENS = 4096
"""Most tokens of a batch, padding included."""


class Predictor:
    """A network with its vocabularies, which takes sentences and returns tags or scores."""

    def __init__(self, network: Network, lookup: Lookup, tags: Mapping[str, Vocabulary]) -> None:
        self._network, self._lookup = network, lookup
        self._names = {task: (None,) * FIRST_TAG + vocabulary.entries for task, vocabulary in tags.items()}
        signature = [tf.TensorSpec([None], tf.string), tf.TensorSpec([None], tf.int64)]
        signature += [tf.TensorSpec([None], tf.string, layer) for layer in lookup.given_layers]
        signature += [tf.TensorSpec([None], tf.int32)] * len(lookup.list_layers)
        self._run = tf.function(self._best_tags, input_signature=signature, autograph=False)
        self._run_scores = tf.function(self._scores, input_signature=signature, autograph=False)

    def predict(self, sentences: Sequence[Tokenized]) -> list[dict[str, list[str]]]:
        """Best tags of each sentence by task, one for each token."""
        tagged: list[dict[str, list[str]]] = [{task: [""] * len(each) for task in self._names} for each in sentences]
        for piece, task, ids in self._rows(sentences, self._run):
            names = self._names[task]
            tagged[piece.sentence][task][piece.first : piece.last] = [names[id] for id in ids.tolist()]
        return tagged

    def scores(self, sentences: Sequence[Tokenized]) -> list[dict[str, np.ndarray]]:
        """Scores `[T, K]` of each sentence by task, float32, before softmax.

        The columns are the task's tags in the order of its vocabulary.
        """
        sizes = {task: len(names) - FIRST_TAG for task, names in self._names.items()}
        scored = [{task: np.empty([len(each), size], np.float32) for task, size in sizes.items()} for each in sentences]
        for piece, task, scores in self._rows(sentences, self._run_scores):
            scored[piece.sentence][task][piece.first : piece.last] = scores
        return scored

    def transitions(self) -> dict[str, Transitions]:
        """Learned transition scores of each task that has a CRF."""
        return self._network.transitions()

    def _rows(
        self, sentences: Sequence[Tokenized], run: Callable[..., dict[str, tf.Tensor]]
    ) -> Iterator[tuple[Piece, str, np.ndarray]]:
        """Outputs of `run` for the tokens of each piece, one task after the other.

        Left out are tokens that a piece holds only as context.
        """
        lengths_of_all = list(map(len, sentences))
        starts = [0, *accumulate(lengths_of_all)]
        marks = self._marks(sentences, lengths_of_all)
        for batch in batches(lengths_of_all, _BATCH_TOKENS):
            read = (words_of(sentences[piece.sentence])[piece.begin : piece.end] for piece in batch)
            words = [composed(word).encode("utf-8", "replace") for words in read for word in words]
            lengths = [piece.length for piece in batch]
            given = [self._given(layer, sentences, batch) for layer in self._lookup.given_layers]
            read_places = [slice(*(starts[piece.sentence] + at for at in piece[1:3])) for piece in batch]
            given += [tf.constant(np.concatenate([column[each] for each in read_places])) for column in marks]
            outputs = run(tf.constant(words, tf.string), tf.constant(lengths, tf.int64), *given)
            for task, rows in outputs.items():
                for piece, row in zip(batch, rows.numpy(), strict=True):
                    yield piece, task, row[piece.first - piece.begin : piece.last - piece.begin]

    def _given(self, layer: str, sentences: Sequence[Tokenized], batch: Sequence[Piece]) -> tf.Tensor:
        """Tags `[N]` of one layer that the tokens of a batch already have."""
        read = (tags_of(sentences[piece.sentence], layer)[piece.begin : piece.end] for piece in batch)
        # No vocabulary has half a surrogate pair; a replacement character might be in one.
        tags = [tag.encode("utf-8", "surrogatepass") for tag in chain.from_iterable(read)]
        return tf.constant(tags, tf.string)

    def _marks(self, sentences: Sequence[Tokenized], lengths: Sequence[int]) -> list[np.ndarray]:
        """Marks `[N]` of all words in each list of names; of whole sentences, because a piece may cut a name."""
        if not self._lookup.lists:
            return []
        return list(self._lookup.lists.marks(chain.from_iterable(map(words_of, sentences)), lengths).values())

    def _best_tags(self, words: tf.Tensor, lengths: tf.Tensor, *given: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._network.best_tags(self._inputs(words, lengths, given))

    def _scores(self, words: tf.Tensor, lengths: tf.Tensor, *given: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._network.scores(self._inputs(words, lengths, given), training=False, seed=tf.zeros([2], tf.int32))

    def _inputs(self, words: tf.Tensor, lengths: tf.Tensor, given: Sequence[tf.Tensor]) -> dict[str, tf.Tensor]:
        tokens = tf.RaggedTensor.from_row_lengths(words, lengths)
        layers = [*self._lookup.given_layers, *self._lookup.list_layers]
        tags = dict(zip(layers, map(tokens.with_flat_values, given), strict=True))
        marks = {GIVEN + layer: tags[layer].to_tensor(PADDING) for layer in self._lookup.list_layers}
        return self._lookup.inputs(tokens) | self._lookup.given(tokens, tags) | marks

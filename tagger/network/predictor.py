"""Tagging with the TensorFlow model: batches of similar length, and sentences too long for one taken in pieces."""

from collections.abc import Iterator, Mapping, Sequence

from tagger.backend import tf
from tagger.corpus.lookup import Lookup
from tagger.network.network import Network
from tagger.vocabulary import FIRST_TAG, Vocabulary

BATCH_TOKENS = 4096
"""Padded tokens of a batch at most."""
PIECE = 2048
"""Tokens of a longer sentence that are tagged at once."""
CONTEXT = 64
"""Tokens on either side of a piece that the network also reads."""


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
        pieces = [piece for number, words in enumerate(sentences) for piece in _pieces(number, words)]
        pieces.sort(key=lambda piece: len(piece[1]))
        tagged: list[dict[str, list[str]]] = [{task: [""] * len(words) for task in self._names} for words in sentences]
        for batch in _batches(pieces):
            words = [word.encode("utf-8", "replace") for _, words, _, _ in batch for word in words]
            lengths = [len(words) for _, words, _, _ in batch]
            ids = self._run(tf.constant(words, tf.string), tf.constant(lengths, tf.int64))
            for task, rows in ids.items():
                names = self._names[task]
                for (number, _, start, core), row in zip(batch, rows.numpy().tolist(), strict=True):
                    tags = [names[tag] for tag in row[core]]
                    tagged[number][task][start : start + len(tags)] = tags
        return tagged

    def _best_tags(self, words: tf.Tensor, lengths: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._network.best_tags(self._lookup.inputs(tf.RaggedTensor.from_row_lengths(words, lengths)))


Piece = tuple[int, Sequence[str], int, slice]
"""The sentence's number, the words to read, where the first tag belongs, and which of the words' tags are meant."""


def _pieces(number: int, words: Sequence[str]) -> Iterator[Piece]:
    """A sentence whole, or one too long for a batch as pieces that overlap."""
    if len(words) <= PIECE:
        if words:
            yield number, words, 0, slice(0, len(words))
        return
    for start in range(0, len(words), PIECE):
        end = min(start + PIECE, len(words))
        first = max(0, start - CONTEXT)
        yield number, words[first : end + CONTEXT], start, slice(start - first, end - first)


def _batches(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Pieces, ordered by length, in batches of a bounded number of padded tokens."""
    batch: list[Piece] = []
    for piece in pieces:
        if batch and (len(batch) + 1) * len(piece[1]) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(piece)
    if batch:
        yield batch

"""The network's scores as tags and probabilities, for many sentences at once."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from tagger.text.probabilities import Probabilities
from tagger.text.sentence import Sentence


class Decoder:
    """Knows the tags of each task, in the order of the scores' columns."""

    def __init__(self, tags: Mapping[str, Sequence[str]]) -> None:
        self._names = {task: np.array(names, object) for task, names in tags.items()}
        self._columns = {task: {name: column for column, name in enumerate(names)} for task, names in tags.items()}

    def decode(self, sentences: Sequence[Sentence], scores: Sequence[Mapping[str, np.ndarray]]) -> Iterator[Sentence]:
        """The sentences with the best tag of each token, given for each sentence the scores `[T, K]` of each task."""
        tags, values = {}, {}
        for task, names in self._names.items():
            rows = np.concatenate([of[task] for of in scores])  # [N, K], all tokens of all sentences; a copy
            tags[task] = names[rows.argmax(axis=1)].tolist()
            values[task] = softmax(rows)
        first = 0
        for sentence in sentences:
            last = first + len(sentence)
            yield sentence.with_predictions(
                {task: column[first:last] for task, column in tags.items()},
                # Copied, for whoever keeps one sentence must not keep all that were tagged with it.
                {task: Probabilities(self._columns[task], rows[first:last].copy()) for task, rows in values.items()},
            )
            first = last


def softmax(rows: np.ndarray) -> np.ndarray:
    """Scores `[N, K]` to probabilities, in their place."""
    rows -= rows.max(axis=1, keepdims=True)
    np.exp(rows, out=rows)
    rows /= rows.sum(axis=1, keepdims=True)
    return rows

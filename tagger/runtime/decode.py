"""The network's scores as tags, for many sentences at once."""

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
        tags = {}
        for task, names in self._names.items():
            every = np.concatenate([of[task] for of in scores])  # [N, K], all tokens of all sentences
            tags[task] = names[every.argmax(axis=1)].tolist()
        first = 0
        for sentence, of in zip(sentences, scores, strict=True):
            last = first + len(sentence)
            yield sentence.with_predictions(
                {task: column[first:last] for task, column in tags.items()},
                # Copied, for whoever keeps one sentence must not keep the scores of all that were tagged with it.
                {task: Probabilities(columns, of[task].copy()) for task, columns in self._columns.items()},
            )
            first = last

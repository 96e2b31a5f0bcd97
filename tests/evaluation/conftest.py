"""Tagged sentences with chosen probabilities."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from tagger.text.probabilities import Probabilities
from tagger.text.sentence import Sentence


def tagged(words: Sequence[str], tags: Mapping[str, Sequence[str]], scores: Sequence[float] | None = None) -> Sentence:
    """A sentence with predicted tags of these probabilities, 0.9 by default.

    One other tag has the rest of the probability.
    """
    probabilities = {}
    for task, column in tags.items():
        columns = {tag: place for place, tag in enumerate(dict.fromkeys([*column, "other"]))}
        rows = np.full((len(column), len(columns)), 1e-30)
        for row, (tag, score) in enumerate(zip(column, scores or [0.9] * len(column), strict=True)):
            rows[row, columns["other"]] = 1 - score
            rows[row, columns[tag]] = score
        probabilities[task] = Probabilities(columns, np.log(np.maximum(rows, 1e-30)))
    return Sentence.from_words(words).with_predictions(tags, probabilities)


@pytest.fixture(scope="session")
def as_tagged():
    return tagged

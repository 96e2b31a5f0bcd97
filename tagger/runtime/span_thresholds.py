"""Leaving out spans whose probability is below a threshold, for many sentences at once."""

from collections.abc import Sequence

import numpy as np

from tagger.model.score_settings import ScoreSettings
from tagger.text.scheme import split_tag


class SpanThresholds:
    """The thresholds of one task's labels. `tags` are in IOB2, in the order of the columns of scores."""

    def __init__(self, tags: Sequence[str], settings: ScoreSettings) -> None:
        self._outside = list(tags).index("O")
        self._least = np.array([settings.min_score(split_tag(tag)[1]) for tag in tags])
        labels = [split_tag(tag)[1] for tag in tags]
        self._label = np.array([labels.index(label) for label in labels])
        self._begins = np.array([split_tag(tag)[0] == "B" for tag in tags])

    def doubtful(self, columns: np.ndarray) -> bool:
        """Whether some of the tags, as columns `[N]`, belong to spans of a label that has a threshold."""
        return bool(np.any((columns != self._outside) & (self._least[columns] > 0)))

    def kept(self, columns: np.ndarray, probabilities: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """Return the columns `[N]` of tags with `O` in place of each span under its threshold.

        `probabilities` `[N]` are those of the tags. A span's is the product over its tokens, as in `Span.probability`.
        `starts` are the places of the sentences' first tokens.
        """
        inside = columns != self._outside
        begins = inside & self._begins[columns]
        begins[1:] |= inside[1:] & (self._label[columns[1:]] != self._label[columns[:-1]])
        first = inside & np.isin(np.arange(len(columns)), starts)
        begins |= first
        places = np.flatnonzero(begins)
        if not len(places):
            return columns
        # Tokens outside count as 1, so that the product up to the next span is that of the span.
        products = np.multiply.reduceat(np.where(inside, probabilities.astype(np.float64), 1.0), places)
        dropped = products < self._least[columns[places]]
        span = np.cumsum(begins) - 1
        kept: np.ndarray = np.where(inside & dropped[span], self._outside, columns)
        return kept

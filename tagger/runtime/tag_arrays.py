"""Tagged text as NumPy arrays, for programs that need no object for each sentence and word."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from tagger.text.sentence import Sentence


@dataclass(frozen=True)
class TagArrays:
    """The words of tagged texts as arrays: N words in S sentences in D texts, in the order of the texts.

    The words of sentence `s` have the places from `sentences[s]` up to `sentences[s + 1]`, and the sentences of text
    `d` have the numbers from `texts[d]` up to `texts[d + 1]`.
    """

    starts: np.ndarray
    """Character offset `[N]` of each word's start in its text, int64."""
    ends: np.ndarray
    """Character offset `[N]` of each word's end, exclusive, int64."""
    sentences: np.ndarray
    """Place `[S + 1]` of each sentence's first word, int64; the last number is N."""
    texts: np.ndarray
    """Number `[D + 1]` of each text's first sentence, int64; the last number is S."""
    tags: Mapping[str, np.ndarray]
    """Ids `[N]`, int32, of the words' tags by task: places in `names` of the task."""
    names: Mapping[str, tuple[str, ...]]
    """The tags of each task by their ids. Spans are written as in a Sentence: `B-PER`, `I-PER`, `O`."""
    scores: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Probabilities `[N]`, float32, of the words' tags by task; empty unless they were asked for."""

    def __len__(self) -> int:
        """Return the number of words."""
        return len(self.starts)


@dataclass(frozen=True, slots=True)
class WindowArrays:
    """The words of the sentences that were tagged together, as in `TagArrays`; `lengths` are those of the sentences."""

    starts: np.ndarray
    ends: np.ndarray
    lengths: list[int]
    tags: Mapping[str, np.ndarray]
    scores: Mapping[str, np.ndarray]


def window_arrays(
    window: Sequence[Sentence], tags: Mapping[str, np.ndarray], scores: Mapping[str, np.ndarray]
) -> WindowArrays:
    """Return the arrays of some sentences, given the columns `[N]` of their tags and the probabilities of these."""
    lengths = [len(sentence) for sentence in window]
    starts, ends = (
        np.fromiter(chain.from_iterable(offsets), np.int64, sum(lengths))
        for offsets in ([sentence.starts for sentence in window], [sentence.ends for sentence in window])
    )
    return WindowArrays(starts, ends, lengths, {task: ids.astype(np.int32) for task, ids in tags.items()}, scores)


def joined_arrays(
    windows: Iterable[WindowArrays], sizes: Sequence[int], names: Mapping[str, Sequence[str]]
) -> TagArrays:
    """Join the arrays of windows; `sizes` has the number of sentences of each text once all windows were taken."""
    taken = list(windows)
    scored = taken[0].scores if taken else ()
    lengths = list(chain.from_iterable(window.lengths for window in taken))
    return TagArrays(
        _joined([window.starts for window in taken], np.int64),
        _joined([window.ends for window in taken], np.int64),
        np.cumsum([0, *lengths], dtype=np.int64),
        np.cumsum([0, *sizes], dtype=np.int64),
        {task: _joined([window.tags[task] for window in taken], np.int32) for task in names},
        {task: tuple(each) for task, each in names.items()},
        {task: _joined([window.scores[task] for window in taken], np.float32) for task in scored},
    )


def counted(texts: Iterable[Iterable[Sentence]], sizes: list[int]) -> Iterator[Sentence]:
    """Yield the sentences of texts, and append the number of each text's sentences to `sizes` when it is known."""
    for sentences in texts:
        count = 0
        for sentence in sentences:
            count += 1
            yield sentence
        sizes.append(count)


def _joined(parts: Sequence[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(0, dtype)

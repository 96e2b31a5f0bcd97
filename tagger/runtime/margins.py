"""How sure a model is of a tagged sentence: the margin between its best and its second-best sequence of tags.

Margin sampling (Scheffer et al. 2001), for sequences as in Settles and Craven (2008).
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from tagger.model.batching import group_by_length
from tagger.model.transitions import Transitions, best_two_scores
from tagger.runtime.decode import PATH_BATCH_TOKENS
from tagger.text.scheme import split_tag
from tagger.text.sentence import Sentence


def margins(sentences: Sequence[Sentence], tasks: Sequence[str], transitions: Mapping[str, Transitions]) -> list[float]:
    """Return the margin of each sentence that a model has tagged, of the task where it is smallest.

    A margin is (p1 - p2) / (p1 + p2), where p1 and p2 are the probabilities of the best and of the second-best path: 0
    where the model could as well have chosen the other one, near 1 where it is sure. It does not shrink with a
    sentence's length, as the probabilities of all its paths do. `transitions` are those of `Tagger.transitions`; in a
    task without any, the two paths differ in one word, the one with the smallest margin.
    """
    smallest = np.ones(len(sentences))
    for task in tasks:
        scores = [sentence.probabilities[task].scores for sentence in sentences]
        of_task = transitions.get(task)
        gaps = np.array([_gap(each) for each in scores]) if of_task is None else _path_gaps(scores, of_task)
        smallest = np.minimum(smallest, np.tanh(gaps / 2))
    found: list[float] = smallest.tolist()
    return found


def label_probability(sentence: Sentence, tasks: Sequence[str], labels: Collection[str]) -> float:
    """Return the probability of one of some labels at the word of a tagged sentence where it is highest.

    A label is that of spans, such as `ORG`, or a plain tag.
    """
    highest = 0.0
    for task in tasks:
        probabilities = sentence.probabilities[task]
        columns = [
            column for tag, column in probabilities.columns.items() if tag in labels or split_tag(tag)[1] in labels
        ]
        if columns and len(sentence):
            highest = max(highest, float(probabilities.values[:, columns].sum(axis=1).max()))
    return min(highest, 1.0)


def _gap(scores: np.ndarray) -> float:
    """Return the smallest difference between the two highest scores of a token, from scores `[T, K]`."""
    if scores.shape[1] < 2 or not len(scores):
        return float("inf")
    highest = np.partition(scores, scores.shape[1] - 2, axis=1)
    return float((highest[:, -1] - highest[:, -2]).min())


def _path_gaps(scores: Sequence[np.ndarray], transitions: Transitions) -> np.ndarray:
    """Return the difference between the scores of each sentence's two best paths; inf where it has only one."""
    gaps = np.full(len(scores), np.inf)
    numbers = (number for number, each in enumerate(scores) if len(each))
    for group in group_by_length(numbers, lambda number: len(scores[number]), PATH_BATCH_TOKENS):
        lengths = np.array([len(scores[number]) for number in group])
        padded = np.zeros((len(group), lengths.max(), scores[0].shape[1]), np.float32)
        for row, number in enumerate(group):
            padded[row, : lengths[row]] = scores[number]
        two = best_two_scores(padded, lengths, transitions)
        gaps[group] = two[:, 0] - two[:, 1]
    return gaps

"""The network's scores as tags, for many sentences at once; none of them is a sequence that its scheme forbids."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from tagger.model.batching import group_by_length
from tagger.model.transitions import (
    Transitions,
    best_path,
    is_allowed,
    log_marginals,
    scheme_transitions,
    sum_transitions,
)
from tagger.text.probabilities import Probabilities, softmax
from tagger.text.sentence import Sentence

TOGETHER = 4096
"""Padded tokens whose paths are found at once, about."""


class Decoder:
    """Knows the tags of each task, in the order of the scores' columns, and the scheme of its spans."""

    def __init__(self, tags: Mapping[str, Sequence[str]], schemes: Mapping[str, str | None]) -> None:
        self._names = {task: np.array(names, object) for task, names in tags.items()}
        self._columns = {task: {name: column for column, name in enumerate(names)} for task, names in tags.items()}
        self._allowed = {task: scheme_transitions(scheme, tags[task]) for task, scheme in schemes.items() if scheme}

    @property
    def has_rules(self) -> bool:
        """Whether there is a task in which not every tag may follow every other."""
        return bool(self._allowed)

    def decode(
        self,
        sentences: Sequence[Sentence],
        scores: Sequence[Mapping[str, np.ndarray]],
        learned: Mapping[str, Transitions],
        *,
        keep: bool = True,
    ) -> Iterator[Sentence]:
        """The sentences with their best tags, given for each sentence the scores `[T, K]` of each task, and what was
        learned of neighbouring tags. With `keep` they can tell the probabilities of all tags."""
        transitions = sum_transitions(learned, self._allowed)
        tags, measures = {}, {}
        for task, names in self._names.items():
            steps = transitions.get(task)
            measures[task] = partial(path_probabilities, transitions=steps) if steps else softmax
            tags[task] = names[best_columns([of[task] for of in scores], steps, task in learned)].tolist()
        first = 0
        for sentence, of in zip(sentences, scores, strict=True):
            last = first + len(sentence)
            yield sentence.with_predictions(
                {task: column[first:last] for task, column in tags.items()},
                # Copied, for whoever keeps one sentence must not keep the scores of all that were tagged with it.
                {
                    task: Probabilities(columns, of[task].copy(), measures[task])
                    for task, columns in self._columns.items()
                }
                if keep
                else {},
            )
            first = last


def best_columns(scores: Sequence[np.ndarray], transitions: Transitions | None, is_learned: bool) -> np.ndarray:
    """The columns of the best tags of all sentences, one after the other, `[N]`, of the scores `[T, K]` of each."""
    best = np.concatenate(scores).argmax(axis=1)
    if transitions is None:
        return best
    ends = np.cumsum([len(of) for of in scores])
    with_tokens = (number for number, of in enumerate(scores) if len(of))
    for chosen in group_by_length(with_tokens, lambda number: len(scores[number]), TOGETHER):
        lengths = np.array([len(scores[number]) for number in chosen])
        real = np.arange(lengths.max()) < lengths[:, None]  # [B, T]
        places = ((ends[chosen] - lengths)[:, None] + np.arange(lengths.max()))[real]
        columns = np.zeros(real.shape, np.intp)
        columns[real] = best[places]
        # The best tags, where they may stand side by side, are the best path, unless each step has a score of its own.
        wrong = np.full(len(chosen), True) if is_learned else ~is_allowed(columns, lengths, transitions)
        if not wrong.any():
            continue
        padded = np.zeros((*real[wrong].shape, scores[0].shape[1]), np.float32)
        padded[real[wrong]] = np.concatenate([scores[chosen[row]] for row in np.flatnonzero(wrong)])
        columns[wrong] = best_path(padded, lengths[wrong], transitions)
        best[places] = columns[real]
    return best


def path_probabilities(scores: np.ndarray, transitions: Transitions) -> np.ndarray:
    """The probability of each tag of a sentence's tokens over all paths, `[T, K]`, of scores `[T, K]`."""
    if not len(scores):
        return scores
    return np.exp(log_marginals(scores[None], np.array([len(scores)]), transitions)[0])

"""Decoding the network's scores: the best valid tags of many sentences at once."""

from collections.abc import Iterator, Mapping, Sequence, Sized
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
from tagger.text.probabilities import Probabilities, SharedNormalize, softmax
from tagger.text.sentence import Sentence

PATH_BATCH_TOKENS = 4096
"""Padded tokens, about, whose best paths are found in one batch."""


class Decoder:
    """Turns scores into tags that are valid under each task's scheme.

    `tags` has the tags of each task in the order of the scores' columns, `schemes` the scheme of each span task.
    """

    def __init__(self, tags: Mapping[str, Sequence[str]], schemes: Mapping[str, str | None]) -> None:
        self._tags = {task: np.array(names, object) for task, names in tags.items()}
        self._columns = {task: {name: column for column, name in enumerate(names)} for task, names in tags.items()}
        self._allowed = {task: scheme_transitions(scheme, tags[task]) for task, scheme in schemes.items() if scheme}

    @property
    def has_rules(self) -> bool:
        """Whether a task has a scheme, whose rules forbid some sequences of tags."""
        return bool(self._allowed)

    def best(
        self, scores: Sequence[Mapping[str, np.ndarray]], learned: Mapping[str, Transitions]
    ) -> dict[str, np.ndarray]:
        """Return the columns `[N]` of the best tags of each task, for all sentences one after the other.

        `scores` and `learned` are as in `decode`.
        """
        transitions = self.transitions(learned)
        return {
            task: _best_columns([by_task[task] for by_task in scores], transitions.get(task), task in learned)
            for task in self._tags
        }

    def probabilities(
        self,
        scores: Sequence[Mapping[str, np.ndarray]],
        learned: Mapping[str, Transitions],
        columns: Mapping[str, np.ndarray],
    ) -> dict[str, np.ndarray]:
        """Return the probabilities `[N]`, float32, of tags that are given by their columns `[N]` of each task."""
        transitions = self.transitions(learned)
        found = {}
        for task, chosen in columns.items():
            of_task = [by_task[task] for by_task in scores]
            every = (
                softmax(np.concatenate(of_task)) if task not in transitions else _marginals(of_task, transitions[task])
            )
            found[task] = every[np.arange(len(chosen)), chosen]
        return found

    def transitions(self, learned: Mapping[str, Transitions]) -> dict[str, Transitions]:
        """Return the learned transitions and those that the schemes allow, summed, of each task that has either."""
        return sum_transitions(learned, self._allowed)

    def decode(
        self,
        sentences: Sequence[Sentence],
        scores: Sequence[Mapping[str, np.ndarray]],
        learned: Mapping[str, Transitions],
        *,
        keep: bool = True,
    ) -> Iterator[Sentence]:
        """Yield the sentences with their best tags.

        `scores` has for each sentence the scores `[T, K]` of each task, and `learned` the learned transitions of each
        task that has some. With `keep` the sentences keep the probabilities of all tags.
        """
        best = self.best(scores, learned)
        tags = {task: names[best[task]].tolist() for task, names in self._tags.items()}
        transitions = self.transitions(learned) if keep else {}
        groups = list(_groups(sentences)) if transitions else []
        shared = {task: _shared(groups, steps) for task, steps in transitions.items()}
        first = 0
        for number, (sentence, by_task) in enumerate(zip(sentences, scores, strict=True)):
            last = first + len(sentence)
            probabilities = {}
            if keep:
                for task, columns in self._columns.items():
                    # Copied, so that keeping one sentence does not keep the scores of its whole window in memory.
                    normalize = shared[task].get(number) if task in shared else None
                    probabilities[task] = Probabilities(columns, by_task[task].copy(), normalize)
                    if normalize:
                        normalize.add(probabilities[task])
            yield sentence.with_predictions({task: tag[first:last] for task, tag in tags.items()}, probabilities)
            first = last


def _best_columns(scores: Sequence[np.ndarray], transitions: Transitions | None, is_learned: bool) -> np.ndarray:
    """The columns `[N]` of the best tags of all sentences, one after the other.

    `scores` has the scores `[T, K]` of each sentence. `is_learned` tells that the transitions are learned, not only the
    rules of a scheme.
    """
    best: np.ndarray = np.concatenate(scores).argmax(axis=1)
    if transitions is None:
        return best
    ends = np.cumsum([len(each) for each in scores])
    for chosen in _groups(scores):
        lengths = np.array([len(scores[number]) for number in chosen])
        real = np.arange(lengths.max()) < lengths[:, None]  # [B, T]
        places = ((ends[chosen] - lengths)[:, None] + np.arange(lengths.max()))[real]
        columns = np.zeros(real.shape, np.intp)
        columns[real] = best[places]
        # Without learned transitions, the best tag of each token is the best path wherever the scheme allows it.
        search = np.full(len(chosen), True) if is_learned else ~is_allowed(columns, lengths, transitions)
        if not search.any():
            continue
        padded = np.zeros((*real[search].shape, scores[0].shape[1]), np.float32)
        padded[real[search]] = np.concatenate([scores[chosen[row]] for row in np.flatnonzero(search)])
        columns[search] = best_path(padded, lengths[search], transitions)
        best[places] = columns[real]
    return best


def _groups(sentences: Sequence[Sized]) -> Iterator[list[int]]:
    """Yield the numbers of sentences of similar lengths, which are worked on together; empty ones are left out."""
    lengths = list(map(len, sentences))
    with_tokens = (number for number, length in enumerate(lengths) if length)
    return group_by_length(with_tokens, lengths.__getitem__, PATH_BATCH_TOKENS)


def _shared(groups: Sequence[Sequence[int]], transitions: Transitions) -> dict[int, SharedNormalize]:
    """What computes the marginal probabilities of each sentence, by its number; one for each group."""
    shared: dict[int, SharedNormalize] = {}
    for group in groups:
        shared |= dict.fromkeys(group, SharedNormalize(partial(_path_probabilities, transitions=transitions)))
    return shared


def _marginals(scores: Sequence[np.ndarray], transitions: Transitions) -> np.ndarray:
    """Marginal probabilities `[N, K]` of the tags of all sentences, from the scores `[T, K]` of each."""
    every = np.concatenate(scores)
    first = np.cumsum([0, *map(len, scores)])
    for group in _groups(scores):
        for number, values in zip(
            group, _path_probabilities([scores[each] for each in group], transitions), strict=True
        ):
            every[first[number] : first[number + 1]] = values
    return every


def _path_probabilities(scores: Sequence[np.ndarray], transitions: Transitions) -> list[np.ndarray]:
    """Marginal probabilities `[T, K]` of each sentence's tags, from its scores `[T, K]`."""
    lengths = np.array([len(each) for each in scores])
    padded = np.zeros((len(scores), lengths.max(), scores[0].shape[1]), np.float32)
    for row, each in enumerate(scores):
        padded[row, : len(each)] = each
    probabilities = np.exp(log_marginals(padded, lengths, transitions))
    return [row[:length].copy() for row, length in zip(probabilities, lengths.tolist(), strict=True)]

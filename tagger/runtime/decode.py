"""Decoding the network's scores: the best valid tags of many sentences at once."""

from collections.abc import Iterator, Mapping, Sequence, Sized
from functools import partial

import numpy as np

from tagger.model.batching import group_by_length
from tagger.model.score_settings import ScoreSettings, TaskSettings
from tagger.model.transitions import (
    Transitions,
    best_path,
    is_allowed,
    log_marginals,
    scheme_transitions,
    sum_transitions,
)
from tagger.runtime.span_thresholds import SpanThresholds
from tagger.text.probabilities import Probabilities, SharedNormalize, softmax
from tagger.text.sentence import Sentence

PATH_BATCH_TOKENS = 4096
"""Padded tokens, about, whose best paths are found in one batch."""


_UNCHANGED = ScoreSettings()


class Decoder:
    """Turns scores into tags that are valid under each task's scheme.

    `tags` has the tags of each task in the order of the scores' columns, `schemes` the scheme of each span task, and
    `settings` the temperature, thresholds and penalty of each task that has some.
    """

    def __init__(
        self,
        tags: Mapping[str, Sequence[str]],
        schemes: Mapping[str, str | None],
        settings: TaskSettings | None = None,
    ) -> None:
        self._tags = {task: np.array(names, object) for task, names in tags.items()}
        self._columns = {task: {name: column for column, name in enumerate(names)} for task, names in tags.items()}
        self._allowed = {task: scheme_transitions(scheme, tags[task]) for task, scheme in schemes.items() if scheme}
        self._settings = settings or {}
        self._thresholds = {
            task: SpanThresholds(tags[task], each) for task, each in self._settings.items() if each.drops_spans
        }

    @property
    def has_rules(self) -> bool:
        """Whether a task has a scheme, whose rules forbid some sequences of tags."""
        return bool(self._allowed)

    def best(
        self, scores: Sequence[Mapping[str, np.ndarray]], learned: Mapping[str, Transitions]
    ) -> dict[str, np.ndarray]:
        """Return the columns `[N]` of the best tags of each task, for all sentences one after the other.

        Spans under their threshold are left out. `scores` and `learned` are as in `decode`.
        """
        transitions = self.transitions(learned)
        found = {
            task: _best_columns(self._penalised(task, scores), transitions.get(task), task in learned)
            for task in self._tags
        }
        for task, thresholds in self._thresholds.items():
            found[task] = self._without_doubtful(task, thresholds, found[task], scores, learned)
        return found

    def _penalised(self, task: str, scores: Sequence[Mapping[str, np.ndarray]]) -> list[np.ndarray]:
        """Return the scores of a task by which the best tags are chosen."""
        of_task = [by_task[task] for by_task in scores]
        penalty = self._settings_of(task).outside_penalty
        if not penalty:
            return of_task
        changed = np.zeros(len(self._tags[task]), np.float32)
        changed[self._columns[task]["O"]] = penalty
        return [each - changed for each in of_task]

    def _without_doubtful(
        self,
        task: str,
        thresholds: SpanThresholds,
        columns: np.ndarray,
        scores: Sequence[Mapping[str, np.ndarray]],
        learned: Mapping[str, Transitions],
    ) -> np.ndarray:
        """Return the columns `[N]` of a task's best tags without the spans under their threshold."""
        ends = np.cumsum([len(each[task]) for each in scores], dtype=np.intp)
        chosen = [
            (number, slice(end - len(each[task]), end))
            for number, (each, end) in enumerate(zip(scores, ends.tolist(), strict=True))
            if thresholds.doubtful(columns[end - len(each[task]) : end])
        ]
        if not chosen:
            return columns
        parts = [columns[place] for _, place in chosen]
        together = np.concatenate(parts)
        of_these = [{task: scores[number][task]} for number, _ in chosen]
        probabilities = self.probabilities(of_these, learned, {task: together})[task]
        starts = np.cumsum([0, *map(len, parts[:-1])], dtype=np.intp)
        columns[np.concatenate([np.arange(place.start, place.stop) for _, place in chosen])] = thresholds.kept(
            together, probabilities, starts
        )
        return columns

    def _settings_of(self, task: str) -> ScoreSettings:
        return self._settings.get(task, _UNCHANGED)

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
            temperature = self._settings_of(task).temperature
            every = (
                softmax_at(np.concatenate(of_task), temperature)
                if task not in transitions
                else _marginals(of_task, transitions[task], temperature)
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
        shared = {
            task: _shared(groups, steps, self._settings_of(task).temperature) for task, steps in transitions.items()
        }
        plain = {
            task: partial(softmax_at, temperature=each.temperature)
            for task, each in self._settings.items()
            if each.temperature != 1 and task not in shared
        }
        first = 0
        for number, (sentence, by_task) in enumerate(zip(sentences, scores, strict=True)):
            last = first + len(sentence)
            probabilities = {}
            if keep:
                for task, columns in self._columns.items():
                    # Copied, so that keeping one sentence does not keep the scores of its whole window in memory.
                    together = shared[task].get(number) if task in shared else None
                    probabilities[task] = Probabilities(columns, by_task[task].copy(), together or plain.get(task))
                    if together:
                        together.add(probabilities[task])
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


def _shared(
    groups: Sequence[Sequence[int]], transitions: Transitions, temperature: float
) -> dict[int, SharedNormalize]:
    """What computes the marginal probabilities of each sentence, by its number; one for each group."""
    shared: dict[int, SharedNormalize] = {}
    compute = partial(_path_probabilities, transitions=transitions, temperature=temperature)
    for group in groups:
        shared |= dict.fromkeys(group, SharedNormalize(compute))
    return shared


def softmax_at(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Return the softmax `[T, K]` of scores `[T, K]` divided by a temperature (Guo et al. 2017)."""
    return softmax(scores if temperature == 1 else scores / np.float32(temperature))


def _marginals(scores: Sequence[np.ndarray], transitions: Transitions, temperature: float = 1.0) -> np.ndarray:
    """Marginal probabilities `[N, K]` of the tags of all sentences, from the scores `[T, K]` of each."""
    every = np.concatenate(scores)
    first = np.cumsum([0, *map(len, scores)])
    for group in _groups(scores):
        of_group = _path_probabilities([scores[each] for each in group], transitions, temperature)
        for number, values in zip(group, of_group, strict=True):
            every[first[number] : first[number + 1]] = values
    return every


def _path_probabilities(
    scores: Sequence[np.ndarray], transitions: Transitions, temperature: float = 1.0
) -> list[np.ndarray]:
    """Marginal probabilities `[T, K]` of each sentence's tags, from its scores `[T, K]`.

    The score of a path is divided by the temperature.
    """
    lengths = np.array([len(each) for each in scores])
    padded = np.zeros((len(scores), lengths.max(), scores[0].shape[1]), np.float32)
    for row, each in enumerate(scores):
        padded[row, : len(each)] = each
    if temperature != 1:
        padded /= np.float32(temperature)
        transitions = Transitions(*(each / np.float32(temperature) for each in transitions))
    probabilities = np.exp(log_marginals(padded, lengths, transitions))
    return [row[:length].copy() for row, length in zip(probabilities, lengths.tolist(), strict=True)]

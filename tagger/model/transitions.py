"""The best paths of tags through a sentence, and the probability of each tag, where tags depend on their neighbours.

The score of a path is that of its tags, of each step from one to the next, and of its first and last: a linear-chain
conditional random field (Lafferty et al. 2001), decoded as in Rabiner (1989). Scores that are forbidden are -inf.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tagger.text.scheme import may_follow


class Transitions(NamedTuple):
    """What it adds to a path's score where it starts `[K]`, goes from a tag to the next `[K, K]`, and ends `[K]`."""

    start: np.ndarray
    between: np.ndarray
    end: np.ndarray


def scheme_transitions(scheme: str, tags: Sequence[str]) -> Transitions:
    """Zero where the scheme lets a tag stand, -inf where it does not."""
    of = np.vectorize(lambda may: 0.0 if may else -np.inf, otypes=[np.float32])
    return Transitions(
        of([may_follow(scheme, None, tag) for tag in tags]),
        of([[may_follow(scheme, tag, after) for after in tags] for tag in tags]),
        of([may_follow(scheme, tag, None) for tag in tags]),
    )


def sum_transitions(learned: Mapping[str, Transitions], allowed: Mapping[str, Transitions]) -> dict[str, Transitions]:
    """The sums, task by task, of what is learned and what is allowed, where a task has either."""
    return {
        task: Transitions(*(np.float32(sum(parts)) for parts in zip(*of, strict=True)))
        for task in {**learned, **allowed}
        if (of := [each[task] for each in (learned, allowed) if task in each])
    }


def is_allowed(columns: np.ndarray, lengths: np.ndarray, transitions: Transitions) -> np.ndarray:
    """Whether each path `[B, T]` of these lengths `[B]`, none of them 0, has a score above -inf in the transitions,
    `[B]`."""
    last = np.take_along_axis(columns, lengths[:, None] - 1, axis=1)[:, 0]
    steps = np.isfinite(transitions.between[columns[:, :-1], columns[:, 1:]])
    steps |= np.arange(1, columns.shape[1]) >= lengths[:, None]
    return np.isfinite(transitions.start[columns[:, 0]]) & np.isfinite(transitions.end[last]) & steps.all(axis=1)


def best_path(scores: np.ndarray, lengths: np.ndarray, transitions: Transitions) -> np.ndarray:
    """The columns `[B, T]` of the best paths (Viterbi 1967), of scores `[B, T, K]` of sentences of these lengths `[B]`;
    those past a sentence's end are 0."""
    sentences, steps, tags = scores.shape
    best = scores[:, 0] + transitions.start
    came_from = np.tile(np.arange(tags), (steps, sentences, 1))  # [T, B, K]
    for step in range(1, steps):
        reached = best[:, :, None] + transitions.between  # [B, K, K]
        goes_on = step < lengths
        came_from[step, goes_on] = reached.argmax(axis=1)[goes_on]
        best = np.where(goes_on[:, None], reached.max(axis=1) + scores[:, step], best)
    column = (best + transitions.end).argmax(axis=1)
    columns = np.zeros((sentences, steps), np.intp)
    for step in range(steps - 1, -1, -1):
        columns[:, step] = np.where(step < lengths, column, 0)
        column = came_from[step, np.arange(sentences), column]
    return columns


def log_marginals(scores: np.ndarray, lengths: np.ndarray, transitions: Transitions) -> np.ndarray:
    """The logarithm of the probability of each tag of each token, over all paths, `[B, T, K]` (forward-backward); what
    stands past a sentence's end means nothing."""
    every = np.add(*_before_and_after(scores, lengths, transitions))
    return every - np.logaddexp.reduce(every, axis=2, keepdims=True)


def step_probabilities(scores: np.ndarray, lengths: np.ndarray, transitions: Transitions) -> np.ndarray:
    """The probability, over all paths, that a token has the tag of a column and the one before it that of a row,
    `[B, T, K, K]`; a first token, which has none before it, has all in row 0. What stands past a sentence's end means
    nothing."""
    before, after = _before_and_after(scores, lengths, transitions)
    every = np.full((*scores.shape, scores.shape[2]), -np.inf, scores.dtype)
    every[:, 0, 0] = before[:, 0] + after[:, 0]
    every[:, 1:] = before[:, :-1, :, None] + transitions.between + (scores + after)[:, 1:, None, :]
    every = np.exp(every - every.max(axis=(2, 3), keepdims=True))
    return every / every.sum(axis=(2, 3), keepdims=True)


def _before_and_after(
    scores: np.ndarray, lengths: np.ndarray, transitions: Transitions
) -> tuple[np.ndarray, np.ndarray]:
    """The logarithms of the summed scores of all that comes up to each tag, and of all that comes after it, `[B, T, K]`
    both, but for a number that all tags of a token have in common."""
    steps = scores.shape[1]
    before = np.empty_like(scores)  # of all paths up to a tag
    after = np.empty_like(scores)  # of all paths from there on
    before[:, 0] = scores[:, 0] + transitions.start
    for step in range(1, steps):
        reached = np.logaddexp.reduce(before[:, step - 1, :, None] + transitions.between, axis=1) + scores[:, step]
        # Only differences count, and small numbers keep more of them than large ones.
        before[:, step] = reached - reached.max(axis=1, keepdims=True)
    after[:, -1] = transitions.end
    for step in range(steps - 2, -1, -1):
        left = np.logaddexp.reduce(transitions.between + (scores[:, step + 1] + after[:, step + 1])[:, None, :], axis=2)
        left -= left.max(axis=1, keepdims=True)
        after[:, step] = np.where((step < lengths - 1)[:, None], left, transitions.end)
    return before, after


def best_paths(scores: np.ndarray, transitions: Transitions, count: int) -> list[tuple[list[int], float]]:
    """The `count` best paths of one sentence of scores `[T, K]`, the best first, each with the logarithm of its
    probability; fewer where there are no more."""
    tags = scores.shape[1]
    best = (scores[0] + transitions.start)[:, None]  # [K, n], of the paths that end in each tag
    came_from = []
    for step in range(1, len(scores)):
        reached = best[:, :, None] + transitions.between[:, None, :]  # [K, n, K]
        reached = reached.reshape(-1, tags)
        order = (-reached).argsort(axis=0, kind="stable")[:count]  # [n', K]
        came_from.append((order // best.shape[1], order % best.shape[1]))
        best = np.take_along_axis(reached, order, axis=0).T + scores[step][:, None]
    whole = best + transitions.end[:, None]
    total = np.logaddexp.reduce(log_total(scores, transitions))
    found = []
    for place in (-whole).argsort(axis=None, kind="stable")[:count]:
        column, rank = divmod(int(place), whole.shape[1])
        if not np.isfinite(whole[column, rank]):
            break
        score, path = float(whole[column, rank] - total), [column]
        for columns, ranks in reversed(came_from):
            column, rank = int(columns[rank, column]), int(ranks[rank, column])
            path.append(column)
        found.append((path[::-1], score))
    return found


def log_total(scores: np.ndarray, transitions: Transitions) -> np.ndarray:
    """The logarithm of the summed scores of all paths that end in each tag, `[K]`, of one sentence `[T, K]`."""
    total = scores[0] + transitions.start
    for row in scores[1:]:
        total = np.logaddexp.reduce(total[:, None] + transitions.between, axis=0) + row
    return total + transitions.end

"""Decoding with transitions: the best sequences of tags, and the probability of each tag.

A linear-chain conditional random field (Lafferty et al. 2001), decoded as in Rabiner (1989). A path is one sequence of
tags. Its score is the sum of the scores of its tags and of its transitions: from each tag to the next, into the first
and out of the last. A forbidden transition has the score -inf.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tagger.text.scheme import may_follow, split_tag


class Transitions(NamedTuple):
    """Scores of transitions between the K tags of a task."""

    start: np.ndarray
    """`[K]`: a path starts with this tag."""
    between: np.ndarray
    """`[K, K]`: the tag of the column follows the tag of the row."""
    end: np.ndarray
    """`[K]`: a path ends with this tag."""


def scheme_transitions(scheme: str, tags: Sequence[str]) -> Transitions:
    """Return transitions of 0 where the scheme allows them and of -inf where it does not."""
    score = np.vectorize(lambda allowed: 0.0 if allowed else -np.inf, otypes=[np.float32])
    # Whether a tag may follow another depends on their prefixes, and on whether they have one label.
    split = [(f"{prefix} of {bool(tag)}", label) for tag in tags for prefix, label in [split_tag(tag)]]
    prefixes, labels = (np.unique([each[part] for each in split], return_inverse=True)[1] for part in (0, 1))
    kinds = (prefixes[:, None] * len(tags) + prefixes) * 2 + (labels[:, None] == labels)
    _, examples, kind_of = np.unique(kinds, return_index=True, return_inverse=True)
    allowed = [may_follow(scheme, tags[each // len(tags)], tags[each % len(tags)]) for each in examples.tolist()]
    return Transitions(
        score([may_follow(scheme, None, tag) for tag in tags]),
        score(allowed)[kind_of.reshape(kinds.shape)],
        score([may_follow(scheme, tag, None) for tag in tags]),
    )


def sum_transitions(learned: Mapping[str, Transitions], allowed: Mapping[str, Transitions]) -> dict[str, Transitions]:
    """Return the sum of the learned and the allowed transitions of each task that has either."""
    sums = {}
    for task in {**learned, **allowed}:
        parts = [transitions[task] for transitions in (learned, allowed) if task in transitions]
        start, between, end = (np.asarray(sum(scores), np.float32) for scores in zip(*parts, strict=True))
        sums[task] = Transitions(start, between, end)
    return sums


def is_allowed(columns: np.ndarray, lengths: np.ndarray, transitions: Transitions) -> np.ndarray:
    """Return, as `[B]`, whether the transitions allow each path `[B, T]` of tag columns.

    No length `[B]` may be 0.
    """
    last = np.take_along_axis(columns, lengths[:, None] - 1, axis=1)[:, 0]
    steps = np.isfinite(transitions.between[columns[:, :-1], columns[:, 1:]])
    steps |= np.arange(1, columns.shape[1]) >= lengths[:, None]
    ends = np.isfinite(transitions.start[columns[:, 0]]) & np.isfinite(transitions.end[last])
    allowed: np.ndarray = ends & steps.all(axis=1)
    return allowed


def best_path(scores: np.ndarray, lengths: np.ndarray, transitions: Transitions) -> np.ndarray:
    """Return the tag columns `[B, T]` of the path with the highest score (Viterbi 1967).

    Columns past a sentence's end are 0. `scores` are `[B, T, K]`, `lengths` `[B]`.
    """
    sentences, steps, _ = scores.shape
    by_step = np.ascontiguousarray(scores.transpose(1, 2, 0))  # [T, K, B]: sentences last, so that NumPy is fast
    between = transitions.between[:, :, None]
    shortest = lengths.min(initial=steps)
    best = np.empty_like(by_step)  # scores of the best paths to each tag
    best[0] = by_step[0] + transitions.start[:, None]
    for step in range(1, steps):
        reached = (best[step - 1][:, None] + between).max(axis=0) + by_step[step]
        best[step] = reached if step < shortest else np.where(step < lengths, reached, best[step - 1])
    columns = np.zeros((sentences, steps), np.intp)
    column = (best[-1] + transitions.end[:, None]).argmax(axis=0)
    columns[:, -1] = column
    for step in range(steps - 1, 0, -1):
        # The tag from which the path came: computed again here, for one tag of each sentence instead of all.
        came_from = (best[step - 1] + transitions.between[:, column]).argmax(axis=0)
        column = np.where(step < lengths, came_from, column)
        columns[:, step - 1] = column
    columns[np.arange(steps) >= lengths[:, None]] = 0
    return columns


def best_two_scores(scores: np.ndarray, lengths: np.ndarray, transitions: Transitions) -> np.ndarray:
    """Return the scores `[B, 2]` of the best and of the second-best path; -inf where there is only one.

    The list Viterbi algorithm (Seshadri and Sundberg 1994) with two paths to each tag. `scores` are `[B, T, K]`,
    `lengths` `[B]`, none of them 0.
    """
    by_step = np.ascontiguousarray(scores.transpose(1, 2, 0))  # [T, K, B], as in `best_path`
    best = np.full((2, *by_step.shape[1:]), -np.inf, by_step.dtype)  # of the two best paths to each tag
    best[0] = by_step[0] + transitions.start[:, None]
    for step in range(1, len(by_step)):
        reached = best[:, :, None] + transitions.between[:, :, None]  # [2, K before, K, B]
        two = _two_highest(reached.reshape(-1, *best.shape[1:])) + by_step[step]
        best = np.where(step < lengths, two, best)
    ends = best + transitions.end[:, None]
    return _two_highest(ends.reshape(-1, ends.shape[2])).T


def _two_highest(values: np.ndarray) -> np.ndarray:
    """Return the two highest values along the first axis, the highest first."""
    two: np.ndarray = np.partition(values, len(values) - 2, axis=0)[-2:][::-1]
    return two


def log_marginals(scores: np.ndarray, lengths: np.ndarray, transitions: Transitions) -> np.ndarray:
    """Return the log probability `[B, T, K]` of each tag of each token.

    The forward-backward algorithm sums over all paths. `scores` are `[B, T, K]`, `lengths` `[B]`. Values past a
    sentence's end have no meaning.
    """
    forward, backward = _forward_backward(scores, lengths, transitions)
    every = forward + backward
    marginals: np.ndarray = every - np.logaddexp.reduce(every, axis=2, keepdims=True)
    return marginals


def step_probabilities(scores: np.ndarray, lengths: np.ndarray, transitions: Transitions) -> np.ndarray:
    """Return the probability `[B, T, K, K]` of each pair of neighbouring tags.

    A column is the tag of the token, a row that of the token before it. `scores` are `[B, T, K]`, `lengths` `[B]`. A
    first token, which has none before it, has its probabilities in row 0. Values past a sentence's end have no meaning.
    """
    forward, backward = _forward_backward(scores, lengths, transitions)
    every = np.full((*scores.shape, scores.shape[2]), -np.inf, scores.dtype)
    every[:, 0, 0] = forward[:, 0] + backward[:, 0]
    every[:, 1:] = forward[:, :-1, :, None] + transitions.between + (scores + backward)[:, 1:, None, :]
    every = np.exp(every - every.max(axis=(2, 3), keepdims=True))
    probabilities: np.ndarray = every / every.sum(axis=(2, 3), keepdims=True)
    return probabilities


def _forward_backward(
    scores: np.ndarray, lengths: np.ndarray, transitions: Transitions
) -> tuple[np.ndarray, np.ndarray]:
    """Return log sums `[B, T, K]` over the paths to each tag (forward) and from it (backward).

    The sums of each token are correct up to a number that all its tags have in common.
    """
    steps = scores.shape[1]
    forward = np.empty_like(scores)
    backward = np.empty_like(scores)
    forward[:, 0] = scores[:, 0] + transitions.start
    for step in range(1, steps):
        total = np.logaddexp.reduce(forward[:, step - 1, :, None] + transitions.between, axis=1) + scores[:, step]
        # Only differences matter, and small numbers keep more digits of them than large ones.
        forward[:, step] = total - total.max(axis=1, keepdims=True)
    backward[:, -1] = transitions.end
    for step in range(steps - 2, -1, -1):
        following = (scores[:, step + 1] + backward[:, step + 1])[:, None, :]
        total = np.logaddexp.reduce(transitions.between + following, axis=2)
        total -= total.max(axis=1, keepdims=True)
        backward[:, step] = np.where((step < lengths - 1)[:, None], total, transitions.end)
    return forward, backward

"""Decoding over neighbouring tags, compared with all paths of small cases, which are enumerated."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.model.transitions import (
    Transitions,
    best_path,
    is_allowed,
    log_marginals,
    scheme_transitions,
    step_probabilities,
    sum_transitions,
)
from tagger.text.scheme import SCHEME_PREFIXES, invalid_positions, may_follow

TAGS = ["B-LOC", "B-PER", "I-LOC", "I-PER", "O"]


def random_case(seed: int, tags: int, longest: int, sentences: int = 3) -> tuple[np.ndarray, np.ndarray, Transitions]:
    generator = np.random.default_rng(seed)
    scores = generator.normal(scale=2, size=(sentences, longest, tags)).astype(np.float32)
    lengths = generator.integers(1, longest + 1, size=sentences)
    shapes = [(tags,), (tags, tags), (tags,)]
    return scores, lengths, Transitions(*(generator.normal(size=shape).astype(np.float32) for shape in shapes))


def every_path(scores: np.ndarray, transitions: Transitions) -> dict[tuple[int, ...], float]:
    """The score of each path of one sentence, as a plain sum."""
    found = {}
    for path in product(range(scores.shape[1]), repeat=len(scores)):
        steps = sum(transitions.between[pair] for pair in pairwise(path))
        own = sum(scores[place, tag] for place, tag in enumerate(path))
        found[path] = float(own + steps + transitions.start[path[0]] + transitions.end[path[-1]])
    return found


@pytest.mark.parametrize("seed", range(5))
def test_best_path_and_probabilities_agree_with_enumerated_paths(seed):
    scores, lengths, transitions = random_case(seed, tags=3, longest=5)
    best = best_path(scores, lengths, transitions)
    marginals = np.exp(log_marginals(scores, lengths, transitions))
    steps = step_probabilities(scores, lengths, transitions)
    for row, length in enumerate(lengths):
        paths = every_path(scores[row, :length], transitions)
        total = np.logaddexp.reduce(list(paths.values()))
        assert tuple(best[row, :length]) == max(paths, key=paths.get) and not best[row, length:].any()
        expected, of_steps = np.zeros((length, 3)), np.zeros((length, 3, 3))
        for path, score in paths.items():
            expected[range(length), path] += np.exp(score - total)
            of_steps[range(length), (0, *path[:-1]), path] += np.exp(score - total)
        np.testing.assert_allclose(marginals[row, :length], expected, atol=1e-5)
        np.testing.assert_allclose(steps[row, :length], of_steps, atol=1e-5)


@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.sampled_from([0.1, 3.0, 1000.0]))
def test_no_path_is_forbidden_by_the_scheme(seed, longest, scale):
    scores, lengths, transitions = random_case(seed, tags=5, longest=longest)
    allowed = scheme_transitions("IOB2", TAGS)
    for given_transitions in (allowed, sum_transitions({"": transitions}, {"": allowed})[""]):
        best = best_path(scores * scale, lengths, given_transitions)
        assert is_allowed(best, lengths, allowed).all()
        for row, length in zip(best, lengths, strict=True):
            assert not invalid_positions([TAGS[column] for column in row[:length]], "IOB2")
        marginals = np.exp(log_marginals(scores * scale, lengths, given_transitions))
        assert not marginals[:, 0, [2, 3]].any()  # no sentence starts inside a span
        assert not np.isnan(marginals).any()


@given(st.lists(st.sampled_from(range(5)), min_size=1, max_size=6))
def test_paths_are_allowed_exactly_if_the_scheme_allows_them(path):
    padded = np.array([[*path, 3, 3]])  # tags past the end do not count
    found = is_allowed(padded, np.array([len(path)]), scheme_transitions("IOB2", TAGS))
    assert found.tolist() == [not invalid_positions([TAGS[column] for column in path], "IOB2")]


def test_five_hundred_steps_of_large_scores_stay_finite():
    scores, _, transitions = random_case(2, tags=9, longest=500)
    lengths = np.array([500, 250, 1])
    marginals = np.exp(log_marginals(scores * 50, lengths, transitions))
    for row, length in enumerate(lengths):
        np.testing.assert_allclose(marginals[row, :length].sum(axis=1), 1, atol=1e-4)


@pytest.mark.parametrize("scheme", SCHEME_PREFIXES)
def test_transitions_of_a_scheme_are_what_may_follow_says_of_each_pair(scheme):
    tags = ["O", "", "B-", "NOUN", *(f"{prefix}-{label}" for prefix in "BIESLU" for label in ("A", "B", "O"))]
    expected = [[0.0 if may_follow(scheme, tag, after) else -np.inf for after in tags] for tag in tags]
    assert scheme_transitions(scheme, tags).between.tolist() == expected
    assert scheme_transitions(scheme, []).between.shape == (0, 0)

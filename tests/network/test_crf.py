"""The CRF against enumerated paths, and its gradients against finite differences."""

from itertools import pairwise, product

import numpy as np
import pytest

from tagger.backend import tf
from tagger.corpus.soft_targets import SoftTargets
from tagger.model import transitions as paths
from tagger.network.crf import TransitionScores, best_path
from tagger.network.losses import with_costs


def random_crf(seed: int, tags: int) -> TransitionScores:
    generator = np.random.default_rng(seed)
    field = TransitionScores(tags)
    for variable in field.variables:
        variable.assign(generator.normal(size=variable.shape))
    return field


def score(field: TransitionScores, scores: np.ndarray, path: tuple[int, ...]) -> float:
    start, between, end = field.values()
    own = sum(scores[place, tag] for place, tag in enumerate(path))
    return float(own + sum(between[pair] for pair in pairwise(path)) + start[path[0]] + end[path[-1]])


@pytest.mark.parametrize("seed", range(3))
def test_the_likelihood_is_the_share_of_a_path_in_all_paths(seed):
    generator = np.random.default_rng(seed)
    field, scores = random_crf(seed, 3), generator.normal(size=(4, 5, 3)).astype(np.float32)
    lengths, columns = np.array([5, 3, 1, 0], np.int32), generator.integers(3, size=(4, 5)).astype(np.int32)
    found = field.log_likelihood(tf.constant(scores), tf.constant(columns), tf.constant(lengths)).numpy()
    for row, length in enumerate(lengths[:3]):
        every = [score(field, scores[row], path) for path in product(range(3), repeat=length)]
        expected = score(field, scores[row], tuple(columns[row, :length])) - np.logaddexp.reduce(every)
        assert found[row] == pytest.approx(expected, abs=1e-5)
    assert found[3] == 0


def test_the_likelihood_of_partly_known_tags_is_the_share_of_all_paths_that_have_them():
    # Tsuboi et al. 2008, against enumeration; and its gradient has no NaN.
    generator = np.random.default_rng(5)
    field, scores = random_crf(5, 3), generator.normal(size=(5, 4, 3)).astype(np.float32)
    lengths, columns = np.array([4, 4, 2, 1, 0], np.int32), generator.integers(3, size=(5, 4)).astype(np.int32)
    has_tag = np.array([[1, 0, 1, 1], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], bool)
    variable = tf.Variable(scores)

    @tf.function
    def likelihood_and_gradient():
        with tf.GradientTape() as tape:
            found = field.log_likelihood(variable, columns, lengths, has_tag=tf.constant(has_tag))
        return found, tape.gradient(found, variable)

    found, gradient = (each.numpy() for each in likelihood_and_gradient())
    for row, length in enumerate(lengths[:4]):
        every = {path: score(field, scores[row], path) for path in product(range(3), repeat=length)}
        known = [place for place in range(length) if has_tag[row, place]]
        some = [each for path, each in every.items() if all(path[place] == columns[row, place] for place in known)]
        assert found[row] == pytest.approx(
            np.logaddexp.reduce(some) - np.logaddexp.reduce(list(every.values())), abs=1e-5
        )
    assert found[4] == 0
    assert np.isfinite(gradient).all() and not gradient[3:].any()
    whole = field.log_likelihood(scores, columns, lengths, has_tag=tf.ones([5, 4], tf.bool))
    np.testing.assert_array_equal(whole, field.log_likelihood(scores, columns, lengths))


def test_softmax_margin_raises_each_path_by_the_costs_of_its_wrong_tags():
    # Gimpel & Smith 2010: the share of the gold path among all paths, with each path's score raised by its cost.
    generator = np.random.default_rng(6)
    field, scores, right, outside = random_crf(6, 3), generator.normal(size=(1, 4, 3)), (1, 1, 2, 0), 1
    raised = with_costs(tf.constant(scores, tf.float32), tf.constant([right]) + 1, outside + 1, 1.5, 0.5)
    loss = field.loss(raised, tf.constant([right]) + 1, tf.constant([4]), tf.constant(1)).numpy()
    costs = {
        path: sum(
            (1.5 if tag == outside else 0.5) * (tag != gold != outside) for tag, gold in zip(path, right, strict=True)
        )
        for path in product(range(3), repeat=4)
    }
    every = [score(field, scores[0], path) + cost for path, cost in costs.items()]
    assert loss == pytest.approx(np.logaddexp.reduce(every) - score(field, scores[0], right), abs=1e-5)


def test_with_soft_targets_the_loss_is_the_cross_entropy_of_two_crfs_over_all_paths():
    generator = np.random.default_rng(7)
    teacher, field = random_crf(8, 3), random_crf(9, 3)
    lengths, gold = np.array([4, 2, 1], np.int32), generator.integers(3, size=(3, 4)).astype(np.int32)
    theirs, own = generator.normal(size=(2, 3, 4, 3)).astype(np.float32)
    steps = paths.step_probabilities(theirs, lengths, teacher.values()).reshape(3, 4, 9)
    classes = np.broadcast_to(np.arange(9, dtype=np.int32), steps.shape)
    soft = SoftTargets(tf.constant(classes), tf.constant(steps), 0.75)
    found = field.log_likelihood(tf.constant(own), tf.constant(gold), tf.constant(lengths), soft).numpy()
    for row, length in enumerate(lengths):
        every = list(product(range(3), repeat=length))
        likely = np.array([score(teacher, theirs[row], path) for path in every])
        mine = np.array([score(field, own[row], path) for path in every])
        mine -= np.logaddexp.reduce(mine)
        expected = np.exp(likely - np.logaddexp.reduce(likely)) @ mine
        right = mine[every.index(tuple(gold[row, :length]))]
        assert found[row] == pytest.approx(0.75 * expected + 0.25 * right, abs=1e-5)


def test_with_zero_transitions_the_likelihood_is_that_of_softmax():
    scores = np.random.default_rng(0).normal(size=(2, 4, 3)).astype(np.float32)
    columns, lengths = np.array([[0, 1, 2, 0], [2, 2, 0, 0]], np.int32), np.array([4, 2], np.int32)
    found = TransitionScores(3).log_likelihood(tf.constant(scores), tf.constant(columns), tf.constant(lengths))
    single = -tf.nn.sparse_softmax_cross_entropy_with_logits(columns, scores).numpy()
    assert found.numpy() == pytest.approx([single[0].sum(), single[1, :2].sum()], abs=1e-5)


def test_gradients_equal_finite_differences():
    generator = np.random.default_rng(4)
    field, scores = random_crf(4, 3), tf.Variable(generator.normal(size=(2, 4, 3)).astype(np.float32))
    columns, lengths = tf.constant(generator.integers(3, size=(2, 4)), tf.int32), tf.constant([4, 2])

    def loss() -> tf.Tensor:
        return tf.reduce_sum(field.log_likelihood(scores, columns, lengths))

    with tf.GradientTape() as tape:
        value = loss()
    for variable, gradient in zip(
        [scores, *field.variables], tape.gradient(value, [scores, *field.variables]), strict=True
    ):
        kept, step = variable.numpy(), 1e-2
        for place in np.ndindex(*kept.shape):
            ends = []
            for sign in (1, -1):
                moved = kept.copy()
                moved[place] += sign * step
                variable.assign(moved)
                ends.append(float(loss()))
            variable.assign(kept)
            assert float(gradient[place]) == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=2e-3)


def test_five_hundred_steps_of_large_scores_stay_finite():
    generator = np.random.default_rng(5)
    scores = tf.Variable((50 * generator.normal(size=(2, 500, 9))).astype(np.float32))
    field, columns = random_crf(5, 9), tf.zeros([2, 500], tf.int32)
    with tf.GradientTape() as tape:
        found = field.log_likelihood(scores, columns, tf.constant([500, 77]))
    assert np.isfinite(found).all() and np.isfinite(tape.gradient(found, scores)).all()


@pytest.mark.parametrize("seed", range(3))
def test_viterbi_as_a_graph_finds_the_paths_that_numpy_finds(seed):
    generator = np.random.default_rng(seed)
    scores = generator.normal(size=(5, 7, 4)).astype(np.float32)
    lengths, transitions = np.array([7, 1, 3, 6, 2], np.int32), random_crf(seed, 4).values()
    transitions.between[1, 2] = transitions.start[0] = -np.inf
    found = best_path(tf.constant(scores), tf.constant(lengths), transitions).numpy()
    assert found.tolist() == paths.best_path(scores, lengths, transitions).tolist()


def test_sentences_without_soft_targets_have_the_likelihood_of_their_gold_tags():
    field = TransitionScores(2)
    field.between.assign([[0.3, -0.2], [0.1, 0.4]])
    scores, columns, lengths = tf.constant([[[1.0, 2.0], [0.5, 0.0]]]), tf.constant([[0, 1]]), tf.constant([2])
    nothing = SoftTargets(tf.zeros([1, 2, 2], tf.int32), tf.zeros([1, 2, 2]), 0.9)
    found = field.log_likelihood(scores, columns, lengths, nothing).numpy()
    assert found == field.log_likelihood(scores, columns, lengths).numpy()

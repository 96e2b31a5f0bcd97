import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.schema import TrainingConfig
from tagger.training.optimizers import (
    SGD,
    Adam,
    clip_by_global_norm,
    geometric,
    make_optimizer,
    summed_rows,
)

GENERATOR = np.random.default_rng(0)
FIRST = GENERATOR.normal(size=(4, 3)).astype(np.float32)
GRADIENTS = GENERATOR.normal(size=(6, 4, 3)).astype(np.float32)
ADAM = TrainingConfig(beta1=0.9, beta2=0.99, epsilon=1e-6)
MOMENTUM = TrainingConfig(optimizer="sgd", momentum=0.8)
LATE = 2000  # a step at which Adam's bias correction of the first moment is 1
ALL = [0, 1, 2, 3]


def adam_in_numpy(gradients: list[np.ndarray], first_step: int = 0) -> np.ndarray:
    """Adam in float64: algorithm 1 of Kingma & Ba (2015) in the order of the end of section 2."""
    theta, m, v = FIRST.astype(np.float64), np.zeros(FIRST.shape), np.zeros(FIRST.shape)
    for t, g in enumerate(gradients, start=first_step + 1):
        m = ADAM.beta1 * m + (1 - ADAM.beta1) * g
        v = ADAM.beta2 * v + (1 - ADAM.beta2) * g**2
        alpha = 0.1 * np.sqrt(1 - ADAM.beta2**t) / (1 - ADAM.beta1**t)
        theta = theta - alpha * m / (np.sqrt(v) + ADAM.epsilon)
    return theta


def sgd_in_numpy(gradients: list[np.ndarray], momentum: float) -> np.ndarray:
    theta, velocity = FIRST.astype(np.float64), np.zeros(FIRST.shape)
    for g in gradients:
        velocity = momentum * velocity + g
        theta = theta - 0.1 * velocity
    return theta


def slices(gradient: np.ndarray, rows: list[int]) -> tf.IndexedSlices:
    return tf.IndexedSlices(tf.constant(gradient[rows]), tf.constant(rows))


def moved(config: TrainingConfig, gradients: list[np.ndarray], rows: list[list[int]], first_step: int = 0):
    """Take steps on a dense variable, and on a table with some rows of each gradient.

    Returns both, and the table before its rows had caught up.
    """
    dense, table = tf.Variable(FIRST), tf.Variable(FIRST)
    optimizer = make_optimizer(config, lambda step: tf.fill(tf.shape(step), 0.1), table, [dense])
    optimizer.catch_up(tf.constant(ALL), tf.constant(first_step, tf.int64))
    for step, (gradient, named) in enumerate(zip(gradients, rows, strict=True), start=first_step):
        step = tf.constant(step, tf.int64)
        optimizer.catch_up(tf.constant(named), step)
        optimizer.apply([tf.constant(gradient)], slices(gradient, named), step)
    before = table.numpy()
    for _ in range(2):  # the second time changes nothing
        optimizer.catch_up(tf.constant(ALL), tf.constant(first_step + len(gradients), tf.int64))
    return dense.numpy(), table.numpy(), before


def test_adam_is_that_of_the_paper_for_dense_variables_and_for_rows():
    dense, table, _ = moved(ADAM, list(GRADIENTS), [ALL] * 6)
    np.testing.assert_allclose(dense, adam_in_numpy(list(GRADIENTS)), rtol=1e-4)
    np.testing.assert_allclose(table, adam_in_numpy(list(GRADIENTS)), rtol=1e-4)


def test_the_first_step_of_adam_is_the_learning_rate_against_the_gradients_sign():
    dense, table, _ = moved(ADAM, [GRADIENTS[0]], [ALL])
    np.testing.assert_allclose(dense, FIRST - 0.1 * np.sign(GRADIENTS[0]), rtol=1e-3)
    np.testing.assert_allclose(table, dense, rtol=1e-5)


@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_sgd_is_that_of_a_loop_in_numpy(momentum):
    dense, table, _ = moved(TrainingConfig(optimizer="sgd", momentum=momentum), list(GRADIENTS), [ALL] * 6)
    np.testing.assert_allclose(dense, sgd_in_numpy(list(GRADIENTS), momentum), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(table, dense, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("config", [ADAM, MOMENTUM])
def test_rows_without_a_gradient_wait_and_then_catch_up_with_every_step(config):
    rows = [ALL, [0, 2], [0], [0, 2], [0], [0]]
    given = [np.where(np.isin(ALL, named)[:, np.newaxis], each, 0) for each, named in zip(GRADIENTS, rows, strict=True)]
    expected = adam_in_numpy(given, LATE) if config is ADAM else sgd_in_numpy(given, config.momentum)
    _, table, before = moved(config, list(GRADIENTS), rows, LATE)
    np.testing.assert_allclose(table, expected, rtol=1e-3, atol=1e-5)
    _, after_one, _ = moved(config, [GRADIENTS[0]], [ALL], LATE)
    assert (before[[1, 3]] == after_one[[1, 3]]).all()  # rows 1 and 3 waited
    assert (before[0] == table[0]).all()  # row 0 never had to
    assert (before[2] != table[2]).all()


def test_a_row_that_never_had_a_gradient_stays():
    _, table, _ = moved(ADAM, list(GRADIENTS), [[0, 1]] * 6)
    assert (table[2:] == FIRST[2:]).all()


def test_a_row_that_waited_very_long_comes_to_rest():
    dense, table = tf.Variable(FIRST), tf.Variable(FIRST)
    for config in (ADAM, MOMENTUM):
        optimizer = make_optimizer(config, lambda step: tf.fill(tf.shape(step), 0.1), table, [dense])
        optimizer.apply([tf.constant(GRADIENTS[0])], slices(GRADIENTS[0], ALL), tf.constant(0, tf.int64))
        optimizer.catch_up(tf.constant(ALL), tf.constant(100_000, tf.int64))
        rest = table.numpy()
        assert np.isfinite(rest).all()
        optimizer.catch_up(tf.constant(ALL), tf.constant(200_000, tf.int64))
        assert (table.numpy() == rest).all()


def test_the_geometric_series_is_the_sum_of_its_members():
    for ratio in (0.0, 0.5, 0.9, 1.0):
        for count in (0, 1, 7):
            expected = sum(ratio**power for power in range(1, count + 1))
            assert float(geometric(ratio, tf.constant(float(count)))) == pytest.approx(expected)


def test_the_configuration_names_the_optimizer():
    table = tf.Variable(FIRST)
    assert isinstance(make_optimizer(TrainingConfig(optimizer="sgd"), lambda step: step, table, []), SGD)
    assert isinstance(make_optimizer(TrainingConfig(optimizer="adam"), lambda step: step, table, []), Adam)


def test_repeated_rows_are_added_up():
    values = np.array([[1.0, 2.0], [10.0, 20.0], [100.0, 200.0], [0.5, 0.5]], np.float32)
    gradient = tf.IndexedSlices(tf.constant(values), tf.constant([7, 3, 7, 3]), tf.constant([9, 2]))
    summed, given = summed_rows(gradient, tf.constant([1, 3, 5, 7]))
    assert summed.numpy().tolist() == [[0.0, 0.0], [10.5, 20.5], [0.0, 0.0], [101.0, 202.0]]
    assert given.numpy().tolist() == [0, 2, 0, 2]


def test_gradients_are_scaled_down_together_to_the_norm():
    rows = tf.IndexedSlices(tf.constant([[0.0, 4.0]]), tf.constant([1]))
    dense, sparse = clip_by_global_norm([tf.constant([[3.0, 0.0]]), rows], 1.0)  # of norm 5
    np.testing.assert_allclose(dense.numpy(), [[0.6, 0.0]], rtol=1e-6)
    np.testing.assert_allclose(sparse.values.numpy(), [[0.0, 0.8]], rtol=1e-6)
    assert sparse.indices.numpy().tolist() == [1]


@pytest.mark.parametrize("bound", [0.0, 6.0])
def test_gradients_within_the_norm_or_without_one_stay_as_they_are(bound):
    clipped = clip_by_global_norm([tf.constant([3.0]), tf.constant([4.0])], bound)
    assert [gradient.numpy().item() for gradient in clipped] == pytest.approx([3.0, 4.0])

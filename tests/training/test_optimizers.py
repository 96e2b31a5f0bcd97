import numpy as np
import pytest

from tagger.backend import tf
from tagger.config import TrainingConfig
from tagger.training.optimizers import SGD, Adam, clip_by_global_norm, make_optimizer, summed_rows

GENERATOR = np.random.default_rng(0)
FIRST = GENERATOR.normal(size=(4, 3)).astype(np.float32)
GRADIENTS = GENERATOR.normal(size=(5, 4, 3)).astype(np.float32)
ADAM = TrainingConfig(beta1=0.9, beta2=0.99, epsilon=1e-3)


def rows_of(gradient: np.ndarray, rows: list[int]) -> tf.IndexedSlices:
    return tf.IndexedSlices(tf.constant(gradient[rows]), tf.constant(rows), tf.constant(gradient.shape))


def adam_in_numpy(first: np.ndarray, gradients: list[np.ndarray], rate: float = 0.1) -> np.ndarray:
    """Kingma & Ba (2015), algorithm 1 in the order of operations at the end of section 2, in float64."""
    theta, m, v = first.astype(np.float64), np.zeros(first.shape), np.zeros(first.shape)
    for t, g in enumerate(gradients, start=1):
        m = ADAM.beta1 * m + (1 - ADAM.beta1) * g
        v = ADAM.beta2 * v + (1 - ADAM.beta2) * g**2
        alpha = rate * np.sqrt(1 - ADAM.beta2**t) / (1 - ADAM.beta1**t)
        theta = theta - alpha * m / (np.sqrt(v) + ADAM.epsilon)
    return theta


def moved(optimizer_class, config: TrainingConfig, gradients: list, rate: float = 0.1) -> np.ndarray:
    variable = tf.Variable(FIRST)
    optimizer = optimizer_class(config, [variable])
    for step, gradient in enumerate(gradients):
        gradient = gradient if isinstance(gradient, tf.IndexedSlices) else tf.constant(gradient)
        optimizer.apply([gradient], tf.constant(rate), tf.constant(step))
    return variable.numpy()


def test_adam_is_that_of_the_paper():
    np.testing.assert_allclose(moved(Adam, ADAM, list(GRADIENTS)), adam_in_numpy(FIRST, list(GRADIENTS)), rtol=1e-4)


def test_the_first_step_of_adam_is_the_learning_rate_against_the_gradients_sign():
    plain = TrainingConfig(epsilon=1e-12)
    np.testing.assert_allclose(moved(Adam, plain, [GRADIENTS[0]]), FIRST - 0.1 * np.sign(GRADIENTS[0]), rtol=1e-3)


def test_rows_of_a_sparse_gradient_move_as_those_of_a_dense_one():
    sparse = moved(Adam, ADAM, [rows_of(gradient, [2, 0]) for gradient in GRADIENTS])
    np.testing.assert_allclose(sparse[[0, 2]], adam_in_numpy(FIRST, list(GRADIENTS))[[0, 2]], rtol=1e-4)


@pytest.mark.parametrize(("optimizer", "config"), [(Adam, ADAM), (SGD, TrainingConfig(momentum=0.9))])
def test_a_row_that_no_gradient_names_stays_as_it_is_with_its_moments(optimizer, config):
    everything, some = rows_of(GRADIENTS[0], [0, 1, 2, 3]), rows_of(GRADIENTS[1], [1])
    after_one, after_two = moved(optimizer, config, [everything]), moved(optimizer, config, [everything, some])
    assert (after_two[[0, 2, 3]] == after_one[[0, 2, 3]]).all()
    assert (after_two[1] != after_one[1]).all()


def test_sgd_takes_the_gradient_times_the_learning_rate():
    config = TrainingConfig(optimizer="sgd")
    np.testing.assert_allclose(moved(SGD, config, [GRADIENTS[0]]), FIRST - 0.1 * GRADIENTS[0], rtol=1e-6)
    sparse = moved(SGD, config, [rows_of(GRADIENTS[0], [3])])
    np.testing.assert_allclose(sparse[3], FIRST[3] - 0.1 * GRADIENTS[0, 3], rtol=1e-6)
    assert (sparse[:3] == FIRST[:3]).all()


def test_momentum_keeps_a_share_of_the_speed():
    velocity, expected = np.zeros(FIRST.shape), FIRST.astype(np.float64)
    for gradient in GRADIENTS:
        velocity = 0.9 * velocity + gradient
        expected = expected - 0.1 * velocity
    config = TrainingConfig(optimizer="sgd", momentum=0.9)
    np.testing.assert_allclose(moved(SGD, config, list(GRADIENTS)), expected, rtol=1e-4, atol=1e-6)
    sparse = moved(SGD, config, [rows_of(gradient, [0, 1, 2, 3]) for gradient in GRADIENTS])
    np.testing.assert_allclose(sparse, expected, rtol=1e-4, atol=1e-6)


def test_the_configuration_names_the_optimizer():
    assert isinstance(make_optimizer(TrainingConfig(optimizer="sgd"), []), SGD)
    assert isinstance(make_optimizer(TrainingConfig(optimizer="adam"), []), Adam)


def test_repeated_rows_are_added_up():
    values = np.array([[1.0, 2.0], [10.0, 20.0], [100.0, 200.0], [0.5, 0.5]], np.float32)
    summed = summed_rows(tf.IndexedSlices(tf.constant(values), tf.constant([7, 3, 7, 3]), tf.constant([9, 2])))
    assert summed.indices.numpy().tolist() == [7, 3]
    assert summed.values.numpy().tolist() == [[101.0, 202.0], [10.5, 20.5]]
    dense = tf.constant(values)
    assert summed_rows(dense) is dense


def test_gradients_are_scaled_down_together_to_the_norm():
    dense = np.array([[3.0, 0.0], [0.0, 0.0]], np.float32)
    sparse = tf.IndexedSlices(tf.constant([[0.0, 4.0]]), tf.constant([1]), tf.constant([9, 2]))
    clipped, norm = clip_by_global_norm([tf.constant(dense), sparse], 1.0)
    assert norm.numpy() == pytest.approx(5.0)  # of 3 and 4
    np.testing.assert_allclose(clipped[0].numpy(), dense / 5, rtol=1e-6)
    np.testing.assert_allclose(clipped[1].values.numpy(), [[0.0, 0.8]], rtol=1e-6)
    assert clipped[1].indices.numpy().tolist() == [1]


@pytest.mark.parametrize("bound", [0.0, 6.0])
def test_gradients_within_the_norm_or_without_one_stay_as_they_are(bound):
    (clipped, other), norm = clip_by_global_norm([tf.constant([3.0]), tf.constant([4.0])], bound)
    assert (clipped.numpy(), other.numpy(), norm.numpy()) == (pytest.approx(3.0), pytest.approx(4.0), pytest.approx(5.0))

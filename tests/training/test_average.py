import numpy as np
import pytest

from tagger.backend import tf
from tagger.training.average import WeightAverage

VALUES = np.random.default_rng(0).normal(size=(30, 4, 3)).astype(np.float32)


def average_by_hand(values: np.ndarray, maximum: float) -> np.ndarray:
    expected = values[0].astype(np.float64)
    for step, value in enumerate(values):
        decay = min(maximum, (2 + step) / (11 + step))  # 2/11, 3/12, ...
        expected = decay * expected + (1 - decay) * value
    return expected


def step_of(number: int) -> tf.Tensor:
    return tf.constant(number, tf.int64)


@pytest.mark.parametrize("maximum", [0.5, 0.99])
def test_the_average_is_that_of_a_loop_by_hand_for_dense_variables_and_for_rows(maximum):
    table, dense = tf.Variable(VALUES[0]), tf.Variable(VALUES[0])
    average = WeightAverage(maximum, table, [dense])
    for step, value in enumerate(VALUES):
        table.assign(value)
        dense.assign(value)
        average.update(tf.range(4), step_of(step))
    np.testing.assert_allclose(average.averages[0].numpy(), average_by_hand(VALUES, maximum), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(average.rows.numpy(), average_by_hand(VALUES, maximum), rtol=1e-4, atol=1e-6)


def test_a_row_that_waited_is_averaged_over_all_its_steps_when_it_catches_up():
    values = VALUES.copy()
    values[4:, 1] = values[4, 1]  # row 1 no longer changes
    table = tf.Variable(values[0])
    average = WeightAverage(0.9, table, [])
    for step, value in enumerate(values):
        table.assign(value)
        average.update(tf.constant([0, 1, 2, 3] if step <= 4 else [0, 2, 3]), step_of(step))
    expected = average_by_hand(values, 0.9)
    assert not np.allclose(average.rows.numpy()[1], expected[1], rtol=1e-3)
    for _ in range(2):
        average.catch_up(tf.range(4))
        np.testing.assert_allclose(average.rows.numpy(), expected, rtol=1e-4, atol=1e-6)


def test_variables_have_their_averages_inside_the_block_and_their_own_values_after_it():
    table, dense = tf.Variable([[1.0, 2.0]]), tf.Variable(3.0)
    average = WeightAverage(0.9, table, [dense])
    table.assign([[5.0, 6.0]])
    dense.assign(7.0)
    with average.in_place():
        assert table.numpy().tolist() == [[1.0, 2.0]]
        assert dense.numpy() == 3.0
    assert table.numpy().tolist() == [[5.0, 6.0]]
    with pytest.raises(KeyError), average.in_place():
        raise KeyError
    assert dense.numpy() == 7.0

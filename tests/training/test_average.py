import numpy as np
import pytest

from tagger.backend import tf
from tagger.training.average import WeightAverage


def test_the_average_is_that_of_a_loop_by_hand():
    values = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32)
    variable = tf.Variable(values[0])
    average = WeightAverage(0.5, [variable])
    expected = values[0].astype(np.float64)
    for step, value in enumerate(values):
        variable.assign(value)
        average.update(tf.constant(step, tf.int64))
        decay = min(0.5, (2 + step) / (11 + step))  # 2/11, 3/12, ... up to its height
        expected = decay * expected + (1 - decay) * value
    np.testing.assert_allclose(average.averages[0].numpy(), expected, rtol=1e-4)


def test_the_variables_hold_their_averages_inside_the_block_and_their_own_values_after_it():
    variable, other = tf.Variable([1.0, 2.0]), tf.Variable(3.0)
    average = WeightAverage(0.9, [variable, other])
    variable.assign([5.0, 6.0])
    other.assign(7.0)
    with average.in_place():
        assert variable.numpy().tolist() == [1.0, 2.0]
        assert other.numpy() == 3.0
    assert variable.numpy().tolist() == [5.0, 6.0]
    with pytest.raises(KeyError), average.in_place():
        raise KeyError
    assert other.numpy() == 7.0

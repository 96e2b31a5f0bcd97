"""An interrupt inside a function of Python's that TensorFlow runs is an interrupt."""

import pytest

from tagger.backend import tf
from tagger.interrupts import interrupts


def run(error):
    """Let TensorFlow run a function that raises an error."""

    def fail(number):
        raise error

    graph = tf.function(lambda number: tf.numpy_function(fail, [number], tf.float32), autograph=False)
    graph(tf.constant(1.0))


def test_an_interrupt_in_a_function_that_tensorflow_runs_is_one():
    with pytest.raises(tf.errors.UnknownError):
        run(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt), interrupts():
        run(KeyboardInterrupt())


def test_any_other_error_stays_as_it_is():
    with pytest.raises(tf.errors.UnknownError), interrupts():
        run(RuntimeError("no interrupt"))
    with pytest.raises(ValueError, match="KeyboardInterrupt"), interrupts():
        raise ValueError("KeyboardInterrupt")

"""Tools for the tests of all cells: run a cell, set its variables at random, check its gradient."""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.network.cells import training_mode


def run_cell(cell, inputs, lengths=None, initial_state=None):
    """Outputs `[B, T, H]` and final state of `dynamic_rnn`, with dropout switched off."""
    inputs = tf.convert_to_tensor(inputs)
    cell.build(inputs.shape[-1])
    with training_mode(cell, False):
        return tf.compat.v1.nn.dynamic_rnn(
            cell,
            inputs,
            sequence_length=lengths,
            initial_state=initial_state,
            dtype=inputs.dtype,
            parallel_iterations=1,
        )


def randomize(module, seed=0, scale=0.5):
    """Set every variable to random normal values, and return the module."""
    generator = np.random.default_rng(seed)
    for variable in module.variables:
        variable.assign(generator.normal(scale=scale, size=variable.shape).astype(variable.dtype.as_numpy_dtype))
    return module


def check_gradient(cell, input_size=3, batch=2, steps=3, step=1e-6):
    """Compare each variable's gradient with central finite differences, in float64; none may be zero everywhere."""
    cell.build(input_size)
    randomize(cell)
    generator = np.random.default_rng(5)
    inputs = tf.constant(generator.normal(size=[batch, steps, input_size]))

    def loss():
        outputs, state = tf.compat.v1.nn.dynamic_rnn(cell, inputs, dtype=tf.float64)
        return sum(tf.reduce_sum(tf.sin(3 * part)) for part in [outputs, *tf.nest.flatten(state)])

    with tf.GradientTape() as tape:
        value = loss()
    gradients = tape.gradient(value, cell.trainable_variables)
    for variable, gradient in zip(cell.trainable_variables, gradients, strict=True):
        gradient = tf.convert_to_tensor(gradient).numpy()
        assert np.abs(gradient).max() > 1e-6, f"{variable.name} does not learn"
        values = variable.numpy()
        places = generator.permutation(values.size)[:5]
        for place in places:
            index = np.unravel_index(place, values.shape)
            moved = []
            for sign in (1, -1):
                shifted = values.copy()
                shifted[index] += sign * step
                variable.assign(shifted)
                moved.append(loss().numpy())
            variable.assign(values)
            numeric = (moved[0] - moved[1]) / (2 * step)
            np.testing.assert_allclose(gradient[index], numeric, rtol=1e-5, atol=1e-7, err_msg=variable.name)


@pytest.fixture
def cell_tools():
    """The functions above as attributes, because a test module cannot import from a conftest."""

    class Tools:
        run = staticmethod(run_cell)
        randomize = staticmethod(randomize)
        check_gradient = staticmethod(check_gradient)

    return Tools

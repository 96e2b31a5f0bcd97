"""Training in bfloat16, which rounds where the processor knows it and is float32 elsewhere."""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.training.precision import with_products_in

SIZE = 300
"""Rows and columns of the matrices: TensorFlow leaves small products as they are."""


def product(precision):
    """A matrix and its square, computed by a compiled step."""
    matrix = tf.constant(np.random.default_rng(1).normal(size=(SIZE, SIZE)).astype(np.float32))
    found = tf.Variable(tf.zeros([SIZE, SIZE]))

    @tf.function(autograph=False)
    def step(batch):
        found.assign(tf.matmul(batch, batch))

    with_products_in(precision, step)(matrix)
    return matrix.numpy(), found.numpy()


@pytest.mark.parametrize(("precision", "bits"), [("float32", 20), ("bfloat16", 7)])
def test_factors_have_at_least_the_bits_of_their_precision(precision, bits):
    matrix, found = product(precision)

    exact = matrix.astype(np.float64) @ matrix
    # Both factors are rounded, and the result: three errors of half a unit in the last place, over sums of squares.
    bound = 3 * 2.0 ** -(bits + 1) * np.abs(matrix).astype(np.float64) @ np.abs(matrix)
    assert (np.abs(found - exact) <= bound).all()


def test_what_is_computed_outside_a_step_keeps_its_bits():
    product("bfloat16")
    matrix, found = product("float32")

    np.testing.assert_allclose(found, matrix.astype(np.float64) @ matrix, rtol=0, atol=1e-4)

"""Initial values of embeddings and matrices: their scale, and what is zero."""

import numpy as np
import pytest

from tagger.network.cells.initializers import embedding, glorot


def test_rows_of_an_embedding_have_length_1_on_average_and_padding_is_0():
    table = embedding(np.random.default_rng(0), 5001, 50)
    assert table.dtype == np.float32
    assert not table[0].any()
    assert np.square(table[1:]).sum(axis=1).mean() == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(
    ("shape", "bound"), [((100, 200), np.sqrt(6 / 300)), ((3, 20, 30), np.sqrt(6 / (3 * 20 + 3 * 30)))]
)
def test_the_bound_is_that_of_glorot_and_bengio(shape, bound):
    values = glorot(np.random.default_rng(0), shape)
    assert values.shape == shape
    assert np.abs(values).max() == pytest.approx(bound, rel=0.01)
    assert np.abs(values).max() <= bound

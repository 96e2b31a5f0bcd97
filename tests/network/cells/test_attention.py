"""The attention wrapper against its equations in NumPy."""

import numpy as np

from tagger.network.cells import AttentionCellWrapper, GRUCell, LSTMCell


def test_follows_its_equations(cell_tools):
    """Cheng et al. (2016), equations 3 to 5, on the last outputs: scores v . tanh(W h_i + U s), softmax, average."""
    cell = AttentionCellWrapper(
        LSTMCell(3, dtype="float64", seed=1), attn_length=2, attn_size=4, attn_vec_size=5, seed=2
    )
    cell.build(6)
    cell_tools.randomize(cell)
    inputs = np.random.default_rng(0).normal(size=[2, 5, 6])
    inner = cell.cell.zero_state(2, "float64")
    average, memories = np.zeros([2, 4]), [np.zeros([2, 4])] * 2
    w = {
        name: getattr(cell, name).numpy() for name in ("input_kernel", "query_kernel", "memory_kernel", "output_kernel")
    }
    b = {name: getattr(cell, name).numpy() for name in ("input_bias", "query_bias", "output_bias")}
    expected = []
    for x in inputs.swapaxes(0, 1):
        read = np.concatenate([x, average], 1) @ w["input_kernel"] + b["input_bias"]
        out, inner = cell.cell(read, inner)
        query = np.concatenate([inner.c, inner.h], 1) @ w["query_kernel"] + b["query_bias"]
        scores = np.stack([np.tanh(memory @ w["memory_kernel"] + query) @ cell.score.numpy() for memory in memories], 1)
        weights = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        average = sum(weights[:, [place]] * memory for place, memory in enumerate(memories))
        output = np.concatenate([out, average], 1) @ w["output_kernel"] + b["output_bias"]
        memories = [memories[1], output]
        expected.append(output)

    outputs, (_, last_average, last_memories) = cell_tools.run(cell, inputs)
    np.testing.assert_allclose(outputs, np.stack(expected, 1), atol=1e-12)
    np.testing.assert_allclose(last_average, average, atol=1e-12)
    np.testing.assert_allclose(last_memories, np.concatenate(memories, 1), atol=1e-12)


def test_with_zero_weights_for_the_average_it_is_the_inner_cell(cell_tools):
    inner = GRUCell(3, dtype="float64", seed=1)
    cell = AttentionCellWrapper(inner, attn_length=4, seed=2)
    cell.build(5)
    cell.input_kernel.assign(np.eye(8, 5))  # pass the input on, ignore the average
    cell.output_kernel.assign(np.eye(6, 3))
    inputs = np.random.default_rng(1).normal(size=[2, 6, 5])
    np.testing.assert_allclose(cell_tools.run(cell, inputs)[0], cell_tools.run(inner, inputs)[0], atol=1e-12)


def test_gradient(cell_tools):
    cell_tools.check_gradient(AttentionCellWrapper(LSTMCell(2, dtype="float64"), attn_length=2, attn_vec_size=3))

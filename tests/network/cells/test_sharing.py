"""One cell object in two layers or in both directions: an error, unless its weights are shared on purpose."""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells import (
    AttentionCellWrapper,
    DropoutWrapper,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    ResidualWrapper,
    make_cell,
)

UNITS = 3
INPUTS = np.random.default_rng(0).normal(size=[2, 4, UNITS]).astype(np.float32)


class Plain(tf.Module):
    """A cell in TensorFlow's protocol, with nothing of this package."""

    def __init__(self):
        super().__init__()
        self.state_size = self.output_size = UNITS
        self.weight = tf.Variable(tf.fill([UNITS], 0.5))

    def zero_state(self, batch_size, dtype):
        return tf.zeros([batch_size, UNITS], dtype)

    def __call__(self, inputs, state, scope=None):
        output = tf.tanh(inputs + self.weight * state)
        return output, output


def dynamic(forward, backward):
    outputs, _ = tf.compat.v1.nn.bidirectional_dynamic_rnn(forward, backward, INPUTS, [4, 2], dtype=tf.float32)
    return outputs


def static(forward, backward):
    steps = tf.unstack(tf.constant(INPUTS), axis=1)
    return tf.compat.v1.nn.static_bidirectional_rnn(forward, backward, steps, dtype=tf.float32)[0]


def traced(forward, backward):
    return tf.function(lambda: dynamic(forward, backward), autograph=False)()


def traced_static(forward, backward):
    return tf.function(lambda: static(forward, backward), autograph=False)()


def in_a_named_scope(forward, backward):
    return tf.compat.v1.nn.bidirectional_dynamic_rnn(forward, backward, INPUTS, dtype=tf.float32, scope="encoder")[0]


RUNS = [dynamic, static, traced, traced_static, in_a_named_scope]
WAYS_TO_WRAP = {
    "the cell itself": lambda cell: cell,
    "dropout": lambda cell: DropoutWrapper(cell, 0.5),
    "residual": ResidualWrapper,
    "attention": lambda cell: AttentionCellWrapper(cell, 2),
    "residual around dropout": lambda cell: ResidualWrapper(DropoutWrapper(cell)),
    "a stack": lambda cell: MultiRNNCell([GRUCell(UNITS), cell]),
}


@pytest.mark.parametrize("wrap", WAYS_TO_WRAP.values(), ids=WAYS_TO_WRAP)
def test_one_cell_in_two_layers_is_an_error_that_says_what_to_do(wrap):
    cell = LSTMCell(UNITS)
    with pytest.raises(ConfigError, match=r"layers 1 and 3 use the same LSTMCell object.*share_weights=True"):
        MultiRNNCell([cell, GRUCell(UNITS), wrap(cell)])


def test_the_tutorials_stack_of_one_wrapped_cell_is_an_error():
    cell = DropoutWrapper(LSTMCell(64), output_keep_prob=0.5)
    with pytest.raises(ConfigError, match="layers 1 and 2 use the same DropoutWrapper object"):
        MultiRNNCell([cell] * 4, state_is_tuple=True)


def test_a_cell_from_outside_in_two_layers_is_an_error():
    cell = Plain()
    with pytest.raises(ConfigError, match="the same Plain object"):
        MultiRNNCell([DropoutWrapper(cell), ResidualWrapper(cell)])


def test_layers_may_share_their_weights_on_purpose():
    cell = GRUCell(UNITS)
    stack = MultiRNNCell([cell, ResidualWrapper(cell)], share_weights=True)
    stack.build(UNITS)
    assert len(stack.trainable_variables) == 4


@pytest.mark.parametrize("run", RUNS)
def test_one_cell_in_both_directions_is_an_error_that_says_what_to_do(run):
    cell = LSTMCell(UNITS)
    with pytest.raises(ConfigError, match=r"the same LSTMCell object runs in both directions.*share_directions = True"):
        run(cell, cell)


def test_one_cell_in_both_directions_of_a_tensorflow_1_graph_is_an_error():
    with tf.Graph().as_default():
        cells = [LSTMCell(UNITS) for _ in range(2)]
        dynamic(*cells)
        with pytest.raises(ConfigError, match="the same LSTMCell object runs in both directions"):
            dynamic(cells[0], cells[0])


@pytest.mark.parametrize("run", [dynamic, traced])
@pytest.mark.parametrize("one", WAYS_TO_WRAP.values(), ids=WAYS_TO_WRAP)
@pytest.mark.parametrize("other", [DropoutWrapper, ResidualWrapper])
def test_two_wrappers_around_one_cell_share_its_weights_too(one, other, run):
    cell = LSTMCell(UNITS)
    with pytest.raises(ConfigError, match="the same LSTMCell object runs in both directions"):
        run(one(cell), other(cell))


@pytest.mark.parametrize("run", [dynamic, traced])
def test_wrappers_around_one_cell_from_outside_share_its_weights_too(run):
    cell = Plain()
    with pytest.raises(ConfigError, match="the same Plain object runs in both directions"):
        run(DropoutWrapper(cell), DropoutWrapper(cell))


@pytest.mark.parametrize("run", RUNS)
def test_directions_may_share_their_weights_on_purpose(run):
    cell = LSTMCell(UNITS, seed=1)
    cell.share_directions = True
    run(cell, cell)
    run(DropoutWrapper(cell), ResidualWrapper(cell))
    assert len(cell.trainable_variables) == 2


def test_a_wrapper_that_is_shared_on_purpose_shares_what_is_inside():
    cell = DropoutWrapper(MultiRNNCell([LSTMCell(UNITS), GRUCell(UNITS)]))
    cell.share_directions = True
    dynamic(cell, cell)
    with pytest.raises(ConfigError, match="the same MultiRNNCell object"):
        dynamic(cell.cell, cell.cell)


@pytest.mark.parametrize("run", RUNS)
def test_a_cell_for_each_direction_may_run_many_times_and_change_direction(run):
    one, other = (make_cell("lstm", UNITS, seed=seed) for seed in (1, 2))
    run(one, other)
    run(one, other)
    run(other, one)  # another network, in which they change places
    run(one, other)


def test_a_network_that_ended_in_an_error_leaves_nothing_behind():
    one, other = LSTMCell(UNITS), LSTMCell(UNITS)
    other.build(UNITS + 1)
    with pytest.raises(ConfigError, match="was built for inputs of width 4"):
        dynamic(one, other)
    replaced = LSTMCell(UNITS)
    dynamic(replaced, one)


def test_two_bidirectional_layers_with_their_own_cells_are_no_error():
    """TensorFlow gives the second layer's variable scopes the names of the first layer's."""
    cells = [LSTMCell(UNITS, seed=seed) for seed in range(4)]

    @tf.function(autograph=False)
    def run(inputs):
        for layer in (cells[:2], cells[2:]):
            outputs, _ = tf.compat.v1.nn.bidirectional_dynamic_rnn(*layer, inputs, dtype=tf.float32)
            inputs = tf.concat(outputs, axis=-1)
        return inputs

    assert run(INPUTS).shape == (2, 4, 2 * UNITS)

"""DropoutWrapper, by counting zeros in what a cell inside it was given."""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells import DropoutWrapper, LSTMCell, LSTMStateTuple, MultiRNNCell, RNNCell, training_mode

BATCH, STEPS, UNITS = 20, 50, 100
ONES = np.ones([BATCH, STEPS, UNITS], np.float32)


class Show(RNNCell):
    """Outputs its inputs, or the part `c` or `h` of its old state; the new state is ones."""

    def __init__(self, what="inputs"):
        super().__init__()
        self.what = what

    state_size = LSTMStateTuple(UNITS, UNITS)
    output_size = UNITS

    def create(self, input_size):
        pass

    def step(self, inputs, state):
        new = LSTMStateTuple(tf.ones_like(state.c), tf.ones_like(state.h))
        return (inputs if self.what == "inputs" else getattr(state, self.what)), new


class Runner(tf.Module):
    """A cell under `dynamic_rnn`, with or without dropout, in one traced function."""

    def __init__(self, cell):
        super().__init__()
        self.cell = cell
        cell.build(UNITS)

    @tf.function(autograph=False)
    def __call__(self, training=True):
        with training_mode(self, training, BATCH):
            return tf.compat.v1.nn.dynamic_rnn(self.cell, ONES, dtype=tf.float32, parallel_iterations=1)


def shown(what, *, training=True, **options):
    """Inputs or state `[B, T, D]` that a cell inside of dropout was given at every step, where all were ones."""
    runner = Runner(DropoutWrapper(Show(what), seed=7, **options))
    first = STEPS - runner(training)[0].shape[1] + (what != "inputs")  # the state before the first step is zeros
    return runner(training)[0].numpy()[:, first:]


@pytest.mark.parametrize("variational", [False, True])
@pytest.mark.parametrize(
    ("what", "options"),
    [
        ("inputs", {"input_keep_prob": 0.8}),
        ("inputs", {"output_keep_prob": 0.8}),
        ("h", {"state_keep_prob": 0.8}),
    ],
)
def test_the_share_kept_is_the_keep_probability_and_the_mean_stays(what, options, variational):
    values = shown(what, variational_recurrent=variational, **options)
    assert set(np.unique(values)) == {0, np.float32(1.25)}
    # four standard deviations of the share of 100,000 draws, or of 2,000 for masks of whole sentences
    draws = BATCH * UNITS * (1 if variational else values.shape[1])
    assert np.mean(values > 0) == pytest.approx(0.8, abs=4 * np.sqrt(0.8 * 0.2 / draws))


def test_input_and_output_are_dropped_apart():
    values = shown("inputs", input_keep_prob=0.8, output_keep_prob=0.5)
    assert set(np.unique(values)) == {0, np.float32(2.5)}
    assert np.mean(values > 0) == pytest.approx(0.4, abs=0.01)


@pytest.mark.parametrize("variational", [False, True])
def test_the_memory_of_an_lstm_is_never_dropped(variational):
    assert set(np.unique(shown("c", state_keep_prob=0.5, variational_recurrent=variational))) == {1}


def test_a_visitor_says_which_parts_of_the_state_may_be_dropped():
    def only_memory(state):
        return LSTMStateTuple(c=True, h=False) if isinstance(state, LSTMStateTuple) else True

    options = {"state_keep_prob": 0.5, "dropout_state_filter_visitor": only_memory}
    assert set(np.unique(shown("c", **options))) == {0, 2}
    assert set(np.unique(shown("h", **options))) == {1}


def test_the_memories_inside_a_stack_are_spared_too():
    stack = MultiRNNCell([Show(), Show()])
    _, state = Runner(DropoutWrapper(stack, state_keep_prob=0.5, seed=1))()
    for layer in state:
        assert set(np.unique(layer.c)) == {1}
        assert set(np.unique(layer.h)) == {0, 2}


def test_masks_by_the_step_differ_from_step_to_step():
    values = shown("inputs", input_keep_prob=0.5)
    assert np.mean(values[:, 0] == values[:, 1]) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("what", "options"),
    [
        ("inputs", {"input_keep_prob": 0.5}),
        ("inputs", {"output_keep_prob": 0.5}),
        ("h", {"state_keep_prob": 0.5}),
    ],
)
def test_masks_by_the_sentence_last_for_it_and_differ_between_sentences(what, options):
    values = shown(what, variational_recurrent=True, **options)
    assert np.all(values == values[:, :1])
    assert np.mean(values[0] == values[1]) == pytest.approx(0.5, abs=0.25)
    assert np.any(values[0] != values[1])


def test_each_batch_has_masks_of_its_own():
    for variational in (False, True):
        runner = Runner(DropoutWrapper(Show(), 0.5, variational_recurrent=variational, seed=1))
        assert np.any(runner()[0].numpy() != runner()[0].numpy())


@pytest.mark.parametrize("variational", [False, True])
def test_nothing_is_dropped_when_not_training(variational):
    half = {"input_keep_prob": 0.5, "output_keep_prob": 0.5, "state_keep_prob": 0.5}
    assert set(np.unique(shown("h", training=False, variational_recurrent=variational, **half))) == {1}


def run_without_mode(cell):
    """Outputs of a program that never mentions `training_mode`."""
    return tf.compat.v1.nn.dynamic_rnn(cell, ONES, dtype=tf.float32, parallel_iterations=1)[0]


@pytest.mark.parametrize("traced", [False, True])
@pytest.mark.parametrize("variational", [False, True])
@pytest.mark.parametrize("options", [{"input_keep_prob": 0.5}, {"output_keep_prob": 0.5}])
def test_without_any_mode_a_wrapped_cell_drops(options, variational, traced):
    cell = DropoutWrapper(Show(), variational_recurrent=variational, input_size=UNITS, seed=1, **options)
    run = tf.function(run_without_mode) if traced else run_without_mode
    first, second = run(cell).numpy(), run(cell).numpy()
    assert set(np.unique(first)) == {0, 2}
    assert np.any(first != second)
    assert np.all(first == first[:, :1]) == variational


def test_without_any_mode_the_state_is_dropped_too():
    cell = DropoutWrapper(Show("h"), state_keep_prob=0.5, variational_recurrent=True, input_size=UNITS, seed=1)
    values = run_without_mode(cell).numpy()[:, 1:]
    assert set(np.unique(values)) == {0, 2}
    assert np.all(values == values[:, :1])
    assert np.any(values[0] != values[1])


@pytest.mark.parametrize("variational", [False, True])
def test_where_the_mode_is_not_training_nothing_is_dropped(variational):
    half = {"input_keep_prob": 0.5, "output_keep_prob": 0.5, "state_keep_prob": 0.5}
    cell = DropoutWrapper(Show(), variational_recurrent=variational, seed=1, **half)
    with training_mode(cell, False):
        np.testing.assert_array_equal(run_without_mode(cell), ONES)


def test_masks_by_the_sentence_need_a_cell_that_is_built():
    cell = DropoutWrapper(Show(), 0.5, variational_recurrent=True, seed=1)
    with pytest.raises(ConfigError, match="build the cell, then run it without an initial state"):
        run_without_mode(cell)


def test_masks_by_the_sentence_last_until_the_next_zero_state():
    cell = DropoutWrapper(Show(), 0.5, variational_recurrent=True, input_size=UNITS, seed=1)
    state, chunks = cell.zero_state(BATCH, tf.float32), []
    for _ in range(2):
        outputs, state = tf.compat.v1.nn.dynamic_rnn(cell, ONES, initial_state=state)
        chunks.append(outputs)
    np.testing.assert_array_equal(*chunks)


def test_masks_of_an_earlier_trace_are_refused():
    cell = DropoutWrapper(Show(), 0.5, variational_recurrent=True, input_size=UNITS, seed=1)
    tf.function(run_without_mode)(cell)
    state = LSTMStateTuple(ONES[:, 0], ONES[:, 0])
    with pytest.raises(ConfigError, match="no masks for these sentences"):
        tf.compat.v1.nn.dynamic_rnn(cell, ONES, initial_state=state)


def test_leaving_training_mode_restores_what_was_before_even_after_an_error():
    cell = DropoutWrapper(Show(), 0.5, variational_recurrent=True, seed=1)
    cell.build(UNITS)
    with training_mode(cell, False):
        with pytest.raises(RuntimeError), training_mode(cell, True, BATCH):
            assert cell.training
            raise RuntimeError
        assert not cell.training
        assert cell.masks is None
    assert cell.training
    assert cell.masks is None


@pytest.mark.parametrize("variational", [False, True])
def test_a_seed_gives_the_same_masks_and_another_gives_others(variational):
    def outputs(seed):
        return Runner(DropoutWrapper(Show(), 0.5, 0.5, variational_recurrent=variational, seed=seed))()[0].numpy()

    np.testing.assert_array_equal(outputs(1), outputs(1))
    assert np.any(outputs(1) != outputs(2))


@pytest.mark.parametrize("variational", [False, True])
def test_a_restored_generator_goes_on_where_the_saved_one_stood(variational, tmp_path):
    def runner(seed):
        return Runner(DropoutWrapper(Show(), 0.5, state_keep_prob=0.5, variational_recurrent=variational, seed=seed))

    first, second = runner(1), runner(2)
    first()
    path = tf.train.Checkpoint(first).save(tmp_path / "state")
    third_batch = first()[0].numpy()
    tf.train.Checkpoint(second).restore(path).assert_consumed()
    np.testing.assert_array_equal(second()[0], third_batch)


def test_dropout_reaches_the_gradient(cell_tools):
    cell = DropoutWrapper(LSTMCell(6, seed=1), input_keep_prob=0.5, variational_recurrent=True, seed=1)
    cell.build(6)
    inputs = tf.ones([1, 3, 6])
    with training_mode(cell, True, 1), tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs, _ = tf.compat.v1.nn.dynamic_rnn(cell, inputs, dtype=tf.float32)
        loss = tf.reduce_sum(outputs)
        kept = cell.masks.inputs.numpy()
    gradient = tape.gradient(loss, inputs).numpy()
    np.testing.assert_array_equal(gradient[0] != 0, np.repeat(kept, 3, axis=0))


def test_masks_drawn_outside_of_a_trace_are_refused_inside():
    cell = DropoutWrapper(Show(), 0.5, variational_recurrent=True, seed=1)
    cell.build(UNITS)
    run = tf.function(lambda: tf.compat.v1.nn.dynamic_rnn(cell, ONES, dtype=tf.float32)[0])
    with training_mode(cell, True, BATCH), pytest.raises(ConfigError, match="inside the traced function"):
        run()


@pytest.mark.parametrize("keep", [0, -0.1, 1.5])
def test_a_keep_probability_out_of_range_is_an_error(keep):
    with pytest.raises(ConfigError, match="state_keep_prob"):
        DropoutWrapper(Show(), state_keep_prob=keep)

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.schema import EncoderConfig
from tagger.errors import ConfigError
from tagger.network.cells import DropoutWrapper, MultiRNNCell, ResidualWrapper, make_cell, training_mode
from tagger.network.encoder import Encoder
from tagger.network.fused import fused_rnn, fused_window, obstacle

UNITS, FEATURES = 6, 5
CELLS = {
    "basic_rnn": {},
    "basic_rnn relu": {"activation": "relu"},
    "basic_lstm": {"forget_bias": 0.5},
    "lstm": {},
    "gru": {},
    "gru sigmoid": {"activation": "sigmoid"},
    "gru reset after": {"reset_after": True},
}
LENGTHS = [3, 7, 1, 7, 4]


def stack(name: str, seed: int, dtype=tf.float64, layers: int = 1) -> MultiRNNCell:
    """Layers of a cell, the second with a residual connection, with random biases."""
    cells = [make_cell(name.split()[0], UNITS, dtype=dtype, seed=seed + n, **CELLS[name]) for n in range(layers)]
    whole = MultiRNNCell([ResidualWrapper(cell) if layer else cell for layer, cell in enumerate(cells)])
    whole.build(FEATURES)
    generator = np.random.default_rng(seed)
    for variable in whole.trainable_variables:
        variable.assign_add(generator.normal(scale=0.1, size=variable.shape))
    return whole


def dynamic_rnn(cells, inputs, lengths):
    options = {"sequence_length": lengths, "dtype": inputs.dtype}
    if len(cells) == 1:
        outputs, state = tf.compat.v1.nn.dynamic_rnn(*cells, inputs, **options)
        return (outputs,), (state,)
    return tf.compat.v1.nn.bidirectional_dynamic_rnn(*cells, inputs, **options)


def weighted_sum(values: tf.Tensor) -> tf.Tensor:
    """A sum in which every element has a weight of its own."""
    weights = tf.cos(tf.range(tf.size(values), dtype=tf.float32))
    return tf.reduce_sum(values * tf.cast(tf.reshape(weights, tf.shape(values)), values.dtype))


def results(run, cells, inputs, lengths, part=lambda outputs, states: (outputs, states)) -> list[np.ndarray]:
    """Outputs, last states, and gradients of inputs and weights for a weighted sum of them."""
    weights = [variable for cell in cells for variable in cell.trainable_variables]

    @tf.function(autograph=False)
    def traced(inputs, lengths):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            made = tf.nest.flatten(part(*run(cells, inputs, lengths)))
            loss = tf.add_n([weighted_sum(values) for values in made])
        return [*made, *tape.gradient(loss, [inputs, *weights])]

    return [value.numpy() for value in traced(tf.constant(inputs), tf.constant(lengths))]


def assert_same(run, other, tolerance: float) -> None:
    assert len(run) == len(other)
    for one, two in zip(run, other, strict=True):
        assert one.shape == two.shape
        np.testing.assert_allclose(one, two, rtol=tolerance, atol=tolerance)


def batch(seed: int, lengths=None, dtype=np.float64) -> tuple[np.ndarray, list[int]]:
    generator = np.random.default_rng(seed)
    if lengths is None:
        lengths = generator.integers(0, 9, size=generator.integers(1, 7)).tolist()
    return generator.normal(size=(len(lengths), max(*lengths, 1) + seed % 2, FEATURES)).astype(dtype), lengths


@pytest.mark.parametrize("name", CELLS)
def test_outputs_states_and_gradients_equal_those_of_dynamic_rnn(name):
    cells = [stack(name, 1)]
    inputs, lengths = batch(0, LENGTHS)
    assert_same(results(fused_rnn, cells, inputs, lengths), results(dynamic_rnn, cells, inputs, lengths), 1e-10)


def test_two_directions_of_two_layers_equal_dynamic_rnn():
    cells = [stack("lstm", 1, layers=2), stack("lstm", 11, layers=2)]
    inputs, lengths = batch(0, LENGTHS)
    assert_same(results(fused_rnn, cells, inputs, lengths), results(dynamic_rnn, cells, inputs, lengths), 1e-10)


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_float32_equals_dynamic_rnn_to_five_digits(name):
    cells = [stack(name, 1, tf.float32), stack(name, 11, tf.float32)]
    inputs, lengths = batch(0, LENGTHS, np.float32)
    assert_same(results(fused_rnn, cells, inputs, lengths), results(dynamic_rnn, cells, inputs, lengths), 1e-5)


def test_one_trace_serves_batches_of_all_lengths():
    cells = [stack("lstm", 1), stack("lstm", 11)]
    weights = [variable for cell in cells for variable in cell.trainable_variables]

    def step(run):
        @tf.function(
            input_signature=[tf.TensorSpec([None, None, FEATURES], tf.float64), tf.TensorSpec([None], tf.int32)],
            autograph=False,
        )
        def traced(inputs, lengths):
            with tf.GradientTape() as tape:
                tape.watch(inputs)
                made = tf.nest.flatten(run(cells, inputs, lengths))
                loss = tf.add_n([weighted_sum(values) for values in made])
            return [*made, *tape.gradient(loss, [inputs, *weights])]

        return traced

    fused, plain = step(fused_rnn), step(dynamic_rnn)
    for seed in range(25):
        inputs, lengths = batch(seed)  # with empty sentences, and more padding than needed
        given = tf.constant(inputs), tf.constant(lengths, tf.int32)
        assert_same([value.numpy() for value in fused(*given)], [value.numpy() for value in plain(*given)], 1e-10)


@pytest.mark.parametrize("part", [lambda outputs, states: outputs, lambda outputs, states: states])
def test_gradients_of_outputs_alone_and_of_states_alone(part):
    cells = [stack("lstm", 1), stack("lstm", 11)]
    inputs, lengths = batch(1, LENGTHS)
    expected = results(dynamic_rnn, cells, inputs, lengths, part)
    assert_same(results(fused_rnn, cells, inputs, lengths, part), expected, 1e-10)


@pytest.mark.parametrize("lengths", [[0, 0], [1], [4, 4, 4]])
def test_one_direction_equals_dynamic_rnn_traced_and_eager(lengths):
    cells = [stack("gru", 1)]
    inputs, lengths = batch(0, lengths)
    expected = results(dynamic_rnn, cells, inputs, lengths)
    assert_same(results(fused_rnn, cells, inputs, lengths), expected, 1e-10)
    eager = tf.nest.flatten(fused_rnn(cells, tf.constant(inputs), tf.constant(lengths)))
    assert_same([value.numpy() for value in eager], expected[: len(eager)], 1e-10)


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_windows_with_the_state_carried_equal_dynamic_rnn_over_the_whole(name):
    cell = stack(name, 1, layers=2)
    inputs = np.random.default_rng(0).normal(size=(3, 8, FEATURES))
    first, second = np.split(inputs, 2, axis=1)
    one, state = fused_window(cell, tf.constant(first), cell.zero_state(3, tf.float64))
    two, last = fused_window(cell, tf.constant(second), state)
    whole, end = tf.compat.v1.nn.dynamic_rnn(cell, tf.constant(inputs), dtype=tf.float64)
    np.testing.assert_allclose(tf.concat([one, two], axis=1), whole, rtol=1e-10, atol=1e-12)
    for part, expected in zip(tf.nest.flatten(last), tf.nest.flatten(end), strict=True):
        np.testing.assert_allclose(part, expected, rtol=1e-10, atol=1e-12)

    # The gradients are those of a window that begins with that state, which itself gets none.
    fused = results(lambda cells, values, _: fused_window(cells[0], values, state), [cell], second, [4] * 3)
    plain = results(
        lambda cells, values, _: tf.compat.v1.nn.dynamic_rnn(cells[0], values, initial_state=state),
        *([cell], second, [4] * 3),
    )
    assert_same(fused, plain, 1e-10)


def echo(**dropout) -> DropoutWrapper:
    """A cell whose output is its input, wrapped in dropout."""
    cell = make_cell("basic_rnn", FEATURES, activation="linear", dtype=tf.float64)
    cell.build(FEATURES)
    cell.kernel.assign(tf.concat([tf.eye(FEATURES, dtype=tf.float64), tf.zeros([FEATURES] * 2, tf.float64)], axis=0))
    wrapped = DropoutWrapper(cell, seed=3, **dropout)
    wrapped.build(FEATURES)
    return wrapped


def echoed(cell: DropoutWrapper, training: bool, lengths=(30,) * 60) -> np.ndarray:
    @tf.function(autograph=False)
    def run():
        with training_mode(cell, training, batch_size=len(lengths)):
            return fused_rnn([cell], tf.ones([len(lengths), 30, FEATURES], tf.float64), tf.constant(lengths))[0][0]

    return run().numpy()


@pytest.mark.parametrize("place", ["input_keep_prob", "output_keep_prob"])
def test_dropout_keeps_and_scales_its_share_with_a_new_mask_at_every_step(place):
    dropped = echoed(echo(**{place: 0.8}), training=True)
    np.testing.assert_allclose(np.unique(dropped), [0, 1.25])
    share = (dropped > 0).mean(axis=(0, 1))  # of 1800 values of each feature: 0.8 with a standard error of 0.0094
    np.testing.assert_allclose(share, 0.8, atol=4 * 0.0094)
    together = np.mean((dropped[:, 1:] > 0) & (dropped[:, :-1] > 0))  # independent of the step before
    assert together == pytest.approx(0.64, abs=4 * 0.48 / np.sqrt(60 * 29 * FEATURES) * 1.6)


def test_a_variational_mask_is_the_same_at_all_steps_of_a_sentence():
    dropped = echoed(echo(input_keep_prob=0.6, output_keep_prob=0.9, variational_recurrent=True), training=True)
    assert (dropped == dropped[:, :1]).all()
    assert not (dropped[0] == dropped[1:]).all()
    share = (dropped[:, 0] > 0).mean()
    assert share == pytest.approx(0.54, abs=4 * np.sqrt(0.54 * 0.46 / dropped[:, 0].size))


def training(run):
    """A recurrence that runs in training mode."""

    def within(cells, inputs, lengths):
        whole = tf.Module()
        whole.cells = cells
        with training_mode(whole, True, tf.shape(inputs)[0]):
            return run(cells, inputs, lengths)

    return within


def assert_trains_like_dynamic_rnn(make, lengths=LENGTHS) -> None:
    """Compare results in training; `make` returns a cell for a seed, with variational dropout."""
    inputs, lengths = batch(0, lengths)
    both = []
    for run in (fused_rnn, dynamic_rnn):
        cells = [make(seed) for seed in (1, 11)]
        for cell in cells:
            cell.build(FEATURES)
        both.append(results(training(run), cells, inputs, lengths))
    assert_same(*both, 1e-10)


def test_variational_dropout_equals_that_of_dynamic_rnn():
    assert_trains_like_dynamic_rnn(
        lambda seed: DropoutWrapper(stack("lstm", seed, layers=2), 0.7, 0.8, variational_recurrent=True, seed=seed)
    )


@pytest.mark.parametrize("name", ["basic_rnn", "lstm", "gru", "gru reset after"])  # whose arithmetic differs
def test_variational_dropout_on_the_state_equals_that_of_dynamic_rnn(name):
    def make(seed):
        layers = stack(name, seed, layers=2).cells
        wrapped = [DropoutWrapper(cell, 0.7, 0.8, 0.6, variational_recurrent=True, seed=seed) for cell in layers]
        return MultiRNNCell(wrapped)

    assert_trains_like_dynamic_rnn(make, [3, 7, 0, 1, 7])


def test_dropout_on_the_memory_and_by_nested_wrappers_equals_that_of_dynamic_rnn():
    def make(seed):
        memory = {"dropout_state_filter_visitor": lambda state: True}
        first, second = (
            DropoutWrapper(cell, state_keep_prob=0.8, variational_recurrent=True, seed=seed + number, **options)
            for number, (cell, options) in enumerate(
                zip(stack("lstm", seed, layers=2).cells, (memory, {}), strict=True)
            )
        )
        whole = MultiRNNCell([first, ResidualWrapper(second)])
        return DropoutWrapper(whole, state_keep_prob=0.7, variational_recurrent=True, seed=seed)

    assert_trains_like_dynamic_rnn(make)


def test_dropout_on_the_state_worked_by_hand():
    """Each step adds 1: kept states are 1, 1 + 1 / 0.8, ..., dropped ones are 1, 1, 1."""
    cell = make_cell("basic_rnn", FEATURES, activation="linear", dtype=tf.float64)
    cell.build(FEATURES)
    cell.kernel.assign(tf.concat([tf.zeros([FEATURES] * 2, tf.float64), tf.eye(FEATURES, dtype=tf.float64)], axis=0))
    cell.bias.assign_add(tf.ones([FEATURES], tf.float64))
    wrapped = DropoutWrapper(cell, state_keep_prob=0.8, variational_recurrent=True, seed=3)
    wrapped.build(FEATURES)
    (outputs,), (last,) = training(fused_rnn)([wrapped], tf.zeros([400, 3, FEATURES], tf.float64), tf.fill([400], 3))
    kept = outputs.numpy()[:, 1] > 1
    np.testing.assert_allclose(outputs, np.where(kept[:, None], [[[1.0], [2.25], [3.8125]]], 1))
    np.testing.assert_allclose(last, np.where(kept, 3.8125 / 0.8, 0))
    assert kept.mean() == pytest.approx(0.8, abs=4 * 0.4 / np.sqrt(kept.size))
    assert not (kept == kept[0]).all()


def test_outside_of_training_nothing_is_dropped_and_padding_stays_zero():
    cell = echo(input_keep_prob=0.5, output_keep_prob=0.5)
    assert (echoed(cell, training=False) == 1).all()
    short = echoed(cell, training=False, lengths=[2, 0, 30])
    assert short[0, 2:].sum() == 0 and short[1].sum() == 0 and short[2].all()


def test_without_training_mode_dropout_applies_but_not_variational_dropout():
    inputs, lengths = tf.ones([60, 30, FEATURES], tf.float64), tf.fill([60], 30)
    (outputs,), _ = fused_rnn([echo(input_keep_prob=0.5)], inputs, lengths)
    assert set(np.unique(outputs)) == {0, 2}
    with pytest.raises(ConfigError, match="only inside of training_mode"):
        fused_rnn([echo(input_keep_prob=0.5, variational_recurrent=True)], inputs, lengths)


def test_masks_resume_from_a_checkpoint_exactly(tmp_path):
    cell = echo(input_keep_prob=0.5)
    echoed(cell, training=True)
    saved = tf.train.Checkpoint(cell=cell).save(tmp_path / "checkpoint")
    expected = echoed(cell, training=True)
    other = echo(input_keep_prob=0.5)
    tf.train.Checkpoint(cell=other).restore(saved).assert_consumed()
    assert (echoed(other, training=True) == expected).all()


def test_an_encoder_with_variational_dropout_uses_the_fused_kernel_and_trains_to_the_same_numbers():
    inputs, lengths = batch(0, LENGTHS, np.float32)
    found = []
    for kernel in ("auto", "fused", "dynamic_rnn"):
        config = EncoderConfig(units=UNITS, layers=2, state_dropout=0.3, variational=True, kernel=kernel)
        encoder = Encoder(config, FEATURES, np.random.default_rng(1))
        found.append(encoder(tf.constant(inputs), tf.constant(lengths), True).numpy())
        assert obstacle(encoder.forward) is None
    auto, fused, plain = found
    assert (auto == fused).all()
    np.testing.assert_allclose(fused, plain, atol=1e-5)


@pytest.mark.parametrize("trained, used", [("fused", "dynamic_rnn"), ("dynamic_rnn", "fused")])
def test_a_checkpoint_of_one_kernel_loads_in_the_other(tmp_path, trained, used):
    inputs, lengths = batch(0, LENGTHS, np.float32)

    def encoder(kernel: str, seed: int) -> Encoder:
        config = EncoderConfig(cell="gru", units=UNITS, layers=2, residual=True, kernel=kernel)
        return Encoder(config, FEATURES, np.random.default_rng(seed))

    first, second = encoder(trained, 1), encoder(used, 2)
    saved = tf.train.Checkpoint(encoder=first).save(tmp_path / "checkpoint")
    tf.train.Checkpoint(encoder=second).restore(saved).assert_consumed()
    outputs = [made(tf.constant(inputs), tf.constant(lengths), False).numpy() for made in (first, second)]
    np.testing.assert_allclose(*outputs, atol=1e-6)


@pytest.mark.parametrize(
    "settings, reason",
    [
        ({"options": {"use_peepholes": True}}, "LSTMCell"),
        ({"options": {"cell_clip": 3.0}}, "LSTMCell"),
        ({"options": {"num_proj": 3}}, "LSTMCell"),
        ({"options": {"activation": "relu"}}, "LSTMCell"),
        ({"cell": "coupled_lstm"}, "CoupledInputForgetGateLSTMCell"),
        ({"state_dropout": 0.2}, "state.*variational"),
    ],
)
def test_a_cell_that_it_cannot_run_uses_dynamic_rnn_or_is_an_error_with_the_reason(settings, reason):
    inputs, lengths = batch(0, LENGTHS, np.float32)
    auto, plain = (
        Encoder(EncoderConfig(units=UNITS, kernel=kernel, **settings), FEATURES, np.random.default_rng(1))
        for kernel in ("auto", "dynamic_rnn")
    )
    assert obstacle(auto.forward)
    outputs = [made(tf.constant(inputs), tf.constant(lengths), False).numpy() for made in (auto, plain)]
    assert (outputs[0] == outputs[1]).all()
    with pytest.raises(ConfigError, match=f"encoder.kernel.*{reason}.*dynamic_rnn"):
        Encoder(EncoderConfig(units=UNITS, kernel="fused", **settings), FEATURES, np.random.default_rng(1))

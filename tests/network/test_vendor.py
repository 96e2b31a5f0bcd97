"""cuDNN's recurrence against `dynamic_rnn`.

cuDNN needs a GPU. Without one, everything around its kernel is tested with a replacement that computes the equations of
cuDNN's documentation from the weights in cuDNN's layout. With a GPU, the same tests run on cuDNN too.
"""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network import vendor
from tagger.network.cells import DropoutWrapper, MultiRNNCell, ResidualWrapper, make_cell, training_mode
from tagger.network.encoder import kernel_of

UNITS, FEATURES = 6, 5
CELLS = {
    "basic_rnn": {},
    "basic_rnn relu": {"activation": "relu"},
    "basic_lstm": {"forget_bias": 0.5},
    "lstm": {},
    "gru reset after": {"reset_after": True},
}
GATES = {"rnn_tanh": 1, "rnn_relu": 1, "gru": 3, "lstm": 4}


def documented(inputs, lengths, weights, mode, units):
    """The equations of cudnnRNNMode_t, with garbage as outputs and gradients in padding."""
    assert lengths.numpy().min() > 0  # CUDNN_STATUS_BAD_PARAM
    steps, width, gates = inputs.shape[0], inputs.shape[2], GATES[mode]
    assert weights.shape == [gates * units * (width + units + 2)]
    present = tf.transpose(tf.sequence_mask(lengths, steps))[:, :, tf.newaxis]
    given = tf.where(present, garbage_in_padding(inputs, present), 0)

    taken = 0

    def take(*shape):
        nonlocal taken
        part = weights[taken : taken + np.prod(shape)]
        taken += np.prod(shape)
        return tf.reshape(part, shape)

    w = [take(units, width) for _ in range(gates)]
    r = [take(units, units) for _ in range(gates)]
    b_w = [take(units) for _ in range(gates)]
    b_r = [take(units) for _ in range(gates)]

    h = c = tf.zeros([inputs.shape[1], units], inputs.dtype)
    outputs = []
    for x, goes_on in zip(tf.unstack(given), tf.unstack(present), strict=True):
        by_x = [tf.linalg.matvec(w[gate], x) + b_w[gate] for gate in range(gates)]
        by_h = [tf.linalg.matvec(r[gate], h) + b_r[gate] for gate in range(gates)]
        if mode == "lstm":
            i, f = tf.sigmoid(by_x[0] + by_h[0]), tf.sigmoid(by_x[1] + by_h[1])
            o = tf.sigmoid(by_x[3] + by_h[3])
            memory = f * c + i * tf.tanh(by_x[2] + by_h[2])
            c = tf.where(goes_on, memory, c)
            output = o * tf.tanh(memory)
        elif mode == "gru":
            reset, update = tf.sigmoid(by_x[0] + by_h[0]), tf.sigmoid(by_x[1] + by_h[1])
            output = (1 - update) * tf.tanh(by_x[2] + reset * by_h[2]) + update * h
        else:
            output = {"rnn_tanh": tf.tanh, "rnn_relu": tf.nn.relu}[mode](by_x[0] + by_h[0])
        outputs.append(output)
        h = tf.where(goes_on, output, h)
    return tf.where(present, tf.stack(outputs), np.nan), h, c


def garbage_in_padding(values, present):
    @tf.custom_gradient
    def same(values):
        return tf.identity(values), lambda by_values: tf.where(present, by_values, np.nan)

    return same(values)


@pytest.fixture(params=["as documented", "cuDNN"])
def kernel(request, monkeypatch):
    """The kernel to test: the replacement, or cuDNN itself where there is a GPU."""
    if request.param == "as documented":
        monkeypatch.setattr(vendor, "cudnn", documented)
    elif not vendor.is_available():
        pytest.skip("TensorFlow sees no GPU with cuDNN on this machine")


def stack(name: str, seed: int, layers: int = 1, half: int | None = None, **dropout) -> MultiRNNCell:
    """Layers of a cell, the second with a residual connection, with random biases.

    With `half` the second layer reads two directions.
    """
    cells = [make_cell(name.split()[0], UNITS, dtype=tf.float64, seed=seed + n, **CELLS[name]) for n in range(layers)]
    cells = [ResidualWrapper(cell, half=half) if layer else cell for layer, cell in enumerate(cells)]
    if dropout:
        cells = [DropoutWrapper(cell, seed=seed, **dropout) for cell in cells]
    whole = MultiRNNCell(cells)
    if half is None:
        whole.build(FEATURES)
    else:
        for cell, width in zip(cells, (FEATURES, 2 * UNITS), strict=True):
            cell.build(width)
    generator = np.random.default_rng(seed)
    for variable in whole.trainable_variables:
        variable.assign_add(generator.normal(scale=0.1, size=variable.shape))
    return whole


def dynamic_rnn(cells, inputs, lengths):
    options = {"sequence_length": lengths, "dtype": inputs.dtype, "parallel_iterations": 1}
    if len(cells) == 1:
        outputs, state = tf.compat.v1.nn.dynamic_rnn(*cells, inputs, **options)
        return (outputs,), (state,)
    return tf.compat.v1.nn.bidirectional_dynamic_rnn(*cells, inputs, **options)


def results(run, cells, lengths, longest=None, training=False) -> list[np.ndarray]:
    """Outputs, last states, and gradients of inputs and weights for a weighted sum of them."""
    longest = max(lengths) if longest is None else longest
    inputs = tf.constant(np.random.default_rng(0).normal(size=(len(lengths), longest, FEATURES)))
    whole = tf.Module()
    whole.cells = cells
    with tf.GradientTape() as tape, training_mode(whole, training, len(lengths)):
        tape.watch(inputs)
        made = tf.nest.flatten(run(cells, inputs, tf.constant(lengths)))
        weights = [tf.cos(tf.reshape(tf.range(tf.size(part), dtype=part.dtype), tf.shape(part))) for part in made]
        loss = tf.add_n([tf.reduce_sum(part * weight) for part, weight in zip(made, weights, strict=True)])
    gradients = tape.gradient(loss, [inputs, *whole.trainable_variables])
    return [part.numpy() for part in (*made, *gradients)]


def assert_same(run, other) -> None:
    assert len(run) == len(other)
    for one, two in zip(run, other, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", CELLS)
def test_outputs_states_and_gradients_equal_those_of_dynamic_rnn(name, kernel):
    cells, lengths = [stack(name, 1), stack(name, 11)], [3, 7, 1, 7, 4]
    assert_same(results(vendor.vendor_rnn, cells, lengths), results(dynamic_rnn, cells, lengths))


@pytest.mark.parametrize(("lengths", "longest"), [([2, 0, 3], 5), ([0, 0], 2), ([0], 0), ([4, 4], 4)])
def test_empty_sentences_and_extra_padding_equal_dynamic_rnn(lengths, longest, kernel):
    cells = [stack("lstm", 1), stack("lstm", 11)]
    expected = results(dynamic_rnn, cells, lengths, longest) if longest else None  # dynamic_rnn needs at least one step
    made = results(vendor.vendor_rnn, cells, lengths, longest)
    if expected:
        assert_same(made, expected)
    assert made[0].shape == (len(lengths), longest, UNITS)


def test_two_layers_with_variational_dropout_equal_dynamic_rnn(kernel):
    both = []
    for run in (vendor.vendor_rnn, dynamic_rnn):
        dropout = {"input_keep_prob": 0.7, "output_keep_prob": 0.8, "variational_recurrent": True}
        cells = [stack("gru reset after", seed, layers=2, **dropout) for seed in (1, 11)]
        both.append(results(run, cells, [3, 7, 0, 4], training=True))
    assert_same(*both)


def test_layers_that_read_both_directions_equal_dynamic_rnn(kernel):
    def through(run):
        def within(cells, inputs, lengths):
            made = []
            for group in zip(*(stack.cells for stack in cells), strict=True):
                outputs, states = run(group, inputs, lengths)
                inputs = tf.concat(outputs, axis=-1)
                made.append(states)
            return inputs, made

        return within

    cells = [stack("lstm", 1, layers=2, half=half) for half in (0, 1)]
    assert_same(results(through(vendor.vendor_rnn), cells, [3, 7, 1]), results(through(dynamic_rnn), cells, [3, 7, 1]))


@pytest.mark.parametrize("name", CELLS)
def test_tensorflow_accepts_the_graph_forward_and_backward(name):
    """Shapes and types fit the operation, and weights have gradients; no GPU is needed."""
    cells = [stack(name, 1, layers=2), stack(name, 11, layers=2)]
    weights = [variable for cell in cells for variable in cell.trainable_variables]

    @tf.function(
        input_signature=[tf.TensorSpec([None, None, FEATURES], tf.float64), tf.TensorSpec([None], tf.int32)],
        autograph=False,
    )
    def step(inputs, lengths):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs, _ = vendor.vendor_rnn(cells, inputs, lengths)
            loss = tf.reduce_sum(tf.concat(outputs, axis=-1))
        return outputs, tape.gradient(loss, [inputs, *weights])

    traced = step.get_concrete_function()
    outputs, gradients = traced.structured_outputs
    assert [output.shape.as_list() for output in outputs] == [[None, None, UNITS]] * 2
    assert [gradient.shape.as_list() for gradient in gradients[1:]] == [weight.shape.as_list() for weight in weights]
    operations = [operation.type for operation in traced.graph.get_operations()]
    assert operations.count("CudnnRNNV3") == operations.count("CudnnRNNBackpropV3") == 4


OTHERS = [
    ("lstm", {"use_peepholes": True}),
    ("lstm", {"cell_clip": 1.0}),
    ("lstm", {"activation": "relu"}),
    ("gru", {}),
    ("gru", {"reset_after": True, "activation": "relu"}),
    ("basic_rnn", {"activation": "sigmoid"}),
    ("lstm", {"dtype": tf.float16}),
    ("coupled_lstm", {}),
]


@pytest.mark.parametrize(("name", "options"), OTHERS)
def test_other_cells_use_dynamic_rnn_on_a_gpu(name, options):
    cell = MultiRNNCell([DropoutWrapper(make_cell(name, UNITS, **options), 0.5)])
    assert vendor.obstacle(cell)
    assert kernel_of("auto", cell, on_gpu=True) == "dynamic_rnn"


def test_the_kernel_depends_on_the_machine_unless_it_is_named():
    plain, state_dropout = make_cell("lstm", UNITS), DropoutWrapper(make_cell("lstm", UNITS), state_keep_prob=0.5)
    assert [kernel_of("auto", plain, on_gpu) for on_gpu in (False, True)] == ["fused", "vendor"]
    assert [kernel_of("auto", state_dropout, on_gpu) for on_gpu in (False, True)] == ["dynamic_rnn", "dynamic_rnn"]
    by_sentence = DropoutWrapper(make_cell("lstm", UNITS), state_keep_prob=0.5, variational_recurrent=True)
    assert [kernel_of("auto", by_sentence, on_gpu) for on_gpu in (False, True)] == ["fused", "dynamic_rnn"]
    for named in ("fused", "dynamic_rnn"):
        assert [kernel_of(named, plain, on_gpu) for on_gpu in (False, True)] == [named, named]
    with pytest.raises(ConfigError):
        kernel_of("fused", state_dropout, on_gpu=True)

"""`encoder.stack`: deeper layers read the outputs of their own direction, or those of both."""

import keras
import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.schema import EncoderConfig
from tagger.network.cells import Cell, LSTMCell
from tagger.network.encoder import Encoder

UNITS, FEATURES, LENGTHS = 4, 5, [6, 1, 3, 6]
INPUTS = np.random.default_rng(0).normal(size=(len(LENGTHS), max(LENGTHS), FEATURES)).astype(np.float32)
REAL = np.arange(max(LENGTHS)) < np.array(LENGTHS)[:, None]
KERNELS = ["fused", "dynamic_rnn"]


def encoder_of(**settings) -> Encoder:
    settings = {"units": UNITS, "layers": 2, "stack": "layers", "dropout": 0.0, **settings}
    encoder = Encoder(EncoderConfig(**settings), FEATURES, np.random.default_rng(1))
    generator = np.random.default_rng(2)
    for variable in encoder.trainable_variables:  # biases too, which start at zero
        variable.assign(generator.normal(scale=0.4, size=variable.shape))
    return encoder


def run(encoder: Encoder, training: bool = False, inputs: np.ndarray = INPUTS) -> list[np.ndarray]:
    """Outputs, and the gradients of inputs and weights for a weighted sum of them."""
    inputs = tf.constant(inputs)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = encoder(inputs, tf.constant(LENGTHS), training)
        loss = tf.reduce_sum(tf.cos(outputs) * tf.reshape(tf.range(tf.size(outputs), dtype=tf.float32), outputs.shape))
    return [value.numpy() for value in (outputs, *tape.gradient(loss, [inputs, *encoder.trainable_variables]))]


def unwrapped(cell: Cell) -> LSTMCell:
    """A cell without its wrappers."""
    while not isinstance(cell, LSTMCell):
        cell = cell.cell
    return cell


def keras_weights(cell: LSTMCell) -> list[np.ndarray]:
    """Weights in the layout of Keras: gates i, f, c, o, and the forget bias in the bias."""
    kernel, bias = cell.kernel.numpy(), cell.bias.numpy()
    i, j, f, o = np.split(np.concatenate([kernel, bias[None]]), 4, axis=1)
    whole = np.concatenate([i, f, j, o], axis=1)
    whole[-1, UNITS : 2 * UNITS] += cell.forget_bias
    return [whole[: cell.input_size], whole[cell.input_size : -1], whole[-1]]


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(("layers", "residual"), [(2, False), (3, True)])
def test_layers_equal_stacked_bidirectional_layers_of_keras(layers, residual, kernel):
    encoder = encoder_of(layers=layers, residual=residual, kernel=kernel)
    expected = INPUTS
    for number, cells in enumerate(encoder.groups):
        layer = keras.layers.Bidirectional(keras.layers.LSTM(UNITS, return_sequences=True))
        layer.build(expected.shape)
        layer.set_weights([weights for cell in cells for weights in keras_weights(unwrapped(cell))])
        made = layer(expected, mask=REAL).numpy()
        expected = made + expected if residual and number else made
    np.testing.assert_allclose(run(encoder)[0][REAL], expected[REAL], atol=1e-5)


@pytest.mark.parametrize("cell", ["lstm", "gru", "basic_rnn"])
def test_both_kernels_give_the_same_outputs_and_gradients_in_training(cell):
    settings = {"cell": cell, "layers": 3, "residual": True, "dropout_around": "cells"}
    dropout = {"dropout": 0.3, "state_dropout": 0.2, "variational": True}
    found = [run(encoder_of(kernel=kernel, **settings, **dropout), training=True) for kernel in KERNELS]
    for fused, expected in zip(*found, strict=True):
        np.testing.assert_allclose(fused, expected, rtol=1e-4, atol=1e-4)
    assert not found[0][0][~REAL].any()
    assert not np.allclose(found[0][0], run(encoder_of(**settings))[0])


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_direction_depends_on_the_other_side_of_a_token_only_where_layers_read_both(kernel):
    other = INPUTS.copy()
    other[0, -1] += 1  # the last token of the first sentence
    for stack, sees in (("directions", False), ("layers", True)):
        encoder = encoder_of(stack=stack, kernel=kernel)
        first, second = (run(encoder, inputs=inputs)[0][0, 0, :UNITS] for inputs in (INPUTS, other))
        assert (not np.allclose(first, second, atol=1e-6)) is sees


@pytest.mark.parametrize("settings", [{"layers": 1}, {"bidirectional": False, "residual": True}])
def test_both_stacks_are_equal_with_one_layer_or_one_direction(settings):
    for one, other in zip(
        *(run(encoder_of(stack=stack, **settings)) for stack in ("layers", "directions")), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_a_deeper_layer_has_weights_for_the_outputs_of_both_directions():
    shapes = [unwrapped(cell).kernel.shape.as_list() for cells in encoder_of().groups for cell in cells]
    assert shapes == [[FEATURES + UNITS, 4 * UNITS]] * 2 + [[2 * UNITS + UNITS, 4 * UNITS]] * 2
    assert encoder_of().output_size == 2 * UNITS


def test_a_checkpoint_of_one_kernel_loads_in_the_other(tmp_path):
    first, second = (encoder_of(residual=True, kernel=kernel) for kernel in KERNELS)
    for variable in second.trainable_variables:
        variable.assign(tf.zeros_like(variable))
    saved = tf.train.Checkpoint(encoder=first).save(tmp_path / "checkpoint")
    tf.train.Checkpoint(encoder=second).restore(saved).assert_consumed()
    np.testing.assert_allclose(run(first)[0], run(second)[0], atol=1e-6)


@pytest.mark.slow
def test_a_model_whose_layers_read_both_directions_tags_the_same_in_onnx_tensorflow_and_saved_model(
    tagger, tiny_corpus, tiny_config, tmp_path
):
    settings = ["layers=2", "stack=layers", "residual=true", "state_dropout=0.1", "variational=true"]
    settings = [f"encoder.{each}" for each in settings] + [
        "training.label_smoothing=0.1",
        "training.lowercase_rate=0.2",
    ]
    given = [each for setting in settings for each in ("--set", setting)]
    model, saved = tmp_path / "model", tmp_path / "saved"
    done = tagger("train", tiny_config, "--corpus", tiny_corpus, "--output", model, *given)
    assert done.code == 0, done.err
    text = tmp_path / "text.txt"
    text.write_text("Ada Lovelace sees New York. She left.", encoding="utf-8")
    tagged = [
        tagger("tag", text, "--model", model, "--format", "columns", "--runtime", runtime)
        for runtime in ("onnx", "tensorflow")
    ]
    assert tagged[0].code == 0 and tagged[0].out == tagged[1].out
    assert tagger("export", model, "--to", "saved-model", "--output", saved).code == 0
    words = [["Ada", "Lovelace", "sees", "New", "York", "."], ["She", "left", ".", "", "", ""]]
    served = tf.saved_model.load(str(saved)).signatures["tag"](tokens=tf.constant(words), lengths=tf.constant([6, 3]))
    tags = [tag for row, length in zip(served["tags/upos"].numpy(), (6, 3), strict=True) for tag in row[:length]]
    rows = [line.split("\t") for line in tagged[0].out.splitlines() if line]
    assert [row[1].encode() for row in rows] == tags

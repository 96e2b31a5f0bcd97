import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.schema import EncoderConfig
from tagger.errors import ConfigError
from tagger.network.cells import training_mode
from tagger.network.encoder import Encoder

INPUTS = np.random.default_rng(0).normal(size=(3, 4, 5)).astype(np.float32)
LENGTHS = [4, 2, 0]


def encoder_of(**settings) -> Encoder:
    return Encoder(EncoderConfig(units=6, **settings), 5, np.random.default_rng(1))


def run(encoder: Encoder, training: bool = False, inputs: np.ndarray = INPUTS) -> np.ndarray:
    return encoder(tf.constant(inputs), tf.constant(LENGTHS), training).numpy()


def test_outputs_of_both_directions_are_side_by_side_and_zero_in_padding():
    outputs = run(encoder_of())
    assert outputs.shape == (3, 4, 12)
    assert not outputs[1, 2:].any() and not outputs[2].any()
    assert outputs[1, :2].all()


def test_the_backward_half_is_a_separate_network_that_starts_at_the_end_of_the_sentence():
    encoder = encoder_of()
    backward = run(encoder)[:, :, 6:]
    encoder.forward, encoder.backward = encoder.backward, encoder.forward
    mirrored = INPUTS.copy()
    for row, length in enumerate(LENGTHS):
        mirrored[row, :length] = INPUTS[row, :length][::-1]
    forward = run(encoder, inputs=mirrored)[:, :, :6]
    for row, length in enumerate(LENGTHS):
        np.testing.assert_allclose(forward[row, :length][::-1], backward[row, :length], atol=1e-6)


def test_a_second_layer_is_another_cell_over_the_output_of_the_first():
    encoder = encoder_of(layers=2, bidirectional=False)
    first, second = encoder.forward.cells
    outputs = tf.constant(INPUTS)
    with training_mode(encoder, False):
        for cell in (first, second):
            outputs, _ = tf.compat.v1.nn.dynamic_rnn(cell, outputs, sequence_length=LENGTHS, dtype=tf.float32)
    np.testing.assert_allclose(run(encoder), outputs.numpy(), atol=1e-6)


def test_a_residual_layer_adds_its_input():
    plain = encoder_of(layers=2, bidirectional=False)
    residual = encoder_of(layers=2, bidirectional=False, residual=True)
    for variable in residual.forward.cells[1].trainable_variables + plain.forward.cells[1].trainable_variables:
        variable.assign(tf.zeros_like(variable))
    first = encoder_of(bidirectional=False)
    for variable, value in zip(first.trainable_variables, residual.trainable_variables, strict=False):
        variable.assign(value)
    assert not run(plain).any()  # the output of an LSTM with zero weights is zero
    np.testing.assert_allclose(run(residual), run(first), atol=1e-6)


def test_dropout_only_in_training():
    encoder = encoder_of(dropout=0.5)
    assert (run(encoder) == run(encoder)).all()
    assert not (run(encoder, training=True) == run(encoder, training=True)).all()
    assert (run(encoder_of(dropout=0.0), training=True) == run(encoder_of(dropout=0.0))).all()


def test_half_of_the_output_is_dropped_and_the_rest_doubled():
    encoder = encoder_of(dropout=0.5)
    for variable in encoder.trainable_variables:  # only biases, so dropout on inputs has no effect
        variable.assign(tf.ones_like(variable) if "bias" in variable.name else tf.zeros_like(variable))
    whole = np.tile(run(encoder)[:1], (400, 1, 1))
    dropped = encoder(tf.zeros([400, 4, 5]), tf.fill([400], 4), True).numpy()
    kept = dropped != 0
    np.testing.assert_allclose(dropped[kept], 2 * whole[kept], rtol=1e-5)
    assert kept.mean() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(kept.size))
    assert kept[:, 0].astype(int).tolist() != kept[:, 1].astype(int).tolist()  # a new mask at each step


def test_a_variational_mask_is_the_same_at_every_step_of_a_sentence():
    encoder = encoder_of(dropout=0.5, variational=True)
    for variable in encoder.trainable_variables:
        variable.assign(tf.ones_like(variable) if "bias" in variable.name else tf.zeros_like(variable))
    kept = encoder(tf.zeros([400, 4, 5]), tf.fill([400], 4), True).numpy() != 0
    assert (kept == kept[:, :1]).all()
    assert not (kept[0] == kept[1]).all()
    assert kept.mean() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(kept[:, 0].size))


@pytest.mark.parametrize("settings", [{"cell": "lsm"}, {"options": {"peepholes": True}}, {"cell": "no.such:Cell"}])
def test_an_unknown_cell_or_option_is_an_error(settings):
    with pytest.raises(ConfigError):
        encoder_of(**settings)


@pytest.mark.parametrize(
    ("cell", "options"),
    [
        ("lstm", {"forget_bias": "x"}),
        ("lstm", {"num_proj": -1}),
        ("gru", {"kernel_initializer": "x"}),
        ("coupled_lstm", {"forget_bias": {"a": 1}}),
        ("time_freq_lstm", {"feature_size": -1}),
        ("lstm", {"units": 3}),
        ("lstm", {"num_units": 3}),
    ],
)
def test_an_option_of_a_wrong_type_is_an_error_before_the_first_step(cell, options):
    config = EncoderConfig(cell=cell, units=4, options=options)
    with pytest.raises(ConfigError, match=r"encoder\.options") as error:
        Encoder(config, 3, np.random.default_rng(1))
    assert "\n" not in str(error.value)

"""Where `encoder.dropout` drops, counted on cells that return their inputs unchanged."""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.schema import EncoderConfig
from tagger.errors import ConfigError
from tagger.network.encoder import Encoder

BATCH, STEPS, UNITS = 20, 50, 100
ONES = np.ones([BATCH, STEPS, UNITS], np.float32)
KEEP = 0.8


class PassThrough(tf.Module):
    """The output is the input, cut to its own width; the state only counts steps."""

    def __init__(self, units):
        super().__init__()
        self.state_size = self.output_size = units

    def zero_state(self, batch_size, dtype):
        return tf.ones([batch_size, self.state_size], dtype)

    def answer(self, inputs, state):
        return inputs[:, : self.output_size]

    def __call__(self, inputs, state, scope=None):
        return self.answer(inputs, state), tf.ones_like(state)


class IgnoresInput(PassThrough):
    """The output is always ones."""

    def answer(self, inputs, state):
        return tf.ones_like(state)


class ShowsState(PassThrough):
    """The output is the state, which is ones except where dropout set it to zero."""

    def answer(self, inputs, state):
        return state


def outputs(cell, *, training=True, **settings):
    """Outputs `[B, T, H]` of an encoder of these cells over inputs of ones."""
    settings = {"dropout": 1 - KEEP, "bidirectional": False, "units": UNITS, **settings}
    config = EncoderConfig(cell=f"{__name__}:{cell.__name__}", **settings)
    encoder = Encoder(config, UNITS, np.random.default_rng(1))
    return tf.function(encoder, autograph=False)(ONES, tf.fill([BATCH], STEPS), training).numpy()


def check(values, times):
    """Assert that dropout with KEEP applied to each value `times` times, keeping the mean."""
    kept = values > 0
    np.testing.assert_allclose(values[kept], KEEP**-times, rtol=1e-5)
    share = KEEP**times
    lasting = np.all(values == values[:, :1])  # one mask for each sentence: fewer draws
    draws = values[:, 0].size if lasting else values.size
    assert kept.mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / draws) + 1e-9)


@pytest.mark.parametrize("variational", [False, True])
@pytest.mark.parametrize(
    ("around", "layers", "times"),
    [
        ("stack", 1, 2),
        ("stack", 2, 3),  # before the first layer, between the two, after the second
        ("stack", 3, 4),
        ("cells", 1, 2),
        ("cells", 2, 4),  # twice between the layers: 0.8 * 0.8, as in R2RT's 0.9 * 0.9 = 0.81
        ("cells", 3, 6),
    ],
)
def test_how_often_dropout_applies_on_the_way_through_the_layers(around, layers, times, variational):
    check(outputs(PassThrough, dropout_around=around, layers=layers, variational=variational), times)


@pytest.mark.parametrize(("around", "times"), [("stack", 4), ("cells", 6)])
def test_how_often_dropout_applies_where_layers_read_both_directions(around, times):
    settings = {"dropout_around": around, "layers": 3, "bidirectional": True, "stack": "layers"}
    values = outputs(PassThrough, **settings)[:, :, :UNITS]
    check(values, times)


@pytest.mark.parametrize("around", ["stack", "cells"])
def test_dropout_applies_once_to_the_output_of_the_last_layer(around):
    check(outputs(IgnoresInput, dropout_around=around, layers=2), 1)


@pytest.mark.parametrize("around", ["stack", "cells"])
def test_dropout_does_not_apply_to_the_recurrence(around):
    check(outputs(ShowsState, dropout_around=around), 1)  # only dropout on the output, none on the state


def test_state_dropout_applies_to_the_state():
    values = outputs(ShowsState, dropout=0.0, state_dropout=1 - KEEP)
    assert np.all(values[:, 0] == 1)  # the state before the first step
    check(values[:, 1:], 1)


def test_dropout_around_the_stack_is_the_default():
    np.testing.assert_array_equal(
        outputs(PassThrough, layers=2), outputs(PassThrough, layers=2, dropout_around="stack")
    )


@pytest.mark.parametrize("around", ["stack", "cells"])
def test_a_variational_mask_is_the_same_at_all_steps_of_a_sentence(around):
    values = outputs(PassThrough, dropout_around=around, layers=2, variational=True)
    assert np.all(values == values[:, :1])
    assert np.any(values[0] != values[1])
    by_step = outputs(PassThrough, dropout_around=around, layers=2)
    assert np.any(by_step != by_step[:, :1])


def test_each_direction_has_its_own_masks():
    values = outputs(PassThrough, bidirectional=True)
    check(values, 2)
    forward, backward = np.split(values > 0, 2, axis=-1)
    both = np.mean(forward & backward)
    assert both == pytest.approx(KEEP**4, abs=0.01)


@pytest.mark.parametrize("around", ["stack", "cells"])
def test_nothing_is_dropped_outside_of_training(around):
    assert set(np.unique(outputs(PassThrough, dropout_around=around, layers=2, training=False))) == {1}


@pytest.mark.parametrize("option", ["seed", "dtype", "name"])
def test_a_reserved_option_is_an_error(option):
    config = EncoderConfig(options={option: 1})
    with pytest.raises(ConfigError, match=f"encoder.options.{option}"):
        Encoder(config, UNITS, np.random.default_rng(1))

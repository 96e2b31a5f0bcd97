"""Where `encoder.dropout` drops, counted on cells that hand on what they are given."""

import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.schema import EncoderConfig
from tagger.errors import ConfigError
from tagger.network.encoder import Encoder

BATCH, STEPS, UNITS = 20, 50, 100
ONES = np.ones([BATCH, STEPS, UNITS], np.float32)
KEEP = 0.8


class HandsOn(tf.Module):
    """The output is the input, or as much of it as the output is wide, whatever the state, which counts up."""

    def __init__(self, units):
        super().__init__()
        self.state_size = self.output_size = units

    def zero_state(self, batch_size, dtype):
        return tf.ones([batch_size, self.state_size], dtype)

    def answer(self, inputs, state):
        return inputs[:, : self.output_size]

    def __call__(self, inputs, state, scope=None):
        return self.answer(inputs, state), tf.ones_like(state)


class Deaf(HandsOn):
    """The output is ones, whatever the input."""

    def answer(self, inputs, state):
        return tf.ones_like(state)


class ShowsState(HandsOn):
    """The output is the state, which is ones unless it is dropped from."""

    def answer(self, inputs, state):
        return state


def outputs(cell, *, training=True, **settings):
    """[B, T, H] of an encoder of such cells that reads ones."""
    settings = {"dropout": 1 - KEEP, "bidirectional": False, "units": UNITS, **settings}
    config = EncoderConfig(cell=f"{__name__}:{cell.__name__}", **settings)
    encoder = Encoder(config, UNITS, np.random.default_rng(1))
    return tf.function(encoder)(ONES, tf.fill([BATCH], STEPS), training).numpy()


def check(values, times):
    """Each value was dropped from so many times over, with KEEP each time, and is scaled so that the mean stays."""
    kept = values > 0
    np.testing.assert_allclose(values[kept], KEEP**-times, rtol=1e-5)
    share = KEEP**times
    lasting = np.all(values == values[:, :1])  # one mask a sentence is fewer draws
    draws = values[:, 0].size if lasting else values.size
    assert kept.mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / draws) + 1e-9)


@pytest.mark.parametrize("variational", [False, True])
@pytest.mark.parametrize(
    ("around", "layers", "times"),
    [
        ("stack", 1, 2),
        ("stack", 2, 3),  # into the first, between the two, out of the second
        ("stack", 3, 4),
        ("cells", 1, 2),
        ("cells", 2, 4),  # twice between the two: 0.8 * 0.8, as R2RT's 0.9 * 0.9 = 0.81
        ("cells", 3, 6),
    ],
)
def test_what_passes_through_the_layers_was_dropped_from_this_often(around, layers, times, variational):
    check(outputs(HandsOn, dropout_around=around, layers=layers, variational=variational), times)


@pytest.mark.parametrize(("around", "times"), [("stack", 4), ("cells", 6)])
def test_so_it_was_where_layers_read_both_directions(around, times):
    settings = {"dropout_around": around, "layers": 3, "bidirectional": True, "stack": "layers"}
    values = outputs(HandsOn, **settings)[:, :, :UNITS]
    check(values, times)


@pytest.mark.parametrize("around", ["stack", "cells"])
def test_the_output_of_the_last_layer_is_dropped_from_once(around):
    check(outputs(Deaf, dropout_around=around, layers=2), 1)


@pytest.mark.parametrize("around", ["stack", "cells"])
def test_the_recurrence_is_left_alone(around):
    check(outputs(ShowsState, dropout_around=around), 1)  # the output's own dropout, and none on the state


def test_the_state_is_dropped_from_where_that_is_asked_for():
    values = outputs(ShowsState, dropout=0.0, state_dropout=1 - KEEP)
    assert np.all(values[:, 0] == 1)  # the state before the first step
    check(values[:, 1:], 1)


def test_around_the_stack_is_the_default():
    np.testing.assert_array_equal(outputs(HandsOn, layers=2), outputs(HandsOn, layers=2, dropout_around="stack"))


@pytest.mark.parametrize("around", ["stack", "cells"])
def test_one_mask_a_sentence_lasts_for_all_its_steps(around):
    values = outputs(HandsOn, dropout_around=around, layers=2, variational=True)
    assert np.all(values == values[:, :1])
    assert np.any(values[0] != values[1])
    by_step = outputs(HandsOn, dropout_around=around, layers=2)
    assert np.any(by_step != by_step[:, :1])


def test_each_direction_drops_on_its_own():
    values = outputs(HandsOn, bidirectional=True)
    check(values, 2)
    forward, backward = np.split(values > 0, 2, axis=-1)
    both = np.mean(forward & backward)
    assert both == pytest.approx(KEEP**4, abs=0.01)


@pytest.mark.parametrize("around", ["stack", "cells"])
def test_nothing_is_dropped_when_not_training(around):
    assert set(np.unique(outputs(HandsOn, dropout_around=around, layers=2, training=False))) == {1}


@pytest.mark.parametrize("option", ["seed", "dtype", "name"])
def test_an_option_that_is_not_the_users_is_refused(option):
    config = EncoderConfig(options={option: 1})
    with pytest.raises(ConfigError, match=f"encoder.options.{option}"):
        Encoder(config, UNITS, np.random.default_rng(1))

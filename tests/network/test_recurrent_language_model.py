import numpy as np
import pytest

from tagger.backend import tf
from tagger.config.load import check_pretraining_config
from tagger.errors import ConfigError
from tagger.network.recurrent_language_model import RecurrentLanguageModel

IDS = tf.constant([[2, 4, 3, 3], [1, 5, 2, 4]])


def network_of(**encoder):
    values = {"text": {"unit": "character"}, "characters": {"dimension": 3}, "encoder": {"units": 4} | encoder}
    return RecurrentLanguageModel(check_pretraining_config(values, "test"), 6)


@pytest.mark.parametrize("cell", ["lstm", "layer_norm_lstm"])
def test_a_window_gives_what_its_steps_give_one_by_one(cell):
    network = network_of(cell=cell, layers=2)
    scores, last = network.scores(IDS, network.zero_state(2), training=False)
    state = network.zero_state(2)
    for place in range(IDS.shape[1]):
        of_step, state = network.step(IDS[:, place], state)
        np.testing.assert_allclose(of_step, scores[:, place], rtol=1e-5, atol=1e-6)
    for part, other in zip(tf.nest.flatten(state), tf.nest.flatten(last), strict=True):
        np.testing.assert_allclose(part, other, rtol=1e-5, atol=1e-6)


def test_the_initial_weights_depend_on_the_seed_alone():
    one, other = (network_of(layers=1).trainable_variables for _ in range(2))
    for variable, same in zip(one, other, strict=True):
        np.testing.assert_array_equal(variable, same)


def test_an_option_that_a_cell_cannot_run_with_is_an_error():
    with pytest.raises(ConfigError, match="the cell 'lstm' cannot run with them"):
        network_of(options={"cell_clip": "much"}, layers=1)

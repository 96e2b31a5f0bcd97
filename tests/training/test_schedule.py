import math

import pytest

from tagger.backend import tf
from tagger.config.schema import TrainingConfig
from tagger.training.schedule import learning_rate


@pytest.mark.parametrize(
    ("decay", "warmup", "points"),
    [
        ("none", 0.0, {0: 1.0, 50: 1.0, 99: 1.0}),
        ("linear", 0.0, {0: 1.0, 25: 0.75, 50: 0.5, 99: 0.01, 100: 0.0, 200: 0.0}),
        ("cosine", 0.0, {0: 1.0, 25: (1 + math.sqrt(0.5)) / 2, 50: 0.5, 100: 0.0}),
        ("none", 0.2, {0: 1 / 20, 9: 0.5, 19: 1.0, 20: 1.0, 99: 1.0}),
        # A fifth of 100 steps rises; the other 80 fall.
        ("linear", 0.2, {0: 1 / 20, 19: 1.0, 20: 1.0, 60: 0.5, 99: 1 / 80, 100: 0.0}),
        ("cosine", 0.2, {0: 1 / 20, 20: 1.0, 60: 0.5}),
        ("linear", 1.0, {0: 0.01, 49: 0.5, 99: 1.0}),
    ],
)
def test_the_learning_rate_at_points_worked_by_hand(decay, warmup, points):
    config = TrainingConfig(learning_rate=0.004, decay=decay, warmup=warmup)
    for step, share in points.items():
        assert float(learning_rate(config, step, 100)) == pytest.approx(0.004 * share, abs=1e-9)


@pytest.mark.parametrize("decay", ["none", "linear", "cosine"])
def test_several_steps_have_a_rate_each(decay):
    config = TrainingConfig(decay=decay)
    one_by_one = [float(learning_rate(config, step, 10)) for step in (0, 5, 9)]
    assert learning_rate(config, tf.constant([0, 5, 9], tf.int64), 10).numpy().tolist() == pytest.approx(one_by_one)


def test_a_run_of_one_step_takes_it():
    for decay in ("none", "linear", "cosine"):
        assert float(learning_rate(TrainingConfig(learning_rate=0.1, decay=decay), 0, 1)) == pytest.approx(0.1)

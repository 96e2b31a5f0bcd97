import numpy as np
import pytest

from tagger.evaluation.intervals import Ratios


def test_a_figure_is_a_ratio_of_two_sums():
    ratios = Ratios()
    ratios.add({"accuracy": (3, 4), "f1": (2, 3)})
    ratios.add({"accuracy": (1, 6)})
    estimates = ratios.estimates()
    assert (estimates["accuracy"].value, estimates["f1"].value) == (4 / 10, 2 / 3)
    assert ratios.support("accuracy") == (10, 2)
    assert ratios.support("f1") == (3, 1)
    assert ratios.support("unheard of") == (0, 0)


def test_with_many_sentences_the_interval_is_that_of_the_normal_distribution():
    ratios, generator = Ratios(), np.random.default_rng(0)
    for _ in range(2000):
        ratios.add({"accuracy": (int(generator.random() < 0.8), 1)})
    found = ratios.estimates()["accuracy"]
    error = 1.96 * np.sqrt(found.value * (1 - found.value) / 2000)
    assert found.low == pytest.approx(found.value - error, abs=0.003)
    assert found.high == pytest.approx(found.value + error, abs=0.003)


def test_resamples_without_a_rare_tag_do_not_count_for_it():
    ratios = Ratios()
    ratios.add({"label": (1, 1)})
    for _ in range(9):
        ratios.add({})
    found = ratios.estimates()["label"]
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)

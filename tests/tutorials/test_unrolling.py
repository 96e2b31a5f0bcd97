"""Lesson: a static graph, `dynamic_rnn` and `tf.scan` give the same numbers; `benchmarks/unrolling.py` has their
times."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from tagger.backend import tf

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.append(str(BENCHMARKS))  # as Python does for a script
BENCHMARK = runpy.run_path(str(BENCHMARKS / "unrolling.py"))
UNITS, STEPS = 5, 7


@pytest.fixture(scope="module")
def cell():
    return BENCHMARK["stacked_lstm"](UNITS)


@pytest.fixture(scope="module")
def results(cell):
    """Outputs and gradients of each way, and how many nodes its graph has, its loops' bodies among them."""
    inputs = tf.constant(np.random.default_rng(1).normal(size=[4, STEPS, UNITS]), tf.float32)
    results = {}
    for name, way in BENCHMARK["WAYS"].items():
        graph = BENCHMARK["forward_and_backward"](way, cell).get_concrete_function(inputs)
        nodes = graph.graph.as_graph_def()
        size = len(nodes.node) + sum(len(function.node_def) for function in nodes.library.function)
        results[name] = (*graph(inputs), size)
    return results


@pytest.mark.parametrize("name", ["static_rnn", "tf.scan"])
def test_outputs_and_gradients_are_those_of_dynamic_rnn(results, cell, name):
    outputs, gradients, _ = results[name]
    expected, expected_gradients, _ = results["dynamic_rnn"]
    assert outputs.shape == (4, STEPS, UNITS)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)
    assert len(gradients) == len(cell.trainable_variables) == 6
    for gradient, same in zip(gradients, expected_gradients, strict=True):
        np.testing.assert_allclose(gradient, same, rtol=1e-4, atol=1e-6)


def test_only_the_static_graph_grows_with_the_sentence(results, cell):
    """What makes it slow to build: every step is in it."""
    longer = tf.zeros([4, STEPS + 3, UNITS])
    grown = {}
    for name, way in BENCHMARK["WAYS"].items():
        nodes = BENCHMARK["forward_and_backward"](way, cell).get_concrete_function(longer).graph.as_graph_def()
        grown[name] = len(nodes.node) + sum(len(function.node_def) for function in nodes.library.function)
    assert grown["static_rnn"] > results["static_rnn"][2] * (STEPS + 2) / STEPS
    for name in ("dynamic_rnn", "tf.scan"):
        assert grown[name] == pytest.approx(results[name][2], rel=0.02)

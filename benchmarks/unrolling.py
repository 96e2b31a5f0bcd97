"""Three ways to unroll a recurrent network over a sentence: the time to build their graphs, and to run them.

    python benchmarks/unrolling.py --steps 200 --rounds 5

`static_rnn` writes every step into the graph, `dynamic_rnn` and `tf.scan` write one and loop over it. Each reads the
same batch of 32 through a 3-layer LSTM of 100 units, forward and backward. Times are medians of the rounds, in
which all take turns; a graph is run once before it is timed.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
from history import Report

from tagger.backend import tf
from tagger.network.cells import LSTMCell, MultiRNNCell, RNNCell

BATCH, UNITS, LAYERS = 32, 100, 3
BUILDS = 3
"""Rounds of building at most, because building a static graph takes long."""


def static(cell: RNNCell, inputs: tf.Tensor) -> tf.Tensor:
    """Return the outputs `[B, T, H]` of inputs `[B, T, D]` by `static_rnn`, which must know T."""
    outputs, _ = tf.compat.v1.nn.static_rnn(cell, tf.unstack(inputs, axis=1), dtype=inputs.dtype)
    return tf.stack(outputs, axis=1)


def dynamic(cell: RNNCell, inputs: tf.Tensor) -> tf.Tensor:
    """Return the outputs `[B, T, H]` of inputs `[B, T, D]` by `dynamic_rnn`, for any T."""
    outputs, _ = tf.compat.v1.nn.dynamic_rnn(cell, inputs, dtype=inputs.dtype)
    return outputs


def scan(cell: RNNCell, inputs: tf.Tensor) -> tf.Tensor:
    """Return the outputs `[B, T, H]` of inputs `[B, T, D]` by `tf.scan` over time, carrying output and state."""
    batch = tf.shape(inputs)[0]
    first = (tf.zeros([batch, cell.output_size], inputs.dtype), cell.zero_state(batch, inputs.dtype))
    outputs, _ = tf.scan(lambda last, now: cell(now, last[1]), tf.transpose(inputs, [1, 0, 2]), initializer=first)
    return tf.transpose(outputs, [1, 0, 2])


WAYS = {"static_rnn": static, "dynamic_rnn": dynamic, "tf.scan": scan}


def stacked_lstm(units: int = UNITS, layers: int = LAYERS) -> MultiRNNCell:
    cell = MultiRNNCell([LSTMCell(units, seed=layer) for layer in range(layers)])
    cell.build(units)
    return cell


def forward_and_backward(way: Callable[[RNNCell, tf.Tensor], tf.Tensor], cell: RNNCell) -> Callable:
    """Return an untraced function from inputs to the outputs and the gradients of their mean square."""

    @tf.function(autograph=False)
    def run(inputs: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:
        with tf.GradientTape() as tape:
            outputs = way(cell, inputs)
            loss = tf.reduce_mean(outputs**2)
        return outputs, tape.gradient(loss, cell.trainable_variables)

    return run


def timed(function: Callable[[], object]) -> tuple[float, object]:
    """Return the seconds that a function takes, and its result."""
    started = time.perf_counter()
    value = function()
    return time.perf_counter() - started, value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=200, help="length of the sentences")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is timed")
    arguments = parser.parse_args()
    report = Report("unrolling")
    shape = [BATCH, arguments.steps, UNITS]
    inputs = tf.constant(np.random.default_rng(0).normal(size=shape), tf.float32)
    cell = stacked_lstm()

    building = {name: [] for name in WAYS}
    running = {name: [] for name in WAYS}
    graphs = {}
    for _ in range(min(arguments.rounds, BUILDS)):
        for name, way in WAYS.items():
            run = forward_and_backward(way, cell)
            seconds, graphs[name] = timed(lambda run=run: run.get_concrete_function(inputs))
            building[name].append(seconds)
    for name in WAYS:
        graphs[name](inputs)
    for _ in range(arguments.rounds):
        for name in WAYS:
            seconds, _ = timed(lambda name=name: [part.numpy() for part in tf.nest.flatten(graphs[name](inputs))])
            running[name].append(seconds)

    report.begin_table([f"{arguments.steps} steps", "s to build", "s to run"])
    for name in WAYS:
        report.add_row(
            [f"`{name}`", f"{statistics.median(building[name]):.2f}", f"{statistics.median(running[name]):.3f}"]
        )
    report.save()


if __name__ == "__main__":
    main()

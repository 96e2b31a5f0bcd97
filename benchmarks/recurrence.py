"""Training speed of bidirectional LSTMs, forward and backward pass, compared with Keras and PyTorch.

    python benchmarks/training.py recurrence [--sizes 1x200x32 2x512x256] [--lengths 5-25 ewt] [--rounds 7]

A size is layers x units x sentences of a batch. Each implementation runs in a process of its own, the processes take
turns, and each speed is the median of the rounds, each ratio the median of the rounds' ratios. Speeds are in padded
tokens a second, and all get the same batches:

- plain: `encoder.kernel = "dynamic_rnn"`
- fused: `encoder.kernel = "fused"`
- Keras: Keras 3's Bidirectional(LSTM) layers with masks, traced
- PyTorch: torch.nn.LSTM over packed sequences, where torch is installed (`pip install 'rnn-tagger[benchmark]'`)
- bound: the matrix products of the plain path alone, padding included

The second layer of Keras and PyTorch reads both directions, and so computes more than ours, where each direction is a
separate stack. Run it on a machine that does nothing else: PyTorch's threads wait for each other by spinning.
"""

import argparse
import importlib.util
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
from history import Report

IMPLEMENTATIONS = {"plain": "plain", "fused": "fused", "keras": "Keras", "torch": "PyTorch", "bound": "bound"}
SIZES = ["1x200x32", "1x100x32", "1x512x32", "1x200x16", "1x200x64", "1x200x256", "2x200x32", "2x512x256"]
EWT = [1, 2, 3, 4, 6, 7, 9, 10, 11, 13, 14, 15, 17, 19, 20, 22, 25, 28, 32, 39, 159]
"""Lengths of the sentences of UD English EWT's train split: the quantiles 0, 0.05, ... 1."""
POOL = 50
"""Batches whose sentences are sorted together, as `training.pool` does."""

Batches = list[tuple[np.ndarray, np.ndarray]]


def make_batches(lengths: str, size: int, features: int, tokens: int) -> Batches:
    """Return batches of inputs `[B, T, D]` and lengths `[B]`, with about `tokens` padded tokens in all.

    `lengths` is a range such as 5-25, `ewt` for EWT's lengths sorted in pools as training does, or `ewt-unsorted`.
    """
    generator = np.random.default_rng(0)
    if lengths in ("ewt", "ewt-unsorted"):
        drawn = np.interp(generator.random(POOL * size), np.linspace(0, 1, len(EWT)), EWT).round().astype(np.int32)
        drawn = np.sort(drawn) if lengths == "ewt" else drawn
        pool = generator.permutation(drawn.reshape(POOL, size))
    else:
        shortest, longest = map(int, lengths.split("-"))
        pool = generator.integers(shortest, longest + 1, size=(POOL, size)).astype(np.int32)
    batches, made = [], 0
    for of in pool:
        batches.append((generator.normal(size=(size, of.max(), features)).astype(np.float32), of))
        made += size * int(of.max())
        if made >= tokens:
            break
    return batches


def encoder_step(kernel: str, layers: int, units: int, features: int) -> Callable:
    from tagger.backend import tf
    from tagger.config.schema import EncoderConfig
    from tagger.network.encoder import Encoder

    config = EncoderConfig(units=units, layers=layers, dropout=0.0, kernel=kernel)
    encoder = Encoder(config, features, np.random.default_rng(1))
    return tensorflow_step(
        lambda inputs, lengths: encoder(inputs, lengths, True), encoder.trainable_variables, features, tf
    )


def keras_step(layers: int, units: int, features: int) -> Callable:
    from tagger.backend import tf  # isort: skip
    import keras

    stack = [keras.layers.Bidirectional(keras.layers.LSTM(units, return_sequences=True)) for _ in range(layers)]
    width = features
    for layer in stack:
        layer.build((None, None, width))
        width = 2 * units

    def run(inputs: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        mask = tf.sequence_mask(lengths, tf.shape(inputs)[1])
        for layer in stack:
            inputs = layer(inputs, mask=mask, training=True)
        return inputs

    return tensorflow_step(run, [weight.value for layer in stack for weight in layer.trainable_weights], features, tf)


def tensorflow_step(run: Callable, weights: list, features: int, tf: object) -> Callable:
    @tf.function(input_signature=[tf.TensorSpec([None, None, features]), tf.TensorSpec([None], tf.int32)])
    def step(inputs: tf.Tensor, lengths: tf.Tensor) -> list:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            loss = tf.reduce_sum(tf.square(run(inputs, lengths)))
        return tape.gradient(loss, [inputs, *weights])

    return lambda inputs, lengths: step(inputs, lengths)[0].numpy()


def torch_step(layers: int, units: int, features: int) -> Callable:
    import torch
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    lstm = torch.nn.LSTM(features, units, num_layers=layers, bidirectional=True, batch_first=True)

    def step(inputs: np.ndarray, lengths: np.ndarray) -> None:
        given = torch.from_numpy(inputs).requires_grad_()
        packed = pack_padded_sequence(given, torch.from_numpy(lengths).long(), batch_first=True, enforce_sorted=False)
        outputs, _ = pad_packed_sequence(lstm(packed)[0], batch_first=True)
        lstm.zero_grad()
        outputs.square().sum().backward()

    return step


def bound_step(layers: int, units: int, features: int) -> Callable:
    """Return a step of matrix products only: of inputs at once, of states step by step, and of their gradients."""
    from tagger.backend import tf

    widths = [features] + [units] * (layers - 1)
    kernels = [(tf.random.normal([width, 4 * units]), tf.random.normal([units, 4 * units])) for width in widths]

    def stepwise(rows: tf.Tensor, kernel: tf.Tensor, size: tf.Tensor, steps: tf.Tensor) -> tf.Tensor:
        def body(step: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return step + 1, tf.ensure_shape(rows[step * size : (step + 1) * size] @ kernel, [None, kernel.shape[1]])

        start = (0, tf.zeros([size, kernel.shape[1]]))
        return tf.while_loop(lambda step, _: step < steps, body, start, parallel_iterations=1)[1]

    @tf.function(input_signature=[tf.TensorSpec([None, None, features])])
    def step(inputs: tf.Tensor) -> list:
        size, steps = tf.shape(inputs)[0], tf.shape(inputs)[1]
        made = []
        for _ in ("forward", "backward"):
            rows = tf.reshape(inputs, [-1, features])
            for kernel, recurrent in kernels:
                gates = rows @ kernel  # [B * T, 4H]
                states = gates[:, :units]
                made += [
                    stepwise(states, recurrent, size, steps),
                    stepwise(gates, tf.transpose(recurrent), size, steps),
                    tf.matmul(gates, kernel, transpose_b=True),
                    tf.matmul(tf.concat([rows, states], axis=1), gates, transpose_a=True),
                ]
                rows = states
        return made

    return lambda inputs, lengths: step(inputs)[0].numpy()


def child(kind: str, layers: int, units: int, size: int, features: int, lengths: str, tokens: int) -> None:
    """Take one turn for each line of standard input, and print its seconds."""
    steps = {
        "plain": lambda *shape: encoder_step("dynamic_rnn", *shape),
        "fused": lambda *shape: encoder_step("fused", *shape),
        "keras": keras_step,
        "torch": torch_step,
        "bound": bound_step,
    }
    step = steps[kind](layers, units, features)
    batches = make_batches(lengths, size, features, tokens)
    for inputs, of in batches:
        step(inputs, of)
    print("ready", flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        for inputs, of in batches:
            step(inputs, of)
        print(time.perf_counter() - started, flush=True)


def measure(kinds: list[str], settings: list[str], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each round of each implementation, which take turns."""
    command = [sys.executable, __file__, "--child"]
    children = {
        kind: subprocess.Popen(
            [*command, kind, *settings],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for kind in kinds
    }
    for kind, process in children.items():
        if process.stdout.readline().strip() != "ready":
            sys.exit(f"{kind} failed:\n{process.communicate()[1]}")
    seconds = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind, process in children.items():
            process.stdin.write("go\n")
            process.stdin.flush()
            seconds[kind].append(float(process.stdout.readline()))
    for process in children.values():
        process.communicate()
    return seconds


def row(name: str, lengths: str, kinds: list[str], features: int, tokens: int, rounds: int) -> list[str]:
    """Return one row of the table: padding, speeds, and the ratios of the fused kernel to the others."""
    layers, units, size = map(int, name.split("x"))
    batches = make_batches(lengths, size, features, tokens)
    padded = sum(inputs.shape[0] * inputs.shape[1] for inputs, _ in batches)
    padding = 1 - sum(int(of.sum()) for _, of in batches) / padded
    seconds = measure(kinds, [str(part) for part in (layers, units, size, features, lengths, tokens)], rounds)
    speeds = [
        f"{padded / statistics.median(seconds[kind]):,.0f}" if kind in seconds else "–" for kind in IMPLEMENTATIONS
    ]
    ratios = [
        f"{statistics.median(other / own for other, own in zip(seconds[kind], seconds['fused'], strict=True)):.2f}"
        if kind in seconds and "fused" in seconds
        else "–"
        for kind in IMPLEMENTATIONS
        if kind != "fused"
    ]
    return [str(layers), str(units), str(size), lengths, f"{100 * padding:.0f} %", *speeds, *ratios]


def main(argv: list[str]) -> None:
    if argv[:1] == ["--child"]:
        kind, layers, units, size, features, lengths, tokens = argv[1:]
        return child(kind, int(layers), int(units), int(size), int(features), lengths, int(tokens))
    parser = argparse.ArgumentParser(
        "training.py recurrence", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", nargs="+", default=SIZES, help="layers x units x sentences")
    parser.add_argument("--lengths", nargs="+", default=["5-25", "ewt"], help="a range, ewt, or ewt-unsorted")
    parser.add_argument("--implementations", nargs="+", default=list(IMPLEMENTATIONS), choices=IMPLEMENTATIONS)
    parser.add_argument("--features", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--tokens", type=int, default=5000, help="padded tokens of a round, at least")
    arguments = parser.parse_args(argv)
    kinds = arguments.implementations
    if "torch" in kinds and importlib.util.find_spec("torch") is None:
        print("PyTorch is not installed and left out: pip install 'rnn-tagger[benchmark]'", file=sys.stderr)
        kinds = [kind for kind in kinds if kind != "torch"]
    others = [f"fused / {name}" for kind, name in IMPLEMENTATIONS.items() if kind != "fused"]
    header = ["layers", "units", "batch", "lengths", "padding", *IMPLEMENTATIONS.values(), *others]
    report = Report("recurrence")
    report.begin_table(header)
    for lengths in arguments.lengths:
        for name in arguments.sizes:
            report.add_row(row(name, lengths, kinds, arguments.features, arguments.tokens, arguments.rounds))
    report.save()
    return None


if __name__ == "__main__":
    main(sys.argv[1:])

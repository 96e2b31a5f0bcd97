"""Outputs, states and gradients of TensorFlow's own cells. They need Keras 2, so this runs in a separate process:

    TF_USE_LEGACY_KERAS=1 python reference_tf.py OUT.npz

CASES builds each cell from either set of classes: `tf.compat.v1.nn.rnn_cell` or `tagger.network.cells`.
"""

import sys
import zlib

import numpy as np

CASES = {
    "basic_rnn": lambda cells: cells.BasicRNNCell(5, dtype="float64"),
    "basic_rnn_relu": lambda cells: cells.BasicRNNCell(5, activation="relu", dtype="float64"),
    "gru": lambda cells: cells.GRUCell(5, dtype="float64"),
    "basic_lstm": lambda cells: cells.BasicLSTMCell(5, dtype="float64"),
    "basic_lstm_joined_state": lambda cells: cells.BasicLSTMCell(5, 0.5, state_is_tuple=False, dtype="float64"),
    "lstm": lambda cells: cells.LSTMCell(5, dtype="float64"),
    "lstm_forget_bias": lambda cells: cells.LSTMCell(5, forget_bias=0.0, dtype="float64"),
    "lstm_peepholes": lambda cells: cells.LSTMCell(5, use_peepholes=True, dtype="float64"),
    "lstm_cell_clip": lambda cells: cells.LSTMCell(5, use_peepholes=True, cell_clip=0.2, dtype="float64"),
    "lstm_projection": lambda cells: cells.LSTMCell(5, num_proj=3, proj_clip=0.1, dtype="float64"),
    "lstm_everything": lambda cells: cells.LSTMCell(
        5, use_peepholes=True, cell_clip=0.4, num_proj=3, proj_clip=0.3, forget_bias=2.0, dtype="float64"
    ),
    "multi": lambda cells: cells.MultiRNNCell(
        [cells.LSTMCell(5, dtype="float64"), cells.GRUCell(2, dtype="float64"), cells.BasicRNNCell(3, dtype="float64")]
    ),
    "multi_joined_state": lambda cells: cells.MultiRNNCell(
        [cells.GRUCell(2, dtype="float64"), cells.BasicRNNCell(3, dtype="float64")], state_is_tuple=False
    ),
    "residual": lambda cells: cells.ResidualWrapper(cells.GRUCell(4, dtype="float64")),
    "residual_function": lambda cells: cells.ResidualWrapper(
        cells.GRUCell(2, dtype="float64"), residual_fn=lambda inputs, output: output - inputs[:, :2]
    ),
    "dropout_keeps_all": lambda cells: cells.DropoutWrapper(cells.LSTMCell(5, dtype="float64"), 1.0, 1.0, 1.0),
    "deep": lambda cells: cells.MultiRNNCell(
        [
            cells.DropoutWrapper(cells.LSTMCell(5, dtype="float64")),
            cells.ResidualWrapper(cells.DropoutWrapper(cells.BasicLSTMCell(5, dtype="float64"))),
        ]
    ),
}
LENGTHS = np.array([6, 1, 4])
INPUTS = np.random.default_rng(1).normal(size=(3, 6, 4))


def numbers(case: str, what: str, shape) -> np.ndarray:
    """Normal numbers that depend on the case and the name alone, and so are the same in every process."""
    return np.random.default_rng(zlib.crc32(f"{case} {what}".encode())).normal(size=shape)


def run(tf, case: str, cell, trainable_variables):
    """Outputs, final states, and gradients of a weighted sum of both for inputs, initial states and variables."""
    inputs = tf.constant(INPUTS)
    sizes = tf.nest.flatten(cell.state_size)
    first = [tf.constant(numbers(case, f"state {index}", [3, size])) for index, size in enumerate(sizes)]
    outputs, state = tf.compat.v1.nn.dynamic_rnn(
        cell, inputs, sequence_length=LENGTHS, initial_state=tf.nest.pack_sequence_as(cell.state_size, first)
    )
    states = tf.nest.flatten(state)
    loss = tf.reduce_sum(outputs * numbers(case, "weights of outputs", outputs.shape))
    for index, part in enumerate(states):
        loss += tf.reduce_sum(part * numbers(case, f"weights of state {index}", part.shape))
    variables = trainable_variables()
    gradients = tf.gradients(loss, [inputs, *first, *variables])
    return outputs, states, gradients, variables


def main(path: str) -> None:
    import tensorflow as tf

    saved = {}
    for case, make in CASES.items():
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            cell = make(tf.compat.v1.nn.rnn_cell)
            outputs, states, gradients, variables = run(tf, case, cell, tf.compat.v1.trainable_variables)
            for variable in variables:
                session.run(variable.assign(numbers(case, variable.name, variable.shape) * 0.5))
            values = session.run({"outputs": outputs, "states": states, "gradients": gradients, "variables": variables})
        saved[f"{case} names"] = np.array([variable.name for variable in variables])
        saved[f"{case} outputs"] = values["outputs"]
        for what in ("states", "gradients", "variables"):
            for index, value in enumerate(values[what]):
                saved[f"{case} {what} {index}"] = value
    np.savez(path, **saved)


if __name__ == "__main__":
    main(sys.argv[1])

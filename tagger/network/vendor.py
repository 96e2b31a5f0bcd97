"""cuDNN's recurrence, all steps of a layer in one call of the GPU's vendor: the cells of `dynamic_rnn`, their variables
and numbers. https://docs.nvidia.com/deeplearning/cudnn/latest/api/cudnn-adv-library.html (cudnnRNNMode_t)

TensorFlow offers it as `tf.raw_ops.CudnnRNNV3`, which wants all weights in one vector: of each gate the matrix over the
inputs, then those over the states, then the biases of both, each matrix with a row for each unit. It is put together
inside of the graph, so that gradients find their way back to the cell's own variables.

What is known of the kernel and seen to here:

- It refuses a sentence without tokens (TensorFlow's issue 43103), which is given one of zeros and loses it again.
- Nothing is promised of what it writes past a sentence's end, outputs or gradients, so neither is let through.
- cuDNN 8.1 to 9.0 corrupted batches of unequal lengths (issue 60192); TensorFlow 2.21 comes with cuDNN 9.3.
- Two runs may differ in the last bits, unless CUBLAS_WORKSPACE_CONFIG=:4096:2 is in the environment.
- It multiplies in TensorFloat-32, like TensorFlow itself on such a GPU: three digits, unless
  `tf.config.experimental.enable_tensor_float_32_execution(False)` asks for more.
"""

from collections.abc import Sequence

from tagger.backend import tf
from tagger.network.cells import BasicLSTMCell, BasicRNNCell, Cell, GRUCell, LSTMCell, LSTMStateTuple, State
from tagger.network.layers import obstacle_in, through_layers

LSTM, GRU = "lstm", "gru"
RNN = {tf.tanh: "rnn_tanh", tf.nn.relu: "rnn_relu"}


def is_there() -> bool:
    """Whether this program sees a GPU for which TensorFlow has cuDNN's kernels."""
    # AMD's MIOpen answers to the same name, but wants the gates in another order.
    return bool(tf.config.get_visible_devices("GPU")) and tf.sysconfig.get_build_info()["is_cuda_build"]


def obstacle(cell: Cell) -> str | None:
    """Why `vendor_rnn` cannot run a cell, to be read after "because"; None where it can."""
    return obstacle_in(cell, _obstacle, takes_factors=False)


def _obstacle(cell: Cell) -> str | None:
    if mode_of(cell) is None:
        return f"cuDNN knows BasicRNNCell, GRUCell with reset_after and LSTMCell, not this {type(cell).__name__}"
    return None


def mode_of(cell: Cell) -> str | None:
    """cuDNN's name for what a cell of this class and options computes, or None."""
    kind = type(cell)
    if kind not in (BasicRNNCell, GRUCell, LSTMCell, BasicLSTMCell) or cell.dtype not in (tf.float32, tf.float64):
        return None
    if kind is BasicRNNCell:
        return RNN.get(cell.activation)
    if cell.activation is not tf.tanh:
        return None
    if kind is GRUCell:
        return GRU if cell.reset_after else None
    extras = cell.use_peepholes or cell.cell_clip is not None or cell.num_proj or not cell.state_is_tuple
    return None if extras else LSTM


def vendor_rnn(
    cells: Sequence[Cell], inputs: tf.Tensor, lengths: tf.Tensor
) -> tuple[tuple[tf.Tensor, ...], tuple[State, ...]]:
    """The same as `fused.fused_rnn`, on a GPU; the cells must be built, and have no `obstacle`."""
    longest = tf.shape(inputs)[1]
    steps = tf.maximum(longest, 1)
    values = tf.pad(inputs, [[0, 0], [0, steps - longest], [0, 0]])
    present = tf.transpose(tf.sequence_mask(lengths, steps))[:, :, tf.newaxis]  # [T, B, 1]
    values = _or_zero(present, tf.transpose(values, [1, 0, 2]))  # [T, B, D]
    outputs, states = [], []
    for cell, backward in zip(cells, (False, True), strict=False):
        made, state = through_layers(
            cell,
            _reversed(values, lengths) if backward else values,
            lambda plain, given, _: _run(plain, given, lengths, present),
            lambda by_sentence: by_sentence[tf.newaxis],
        )
        made = _reversed(made, lengths) if backward else made
        outputs.append(tf.transpose(made, [1, 0, 2])[:, :longest])
        states.append(state)
    return tuple(outputs), tuple(states)


def _run(cell: Cell, inputs: tf.Tensor, lengths: tf.Tensor, present: tf.Tensor) -> tuple[tf.Tensor, State]:
    """Inputs `[T, B, D]` through a cell without wrappers: outputs `[T, B, H]`, zero past the end; the last state."""
    mode = mode_of(cell)
    outputs, h, c = cudnn(inputs, tf.maximum(lengths, 1), parameters(*weights_of(cell)), mode, cell.num_units)
    has_tokens = lengths[:, tf.newaxis] > 0
    h = _or_zero(has_tokens, h)
    return _or_zero(present, outputs), LSTMStateTuple(_or_zero(has_tokens, c), h) if mode == LSTM else h


def weights_of(cell: Cell) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
    """A cell's weights over the inputs `[D, G]` and over the state `[H, G]`, and the bias `[G]` of each, where G is the
    gates in cuDNN's order, H columns each: i, f, j, o of an LSTM; reset, update and candidate of a GRU."""
    if mode_of(cell) == GRU:
        kernel = tf.concat([cell.gate_kernel, cell.candidate_kernel], axis=1)
        bias = tf.concat([cell.gate_bias, cell.candidate_bias], axis=0)
        recurrent_bias = tf.concat([tf.zeros_like(cell.gate_bias), cell.recurrent_bias], axis=0)
    else:
        kernel, bias = tf.convert_to_tensor(cell.kernel), tf.convert_to_tensor(cell.bias)
        if mode_of(cell) == LSTM:
            i, j, f, o = tf.split(kernel, 4, axis=1)
            kernel = tf.concat([i, f, j, o], axis=1)
            i, j, f, o = tf.split(bias, 4)
            bias = tf.concat([i, f + cell.forget_bias, j, o], axis=0)
        recurrent_bias = tf.zeros_like(bias)
    inputs, recurrent = tf.split(kernel, [cell.input_size, cell.num_units])
    return inputs, recurrent, bias, recurrent_bias


def parameters(inputs: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor, recurrent_bias: tf.Tensor) -> tf.Tensor:
    """What `weights_of` gives as the one vector that cuDNN reads."""
    flat = [tf.reshape(tf.transpose(matrix), [-1]) for matrix in (inputs, recurrent)]
    return tf.concat([*flat, bias, recurrent_bias], axis=0)


def cudnn(
    inputs: tf.Tensor, lengths: tf.Tensor, weights: tf.Tensor, mode: str, units: int
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """One layer in one direction over inputs `[T, B, D]` of lengths `[B]`, none of them 0: outputs `[T, B, H]`, and the
    last output and memory, `[B, H]` each; the memory means something for an LSTM alone."""
    start = tf.zeros([1, tf.shape(inputs)[1], units], inputs.dtype)
    made = tf.raw_ops.CudnnRNNV3(
        input=inputs,
        input_h=start,
        input_c=start if mode == LSTM else tf.zeros([], inputs.dtype),
        params=weights,
        sequence_lengths=tf.cast(lengths, tf.int32),
        rnn_mode=mode,
        time_major=True,
        is_training=True,  # else it has no gradient
    )
    return made.output, made.output_h[0], made.output_c[0] if mode == LSTM else made.output_h[0]


def _reversed(values: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
    """`[T, B, D]` with the tokens of each sentence in the other order."""
    return tf.reverse_sequence(values, lengths, seq_axis=0, batch_axis=1)


def _or_zero(condition: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    return tf.where(condition, values, tf.zeros_like(values))

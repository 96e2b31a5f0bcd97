"""cuDNN's recurrence: what `dynamic_rnn` computes, in one call for each layer.

The kernel takes the same cells, and needs an NVIDIA GPU.
https://docs.nvidia.com/deeplearning/cudnn/latest/api/cudnn-adv-library.html (cudnnRNNMode_t)

TensorFlow offers it as `tf.raw_ops.CudnnRNNV3`, which takes all weights as one vector: the input matrix of each gate,
then the recurrent matrices, then both biases, each matrix with one row for each unit. The vector is assembled inside
the graph, so that gradients reach the cell's own variables.

What is known about the kernel, and handled here:

- It rejects a sentence without tokens (TensorFlow issue 43103). Such a sentence gets one token of zeros, whose output
  is removed again.
- What it writes in padding, outputs and gradients, is undefined, so both are replaced by zeros.
- cuDNN 8.1 to 9.0 corrupted batches of unequal lengths (issue 60192); TensorFlow 2.21 comes with cuDNN 9.3.
- Two runs may differ in the last bits unless CUBLAS_WORKSPACE_CONFIG=:4096:2 is set in the environment.
- It multiplies in TensorFloat-32, as TensorFlow does on such a GPU, with about three significant digits.
  `tf.config.experimental.enable_tensor_float_32_execution(False)` switches to full precision.
"""

from collections.abc import Sequence

from tagger.backend import tf
from tagger.network.cells import BasicRNNCell, Cell, GRUCell, LSTMStateTuple, RNNCell, State
from tagger.network.layers import obstacle_in, through_layers
from tagger.network.plain_lstm import is_plain_lstm

_LSTM, _GRU = "lstm", "gru"
_RNN_MODES = {tf.tanh: "rnn_tanh", tf.nn.relu: "rnn_relu"}


def is_available() -> bool:
    """Whether this process sees a GPU for which TensorFlow has cuDNN's kernels."""
    # AMD's MIOpen runs under the same name, but takes the gates in another order.
    return bool(tf.config.get_visible_devices("GPU")) and tf.sysconfig.get_build_info()["is_cuda_build"]


def obstacle(cell: Cell) -> str | None:
    """The reason why `vendor_rnn` cannot run a cell, to follow "because"; None if it can."""
    return obstacle_in(cell, _obstacle, takes_factors=False)


def _obstacle(cell: Cell) -> str | None:
    if _mode_of(cell) is None:
        return f"cuDNN knows BasicRNNCell, GRUCell with reset_after and LSTMCell, not this {type(cell).__name__}"
    return None


def _mode_of(cell: Cell) -> str | None:
    """cuDNN's name for what a cell computes; None where cuDNN does not know it."""
    if not isinstance(cell, RNNCell) or cell.dtype not in (tf.float32, tf.float64):
        return None
    if is_plain_lstm(cell):
        return _LSTM
    if type(cell) is BasicRNNCell:
        return _RNN_MODES.get(cell.activation)
    if type(cell) is GRUCell and cell.reset_after and cell.activation is tf.tanh:
        return _GRU
    return None


def vendor_rnn(
    cells: Sequence[RNNCell], inputs: tf.Tensor, lengths: tf.Tensor
) -> tuple[tuple[tf.Tensor, ...], tuple[State, ...]]:
    """Outputs and last states as `fused.fused_rnn` returns them, by cuDNN on a GPU.

    The cells must be built and have no `obstacle`.
    """
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


def _run(cell: RNNCell, inputs: tf.Tensor, lengths: tf.Tensor, present: tf.Tensor) -> tuple[tf.Tensor, State]:
    """Outputs `[T, B, H]`, zero in padding, and last state of a cell without wrappers.

    Inputs are `[T, B, D]`.
    """
    mode = _mode_of(cell)
    assert mode  # there is no obstacle
    outputs, h, c = cudnn(inputs, tf.maximum(lengths, 1), _parameters(*_weights_of(cell)), mode, cell.num_units)
    has_tokens = lengths[:, tf.newaxis] > 0
    h = _or_zero(has_tokens, h)
    return _or_zero(present, outputs), LSTMStateTuple(_or_zero(has_tokens, c), h) if mode == _LSTM else h


def _weights_of(cell: RNNCell) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
    """A cell's input weights `[D, G]`, recurrent weights `[H, G]`, and biases `[G]` of both.

    G are the gates in cuDNN's order, H columns each: i, f, j, o of an LSTM; reset, update and candidate of a GRU.
    """
    if _mode_of(cell) == _GRU:
        kernel = tf.concat([cell.gate_kernel, cell.candidate_kernel], axis=1)
        bias = tf.concat([cell.gate_bias, cell.candidate_bias], axis=0)
        recurrent_bias = tf.concat([tf.zeros_like(cell.gate_bias), cell.recurrent_bias], axis=0)
    else:
        kernel, bias = tf.convert_to_tensor(cell.kernel), tf.convert_to_tensor(cell.bias)
        if _mode_of(cell) == _LSTM:
            i, j, f, o = tf.split(kernel, 4, axis=1)
            kernel = tf.concat([i, f, j, o], axis=1)
            i, j, f, o = tf.split(bias, 4)
            bias = tf.concat([i, f + cell.forget_bias, j, o], axis=0)
        recurrent_bias = tf.zeros_like(bias)
    inputs, recurrent = tf.split(kernel, [cell.input_size, cell.num_units])
    return inputs, recurrent, bias, recurrent_bias


def _parameters(inputs: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor, recurrent_bias: tf.Tensor) -> tf.Tensor:
    """The weights and biases of `_weights_of` as the one vector that cuDNN takes."""
    flat = [tf.reshape(tf.transpose(matrix), [-1]) for matrix in (inputs, recurrent)]
    return tf.concat([*flat, bias, recurrent_bias], axis=0)


def cudnn(
    inputs: tf.Tensor, lengths: tf.Tensor, weights: tf.Tensor, mode: str, units: int
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Outputs `[T, B, H]` of one layer in one direction, and its last output and memory.

    The last two are `[B, H]`. Inputs are `[T, B, D]`, lengths `[B]`, none of them 0. Without an LSTM the memory repeats
    the last output.
    """
    start = tf.zeros([1, tf.shape(inputs)[1], units], inputs.dtype)
    made = tf.raw_ops.CudnnRNNV3(
        input=inputs,
        input_h=start,
        input_c=start if mode == _LSTM else tf.zeros([], inputs.dtype),
        params=weights,
        sequence_lengths=tf.cast(lengths, tf.int32),
        rnn_mode=mode,
        time_major=True,
        is_training=True,  # otherwise it has no gradient
    )
    return made.output, made.output_h[0], made.output_c[0] if mode == _LSTM else made.output_h[0]


def _reversed(values: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
    """Values `[T, B, D]` with the tokens of each sentence in reverse order."""
    return tf.reverse_sequence(values, lengths, seq_axis=0, batch_axis=1)


def _or_zero(condition: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    return tf.where(condition, values, tf.zeros_like(values))

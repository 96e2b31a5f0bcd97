"""Each cell's arithmetic for the fused recurrence: its `step`, and its derivatives.

In names, `d_x` is the gradient of the loss with respect to `x`, as in `recurrence`.
"""

from collections.abc import Callable, Sequence

from tagger.backend import tf
from tagger.network.cells import BasicRNNCell, Cell, GRUCell, RNNCell
from tagger.network.plain_lstm import is_plain_lstm
from tagger.network.recurrence import Arithmetic, Tensors

_SLOPES: dict[Callable[[tf.Tensor], tf.Tensor], Callable[[tf.Tensor], tf.Tensor]] = {
    tf.tanh: lambda value: 1 - value * value,
    tf.sigmoid: lambda value: value * (1 - value),
    tf.nn.relu: lambda value: tf.cast(value > 0, value.dtype),
    tf.identity: tf.ones_like,
}
"""Derivatives of activations, as functions of the activation's value."""


def arithmetic_of(cell: Cell) -> type[Arithmetic] | None:
    """The arithmetic of a cell without wrappers, if the fused recurrence knows it.

    None for other classes of cells, and for options that it does not cover.
    """
    if is_plain_lstm(cell):
        return _LSTM
    if type(cell) is BasicRNNCell and cell.activation in _SLOPES:
        return _BasicRNN
    if type(cell) is GRUCell and cell.activation in _SLOPES:
        return _ResetAfterGRU if cell.reset_after else _GRU
    return None


class _BasicRNN(Arithmetic):
    """A basic RNN: `h = activation(x W + h U + b)`.

    The class is also the base of the LSTM, whose variables have the same layout.
    """

    def __init__(self, cell: RNNCell, kernel: tf.Tensor, bias: tf.Tensor) -> None:
        super().__init__(cell)
        self.activation, self.slope = cell.activation, _SLOPES[cell.activation]
        self.kernel, self.recurrent = tf.split(kernel, [cell.input_size, self.units])
        self.transposed = tf.transpose(self.recurrent)
        self.bias = bias

    @staticmethod
    def variables(cell: RNNCell) -> list[tf.Variable]:
        return [cell.kernel, cell.bias]

    def project(self, inputs: tf.Tensor) -> tf.Tensor:
        return inputs @ self.kernel + self.bias

    def step(self, projected: tf.Tensor, state: Tensors) -> tuple[Tensors, Tensors]:
        return (self.activation(projected + state[0] @ self.recurrent),), ()

    def step_gradient(
        self, d_state: Tensors, before: Tensors, state: Tensors, saved: Tensors
    ) -> tuple[tf.Tensor, Tensors]:
        d_projected = d_state[0] * self.slope(state[0])
        return d_projected, (d_projected @ self.transposed,)

    def weight_gradients(self, inputs: tf.Tensor, d_projected: tf.Tensor, before: tf.Tensor, saved: Tensors) -> Tensors:
        d_inputs = tf.matmul(d_projected, self.kernel, transpose_b=True)
        d_kernel = tf.matmul(tf.concat([inputs, before], axis=1), d_projected, transpose_a=True)
        return d_inputs, d_kernel, tf.reduce_sum(d_projected, axis=0)


class _LSTM(_BasicRNN):
    """The plain LSTM, with all four gates in one sigmoid.

    Since `tanh(j) = 2 sigmoid(2j) - 1`, the weights of j are doubled.
    """

    gates = 4  # i, j, f, o, in the order of the kernel's columns
    state_parts = 2  # memory c, output h
    saved_widths: Sequence[int] = (4,)  # the sigmoids

    def __init__(self, cell: RNNCell, kernel: tf.Tensor, bias: tf.Tensor) -> None:
        super().__init__(cell, kernel, bias)
        scale = tf.repeat(tf.constant([1, 2, 1, 1], bias.dtype), self.units)
        forget = tf.repeat(tf.constant([0, 0, cell.forget_bias, 0], bias.dtype), self.units)
        self.scaled_kernel, self.scaled_bias = self.kernel * scale, bias * scale + forget
        self.scaled_recurrent = self.recurrent * scale

    def project(self, inputs: tf.Tensor) -> tf.Tensor:
        return inputs @ self.scaled_kernel + self.scaled_bias

    def step(self, projected: tf.Tensor, state: Tensors) -> tuple[Tensors, Tensors]:
        c, h = state
        gates = tf.sigmoid(projected + h @ self.scaled_recurrent)
        i, j, f, o = tf.split(gates, 4, axis=1)
        c = f * c + i * (2 * j - 1)
        return (c, o * tf.tanh(c)), (gates,)

    def step_gradient(
        self, d_state: Tensors, before: Tensors, state: Tensors, saved: Tensors
    ) -> tuple[tf.Tensor, Tensors]:
        (d_c, d_h), (gates,) = d_state, saved
        i, j, f, o = tf.split(gates, 4, axis=1)
        tanh_c = tf.tanh(state[0])
        d_c += d_h * o * (1 - tanh_c * tanh_c)
        d_sigmoids = tf.concat([d_c * (2 * j - 1), d_c * (4 * i), d_c * before[0], d_h * tanh_c], axis=1)
        d_projected = d_sigmoids * (gates * (1 - gates))
        return d_projected, (d_c * f, d_projected @ self.transposed)


class _GRU(Arithmetic):
    """The GRU whose reset gate acts on the state before the candidate's matrix product."""

    gates = 3  # reset, update, candidate
    saved_widths: Sequence[int] = (2, 1)  # reset and update; candidate

    def __init__(self, cell: RNNCell, *weights: tf.Tensor) -> None:
        super().__init__(cell)
        self.activation, self.slope = cell.activation, _SLOPES[cell.activation]
        self.sizes = [2 * self.units, self.units]
        gates, gate_bias, candidate, candidate_bias = weights[:4]
        gates, self.to_gates = tf.split(gates, [cell.input_size, self.units])
        candidate, self.to_candidate = tf.split(candidate, [cell.input_size, self.units])
        self.kernel = tf.concat([gates, candidate], axis=1)
        self.bias = tf.concat([gate_bias, candidate_bias], axis=0)
        self.from_gates, self.from_candidate = tf.transpose(self.to_gates), tf.transpose(self.to_candidate)

    @staticmethod
    def variables(cell: RNNCell) -> list[tf.Variable]:
        return [cell.gate_kernel, cell.gate_bias, cell.candidate_kernel, cell.candidate_bias]

    def project(self, inputs: tf.Tensor) -> tf.Tensor:
        return inputs @ self.kernel + self.bias

    def step(self, projected: tf.Tensor, state: Tensors) -> tuple[Tensors, Tensors]:
        (h,) = state
        gates, candidate = tf.split(projected, self.sizes, axis=1)
        gates = tf.sigmoid(gates + h @ self.to_gates)
        reset, update = tf.split(gates, 2, axis=1)
        candidate = self.activation(candidate + (reset * h) @ self.to_candidate)
        return (candidate + update * (h - candidate),), (gates, candidate)

    def step_gradient(
        self, d_state: Tensors, before: Tensors, state: Tensors, saved: Tensors
    ) -> tuple[tf.Tensor, Tensors]:
        (d_h,), (h,), (gates, candidate) = d_state, before, saved
        reset, update = tf.split(gates, 2, axis=1)
        d_candidate = d_h * (1 - update) * self.slope(candidate)
        d_reset_h = d_candidate @ self.from_candidate
        d_gates = tf.concat([d_reset_h * h, d_h * (h - candidate)], axis=1) * (gates * (1 - gates))
        d_before = d_h * update + d_reset_h * reset + d_gates @ self.from_gates
        return tf.concat([d_gates, d_candidate], axis=1), (d_before,)

    def weight_gradients(self, inputs: tf.Tensor, d_projected: tf.Tensor, before: tf.Tensor, saved: Tensors) -> Tensors:
        d_gates, d_candidate = tf.split(d_projected, self.sizes, axis=1)
        reset = saved[0][:, : self.units]
        d_recurrent = (
            tf.matmul(before, d_gates, transpose_a=True),
            tf.matmul(reset * before, d_candidate, transpose_a=True),
        )
        return self.joined(inputs, d_projected, d_recurrent)

    def joined(self, inputs: tf.Tensor, d_projected: tf.Tensor, d_recurrent: Sequence[tf.Tensor]) -> Tensors:
        """Gradients of the inputs and of the first four variables.

        `d_recurrent` are those of the recurrent rows of both kernels.
        """
        d_kernels = tf.split(tf.matmul(inputs, d_projected, transpose_a=True), self.sizes, axis=1)
        d_gates, d_candidate = (tf.concat(rows, axis=0) for rows in zip(d_kernels, d_recurrent, strict=True))
        d_gate_bias, d_candidate_bias = tf.split(tf.reduce_sum(d_projected, axis=0), self.sizes)
        d_inputs = tf.matmul(d_projected, self.kernel, transpose_b=True)
        return d_inputs, d_gates, d_gate_bias, d_candidate, d_candidate_bias


class _ResetAfterGRU(_GRU):
    """The GRU whose reset gate acts on the recurrent product of the candidate (`reset_after`)."""

    saved_widths: Sequence[int] = (2, 1, 1)  # reset and update; candidate; the candidate's recurrent product

    def __init__(self, cell: RNNCell, *weights: tf.Tensor) -> None:
        super().__init__(cell, *weights)
        self.recurrent = tf.concat([self.to_gates, self.to_candidate], axis=1)
        self.transposed = tf.transpose(self.recurrent)
        self.recurrent_bias = weights[4]

    @staticmethod
    def variables(cell: RNNCell) -> list[tf.Variable]:
        return [*_GRU.variables(cell), cell.recurrent_bias]

    def step(self, projected: tf.Tensor, state: Tensors) -> tuple[Tensors, Tensors]:
        (h,) = state
        gates, candidate = tf.split(projected, self.sizes, axis=1)
        to_gates, recurrent = tf.split(h @ self.recurrent, self.sizes, axis=1)
        recurrent += self.recurrent_bias
        gates = tf.sigmoid(gates + to_gates)
        reset, update = tf.split(gates, 2, axis=1)
        candidate = self.activation(candidate + reset * recurrent)
        return (candidate + update * (h - candidate),), (gates, candidate, recurrent)

    def step_gradient(
        self, d_state: Tensors, before: Tensors, state: Tensors, saved: Tensors
    ) -> tuple[tf.Tensor, Tensors]:
        (d_h,), (h,), (gates, candidate, recurrent) = d_state, before, saved
        reset, update = tf.split(gates, 2, axis=1)
        d_candidate = d_h * (1 - update) * self.slope(candidate)
        d_gates = tf.concat([d_candidate * recurrent, d_h * (h - candidate)], axis=1) * (gates * (1 - gates))
        d_product = tf.concat([d_gates, d_candidate * reset], axis=1)
        return tf.concat([d_gates, d_candidate], axis=1), (d_h * update + d_product @ self.transposed,)

    def weight_gradients(self, inputs: tf.Tensor, d_projected: tf.Tensor, before: tf.Tensor, saved: Tensors) -> Tensors:
        d_gates, d_candidate = tf.split(d_projected, self.sizes, axis=1)
        d_candidate *= saved[0][:, : self.units]
        d_recurrent = tf.matmul(before, tf.concat([d_gates, d_candidate], axis=1), transpose_a=True)
        gradients = self.joined(inputs, d_projected, tf.split(d_recurrent, self.sizes, axis=1))
        return *gradients, tf.reduce_sum(d_candidate, axis=0)

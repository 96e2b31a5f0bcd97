"""What the fused recurrence computes for each cell: the arithmetic of the cell's `step`, and its derivatives."""

from collections.abc import Callable, Sequence

from tagger.backend import tf
from tagger.network.cells import BasicLSTMCell, BasicRNNCell, Cell, GRUCell, LSTMCell
from tagger.network.recurrence import Arithmetic, Tensors

SLOPES: dict[Callable[[tf.Tensor], tf.Tensor], Callable[[tf.Tensor], tf.Tensor]] = {
    tf.tanh: lambda value: 1 - value * value,
    tf.sigmoid: lambda value: value * (1 - value),
    tf.nn.relu: lambda value: tf.cast(value > 0, value.dtype),
    tf.identity: tf.ones_like,
}
"""The derivative of each activation whose derivative follows from its value."""


def arithmetic_of(cell: Cell) -> type[Arithmetic] | None:
    """That of a cell's class and options, or None."""
    kind = type(cell)
    if kind not in (BasicRNNCell, GRUCell, LSTMCell, BasicLSTMCell) or cell.activation not in SLOPES:
        return None
    if kind is BasicRNNCell:
        return _BasicRNN
    if kind is GRUCell:
        return _ResetAfterGRU if cell.reset_after else _GRU
    extras = cell.use_peepholes or cell.cell_clip is not None or cell.num_proj or not cell.state_is_tuple
    return None if extras or cell.activation is not tf.tanh else _LSTM


class _BasicRNN(Arithmetic):
    def __init__(self, cell: BasicRNNCell | LSTMCell, kernel: tf.Tensor, bias: tf.Tensor) -> None:
        super().__init__(cell)
        self.activation, self.slope = cell.activation, SLOPES[cell.activation]
        self.kernel, self.recurrent = tf.split(kernel, [cell.input_size, self.units])
        self.transposed = tf.transpose(self.recurrent)
        self.bias = bias

    @staticmethod
    def variables(cell: BasicRNNCell | LSTMCell) -> list[tf.Variable]:
        return [cell.kernel, cell.bias]

    def given(self, inputs: tf.Tensor) -> tf.Tensor:
        return inputs @ self.kernel + self.bias

    def step(self, given: tf.Tensor, state: Tensors) -> tuple[Tensors, Tensors]:
        return (self.activation(given + state[0] @ self.recurrent),), ()

    def back(self, by_state: Tensors, before: Tensors, state: Tensors, kept: Tensors) -> tuple[tf.Tensor, Tensors]:
        by_given = by_state[0] * self.slope(state[0])
        return by_given, (by_given @ self.transposed,)

    def by_inputs_and_weights(self, inputs: tf.Tensor, given: tf.Tensor, before: tf.Tensor, kept: Tensors) -> Tensors:
        by_inputs = tf.matmul(given, self.kernel, transpose_b=True)
        by_kernel = tf.matmul(tf.concat([inputs, before], axis=1), given, transpose_a=True)
        return by_inputs, by_kernel, tf.reduce_sum(given, axis=0)


class _LSTM(_BasicRNN):
    """All four gates in one sigmoid: `tanh(j) = 2 sigmoid(2j) - 1`, so what makes j is doubled."""

    gates = 4  # i, j, f, o, as they lie in the kernel
    parts = 2  # memory and output
    kept = (4,)  # the sigmoids

    def __init__(self, cell: LSTMCell, kernel: tf.Tensor, bias: tf.Tensor) -> None:
        super().__init__(cell, kernel, bias)
        scale = tf.repeat(tf.constant([1, 2, 1, 1], bias.dtype), self.units)
        forget = tf.repeat(tf.constant([0, 0, cell.forget_bias, 0], bias.dtype), self.units)
        self.scaled_kernel, self.scaled_bias = self.kernel * scale, bias * scale + forget
        self.scaled_recurrent = self.recurrent * scale

    def given(self, inputs: tf.Tensor) -> tf.Tensor:
        return inputs @ self.scaled_kernel + self.scaled_bias

    def step(self, given: tf.Tensor, state: Tensors) -> tuple[Tensors, Tensors]:
        c, h = state
        gates = tf.sigmoid(given + h @ self.scaled_recurrent)
        i, j, f, o = tf.split(gates, 4, axis=1)
        c = f * c + i * (2 * j - 1)
        return (c, o * tf.tanh(c)), (gates,)

    def back(self, by_state: Tensors, before: Tensors, state: Tensors, kept: Tensors) -> tuple[tf.Tensor, Tensors]:
        (by_c, by_h), (gates,) = by_state, kept
        i, j, f, o = tf.split(gates, 4, axis=1)
        shown = tf.tanh(state[0])
        by_c += by_h * o * (1 - shown * shown)
        by_sigmoids = tf.concat([by_c * (2 * j - 1), by_c * (4 * i), by_c * before[0], by_h * shown], axis=1)
        by_given = by_sigmoids * (gates * (1 - gates))
        return by_given, (by_c * f, by_given @ self.transposed)


class _GRU(Arithmetic):
    gates = 3  # reset, update, candidate
    kept = (2, 1)  # reset and update; the candidate

    def __init__(self, cell: GRUCell, *weights: tf.Tensor) -> None:
        super().__init__(cell)
        self.activation, self.slope = cell.activation, SLOPES[cell.activation]
        self.sizes = [2 * self.units, self.units]
        gates, gate_bias, candidate, candidate_bias = weights[:4]
        gates, self.to_gates = tf.split(gates, [cell.input_size, self.units])
        candidate, self.to_candidate = tf.split(candidate, [cell.input_size, self.units])
        self.kernel = tf.concat([gates, candidate], axis=1)
        self.bias = tf.concat([gate_bias, candidate_bias], axis=0)
        self.from_gates, self.from_candidate = tf.transpose(self.to_gates), tf.transpose(self.to_candidate)

    @staticmethod
    def variables(cell: GRUCell) -> list[tf.Variable]:
        return [cell.gate_kernel, cell.gate_bias, cell.candidate_kernel, cell.candidate_bias]

    def given(self, inputs: tf.Tensor) -> tf.Tensor:
        return inputs @ self.kernel + self.bias

    def step(self, given: tf.Tensor, state: Tensors) -> tuple[Tensors, Tensors]:
        (h,) = state
        gates, candidate = tf.split(given, self.sizes, axis=1)
        gates = tf.sigmoid(gates + h @ self.to_gates)
        reset, update = tf.split(gates, 2, axis=1)
        candidate = self.activation(candidate + (reset * h) @ self.to_candidate)
        return (candidate + update * (h - candidate),), (gates, candidate)

    def back(self, by_state: Tensors, before: Tensors, state: Tensors, kept: Tensors) -> tuple[tf.Tensor, Tensors]:
        (by_h,), (h,), (gates, candidate) = by_state, before, kept
        reset, update = tf.split(gates, 2, axis=1)
        by_candidate = by_h * (1 - update) * self.slope(candidate)
        by_reset_h = by_candidate @ self.from_candidate
        by_gates = tf.concat([by_reset_h * h, by_h * (h - candidate)], axis=1) * (gates * (1 - gates))
        by_before = by_h * update + by_reset_h * reset + by_gates @ self.from_gates
        return tf.concat([by_gates, by_candidate], axis=1), (by_before,)

    def by_inputs_and_weights(self, inputs: tf.Tensor, given: tf.Tensor, before: tf.Tensor, kept: Tensors) -> Tensors:
        gates, candidate = tf.split(given, self.sizes, axis=1)
        reset = kept[0][:, : self.units]
        by_recurrent = (
            tf.matmul(before, gates, transpose_a=True),
            tf.matmul(reset * before, candidate, transpose_a=True),
        )
        return self.joined(inputs, given, by_recurrent)

    def joined(self, inputs: tf.Tensor, given: tf.Tensor, by_recurrent: Sequence[tf.Tensor]) -> Tensors:
        by_kernel = tf.split(tf.matmul(inputs, given, transpose_a=True), self.sizes, axis=1)
        by_gates, by_candidate = (tf.concat(rows, axis=0) for rows in zip(by_kernel, by_recurrent, strict=True))
        by_gate_bias, by_candidate_bias = tf.split(tf.reduce_sum(given, axis=0), self.sizes)
        by_inputs = tf.matmul(given, self.kernel, transpose_b=True)
        return by_inputs, by_gates, by_gate_bias, by_candidate, by_candidate_bias


class _ResetAfterGRU(_GRU):
    kept = (2, 1, 1)  # and the candidate's share of the recurrent product

    def __init__(self, cell: GRUCell, *weights: tf.Tensor) -> None:
        super().__init__(cell, *weights)
        self.recurrent = tf.concat([self.to_gates, self.to_candidate], axis=1)
        self.transposed = tf.transpose(self.recurrent)
        self.recurrent_bias = weights[4]

    @staticmethod
    def variables(cell: GRUCell) -> list[tf.Variable]:
        return [*_GRU.variables(cell), cell.recurrent_bias]

    def step(self, given: tf.Tensor, state: Tensors) -> tuple[Tensors, Tensors]:
        (h,) = state
        gates, candidate = tf.split(given, self.sizes, axis=1)
        to_gates, recurrent = tf.split(h @ self.recurrent, self.sizes, axis=1)
        recurrent += self.recurrent_bias
        gates = tf.sigmoid(gates + to_gates)
        reset, update = tf.split(gates, 2, axis=1)
        candidate = self.activation(candidate + reset * recurrent)
        return (candidate + update * (h - candidate),), (gates, candidate, recurrent)

    def back(self, by_state: Tensors, before: Tensors, state: Tensors, kept: Tensors) -> tuple[tf.Tensor, Tensors]:
        (by_h,), (h,), (gates, candidate, recurrent) = by_state, before, kept
        reset, update = tf.split(gates, 2, axis=1)
        by_candidate = by_h * (1 - update) * self.slope(candidate)
        by_gates = tf.concat([by_candidate * recurrent, by_h * (h - candidate)], axis=1) * (gates * (1 - gates))
        by_product = tf.concat([by_gates, by_candidate * reset], axis=1)
        return tf.concat([by_gates, by_candidate], axis=1), (by_h * update + by_product @ self.transposed,)

    def by_inputs_and_weights(self, inputs: tf.Tensor, given: tf.Tensor, before: tf.Tensor, kept: Tensors) -> Tensors:
        gates, candidate = tf.split(given, self.sizes, axis=1)
        candidate *= kept[0][:, : self.units]
        by_recurrent = tf.matmul(before, tf.concat([gates, candidate], axis=1), transpose_a=True)
        by_weights = self.joined(inputs, given, tf.split(by_recurrent, self.sizes, axis=1))
        return *by_weights, tf.reduce_sum(candidate, axis=0)

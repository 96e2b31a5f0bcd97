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
    return None if extras else _LSTM


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

    def factors(self, before: Tensors, state: Tensors, kept: Tensors) -> Tensors:
        return (self.slope(state[0]),)

    def back(self, by_state: Tensors, factors: Tensors) -> tuple[tf.Tensor, Tensors]:
        by_given = by_state[0] * factors[0]
        return by_given, (by_given @ self.transposed,)

    def by_inputs_and_weights(self, inputs: tf.Tensor, given: tf.Tensor, before: tf.Tensor, kept: Tensors) -> Tensors:
        by_inputs = tf.matmul(given, self.kernel, transpose_b=True)
        by_kernel = tf.matmul(tf.concat([inputs, before], axis=1), given, transpose_a=True)
        return by_inputs, by_kernel, tf.reduce_sum(given, axis=0)


class _LSTM(_BasicRNN):
    gates = 4  # i, j, f, o, as they lie in the kernel
    parts = 2  # memory and output
    kept = (4,)  # the gates before their activations

    def __init__(self, cell: LSTMCell, kernel: tf.Tensor, bias: tf.Tensor) -> None:
        super().__init__(cell, kernel, bias)
        self.bias = bias + tf.repeat(tf.constant([0, 0, cell.forget_bias, 0], bias.dtype), self.units)

    def step(self, given: tf.Tensor, state: Tensors) -> tuple[Tensors, Tensors]:
        c, h = state
        gates = given + h @ self.recurrent
        i, j, f, o = tf.split(gates, 4, axis=1)
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * self.activation(j)
        return (c, tf.sigmoid(o) * self.activation(c)), (gates,)

    def factors(self, before: Tensors, state: Tensors, kept: Tensors) -> Tensors:
        i, j, f, o = tf.split(kept[0], 4, axis=1)
        i, j, f, o = tf.sigmoid(i), self.activation(j), tf.sigmoid(f), tf.sigmoid(o)
        shown = self.activation(state[0])
        by_gates = [j * i * (1 - i), i * self.slope(j), before[0] * f * (1 - f), shown * o * (1 - o)]
        return o * self.slope(shown), tf.concat(by_gates, axis=1), f

    def back(self, by_state: Tensors, factors: Tensors) -> tuple[tf.Tensor, Tensors]:
        by_c, by_h = by_state
        through, by_gates, forget = factors
        by_c += by_h * through
        by_given = tf.concat([by_c, by_c, by_c, by_h], axis=1) * by_gates
        return by_given, (by_c * forget, by_given @ self.transposed)


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

    def factors(self, before: Tensors, state: Tensors, kept: Tensors) -> Tensors:
        (h,), (gates, candidate) = before, kept
        reset, update = tf.split(gates, 2, axis=1)
        by_update = (h - candidate) * update * (1 - update)
        return h * reset * (1 - reset), by_update, (1 - update) * self.slope(candidate), reset, update

    def back(self, by_state: Tensors, factors: Tensors) -> tuple[tf.Tensor, Tensors]:
        (by_h,) = by_state
        by_reset, by_update, by_candidate, reset, update = factors
        candidate = by_h * by_candidate
        by_reset_h = candidate @ self.from_candidate
        gates = tf.concat([by_reset_h * by_reset, by_h * by_update], axis=1)
        before = by_h * update + by_reset_h * reset + gates @ self.from_gates
        return tf.concat([gates, candidate], axis=1), (before,)

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

    def factors(self, before: Tensors, state: Tensors, kept: Tensors) -> Tensors:
        gates, candidate, recurrent = kept
        _, by_update, by_candidate, reset, update = super().factors(before, state, (gates, candidate))
        return recurrent * reset * (1 - reset), by_update, by_candidate, reset, update

    def back(self, by_state: Tensors, factors: Tensors) -> tuple[tf.Tensor, Tensors]:
        (by_h,) = by_state
        by_reset, by_update, by_candidate, reset, update = factors
        candidate = by_h * by_candidate
        gates = [candidate * by_reset, by_h * by_update]
        before = by_h * update + tf.concat([*gates, candidate * reset], axis=1) @ self.transposed
        return tf.concat([*gates, candidate], axis=1), (before,)

    def by_inputs_and_weights(self, inputs: tf.Tensor, given: tf.Tensor, before: tf.Tensor, kept: Tensors) -> Tensors:
        gates, candidate = tf.split(given, self.sizes, axis=1)
        candidate *= kept[0][:, : self.units]
        by_recurrent = tf.matmul(before, tf.concat([gates, candidate], axis=1), transpose_a=True)
        by_weights = self.joined(inputs, given, tf.split(by_recurrent, self.sizes, axis=1))
        return *by_weights, tf.reduce_sum(candidate, axis=0)

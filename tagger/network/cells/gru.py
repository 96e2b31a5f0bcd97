"""Gated recurrent units (Cho et al. 2014)."""

from tagger.backend import tf
from tagger.network.cells.activations import Activation, activation_of
from tagger.network.cells.base import SingleWidthCell
from tagger.network.cells.initializers import Initializer, constant


class GRUCell(SingleWidthCell):
    """A GRU with the variables and numbers of `tf.compat.v1.nn.rnn_cell.GRUCell`.

    The reset gate comes before the update gate. With `reset_after` the reset gate acts on the
    recurrent part of the candidate after its matrix product, which then has a bias of its own:
    `activation(x W + b + r * (h U + recurrent_bias))`, as in cuDNN and Keras.
    """

    def __init__(
        self,
        num_units: int,
        activation: Activation | str | None = None,
        *,
        reset_after: bool = False,
        kernel_initializer: Initializer | None = None,
        bias_initializer: Initializer | None = None,
        dtype: tf.DType = tf.float32,
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(num_units, dtype=dtype, seed=seed, name=name)
        self.activation = activation_of(activation)
        self.reset_after = reset_after
        self.kernel_initializer = kernel_initializer
        self.bias_initializer = bias_initializer

    def create(self, input_size: int) -> None:
        """Make `gates/kernel` `[D + H, 2H]`, `candidate/kernel` `[D + H, H]` and their biases."""
        rows, units = input_size + self.num_units, self.num_units
        # A bias of 1, so that a new cell neither resets nor updates much.
        self.gate_kernel = self.variable("gates/kernel", [rows, 2 * units], self.kernel_initializer)
        self.gate_bias = self.variable("gates/bias", [2 * units], self.bias_initializer or constant(1))
        self.candidate_kernel = self.variable("candidate/kernel", [rows, units], self.kernel_initializer)
        zeros = self.bias_initializer or constant(0)
        self.candidate_bias = self.variable("candidate/bias", [units], zeros)
        if self.reset_after:
            self.recurrent_bias = self.variable("candidate/recurrent_bias", [units], zeros)

    def step(self, inputs: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Output and new state `[B, H]`, both `u * state + (1 - u) * candidate`."""
        gates = tf.sigmoid(tf.concat([inputs, state], 1) @ self.gate_kernel + self.gate_bias)
        reset, update = tf.split(gates, 2, axis=1)
        if self.reset_after:
            kernel, recurrent_kernel = tf.split(self.candidate_kernel, [self.input_size, self.num_units])
            recurrent = reset * (state @ recurrent_kernel + self.recurrent_bias)
            candidate = inputs @ kernel + self.candidate_bias + recurrent
        else:
            candidate = tf.concat([inputs, reset * state], 1) @ self.candidate_kernel + self.candidate_bias
        output = update * state + (1 - update) * self.activation(candidate)
        return output, output

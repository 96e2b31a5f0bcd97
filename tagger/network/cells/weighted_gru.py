"""The cell that a tutorial invents to show how one is written: several views of the input, mixed at every step."""

from tagger.backend import tf
from tagger.network.cells.base import Activation, RNNCell, activation_of
from tagger.network.cells.initializers import constant


class WeightedGRUCell(RNNCell):
    """A GRU whose candidate sees the average of `num_weights` transformations of the input, `sum_n lambda_n x W_n`.

    The weights `lambda = softmax([x, h] A + a)` depend on input and state, so that a verb may be read differently from
    a noun (R2RT, "Recurrent Neural Networks in Tensorflow II"). One transformation makes a GRUCell.
    """

    def __init__(
        self,
        num_units: int,
        num_weights: int = 5,
        activation: Activation | str | None = None,
        *,
        dtype: tf.DType = tf.float32,
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(dtype=dtype, seed=seed, name=name)
        self.num_units = num_units
        self.num_weights = num_weights
        self.activation = activation_of(activation)

    @property
    def state_size(self) -> int:
        """Units."""
        return self.num_units

    @property
    def output_size(self) -> int:
        """Units."""
        return self.num_units

    def create(self, input_size: int) -> None:
        """Kernels and biases of gates, average and candidate, whose kernels are [N, D, H] for x and [H, H] for h."""
        units, rows = self.num_units, input_size + self.num_units
        self.gate_kernel = self.variable("gates/kernel", [rows, 2 * units])
        self.gate_bias = self.variable("gates/bias", [2 * units], constant(1))
        self.average_kernel = self.variable("average/kernel", [rows, self.num_weights])
        self.average_bias = self.variable("average/bias", [self.num_weights], constant(0))
        self.input_kernels = self.variable("candidate/input_kernels", [self.num_weights, input_size, units])
        self.recurrent_kernel = self.variable("candidate/recurrent_kernel", [units, units])
        self.candidate_bias = self.variable("candidate/bias", [units], constant(0))

    def step(self, inputs: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """`u * state + (1 - u) * candidate`."""
        both = tf.concat([inputs, state], 1)
        reset, update = tf.split(tf.sigmoid(both @ self.gate_kernel + self.gate_bias), 2, axis=1)
        weights = tf.nn.softmax(both @ self.average_kernel + self.average_bias)  # [B, N]
        views = tf.einsum("bd,ndh->bnh", inputs, self.input_kernels)
        average = tf.reduce_sum(weights[:, :, None] * views, 1)  # [B, H]
        candidate = average + (reset * state) @ self.recurrent_kernel + self.candidate_bias
        output = update * state + (1 - update) * self.activation(candidate)
        return output, output

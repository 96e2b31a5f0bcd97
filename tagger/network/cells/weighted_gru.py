"""A GRU that mixes several transformations of its input."""

from tagger.backend import tf
from tagger.network.cells.activations import Activation, activation_of
from tagger.network.cells.base import SingleWidthCell
from tagger.network.cells.initializers import constant


class WeightedGRUCell(SingleWidthCell):
    """A GRU whose candidate reads an average of `num_weights` transformations of the input.

    The average is `sum_n lambda_n x W_n`. The weights `lambda = softmax([x, h] A + a)` depend on input and state, so
    that the cell can read a verb differently from a noun. With one transformation it is a GRUCell. Source: R2RT,
    "Recurrent Neural Networks in Tensorflow II".
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
        super().__init__(num_units, dtype=dtype, seed=seed, name=name)
        self.num_weights = num_weights
        self.activation = activation_of(activation)

    def create(self, input_size: int) -> None:
        """Make kernels and biases of gates, average and candidate (`[N, D, H]` and `[H, H]`)."""
        units, rows = self.num_units, input_size + self.num_units
        self.gate_kernel = self.variable("gates/kernel", [rows, 2 * units])
        self.gate_bias = self.variable("gates/bias", [2 * units], constant(1))
        self.average_kernel = self.variable("average/kernel", [rows, self.num_weights])
        self.average_bias = self.variable("average/bias", [self.num_weights], constant(0))
        self.input_kernels = self.variable("candidate/input_kernels", [self.num_weights, input_size, units])
        self.recurrent_kernel = self.variable("candidate/recurrent_kernel", [units, units])
        self.candidate_bias = self.variable("candidate/bias", [units], constant(0))

    def step(self, inputs: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Output and new state `[B, H]`, both `u * state + (1 - u) * candidate`."""
        both = tf.concat([inputs, state], 1)
        reset, update = tf.split(tf.sigmoid(both @ self.gate_kernel + self.gate_bias), 2, axis=1)
        weights = tf.nn.softmax(both @ self.average_kernel + self.average_bias)  # [B, N]
        views = tf.einsum("bd,ndh->bnh", inputs, self.input_kernels)
        average = tf.reduce_sum(weights[:, :, None] * views, 1)  # [B, H]
        candidate = average + (reset * state) @ self.recurrent_kernel + self.candidate_bias
        output = update * state + (1 - update) * self.activation(candidate)
        return output, output

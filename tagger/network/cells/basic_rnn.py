"""The plainest recurrent cell (Elman 1990)."""

from tagger.backend import tf
from tagger.network.cells.base import Activation, RNNCell, activation_of
from tagger.network.cells.initializers import constant


class BasicRNNCell(RNNCell):
    """`output = new state = activation([inputs, state] kernel + bias)`, numbers as `tf.compat.v1.nn.rnn_cell`."""

    def __init__(
        self,
        num_units: int,
        activation: Activation | str | None = None,
        *,
        dtype: tf.DType = tf.float32,
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(dtype=dtype, seed=seed, name=name)
        self.num_units = num_units
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
        """`kernel` [D + H, H] and `bias` [H]."""
        self.kernel = self.variable("kernel", [input_size + self.num_units, self.num_units])
        self.bias = self.variable("bias", [self.num_units], constant(0))

    def step(self, inputs: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """One matrix product and the activation."""
        output = self.activation(tf.concat([inputs, state], 1) @ self.kernel + self.bias)
        return output, output

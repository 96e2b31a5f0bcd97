"""The simplest recurrent cell (Elman 1990)."""

from tagger.backend import tf
from tagger.network.cells.activations import Activation, activation_of
from tagger.network.cells.base import SingleWidthCell
from tagger.network.cells.initializers import constant


class BasicRNNCell(SingleWidthCell):
    """A recurrent layer: `output = new state = activation([inputs, state] kernel + bias)`.

    Gives the numbers of `tf.compat.v1.nn.rnn_cell.BasicRNNCell`.
    """

    def __init__(
        self,
        num_units: int,
        activation: Activation | str | None = None,
        *,
        dtype: tf.DType = tf.float32,
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(num_units, dtype=dtype, seed=seed, name=name)
        self.activation = activation_of(activation)

    def create(self, input_size: int) -> None:
        """Make `kernel` `[D + H, H]` and `bias` `[H]`."""
        self.kernel = self.variable("kernel", [input_size + self.num_units, self.num_units])
        self.bias = self.variable("bias", [self.num_units], constant(0))

    def step(self, inputs: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Output and new state `[B, H]`, which are the same tensor."""
        output = self.activation(tf.concat([inputs, state], 1) @ self.kernel + self.bias)
        return output, output

"""An LSTM with coupled input and forget gates.

Source: Greff et al. 2017, "LSTM: A Search Space Odyssey", where it is called CIFG.
"""

from tagger.backend import tf
from tagger.network.cells.lstm import LSTMCell
from tagger.network.cells.protocol import State


class CoupledInputForgetGateLSTMCell(LSTMCell):
    """An LSTMCell whose input gate is 1 - f: same options, three quarters of the parameters."""

    gates = "jfo"

    def step(self, inputs: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """Output and new state, with `c = f * c + (1 - f) * activation(j)`."""
        c, h = self.split_state(state)
        j, f, o = tf.split(tf.concat([inputs, h], 1) @ self.kernel + self.bias, 3, axis=1)
        f += self.forget_bias
        if self.use_peepholes:
            f += self.w_f_diag * c
        keep = tf.sigmoid(f)
        return self.output_and_state(keep * c + (1 - keep) * self.activation(j), o)

"""An LSTM that forgets exactly as much as it takes in (Greff et al. 2017, "LSTM: A Search Space Odyssey", CIFG)."""

from tagger.backend import tf
from tagger.network.cells.base import State
from tagger.network.cells.lstm import LSTMCell


class CoupledInputForgetGateLSTMCell(LSTMCell):
    """An LSTMCell without an input gate of its own, i = 1 - f: three quarters of the parameters, the same options."""

    gates = "jfo"

    def step(self, inputs: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """`c = f * c + (1 - f) * activation(j)`."""
        c, h = self.parts(state)
        j, f, o = tf.split(tf.concat([inputs, h], 1) @ self.kernel + self.bias, 3, axis=1)
        f += self.forget_bias
        if self.use_peepholes:
            f += self.w_f_diag * c
        keep = tf.sigmoid(f)
        return self.finish(keep * c + (1 - keep) * self.activation(j), o)

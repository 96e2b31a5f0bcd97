"""The LSTM (Hochreiter & Schmidhuber 1997) with forget gates (Gers et al. 1999)."""

from typing import NamedTuple

from tagger.backend import tf
from tagger.network.cells.activations import Activation, activation_of
from tagger.network.cells.base import RNNCell
from tagger.network.cells.initializers import Initializer, constant
from tagger.network.cells.protocol import Size, State


class LSTMStateTuple(NamedTuple):
    """State of an LSTM: the memory `c` and the output `h`; or their widths."""

    c: tf.Tensor | int
    h: tf.Tensor | int


class LSTMCell(RNNCell):
    """An LSTM with the variables and numbers of `tf.compat.v1.nn.rnn_cell.LSTMCell`.

    The order of gates is i, j, f, o. Peepholes let the gates see the memory, and `cell_clip` bounds the memory.
    `num_proj` projects the output to another width, and `proj_clip` bounds it (Sak et al. 2014). `forget_bias` is added
    to the forget gate at every step.
    """

    gates = "ijfo"  # columns of the kernel: input gate, new input, forget gate, output gate

    def __init__(
        self,
        num_units: int,
        *,
        use_peepholes: bool = False,
        cell_clip: float | None = None,
        initializer: Initializer | None = None,
        num_proj: int | None = None,
        proj_clip: float | None = None,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Activation | str | None = None,
        dtype: tf.DType = tf.float32,
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(dtype=dtype, seed=seed, name=name)
        self.num_units = num_units
        self.use_peepholes = use_peepholes
        self.cell_clip = cell_clip
        self.initializer = initializer
        self.num_proj = num_proj
        self.proj_clip = proj_clip
        self.forget_bias = forget_bias
        self.state_is_tuple = state_is_tuple
        self.activation = activation_of(activation)

    @property
    def state_size(self) -> Size:
        """Widths of memory and output, or their sum where `state_is_tuple` is off."""
        memory, output = self.num_units, self.output_size
        return LSTMStateTuple(memory, output) if self.state_is_tuple else memory + output

    @property
    def output_size(self) -> int:
        """Width of the output: `num_units`, or that of the projection."""
        return self.num_proj or self.num_units

    def create(self, input_size: int) -> None:
        """Make `kernel` `[D + output, 4H]`, `bias` `[4H]`, and the variables of the extras.

        Peepholes are `w_f_diag`, `w_o_diag` and `w_i_diag` `[H]`, the projection is `projection/kernel` `[H, output]`.
        """
        units, width = self.num_units, len(self.gates) * self.num_units
        self.kernel = self.variable("kernel", [input_size + self.output_size, width], self.initializer)
        self.bias = self.variable("bias", [width], constant(0))
        if self.use_peepholes:
            self.w_f_diag = self.variable("w_f_diag", [units], self.initializer)
            self.w_o_diag = self.variable("w_o_diag", [units], self.initializer)
            if "i" in self.gates:
                self.w_i_diag = self.variable("w_i_diag", [units], self.initializer)
        if self.num_proj:
            self.projection = self.variable("projection/kernel", [units, self.num_proj], self.initializer)

    def step(self, inputs: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """Output and new state.

        `c = sigmoid(f) * c + sigmoid(i) * activation(j)` and `h = sigmoid(o) * activation(c)`.
        """
        c, h = self.split_state(state)
        i, j, f, o = tf.split(tf.concat([inputs, h], 1) @ self.kernel + self.bias, 4, axis=1)
        f += self.forget_bias
        if self.use_peepholes:
            i += self.w_i_diag * c
            f += self.w_f_diag * c
        return self.output_and_state(tf.sigmoid(f) * c + tf.sigmoid(i) * self.activation(j), o)

    def split_state(self, state: State) -> tuple[tf.Tensor, tf.Tensor]:
        """Memory and output of a state."""
        c, h = state if self.state_is_tuple else tf.split(state, [self.num_units, self.output_size], axis=1)
        return c, h

    def output_and_state(self, c: tf.Tensor, o: tf.Tensor) -> tuple[tf.Tensor, State]:
        """Output and new state from the new memory and the output gate."""
        if self.cell_clip is not None:
            c = tf.clip_by_value(c, -self.cell_clip, self.cell_clip)
        if self.use_peepholes:
            o += self.w_o_diag * c  # the output gate sees the new memory
        h = tf.sigmoid(o) * self.activation(c)
        if self.num_proj:
            h @= self.projection
            if self.proj_clip is not None:
                h = tf.clip_by_value(h, -self.proj_clip, self.proj_clip)
        return h, LSTMStateTuple(c, h) if self.state_is_tuple else tf.concat([c, h], 1)


class BasicLSTMCell(LSTMCell):
    """The LSTM without extras, with the numbers of `tf.compat.v1.nn.rnn_cell.BasicLSTMCell`."""

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Activation | str | None = None,
        *,
        dtype: tf.DType = tf.float32,
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            num_units,
            forget_bias=forget_bias,
            state_is_tuple=state_is_tuple,
            activation=activation,
            dtype=dtype,
            seed=seed,
            name=name,
        )

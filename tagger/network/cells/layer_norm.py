"""Cells with layer normalization at every step (Ba, Kiros & Hinton 2016)."""

from collections.abc import Sequence

from tagger.backend import tf
from tagger.network.cells.activations import Activation, activation_of
from tagger.network.cells.base import SingleWidthCell
from tagger.network.cells.initializers import constant, seed_of
from tagger.network.cells.lstm import LSTMStateTuple
from tagger.network.cells.noise import checked_keep, drop, generator_of, keep_mask
from tagger.network.cells.protocol import State


def normalize(values: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: float) -> tf.Tensor:
    """Values with mean 0 and variance 1 over the last axis, times `gamma` plus `beta`."""
    mean, variance = tf.nn.moments(values, [-1], keepdims=True)
    return (values - mean) * tf.math.rsqrt(variance + epsilon) * gamma + beta


class LayerNormBasicLSTMCell(SingleWidthCell):
    """An LSTM with normalized gates and memory, each with a scale `gamma` and a shift `beta`.

    The memory is normalized on its way to the output, and the next step gets it as it was (equation 22 of the paper);
    with `carry_normalized` the next step gets the normalized one, as in TensorFlow's cell of this name.

    With `dropout_keep_prob` below 1 parts of the new input j are dropped, never the memory (Semeniuta et al. 2016):
    masks are drawn from `generator` at every step, outside of `training_mode(cell, False)`. With `layer_norm=False`
    this is a BasicLSTMCell with that dropout.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        *,
        activation: Activation | str | None = None,
        layer_norm: bool = True,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
        epsilon: float = 1e-5,
        carry_normalized: bool = False,
        dropout_keep_prob: float = 1.0,
        dropout_prob_seed: int | None = None,
        dtype: tf.DType = tf.float32,
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(num_units, dtype=dtype, seed=seed, name=name)
        self.forget_bias = forget_bias
        self.activation = activation_of(activation)
        self.layer_norm = layer_norm
        self.norm_gain = norm_gain
        self.norm_shift = norm_shift
        self.epsilon = epsilon
        self.carry_normalized = carry_normalized
        self.dropout_keep_prob = checked_keep("dropout_keep_prob", dropout_keep_prob)
        self.generator = generator_of(seed_of(seed, "dropout") if dropout_prob_seed is None else dropout_prob_seed)

    @property
    def state_size(self) -> LSTMStateTuple:
        """Widths of memory and output, both `num_units`."""
        return LSTMStateTuple(self.num_units, self.num_units)

    def create(self, input_size: int) -> None:
        """Make `kernel` `[D + H, 4H]`; scales and shifts of gates `[4, H]` and memory `[H]`."""
        units = self.num_units
        self.kernel = self.variable("kernel", [input_size + units, 4 * units])
        if self.layer_norm:
            gain, shift = constant(self.norm_gain), constant(self.norm_shift)
            self.gate_gamma = self.variable("gates/gamma", [4, units], gain)
            self.gate_beta = self.variable("gates/beta", [4, units], shift)
            self.state_gamma = self.variable("state/gamma", [units], gain)
            self.state_beta = self.variable("state/beta", [units], shift)
        else:
            self.bias = self.variable("bias", [4 * units], constant(0))

    def step(self, inputs: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """Output and new state, with `c = f * c + i * drop(j)` and `h = o * activation(norm(c))`."""
        c, h = state
        gates = tf.concat([inputs, h], 1) @ self.kernel
        if self.layer_norm:
            gates = tf.reshape(gates, [-1, 4, self.num_units])
            gates = normalize(gates, self.gate_gamma, self.gate_beta, self.epsilon)
            i, j, f, o = tf.unstack(gates, axis=1)
        else:
            i, j, f, o = tf.split(gates + self.bias, 4, axis=1)
        new = self.activation(j)
        if self.training and self.dropout_keep_prob < 1:
            mask = keep_mask(self.generator, tf.shape(new), self.dropout_keep_prob)
            new = drop(new, mask, self.dropout_keep_prob)
        c = tf.sigmoid(f + self.forget_bias) * c + tf.sigmoid(i) * new
        shown = normalize(c, self.state_gamma, self.state_beta, self.epsilon) if self.layer_norm else c
        h = tf.sigmoid(o) * self.activation(shown)
        return h, LSTMStateTuple(shown if self.carry_normalized else c, h)


class LayerNormGRUCell(SingleWidthCell):
    """A GRU that normalizes the contributions of input and state before it adds them.

    `[r, u] = sigmoid(norm(x W) + norm(h U))`, `candidate = activation(norm(x V) + r * norm(h R))`, where each
    norm has its own scale and shift. The shift of the input's part of the gates starts at 1, like GRUCell's bias. The
    paper's update gate is 1 - u.
    """

    def __init__(
        self,
        num_units: int,
        activation: Activation | str | None = None,
        *,
        epsilon: float = 1e-5,
        dtype: tf.DType = tf.float32,
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(num_units, dtype=dtype, seed=seed, name=name)
        self.activation = activation_of(activation)
        self.epsilon = epsilon

    def create(self, input_size: int) -> None:
        """Make kernels `[D, 3H]` and `[H, 3H]` for r, u, candidate; scales and shifts `[3H]`."""
        units = self.num_units

        def shift(shape: Sequence[int], dtype: tf.DType) -> tf.Tensor:
            return tf.cast(tf.range(shape[0]) < 2 * units, dtype)

        self.input_kernel = self.variable("input/kernel", [input_size, 3 * units])
        self.input_gamma = self.variable("input/gamma", [3 * units], constant(1))
        self.input_beta = self.variable("input/beta", [3 * units], shift)
        self.state_kernel = self.variable("state/kernel", [units, 3 * units])
        self.state_gamma = self.variable("state/gamma", [3 * units], constant(1))
        self.state_beta = self.variable("state/beta", [3 * units], constant(0))

    def step(self, inputs: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Output and new state `[B, H]`, both `u * state + (1 - u) * candidate`."""
        input_gates, input_new = self._normalized(inputs @ self.input_kernel, self.input_gamma, self.input_beta)
        state_gates, state_new = self._normalized(state @ self.state_kernel, self.state_gamma, self.state_beta)
        reset, update = tf.split(tf.sigmoid(input_gates + state_gates), 2, axis=1)
        output = update * state + (1 - update) * self.activation(input_new + reset * state_new)
        return output, output

    def _normalized(self, values: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) -> list[tf.Tensor]:
        """Gates `[B, 2H]` and candidate `[B, H]`, each normalized as one vector."""
        sizes = [2 * self.num_units, self.num_units]
        parts = zip(*(tf.split(part, sizes, axis=-1) for part in (values, gamma, beta)), strict=True)
        return [normalize(values, gamma, beta, self.epsilon) for values, gamma, beta in parts]

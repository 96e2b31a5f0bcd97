"""The LSTM with one fused kernel for each step."""

from collections.abc import Callable
from typing import TypeAlias, cast

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells.lstm import LSTMCell, LSTMStateTuple
from tagger.network.cells.protocol import State

Kernel: TypeAlias = Callable[..., tuple[tf.Tensor, tf.Tensor]]


class LSTMBlockCell(LSTMCell):
    """An LSTMCell computed by `tf.raw_ops.LSTMBlockCell`, in float32 or float16.

    Variables and numbers are those of LSTMCell.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        cell_clip: float | None = None,
        use_peephole: bool = False,
        *,
        dtype: tf.DType = tf.float32,
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            num_units,
            forget_bias=forget_bias,
            cell_clip=cell_clip,
            use_peepholes=use_peephole,
            dtype=dtype,
            seed=seed,
            name=name,
        )
        if self.dtype not in (tf.float32, tf.float16):
            raise ConfigError(
                f"LSTMBlockCell has no kernel for {self.dtype.name}; use LSTMCell, which gives the same numbers"
            )

    def step(self, inputs: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """Output and new state, by one call of the kernel."""
        nothing = tf.zeros([self.num_units], self.dtype)
        peepholes = (self.w_i_diag, self.w_f_diag, self.w_o_diag) if self.use_peepholes else (nothing,) * 3
        weights = [tf.convert_to_tensor(weight) for weight in (self.kernel, *peepholes, self.bias)]
        run = _kernel(self.forget_bias, self.cell_clip or -1.0, self.use_peepholes)
        c, h = run(inputs, *state, *weights)
        return h, LSTMStateTuple(c, h)


def _kernel(forget_bias: float, cell_clip: float, use_peephole: bool) -> Kernel:
    """The fused kernel with its gradient.

    The kernel takes x, c, h, the weights, three peepholes and the bias, and returns the new c and h.
    """

    @tf.custom_gradient  # TensorFlow has the gradient's kernel but no longer registers it for the forward one
    def run(*inputs: tf.Tensor) -> tuple[tuple[tf.Tensor, tf.Tensor], Callable[..., tuple[tf.Tensor, ...]]]:
        x, c, h, kernel, w_i, w_f, w_o, bias = inputs
        given = {"x": x, "cs_prev": c, "h_prev": h, "w": kernel, "wci": w_i, "wcf": w_f, "wco": w_o, "b": bias}
        out = tf.raw_ops.LSTMBlockCell(**given, forget_bias=forget_bias, cell_clip=cell_clip, use_peephole=use_peephole)

        def gradient(c_gradient: tf.Tensor, h_gradient: tf.Tensor) -> tuple[tf.Tensor, ...]:
            kept = {key: getattr(out, key) for key in ("i", "cs", "f", "o", "ci", "co")}
            if cell_clip > 0:
                # The kernel's gradient ignores the clip: cancel what would flow through a memory at its bound.
                by_memory = h_gradient * out.o * (1 - out.co**2 + (1 - out.o) * out.co * w_o)
                c_gradient = tf.where(tf.abs(out.cs) < cell_clip, c_gradient, -by_memory)
            back = tf.raw_ops.LSTMBlockCellGrad(
                **given, **kept, cs_grad=c_gradient, h_grad=h_gradient, use_peephole=use_peephole
            )
            by_gates = back.dicfo  # [B, 4H]
            by_x, by_h = tf.split(tf.matmul(by_gates, kernel, transpose_b=True), [x.shape[1], h.shape[1]], axis=1)
            by_kernel = tf.matmul(tf.concat([x, h], 1), by_gates, transpose_a=True)
            by_peepholes = (back.wci_grad, back.wcf_grad, back.wco_grad)
            return by_x, back.cs_prev_grad, by_h, by_kernel, *by_peepholes, tf.reduce_sum(by_gates, 0)

        return (out.cs, out.h), gradient

    return cast(Kernel, run)

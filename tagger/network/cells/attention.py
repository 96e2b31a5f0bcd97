"""Attention over a cell's own latest outputs (after Cheng, Dong & Lapata 2016)."""

from tagger.backend import tf
from tagger.network.cells.base import build_cell
from tagger.network.cells.initializers import constant
from tagger.network.cells.protocol import Cell, Size, State
from tagger.network.cells.wrapper import CellWrapper


class AttentionCellWrapper(CellWrapper):
    """A cell that also reads an average of its last `attn_length` outputs.

    The weights of the average depend on the cell's state; the arithmetic is that of TensorFlow's wrapper of this name.
    The output, `attn_size` wide, is a projection of the inner cell's output and the new average. The state is
    `(inner state, average [B, A], outputs [B, L * A])` with the oldest output first; outputs from before the first step
    count as zeros in the average.
    """

    def __init__(
        self,
        cell: Cell,
        attn_length: int,
        attn_size: int | None = None,
        attn_vec_size: int | None = None,
        *,
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(cell, seed=seed, name=name)
        self.attn_length = attn_length
        self.attn_size = attn_size or cell.output_size
        self.attn_vec_size = attn_vec_size or self.attn_size

    @property
    def state_size(self) -> tuple[Size, int, int]:
        """Widths of the inner cell's state, of the average, and of the outputs that are averaged."""
        return self.cell.state_size, self.attn_size, self.attn_size * self.attn_length

    @property
    def output_size(self) -> int:
        """Width of the output: `attn_size`."""
        return self.attn_size

    def zero_state(self, batch_size: int | tf.Tensor, dtype: tf.DType) -> State:
        """Zero state of the inner cell, with zeros for the average and the outputs."""
        average, outputs = (tf.zeros([batch_size, size], dtype) for size in self.state_size[1:])
        return self.cell.zero_state(batch_size, dtype), average, outputs

    def create(self, input_size: int) -> None:
        """Build the inner cell, and make kernels for input, query, memories and output."""
        build_cell(self.cell, input_size)
        size, vector = self.attn_size, self.attn_vec_size
        state_width = sum(tf.nest.flatten(self.cell.state_size))
        self.input_kernel = self.variable("inputs/kernel", [input_size + size, input_size])
        self.input_bias = self.variable("inputs/bias", [input_size], constant(0))
        self.query_kernel = self.variable("attention/query/kernel", [state_width, vector])
        self.query_bias = self.variable("attention/query/bias", [vector], constant(0))
        self.memory_kernel = self.variable("attention/attn_w", [size, vector])
        self.score = self.variable("attention/attn_v", [vector])
        self.output_kernel = self.variable("attn_output_projection/kernel", [self.cell.output_size + size, size])
        self.output_bias = self.variable("attn_output_projection/bias", [size], constant(0))

    def step(self, inputs: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """Run the cell on the input and the last average, then attend with its new state."""
        average: tf.Tensor
        outputs: tf.Tensor
        inner, average, outputs = state
        inner_output, inner = self.cell(tf.concat([inputs, average], 1) @ self.input_kernel + self.input_bias, inner)
        average = self._average(tf.concat(tf.nest.flatten(inner), 1), outputs)
        output = tf.concat([inner_output, average], 1) @ self.output_kernel + self.output_bias
        outputs = tf.concat([outputs[:, self.attn_size :], output], 1)
        return output, (inner, average, outputs)

    def _average(self, query: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        """Average `[B, A]` of the last outputs `[B, L * A]`, weighted for a query `[B, S]`."""
        memories = tf.reshape(outputs, [-1, self.attn_length, self.attn_size])  # [B, L, A]
        keys = tf.tensordot(memories, self.memory_kernel, 1)  # [B, L, V]
        query = (query @ self.query_kernel + self.query_bias)[:, None]  # [B, 1, V]
        weights = tf.nn.softmax(tf.reduce_sum(self.score * tf.tanh(keys + query), 2))  # [B, L]
        return tf.reduce_sum(weights[:, :, None] * memories, 1)

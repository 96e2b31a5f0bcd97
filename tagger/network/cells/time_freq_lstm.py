"""An LSTM over blocks of its input and over time (Li et al. 2015; Sainath & Li 2016)."""

import math

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells.base import RNNCell
from tagger.network.cells.initializers import Initializer
from tagger.network.cells.lstm import LSTMCell
from tagger.network.cells.protocol import Size, State


class TimeFreqLSTMCell(RNNCell):
    """One LSTM that runs over all blocks of the input at every step.

    Each block reads its own last output and the output of the block before it. Blocks are `feature_size` wide and start
    `frequency_skip` apart; the input is padded with zeros to fill the last one. Without `feature_size` there are four
    blocks side by side. The output joins the outputs of the F blocks, `[B, F * units]`; the state is the tuple of their
    LSTM states.
    """

    def __init__(
        self,
        num_units: int,
        *,
        use_peepholes: bool = False,
        cell_clip: float | None = None,
        initializer: Initializer | None = None,
        forget_bias: float = 1.0,
        feature_size: int | None = None,
        frequency_skip: int | None = None,
        dtype: tf.DType = tf.float32,
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(dtype=dtype, seed=seed, name=name)
        self.cell = LSTMCell(
            num_units,
            use_peepholes=use_peepholes,
            cell_clip=cell_clip,
            initializer=initializer,
            forget_bias=forget_bias,
            dtype=dtype,
            seed=seed,
        )
        self.feature_size = feature_size
        self.frequency_skip = frequency_skip

    @property
    def blocks(self) -> int:
        """Number of blocks of the input. Raises ConfigError before the cell is built."""
        width = self._built_width()
        size, skip = self._layout(width)
        return max(0, math.ceil((width - size) / skip)) + 1

    @property
    def state_size(self) -> tuple[Size, ...]:
        """Widths of an LSTM state for each block."""
        return (self.cell.state_size,) * self.blocks

    @property
    def output_size(self) -> int:
        """Width of the output: blocks times units."""
        return self.blocks * self.cell.num_units

    def create(self, input_size: int) -> None:
        """Build the LSTM, whose input is a block and the output of the block before."""
        self.cell.build(self._layout(input_size)[0] + self.cell.num_units)

    def step(self, inputs: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """Output and new state: the LSTM runs over the blocks in order."""
        width = self._built_width()
        size, skip = self._layout(width)
        filled = (self.blocks - 1) * skip + size
        inputs = tf.pad(inputs, [[0, 0], [0, filled - width]])
        (_, h), *_ = state
        output = tf.zeros_like(h)
        outputs, states = [], []
        for block, old in enumerate(state):
            features = inputs[:, block * skip : block * skip + size]
            output, new = self.cell(tf.concat([features, output], 1), old)
            outputs.append(output)
            states.append(new)
        return tf.concat(outputs, 1), tuple(states)

    def _built_width(self) -> int:
        if self.input_size is None:
            raise ConfigError(
                "TimeFreqLSTMCell: its sizes follow from the width of the inputs; call build(width) first"
            )
        return self.input_size

    def _layout(self, input_size: int) -> tuple[int, int]:
        """Width of a block, and the distance from the start of one to the start of the next."""
        size = self.feature_size or math.ceil(input_size / 4)
        return size, self.frequency_skip or size

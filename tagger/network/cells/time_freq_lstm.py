"""An LSTM that walks over blocks of its input as well as over time (Li et al. 2015; Sainath & Li 2016)."""

import math

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells.base import RNNCell, State
from tagger.network.cells.initializers import Initializer
from tagger.network.cells.lstm import LSTMCell, LSTMStateTuple


class TimeFreqLSTMCell(RNNCell):
    """One LSTM for all blocks of the input: each block sees its own last output and that of the block before it.

    Blocks are `feature_size` wide and begin `frequency_skip` apart; the input is padded with zeros to fill the last.
    Without `feature_size` there are four blocks side by side. The output joins those of the F blocks, [B, F * units];
    the state is the tuple of their LSTM states.
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
        """Blocks of the input; known once the cell is built."""
        if self.input_size is None:
            raise ConfigError(
                "TimeFreqLSTMCell: its sizes follow from the width of the inputs; call build(width) first"
            )
        size, skip = self._layout(self.input_size)
        return max(0, math.ceil((self.input_size - size) / skip)) + 1

    @property
    def state_size(self) -> tuple[LSTMStateTuple, ...]:
        """One LSTM state a block."""
        return (self.cell.state_size,) * self.blocks

    @property
    def output_size(self) -> int:
        """Blocks times units."""
        return self.blocks * self.cell.num_units

    def create(self, input_size: int) -> None:
        """The variables of one LSTM whose input is a block and the output of the block before."""
        self.cell.build(self._layout(input_size)[0] + self.cell.num_units)

    def step(self, inputs: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """Run the LSTM over the blocks in their order."""
        size, skip = self._layout(self.input_size)
        filled = (self.blocks - 1) * skip + size
        inputs = tf.pad(inputs, [[0, 0], [0, filled - self.input_size]])
        output = tf.zeros_like(state[0].h)
        outputs, states = [], []
        for block, old in enumerate(state):
            features = inputs[:, block * skip : block * skip + size]
            output, new = self.cell(tf.concat([features, output], 1), old)
            outputs.append(output)
            states.append(new)
        return tf.concat(outputs, 1), tuple(states)

    def _layout(self, input_size: int) -> tuple[int, int]:
        size = self.feature_size or math.ceil(input_size / 4)
        return size, self.frequency_skip or size

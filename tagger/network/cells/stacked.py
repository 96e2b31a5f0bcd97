"""Several cells on top of each other, as one."""

from collections.abc import Sequence

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells.base import Cell, RNNCell, Size, State, build_cell


class MultiRNNCell(RNNCell):
    """Each cell's output is the next one's input; the state is the tuple of theirs.

    With `state_is_tuple` off the states, which must then be plain tensors, are joined into one [B, sum of sizes].
    """

    def __init__(self, cells: Sequence[Cell], state_is_tuple: bool = True, *, name: str | None = None) -> None:
        if not cells:
            raise ConfigError("MultiRNNCell needs at least one cell")
        if not state_is_tuple and any(tf.nest.is_nested(cell.state_size) for cell in cells):
            raise ConfigError("MultiRNNCell: state_is_tuple=False needs cells whose own state is no tuple")
        super().__init__(dtype=getattr(cells[0], "dtype", tf.float32), name=name)
        self.cells = list(cells)
        self.state_is_tuple = state_is_tuple

    @property
    def state_size(self) -> tuple[Size, ...] | int:
        """The tuple of the cells' sizes, or their sum."""
        sizes = tuple(cell.state_size for cell in self.cells)
        return sizes if self.state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> Size:
        """That of the last cell."""
        return self.cells[-1].output_size

    def zero_state(self, batch_size: int | tf.Tensor, dtype: tf.DType) -> State:
        """The cells' own zero states."""
        states = tuple(cell.zero_state(batch_size, dtype) for cell in self.cells)
        return states if self.state_is_tuple else tf.concat(states, 1)

    def create(self, input_size: int) -> None:
        """Build each cell for the output of the one before."""
        for cell in self.cells:
            build_cell(cell, input_size)
            input_size = cell.output_size

    def step(self, inputs: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """Run the cells one after the other."""
        if not self.state_is_tuple:
            state = tf.split(state, [cell.state_size for cell in self.cells], axis=1)
        states = []
        for cell, old in zip(self.cells, state, strict=True):
            inputs, new = cell(inputs, old)
            states.append(new)
        return inputs, tuple(states) if self.state_is_tuple else tf.concat(states, 1)

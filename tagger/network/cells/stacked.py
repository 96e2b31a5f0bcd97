"""A stack of cells as one cell."""

from collections.abc import Sequence

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells.base import RNNCell, build_cell
from tagger.network.cells.protocol import Cell, Size, State
from tagger.network.cells.sharing import refuse_shared_layers


class MultiRNNCell(RNNCell):
    """A stack of cells, each of which reads the output of the one below.

    The state is the tuple of the cells' states. With `state_is_tuple` off the cells' states, which must be single
    tensors, are joined into one `[B, sum of sizes]`. Raises ConfigError where the same cell object stands in two
    layers, unless `share_weights` says that they share its weights on purpose.
    """

    def __init__(
        self,
        cells: Sequence[Cell],
        state_is_tuple: bool = True,
        *,
        share_weights: bool = False,
        name: str | None = None,
    ) -> None:
        if not cells:
            raise ConfigError("MultiRNNCell needs at least one cell")
        if not share_weights:
            refuse_shared_layers(cells)
        if not state_is_tuple and any(tf.nest.is_nested(cell.state_size) for cell in cells):
            raise ConfigError("MultiRNNCell: state_is_tuple=False needs cells whose own state is no tuple")
        super().__init__(dtype=getattr(cells[0], "dtype", tf.float32), name=name)
        self.cells = list(cells)
        self.state_is_tuple = state_is_tuple

    @property
    def state_size(self) -> Size:
        """The tuple of the cells' state sizes, or their sum where the states are joined."""
        return tuple(cell.state_size for cell in self.cells) if self.state_is_tuple else sum(self._widths())

    @property
    def output_size(self) -> int:
        """Output size of the last cell."""
        return self.cells[-1].output_size

    def zero_state(self, batch_size: int | tf.Tensor, dtype: tf.DType) -> State:
        """Zero states of the cells."""
        states = tuple(cell.zero_state(batch_size, dtype) for cell in self.cells)
        return states if self.state_is_tuple else tf.concat(states, 1)

    def create(self, input_size: int) -> None:
        """Build each cell for the output of the one below."""
        for cell in self.cells:
            build_cell(cell, input_size)
            input_size = cell.output_size

    def step(self, inputs: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """Run the cells one after the other."""
        if not self.state_is_tuple:
            state = tf.split(state, self._widths(), axis=1)
        states = []
        for cell, old in zip(self.cells, state, strict=True):
            inputs, new = cell(inputs, old)
            states.append(new)
        return inputs, tuple(states) if self.state_is_tuple else tf.concat(states, 1)

    def _widths(self) -> list[int]:
        """Widths of the cells' states, which are single tensors where the states are joined."""
        return [size for cell in self.cells for size in tf.nest.flatten(cell.state_size)]

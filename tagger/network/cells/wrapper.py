"""Cells around a cell: the common frame, and the residual connection."""

from collections.abc import Callable

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells.base import Cell, RNNCell, Size, State, build_cell


class CellWrapper(RNNCell):
    """A cell around another, with its sizes and states, that changes what goes in or comes out."""

    def __init__(self, cell: Cell, *, seed: int | None = None, name: str | None = None) -> None:
        super().__init__(dtype=getattr(cell, "dtype", tf.float32), seed=seed, name=name)
        self.cell = cell

    @property
    def state_size(self) -> Size:
        """That of the cell inside."""
        return self.cell.state_size

    @property
    def output_size(self) -> Size:
        """That of the cell inside."""
        return self.cell.output_size

    def zero_state(self, batch_size: int | tf.Tensor, dtype: tf.DType) -> State:
        """That of the cell inside."""
        return self.cell.zero_state(batch_size, dtype)

    def create(self, input_size: int) -> None:
        """Only the variables of the cell inside."""
        build_cell(self.cell, input_size)


class ResidualWrapper(CellWrapper):
    """Adds a cell's inputs to its output, or joins them by `residual_fn(inputs, output)` (He et al. 2016)."""

    def __init__(
        self,
        cell: Cell,
        residual_fn: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] | None = None,
        *,
        name: str | None = None,
    ) -> None:
        super().__init__(cell, name=name)
        self.residual_fn = residual_fn

    def create(self, input_size: int) -> None:
        """Only the variables of the cell inside; a sum needs inputs as wide as its output."""
        if self.residual_fn is None and input_size != self.output_size:
            raise ConfigError(
                f"a residual connection adds inputs of width {input_size} to outputs of width {self.output_size}; "
                "make the widths equal or leave the connection out of this layer"
            )
        super().create(input_size)

    def step(self, inputs: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """Run the cell inside and join its output with the inputs."""
        output, state = self.cell(inputs, state)
        return (self.residual_fn or tf.add)(inputs, output), state

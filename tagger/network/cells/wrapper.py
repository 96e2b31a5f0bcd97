"""Cells around a cell: the common frame, and the residual connection."""

from collections.abc import Callable
from typing import Literal

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
    """Adds a cell's inputs to its output, or joins them by `residual_fn(inputs, output)` (He et al. 2016).

    With `half`, 0 or 1, the inputs are what two cells of this width made, side by side, and that half is added.
    """

    def __init__(
        self,
        cell: Cell,
        residual_fn: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] | None = None,
        *,
        half: Literal[0, 1] | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(cell, name=name)
        self.residual_fn = residual_fn
        self.half = half

    def create(self, input_size: int) -> None:
        """Only the variables of the cell inside; a sum needs inputs as wide as its output."""
        width = self.output_size if self.half is None else 2 * self.output_size
        if self.residual_fn is None and input_size != width:
            raise ConfigError(
                f"a residual connection adds inputs of width {input_size} to outputs of width {width}; "
                "make the widths equal or leave the connection out of this layer"
            )
        super().create(input_size)

    def step(self, inputs: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """Run the cell inside and join its output with the inputs."""
        output, state = self.cell(inputs, state)
        return (self.residual_fn or tf.add)(self.added(inputs), output), state

    def added(self, inputs: tf.Tensor) -> tf.Tensor:
        """What is added of inputs `[..., D]`: all of them, or a half."""
        return inputs if self.half is None else tf.split(inputs, 2, axis=-1)[self.half]

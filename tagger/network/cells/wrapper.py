"""Wrappers around a cell: what they have in common, and the residual connection."""

from collections.abc import Callable
from typing import Literal

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells.base import RNNCell, build_cell
from tagger.network.cells.protocol import Cell, Size, State


class CellWrapper(RNNCell):
    """A cell around another one, with the same sizes, that changes its inputs or output."""

    def __init__(self, cell: Cell, *, seed: int | None = None, name: str | None = None) -> None:
        super().__init__(dtype=getattr(cell, "dtype", tf.float32), seed=seed, name=name)
        self.cell = cell

    @property
    def state_size(self) -> Size:
        """State size of the wrapped cell."""
        return self.cell.state_size

    @property
    def output_size(self) -> int:
        """Output size of the wrapped cell."""
        return self.cell.output_size

    def zero_state(self, batch_size: int | tf.Tensor, dtype: tf.DType) -> State:
        """Zero state of the wrapped cell."""
        return self.cell.zero_state(batch_size, dtype)

    def create(self, input_size: int) -> None:
        """Build the wrapped cell; the wrapper itself has no variables."""
        build_cell(self.cell, input_size)


class ResidualWrapper(CellWrapper):
    """A residual connection: adds a cell's inputs to its output.

    A `residual_fn(inputs, output)` joins them in another way. With `half`, 0 or 1, the inputs are the outputs of two
    cells of this width side by side, and the wrapper adds the first or the second half of them. Source: He et al. 2016.
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
        """Build the wrapped cell.

        Raises ConfigError where inputs and output differ in width and cannot be added.
        """
        width = self.output_size if self.half is None else 2 * self.output_size
        if self.residual_fn is None and input_size != width:
            raise ConfigError(
                f"a residual connection adds inputs of width {input_size} to outputs of width {width}; "
                "make the widths equal or leave the connection out of this layer"
            )
        super().create(input_size)

    def step(self, inputs: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """Run the wrapped cell and join its output with the inputs."""
        output, state = self.cell(inputs, state)
        return (self.residual_fn or tf.add)(self.added(inputs), output), state

    def added(self, inputs: tf.Tensor) -> tf.Tensor:
        """The part of inputs `[..., D]` that is added to the output: all of them, or one half."""
        return inputs if self.half is None else tf.split(inputs, 2, axis=-1)[self.half]

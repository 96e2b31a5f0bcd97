"""TensorFlow's cell protocol as types: what `dynamic_rnn` and our wrappers ask of a cell."""

from typing import Protocol, TypeAlias

from tagger.backend import tf

State: TypeAlias = "tf.Tensor | tuple[State, ...]"
"""State of a cell: a tensor `[B, size]`, or a tuple of states."""

Size: TypeAlias = "int | tuple[Size, ...]"
"""Width of a state, or a tuple of sizes where the state is a tuple."""


class Cell(Protocol):
    """One step of a recurrent network, in TensorFlow's cell protocol."""

    @property
    def state_size(self) -> Size:
        """Width of the state; a tuple of widths where the state is a tuple of tensors."""

    @property
    def output_size(self) -> int:
        """Width of the output."""

    def zero_state(self, batch_size: int | tf.Tensor, dtype: tf.DType) -> State:
        """The state before the first step."""

    def __call__(self, inputs: tf.Tensor, state: State, scope: object = None) -> tuple[tf.Tensor, State]:
        """Run one step: inputs `[B, D]` and state to output `[B, output_size]` and new state."""

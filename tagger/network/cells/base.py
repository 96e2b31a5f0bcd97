"""What every cell shares: TensorFlow's cell protocol, variables made once, and the switch between training and use."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells.initializers import Initializer, glorot_uniform

Activation = Callable[[tf.Tensor], tf.Tensor]
State = tf.Tensor | tuple  # a tensor [B, size], or a tuple of states
Size = int | tuple  # the width of a state or an output, or a tuple of sizes


class Cell(Protocol):
    """TensorFlow's cell protocol: all that `dynamic_rnn`, and the wrappers here, ask of a cell."""

    state_size: Size
    output_size: Size

    def zero_state(self, batch_size: int | tf.Tensor, dtype: tf.DType) -> State:
        """The state before the first step."""

    def __call__(self, inputs: tf.Tensor, state: State, scope: object = None) -> tuple[tf.Tensor, State]:
        """Run one step: the output and the new state."""


class RNNCell(tf.Module, ABC):
    """One step of a recurrent network: `(inputs [B, D], state) -> (output [B, output_size], new state)`.

    A cell of one's own has `state_size`, `output_size`, `create` (its variables) and `step` (its arithmetic). It runs
    under `tf.compat.v1.nn.dynamic_rnn` and `bidirectional_dynamic_rnn`.
    """

    def __init__(self, *, dtype: tf.DType = tf.float32, seed: int | None = None, name: str | None = None) -> None:
        super().__init__(name=name)
        self.dtype = tf.as_dtype(dtype)
        self.seed = seed
        self.input_size: int | None = None  # known once built
        self.training = False  # both set by `training_mode`
        self.masks: object = None

    @property
    @abstractmethod
    def state_size(self) -> Size:
        """Width of the state; a tuple of widths where the state is a tuple of tensors."""

    @property
    @abstractmethod
    def output_size(self) -> Size:
        """Width of the output."""

    @abstractmethod
    def create(self, input_size: int) -> None:
        """Make the variables for inputs of this width, with `self.variable`; called once, by `build`."""

    @abstractmethod
    def step(self, inputs: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """The cell's arithmetic: the output and the new state, which has the structure of `state`."""

    def __call__(self, inputs: tf.Tensor, state: State, scope: object = None) -> tuple[tf.Tensor, State]:
        """Run one step; `scope` is part of TensorFlow's protocol and has no effect on a module."""
        self.build(inputs.shape[-1])
        return self.step(inputs, state)

    def build(self, input_size: int) -> None:
        """Make the variables for inputs of width `input_size`; a second call with the same width does nothing."""
        if self.input_size is None:
            if input_size is None:
                raise ConfigError(f"{type(self).__name__}: the width of the inputs is unknown; call build(width) first")
            with tf.init_scope():  # also from inside a trace or a loop, variables belong outside of it
                self.create(int(input_size))
            self.input_size = int(input_size)
        elif input_size is not None and input_size != self.input_size:
            raise ConfigError(
                f"{type(self).__name__} was built for inputs of width {self.input_size} and now gets {input_size}; "
                "use a cell of its own for each input"
            )

    def zero_state(self, batch_size: int | tf.Tensor, dtype: tf.DType) -> State:
        """The state before the first step: zeros, [B, size] for each size in `state_size`."""
        return tf.nest.map_structure(lambda size: tf.zeros([batch_size, size], dtype), self.state_size)

    def variable(self, name: str, shape: Sequence[int], initializer: Initializer | None = None) -> tf.Variable:
        """A trainable variable of the cell's data type; Glorot uniform where no initializer is given."""
        initializer = initializer or glorot_uniform(self.seed, name)
        return tf.Variable(initializer(shape, self.dtype), name=name, dtype=self.dtype)

    def draw_masks(self, batch_size: int | tf.Tensor | None) -> object:
        """What a cell draws once for a whole batch of sentences when training: nothing, for most."""
        return None


def build_cell(cell: Cell, input_size: int) -> None:
    """Build a cell that knows how; one that does not (TensorFlow's protocol has no `build`) is left alone."""
    if hasattr(cell, "build"):
        cell.build(input_size)


@contextmanager
def training_mode(module: tf.Module, training: bool, batch_size: int | tf.Tensor | None = None) -> Iterator[None]:
    """Switch dropout on or off in every cell of `module`, and draw the masks that last for a whole sentence.

    Enter it inside the traced function and leave it there: outside, cells never drop anything, and no tensor of one
    trace is seen by another. `batch_size` is needed only for dropout with one mask a sentence.
    """
    cells = [part for part in (module, *module.submodules) if isinstance(part, RNNCell)]
    before = [(cell.training, cell.masks) for cell in cells]
    try:
        for cell in cells:
            cell.training, cell.masks = training, cell.draw_masks(batch_size) if training else None
        yield
    finally:
        for cell, (was_training, masks) in zip(cells, before, strict=True):
            cell.training, cell.masks = was_training, masks


def activation_of(activation: Activation | str | None) -> Activation:
    """The function itself, or the one that `tf.nn` or `tf.math` has under that name; tanh for None."""
    if activation is None:
        return tf.tanh
    if callable(activation):
        return activation
    if activation == "linear":
        return tf.identity
    for home in (tf.nn, tf.math):
        if hasattr(home, activation):
            return getattr(home, activation)
    raise ConfigError(f"unknown activation {activation!r}: use a name from tf.nn such as 'tanh', 'relu' or 'sigmoid'")

"""What all cells share: variables, the switch of dropout, the sizes of simple cells."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells.initializers import Initializer, glorot_uniform
from tagger.network.cells.protocol import Cell, Size, State
from tagger.network.cells.sharing import refuse_shared_directions


class RNNCell(tf.Module, ABC):
    """One step of a recurrent network: `(inputs, state) -> (output, new state)`.

    Inputs are `[B, D]`, outputs `[B, output_size]`. A cell of your own defines `state_size`, `output_size`, `create`
    (its variables) and `step` (its arithmetic). It runs under `tf.compat.v1.nn.dynamic_rnn` and
    `bidirectional_dynamic_rnn`. A cell that drops anything at random does so while `training` is True, which it is
    unless `training_mode` says otherwise.
    """

    share_directions: bool = False
    """Whether this object may run in both directions of a bidirectional network, which then share its weights."""

    def __init__(self, *, dtype: tf.DType = tf.float32, seed: int | None = None, name: str | None = None) -> None:
        super().__init__(name=name)
        self.dtype = tf.as_dtype(dtype)
        self.seed = seed
        self.input_size: int | None = None  # known once built
        self.training = True  # this and the masks are set by `training_mode`
        self.masks: object = None

    @property
    @abstractmethod
    def state_size(self) -> Size:
        """Width of the state; a tuple of widths where the state is a tuple of tensors."""

    @property
    @abstractmethod
    def output_size(self) -> int:
        """Width of the output."""

    @abstractmethod
    def create(self, input_size: int) -> None:
        """Make the variables for inputs of this width; called once, by `build`."""

    @abstractmethod
    def step(self, inputs: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """The cell's arithmetic: the output and the new state, which has the structure of `state`."""

    def __call__(self, inputs: tf.Tensor, state: State, scope: object = None) -> tuple[tf.Tensor, State]:
        """Run one step; `scope` is part of TensorFlow's protocol and has no effect on a module."""
        refuse_shared_directions(self)
        self.build(inputs.shape[-1])
        return self.step(inputs, state)

    def build(self, input_size: int | None) -> None:
        """Make the variables for inputs of width `input_size`, unless they are there.

        Raises ConfigError where the cell was built for another width, or the width is unknown.
        """
        if self.input_size is None:
            if input_size is None:
                raise ConfigError(f"{type(self).__name__}: the width of the inputs is unknown; call build(width) first")
            with tf.init_scope():  # variables must outlive a trace or a loop that first calls the cell
                self.create(int(input_size))
            self.input_size = int(input_size)
        elif input_size is not None and input_size != self.input_size:
            raise ConfigError(
                f"{type(self).__name__} was built for inputs of width {self.input_size} and now gets {input_size}; "
                "use a cell of its own for each input"
            )

    def zero_state(self, batch_size: int | tf.Tensor, dtype: tf.DType) -> State:
        """The state before the first step: zeros, `[B, size]` for each size in `state_size`."""
        state: State = tf.nest.map_structure(lambda size: tf.zeros([batch_size, size], dtype), self.state_size)
        return state

    def variable(self, name: str, shape: Sequence[int], initializer: Initializer | None = None) -> tf.Variable:
        """A trainable variable of the cell's data type; by default Glorot uniform."""
        initializer = initializer or glorot_uniform(self.seed, name)
        return tf.Variable(initializer(shape, self.dtype), name=name, dtype=self.dtype)

    def draw_masks(self, batch_size: int | tf.Tensor | None) -> object:
        """Dropout masks that last for a whole batch of sentences; None for most cells."""
        return None


class SingleWidthCell(RNNCell):
    """A cell of `num_units` units, which is the width of both its output and its state.

    Where the state is a tuple, each of its tensors is as wide.
    """

    def __init__(
        self, num_units: int, *, dtype: tf.DType = tf.float32, seed: int | None = None, name: str | None = None
    ) -> None:
        super().__init__(dtype=dtype, seed=seed, name=name)
        self.num_units = num_units

    @property
    def state_size(self) -> Size:
        """Width of the state: `num_units`."""
        return self.num_units

    @property
    def output_size(self) -> int:
        """Width of the output: `num_units`."""
        return self.num_units


def build_cell(cell: Cell, input_size: int) -> None:
    """Build a cell that has a `build`, which TensorFlow's protocol does not ask for."""
    if hasattr(cell, "build"):
        cell.build(input_size)


@contextmanager
def training_mode(
    module: tf.Module | Cell, training: bool, batch_size: int | tf.Tensor | None = None
) -> Iterator[None]:
    """Switch dropout on or off in every cell of `module`, for the time of a `with` block.

    On entry the masks that last for a whole sentence are drawn. Outside of any `training_mode` cells drop, as they do
    in TensorFlow: what is not training must say so. Enter the block inside the traced function and leave it there, so
    that no other trace sees its tensors. `batch_size` is needed only for dropout with one mask a sentence.
    """
    cells = [part for part in (module, *getattr(module, "submodules", ())) if isinstance(part, RNNCell)]
    before = [(cell.training, cell.masks) for cell in cells]
    try:
        for cell in cells:
            cell.training, cell.masks = training, cell.draw_masks(batch_size) if training else None
        yield
    finally:
        for cell, (was_training, masks) in zip(cells, before, strict=True):
            cell.training, cell.masks = was_training, masks

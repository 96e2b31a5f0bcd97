"""Grid LSTM: an LSTM along every dimension, including depth.

Source: Kalchbrenner, Danihelka & Graves 2016.
"""

from collections.abc import Sequence

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells.activations import Activation
from tagger.network.cells.base import RNNCell, SingleWidthCell
from tagger.network.cells.basic_rnn import BasicRNNCell
from tagger.network.cells.initializers import seed_of
from tagger.network.cells.lstm import LSTMCell, LSTMStateTuple
from tagger.network.cells.protocol import State


class GridLSTMCell(SingleWidthCell):
    """A block of LSTMs, one for each dimension, each of which reads the outputs of the others.

    Dimension 0 is depth: its memory and output are projections of the input, and its new output is the cell's output.
    The other dimensions run through time; the cell's state is the tuple of their LSTM states. `priority_dims` are
    computed last and read the new outputs of the others (section 3.2). `tied` shares the weights between the
    dimensions. `non_recurrent_fn` makes depth a plain layer with this activation and no memory (section 3.3). With one
    dimension the cell is an LSTM through time.
    """

    def __init__(
        self,
        num_units: int,
        num_dims: int = 2,
        *,
        priority_dims: Sequence[int] = (),
        tied: bool = False,
        non_recurrent_fn: Activation | str | None = None,
        use_peepholes: bool = False,
        forget_bias: float = 1.0,
        dtype: tf.DType = tf.float32,
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        if num_dims < 1 or not set(priority_dims) <= set(range(num_dims)):
            raise ConfigError(f"a grid of {num_dims} dimensions cannot have priority_dims {list(priority_dims)}")
        super().__init__(num_units, dtype=dtype, seed=seed, name=name)
        self.num_dims = num_dims
        self.priority_dims = tuple(priority_dims)
        self.depth_has_memory = non_recurrent_fn is None
        cells: list[RNNCell] = [
            LSTMCell(
                num_units,
                use_peepholes=use_peepholes,
                forget_bias=forget_bias,
                dtype=dtype,
                seed=seed_of(seed, f"dimension {side}"),
            )
            for side in range(num_dims)
        ]
        if tied:
            cells = cells[:1] * num_dims
        if not self.depth_has_memory:
            cells[0] = BasicRNNCell(num_units, non_recurrent_fn, dtype=dtype, seed=seed_of(seed, "depth"))
        self.cells = cells

    @property
    def state_size(self) -> tuple[LSTMStateTuple, ...]:
        """Widths of an LSTM state for each dimension that runs through time."""
        return (LSTMStateTuple(self.num_units, self.num_units),) * max(1, self.num_dims - 1)

    def create(self, input_size: int) -> None:
        """Build the LSTMs, and make `project_m` and `project_c` `[D, H]`."""
        if self.num_dims == 1:
            self.cells[0].build(input_size)
            return
        for cell in self.cells:
            cell.build((self.num_dims - 1) * self.num_units)
        self.project_m = self.variable("project_m", [input_size, self.num_units])
        if self.depth_has_memory:
            self.project_c = self.variable("project_c", [input_size, self.num_units])

    def step(self, inputs: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """Output and new state: all dimensions at once, then those with priority."""
        if self.num_dims == 1:
            output, new = self.cells[0](inputs, state[0])
            return output, (new,)
        depth = inputs @ self.project_m
        incoming = [depth, *(h for _, h in state)]  # N of [B, H]
        states = [LSTMStateTuple(inputs @ self.project_c, depth) if self.depth_has_memory else depth, *state]
        outputs = list(incoming)
        for sides in (sorted(set(range(self.num_dims)) - set(self.priority_dims)), self.priority_dims):
            seen = list(outputs)
            for side in sides:
                others = tf.concat(seen[:side] + seen[side + 1 :], 1)
                outputs[side], states[side] = self.cells[side](others, states[side])
        return outputs[0], tuple(states[1:])


class Grid2LSTMCell(GridLSTMCell):
    """The common grid of time and depth; depth comes second and reads the new step."""

    def __init__(
        self,
        num_units: int,
        tied: bool = False,
        non_recurrent_fn: Activation | str | None = None,
        use_peepholes: bool = False,
        forget_bias: float = 1.0,
        *,
        dtype: tf.DType = tf.float32,
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            num_units,
            2,
            priority_dims=(0,),
            tied=tied,
            non_recurrent_fn=non_recurrent_fn,
            use_peepholes=use_peepholes,
            forget_bias=forget_bias,
            dtype=dtype,
            seed=seed,
            name=name,
        )

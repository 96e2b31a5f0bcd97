"""Dropout around a cell: on its inputs, its output and its state, by the step or by the sentence."""

from collections.abc import Callable
from dataclasses import dataclass

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells.base import Cell, Size, State
from tagger.network.cells.lstm import LSTMStateTuple
from tagger.network.cells.noise import checked_keep, drop, generator_of, keep_mask
from tagger.network.cells.wrapper import CellWrapper


@dataclass(frozen=True)
class Masks:
    """What is kept of one batch during a whole run, booleans [B, D] each; None where nothing is dropped."""

    inputs: tf.Tensor | None
    state: list[tf.Tensor] | None
    output: tf.Tensor | None


class DropoutWrapper(CellWrapper):
    """Drops parts of a cell's inputs, output and new state while training (see `training_mode`), never otherwise.

    What is kept is divided by the keep probability. New masks are drawn at every step, or with `variational_recurrent`
    one mask a sentence for all its steps (Gal & Ghahramani 2016; TensorFlow shares one mask among the sentences of a
    batch). An LSTM's memory `c` is never dropped, unless `dropout_state_filter_visitor` says so: it is given each level
    of the state and answers with a bool, or with one for each part. Masks come from `generator`, whose state a
    `tf.train.Checkpoint` of the wrapper saves; so that they come in one order, run with `parallel_iterations=1`.

    `input_size`, where given, builds the cell at once; `dtype` is TensorFlow's argument and not needed here.
    """

    def __init__(
        self,
        cell: Cell,
        input_keep_prob: float = 1.0,
        output_keep_prob: float = 1.0,
        state_keep_prob: float = 1.0,
        variational_recurrent: bool = False,
        input_size: int | None = None,
        dtype: tf.DType | None = None,
        seed: int | None = None,
        dropout_state_filter_visitor: Callable[[State], bool | tuple] | None = None,
        *,
        name: str | None = None,
    ) -> None:
        super().__init__(cell, seed=seed, name=name)
        self.input_keep_prob = checked_keep("input_keep_prob", input_keep_prob)
        self.output_keep_prob = checked_keep("output_keep_prob", output_keep_prob)
        self.state_keep_prob = checked_keep("state_keep_prob", state_keep_prob)
        self.variational_recurrent = variational_recurrent
        self.state_filter = dropout_state_filter_visitor or all_but_memory
        self.generator = generator_of(seed)
        if input_size is not None:
            self.build(input_size)

    def step(self, inputs: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """Drop from the inputs, run the cell, drop from the output and the new state."""
        if not self.training:
            return self.cell(inputs, state)
        masks = self.masks or Masks(None, None, None)
        output, state = self.cell(self._drop(inputs, self.input_keep_prob, masks.inputs), state)
        if self.state_keep_prob < 1:
            parts = tf.nest.flatten(state)
            drawn = masks.state or [None] * len(parts)
            parts = [
                self._drop(part, self.state_keep_prob, mask) if droppable else part
                for part, mask, droppable in zip(parts, drawn, _flags(self.state_filter, state), strict=True)
            ]
            state = tf.nest.pack_sequence_as(state, parts)
        return self._drop(output, self.output_keep_prob, masks.output), state

    def draw_masks(self, batch_size: int | tf.Tensor | None) -> Masks | None:
        """One mask a sentence for inputs, state and output, where this is the variational form."""
        if not self.variational_recurrent:
            return None
        if batch_size is None or self.input_size is None:
            raise ConfigError("dropout with one mask a sentence needs a cell that is built, and the batch size")

        def masks(sizes: Size, keep: float) -> list[tf.Tensor] | None:
            if keep == 1:
                return None
            return [keep_mask(self.generator, [batch_size, size], keep) for size in tf.nest.flatten(sizes)]

        inputs = masks(self.input_size, self.input_keep_prob)
        state = masks(self.state_size, self.state_keep_prob)
        output = masks(self.output_size, self.output_keep_prob)
        return Masks(inputs and inputs[0], state, output and output[0])

    def state_factors(self) -> list[tf.Tensor | None]:
        """What dropout with one mask a sentence multiplies each part of a new state by, `[B, size]`; None where it
        leaves a part alone."""
        sizes = tf.nest.flatten(self.state_size)
        if not self.training or self.state_keep_prob == 1:
            return [None] * len(sizes)
        droppable = _flags(self.state_filter, self.zero_state(1, self.dtype))
        return [
            tf.cast(mask, self.dtype) / self.state_keep_prob if drops else None
            for mask, drops in zip(self.masks.state, droppable, strict=True)
        ]

    def _drop(self, values: tf.Tensor, keep: float, mask: tf.Tensor | None) -> tf.Tensor:
        if keep == 1:
            return values
        if mask is None:
            mask = keep_mask(self.generator, tf.shape(values), keep)
        elif not tf.executing_eagerly() and not tf.is_symbolic_tensor(mask):
            raise ConfigError(
                "enter training_mode inside the traced function, which would else keep its masks for good"
            )
        return drop(values, mask, keep)


def all_but_memory(state: State) -> bool | tuple:
    """TensorFlow's default: all of the state may be dropped but the memory of an LSTM."""
    return LSTMStateTuple(c=False, h=True) if isinstance(state, LSTMStateTuple) else True


def _flags(visitor: Callable[[State], bool | tuple], state: State) -> list[bool]:
    """Whether each flattened part of a nested state may be dropped."""
    answer = visitor(state)
    if not tf.nest.is_nested(state):
        return [bool(answer)]
    answers = [answer] * len(state) if isinstance(answer, bool) else answer
    flags = []
    for part, chosen in zip(state, answers, strict=True):
        flags += _flags(visitor, part) if chosen else [False] * len(tf.nest.flatten(part))
    return flags

"""Dropout on a cell's inputs, output and state, by the step or by the sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tagger.backend import tf
from tagger.errors import ConfigError
from tagger.network.cells.lstm import LSTMStateTuple
from tagger.network.cells.noise import checked_keep, drop, generator_of, keep_mask
from tagger.network.cells.protocol import Cell, Size, State
from tagger.network.cells.wrapper import CellWrapper

Droppable: TypeAlias = "bool | tuple[Droppable, ...]"
"""Whether a state may be dropped, or each part of it."""


@dataclass(frozen=True)
class Masks:
    """Dropout masks that last for a whole sentence; None where nothing is dropped.

    Each mask is a tensor of booleans `[B, size]`, True for what is kept.
    """

    inputs: tf.Tensor | None = None
    state: list[tf.Tensor] | None = None
    output: tf.Tensor | None = None


class DropoutWrapper(CellWrapper):
    """Dropout on a cell's inputs, output and new state.

    Like TensorFlow's wrapper it drops unless told otherwise, here by `training_mode(cell, False)`, and divides what is
    kept by the keep probability. Every step draws new masks; with `variational_recurrent` one mask a sentence serves
    all its steps (Gal & Ghahramani 2016; TensorFlow shares one mask among the sentences of a batch). Those masks are
    drawn on entering `training_mode(cell, True, batch_size)`, or else by `zero_state`, which `dynamic_rnn` calls unless
    it is given an initial state; the cell must be built by then.

    An LSTM's memory `c` is never dropped, unless `dropout_state_filter_visitor` says so: it gets each level of the
    state and returns a bool, or a bool for each part. Masks come from `generator`, whose state a `tf.train.Checkpoint`
    of the wrapper saves; run with `parallel_iterations=1` for masks in a fixed order.

    `input_size`, where given, builds the cell at once; `dtype` is TensorFlow's argument and has no effect here.
    """

    masks: Masks | None

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
        dropout_state_filter_visitor: Callable[[State], Droppable] | None = None,
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
        self._masks_of_zero_state: Masks | None = None
        if input_size is not None:
            self.build(input_size)

    def zero_state(self, batch_size: int | tf.Tensor, dtype: tf.DType) -> State:
        """Zero state of the wrapped cell; outside of `training_mode` also draws new masks."""
        self._masks_of_zero_state = None
        if self.training and self.variational_recurrent and self.masks is None and self.input_size is not None:
            self._masks_of_zero_state = self._draw(batch_size, self.input_size)
        return super().zero_state(batch_size, dtype)

    def step(self, inputs: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """Drop from the inputs, run the cell, drop from the output and the new state."""
        if not self.training:
            return self.cell(inputs, state)
        masks = self._masks_of_run()
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
        """Masks for inputs, state and output of a batch of sentences; None unless variational.

        Raises ConfigError where the batch size or the width of the inputs is unknown.
        """
        if not self.variational_recurrent:
            return None
        if batch_size is None or self.input_size is None:
            raise ConfigError("dropout with one mask a sentence needs a cell that is built, and the batch size")
        return self._draw(batch_size, self.input_size)

    def masks_of_mode(self) -> Masks:
        """The masks that `training_mode` has drawn; empty unless variational and training.

        Raises ConfigError where variational dropout is to drop outside of `training_mode`.
        """
        if not self.training or not self.variational_recurrent:
            return Masks()
        if self.masks is None:
            raise ConfigError("dropout with one mask a sentence runs here only inside of training_mode")
        return self.masks

    def state_factors(self) -> list[tf.Tensor | None]:
        """Factors `[B, size]` by which variational dropout multiplies each part of a new state.

        None for a part that is not dropped. The masks are those of `training_mode`.
        """
        masks = self.masks_of_mode().state
        if masks is None:
            return [None] * len(tf.nest.flatten(self.state_size))
        droppable = _flags(self.state_filter, self.cell.zero_state(1, self.dtype))
        return [
            tf.cast(mask, self.dtype) / self.state_keep_prob if drops else None
            for mask, drops in zip(masks, droppable, strict=True)
        ]

    def _draw(self, batch_size: int | tf.Tensor, input_size: int) -> Masks:
        def masks(sizes: Size, keep: float) -> list[tf.Tensor] | None:
            if keep == 1:
                return None
            return [keep_mask(self.generator, [batch_size, size], keep) for size in tf.nest.flatten(sizes)]

        inputs = masks(input_size, self.input_keep_prob)
        state = masks(self.state_size, self.state_keep_prob)
        output = masks(self.output_size, self.output_keep_prob)
        return Masks(inputs and inputs[0], state, output and output[0])

    def _masks_of_run(self) -> Masks:
        """The masks of the run in progress; empty unless variational."""
        if not self.variational_recurrent:
            return Masks()
        masks = self.masks or self._masks_of_zero_state
        drawn = [] if masks is None else [mask for mask in tf.nest.flatten(vars(masks)) if mask is not None]
        if not tf.executing_eagerly() and not all(map(tf.is_symbolic_tensor, drawn)):
            raise ConfigError(
                "enter training_mode inside the traced function, which would else keep its masks for good"
            )
        if masks is None or not all(map(_is_in_reach, drawn)):
            raise ConfigError(
                "DropoutWrapper has no masks for these sentences, as variational_recurrent needs them: build the cell, "
                "then run it without an initial state, or inside of training_mode(cell, True, batch_size)"
            )
        return masks

    def _drop(self, values: tf.Tensor, keep: float, mask: tf.Tensor | None) -> tf.Tensor:
        if keep == 1:
            return values
        if mask is None:
            mask = keep_mask(self.generator, tf.shape(values), keep)
        return drop(values, mask, keep)


def all_but_memory(state: State) -> Droppable:
    """TensorFlow's default: all of the state may be dropped except the memory of an LSTM."""
    return (False, True) if isinstance(state, LSTMStateTuple) else True  # c, h


def _flags(visitor: Callable[[State], Droppable], state: State) -> list[bool]:
    """Whether each flattened part of a nested state may be dropped."""
    answer = visitor(state)
    if not tf.nest.is_nested(state):
        return [bool(answer)]
    answers = [answer] * len(state) if isinstance(answer, bool) else answer
    flags = []
    for part, chosen in zip(state, answers, strict=True):
        flags += _flags(visitor, part) if chosen else [False] * len(tf.nest.flatten(part))
    return flags


def _is_in_reach(tensor: tf.Tensor) -> bool:
    """Whether a tensor can be used here, and does not belong to an earlier trace."""
    if not tf.is_symbolic_tensor(tensor):
        return True
    graph = None if tf.executing_eagerly() else tf.compat.v1.get_default_graph()
    while graph is not None and graph is not tensor.graph:
        graph = getattr(graph, "outer_graph", None)
    return graph is not None

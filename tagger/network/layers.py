"""A stack of cells run layer by layer, each over all steps before the next.

Fast recurrences need this order. Dropout on inputs and outputs, residual connections and stacking give the same result
whether they run step by step or for all steps at once. Dropout on the state does not. With one mask for each sentence,
though, it only multiplies the state by factors that are known before the first step, which a recurrence can be given.
"""

from collections.abc import Callable, Sequence
from itertools import islice

from tagger.backend import tf
from tagger.network.cells import Cell, DropoutWrapper, MultiRNNCell, ResidualWrapper, RNNCell, State
from tagger.network.cells.noise import drop, keep_mask

Factors = Sequence[tf.Tensor | None]
"""Factors `[B, size]` by which each part of a cell's state is multiplied after every step; None leaves it as it is."""


def obstacle_in(cell: Cell, plain_obstacle: Callable[[Cell], str | None], takes_factors: bool) -> str | None:
    """The reason why `through_layers` cannot run a cell, to follow "because"; None if it can.

    `plain_obstacle` returns the reason for a cell without wrappers; `takes_factors` says whether the recurrence can
    multiply states by factors.
    """
    if isinstance(cell, MultiRNNCell):
        if not cell.state_is_tuple:
            return "the states of its layers are joined into one tensor"
        return next(filter(None, (obstacle_in(layer, plain_obstacle, takes_factors) for layer in cell.cells)), None)
    if type(cell) is DropoutWrapper:
        if cell.state_keep_prob < 1 and not takes_factors:
            return "dropout on the state belongs inside of the steps"
        if cell.state_keep_prob < 1 and not cell.variational_recurrent:
            return "dropout on the state draws a mask a step, and not one a sentence (variational)"
        return obstacle_in(cell.cell, plain_obstacle, takes_factors)
    if type(cell) is ResidualWrapper:
        if cell.residual_fn:
            return "its residual connection is a function of one's own"
        return obstacle_in(cell.cell, plain_obstacle, takes_factors)
    return plain_obstacle(cell)


def through_layers(
    cell: Cell,
    inputs: tf.Tensor,
    run: Callable[[RNNCell, tf.Tensor, Factors], tuple[tf.Tensor, State]],
    broadcast: Callable[[tf.Tensor], tf.Tensor],
    factors: Factors | None = None,
) -> tuple[tf.Tensor, State]:
    """Outputs `[..., H]` and last state of a cell with its wrappers and layers.

    Inputs are all tokens of a batch `[..., D]`. `run` runs a cell without wrappers over all tokens, in whatever layout
    they have. `broadcast` turns values of sentences `[B, D]` into values of tokens, in a shape that broadcasts to
    `[..., D]`. The cell must have no `obstacle_in`; `factors` come from wrappers around it.
    """
    factors = factors or [None] * _state_parts(cell)
    if isinstance(cell, MultiRNNCell):
        states: list[State] = []
        left = iter(factors)
        for layer in cell.cells:
            inputs, state = through_layers(layer, inputs, run, broadcast, list(islice(left, _state_parts(layer))))
            states.append(state)
        return inputs, tuple(states)
    if isinstance(cell, DropoutWrapper):
        masks = cell.masks_of_mode()
        inputs = _dropped(cell, inputs, cell.input_keep_prob, masks.inputs, broadcast)
        both = [_product(*each) for each in zip(cell.state_factors(), factors, strict=True)]
        outputs, state = through_layers(cell.cell, inputs, run, broadcast, both)
        return _dropped(cell, outputs, cell.output_keep_prob, masks.output, broadcast), state
    if isinstance(cell, ResidualWrapper):
        outputs, state = through_layers(cell.cell, inputs, run, broadcast, factors)
        return cell.added(inputs) + outputs, state
    assert isinstance(cell, RNNCell)  # any other has an obstacle
    return run(cell, inputs, factors)


def _state_parts(cell: Cell) -> int:
    """The number of tensors in a cell's state."""
    return len(tf.nest.flatten(cell.state_size))


def _product(one: tf.Tensor | None, other: tf.Tensor | None) -> tf.Tensor | None:
    return one if other is None else other if one is None else one * other


def _dropped(
    cell: DropoutWrapper,
    values: tf.Tensor,
    keep: float,
    sentence_mask: tf.Tensor | None,
    broadcast: Callable[[tf.Tensor], tf.Tensor],
) -> tf.Tensor:
    """Values `[..., D]` of tokens after dropout.

    The masks are those of the sentences `[B, D]`, or new ones for each token.
    """
    if not cell.training or keep == 1:
        return values
    if sentence_mask is None:
        return drop(values, keep_mask(cell.generator, tf.shape(values), keep), keep)
    return drop(values, broadcast(sentence_mask), keep)

"""A stack of cells layer by layer: each over all steps of a batch before the next, as fast recurrences want it.

What the wrappers do is the same whether it is done by the step or for all steps at once: dropout on inputs and outputs,
residual connections, layers. Dropout on the state is not; but with one mask a sentence it only multiplies the state by
what is known before the first step, and who runs the steps can be told.
"""

from collections.abc import Callable, Sequence
from itertools import islice

from tagger.backend import tf
from tagger.network.cells import Cell, DropoutWrapper, MultiRNNCell, ResidualWrapper, State
from tagger.network.cells.noise import drop, keep_mask

Factors = Sequence[tf.Tensor | None]
"""What each part of a cell's state is multiplied by after every step, `[B, size]`; None where it is left alone."""


def obstacle_in(cell: Cell, of_plain: Callable[[Cell], str | None], takes_factors: bool) -> str | None:
    """Why `through_layers` cannot run a cell, to be read after "because"; None where it can. `of_plain` answers for a
    cell without its wrappers; `takes_factors` says whether what runs the steps can multiply a state."""
    if isinstance(cell, MultiRNNCell):
        if not cell.state_is_tuple:
            return "the states of its layers are joined into one tensor"
        return next(filter(None, (obstacle_in(layer, of_plain, takes_factors) for layer in cell.cells)), None)
    if type(cell) is DropoutWrapper:
        if cell.state_keep_prob < 1 and not takes_factors:
            return "dropout on the state belongs inside of the steps"
        if cell.state_keep_prob < 1 and not cell.variational_recurrent:
            return "dropout on the state draws a mask a step, and not one a sentence (variational)"
        return obstacle_in(cell.cell, of_plain, takes_factors)
    if type(cell) is ResidualWrapper:
        return (
            "its residual connection is a function of one's own"
            if cell.residual_fn
            else obstacle_in(cell.cell, of_plain, takes_factors)
        )
    return of_plain(cell)


def through_layers(
    cell: Cell,
    inputs: tf.Tensor,
    run: Callable[[Cell, tf.Tensor, Factors], tuple[tf.Tensor, State]],
    of_tokens: Callable[[tf.Tensor], tf.Tensor],
    factors: Factors | None = None,
) -> tuple[tf.Tensor, State]:
    """All tokens of a batch, in any layout `[..., D]`, through a cell, its wrappers and its layers: outputs `[..., H]`
    and the last state.

    `run` takes them through a cell without wrappers; `of_tokens` makes what every sentence has `[B, D]` into what every
    token has, in a shape that broadcasts. The cell must have no `obstacle_in`; `factors` come from wrappers around it.
    """
    factors = factors or [None] * _parts(cell)
    if isinstance(cell, MultiRNNCell):
        states, left = [], iter(factors)
        for layer in cell.cells:
            inputs, state = through_layers(layer, inputs, run, of_tokens, list(islice(left, _parts(layer))))
            states.append(state)
        return inputs, tuple(states)
    if isinstance(cell, DropoutWrapper):
        masks = cell.masks_of_mode()
        inputs = _dropped(cell, inputs, cell.input_keep_prob, masks.inputs, of_tokens)
        both = [_product(*each) for each in zip(cell.state_factors(), factors, strict=True)]
        outputs, state = through_layers(cell.cell, inputs, run, of_tokens, both)
        return _dropped(cell, outputs, cell.output_keep_prob, masks.output, of_tokens), state
    if isinstance(cell, ResidualWrapper):
        outputs, state = through_layers(cell.cell, inputs, run, of_tokens, factors)
        return cell.added(inputs) + outputs, state
    return run(cell, inputs, factors)


def _parts(cell: Cell) -> int:
    """How many tensors the cell's state has."""
    return len(tf.nest.flatten(cell.state_size))


def _product(one: tf.Tensor | None, other: tf.Tensor | None) -> tf.Tensor | None:
    return one if other is None else other if one is None else one * other


def _dropped(
    cell: DropoutWrapper,
    values: tf.Tensor,
    keep: float,
    by_sentence: tf.Tensor | None,
    of_tokens: Callable[[tf.Tensor], tf.Tensor],
) -> tf.Tensor:
    """What dropout leaves of values, with a new mask a token, or with that of its sentence `[B, D]`."""
    if not cell.training or keep == 1:
        return values
    if by_sentence is None:
        return drop(values, keep_mask(cell.generator, tf.shape(values), keep), keep)
    return drop(values, of_tokens(by_sentence), keep)

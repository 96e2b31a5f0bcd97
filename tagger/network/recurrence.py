"""The loop of the fused recurrence: one cell over packed tokens, and its gradient.

In names, `d_x` is the gradient of the loss with respect to `x`. N is the number of tokens of a batch, S the number of
its sentences that have tokens, n the number of tokens of one step.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from tagger.backend import tf
from tagger.network.cells import RNNCell
from tagger.network.layers import Factors
from tagger.network.packing import Packing

Tensors = tuple[tf.Tensor, ...]
_Arrays = tuple[tf.TensorArray, ...]


class Arithmetic(ABC):
    """A cell's arithmetic, split into what all tokens share and what a step computes.

    The projection of the inputs onto the gates and the gradients of the weights are computed for all tokens at once.
    G is the width of that projection: `gates` times the number of units H.
    """

    gates = 1
    state_parts = 1
    """The number of tensors `[n, H]` of the state; the last one is the cell's output."""
    saved_widths: Sequence[int] = ()
    """Widths, in units, of the tensors that a step saves for its gradient, beside the state."""

    def __init__(self, cell: RNNCell) -> None:
        self.units = cell.num_units

    @staticmethod
    @abstractmethod
    def variables(cell: RNNCell) -> list[tf.Variable]:
        """The cell's variables, in the order in which the constructor takes their values."""

    @abstractmethod
    def project(self, inputs: tf.Tensor) -> tf.Tensor:
        """The projection `[N, G]` of inputs `[N, D]` onto all gates."""

    @abstractmethod
    def step(self, projected: tf.Tensor, state: Tensors) -> tuple[Tensors, Tensors]:
        """The new state after a step, and the tensors to save for the step's gradient.

        `projected` `[n, G]` is the step's projection, `state` the state before the step.
        """

    @abstractmethod
    def step_gradient(
        self, d_state: Tensors, before: Tensors, state: Tensors, saved: Tensors
    ) -> tuple[tf.Tensor, Tensors]:
        """Gradients of a step's projection `[n, G]` and of the state before the step.

        `d_state` is the gradient of the state after the step, `saved` what `step` saved.
        """

    @abstractmethod
    def weight_gradients(self, inputs: tf.Tensor, d_projected: tf.Tensor, before: tf.Tensor, saved: Tensors) -> Tensors:
        """Gradients of the inputs `[N, D]` and of each variable.

        `d_projected` `[N, G]` is the gradient of the projection, `before` `[N, H]` the output of the step before each
        token.
        """


def recur(
    arithmetic: type[Arithmetic],
    cell: RNNCell,
    inputs: tf.Tensor,
    packing: Packing,
    factors: Factors,
    start: Tensors | None = None,
) -> tuple[tf.Tensor, Tensors]:
    """Outputs `[N, H]` and last states of a cell over packed inputs `[N, D]`.

    The parts of the last state are `[S, H]` each, longest sentence first. After every step, each part of the state is
    multiplied by its factor `[B, H]`, where it has one; the step's output is not. `start` is the state before the first
    step, zeros by default: `[S, H]` each, in the order of the last state. No gradient reaches it, and there must be no
    factors beside it.
    """
    in_order = [None if factor is None else tf.gather(factor, packing.order) for factor in factors]  # [S, H] each

    @tf.custom_gradient
    def run(inputs: tf.Tensor, *weights: tf.Tensor) -> tuple[Tensors, Callable[..., Tensors]]:
        made = arithmetic(cell, *weights)
        states, saved = _forward(made, made.project(inputs), in_order, packing, start)
        sentences = tf.shape(packing.order)[0]
        packed = [steps.concat() for steps in states]  # [S + N, H] each; the first S rows are the start

        def gradient(d_outputs: tf.Tensor, *d_last: tf.Tensor) -> Tensors:
            d_projected = _backward(made, d_outputs, d_last, states, saved, in_order, packing)
            all_saved = tuple(steps.concat() for steps in saved)
            before = packing.before(packed[-1])
            if factors[-1] is not None:
                before *= tf.gather(factors[-1], packing.sentences)
            return made.weight_gradients(inputs, d_projected, before, all_saved)

        outputs = packed[-1][sentences:]
        return (outputs, *(packing.last(part[sentences:]) for part in packed)), gradient

    outputs, *last = run(inputs, *(tf.convert_to_tensor(variable) for variable in arithmetic.variables(cell)))
    return outputs, _multiplied(last, in_order)


def _forward(
    made: Arithmetic, projected: tf.Tensor, factors: Factors, packing: Packing, first: Tensors | None
) -> tuple[_Arrays, _Arrays]:
    """States at the start and after each step, and what the steps saved.

    Factors are not yet applied to them.
    """
    if first is None:
        first = (tf.zeros([tf.shape(packing.order)[0], made.units], projected.dtype),) * made.state_parts
    states = tuple(_array(packing.steps + 1, made.units, projected.dtype).write(0, part) for part in first)
    saved = tuple(_array(packing.steps, width * made.units, projected.dtype) for width in made.saved_widths)

    def body(
        step: tf.Tensor, row: tf.Tensor, state: Tensors, states: _Arrays, saved: _Arrays
    ) -> tuple[tf.Tensor, tf.Tensor, Tensors, _Arrays, _Arrays]:
        count = packing.counts[step]
        before = _multiplied([_rows(part, 0, count) for part in state], factors)
        state, to_save = made.step(_rows(projected, row, count), before)
        states = tuple(array.write(step + 1, part) for array, part in zip(states, state, strict=True))
        saved = tuple(array.write(step, value) for array, value in zip(saved, to_save, strict=True))
        return step + 1, row + count, state, states, saved

    start = (0, 0, first, states, saved)
    *_, states, saved = _loop(lambda step, *_: step < packing.steps, body, start, made)
    return states, saved


def _backward(
    made: Arithmetic,
    d_outputs: tf.Tensor,
    d_last: Tensors,
    states: _Arrays,
    saved: _Arrays,
    factors: Factors,
    packing: Packing,
) -> tf.Tensor:
    """The gradient `[N, G]` of the projected inputs.

    `d_outputs` `[N, H]` is the gradient of the outputs, `d_last` that of the last states.
    """

    def body(
        step: tf.Tensor, end: tf.Tensor, d_state: Tensors, steps: tf.TensorArray
    ) -> tuple[tf.Tensor, tf.Tensor, Tensors, tf.TensorArray]:
        count = packing.counts[step]
        row, longer = end - count, tf.shape(d_state[0])[0]
        ending = (_rows(part, longer, count - longer) for part in d_last)  # sentences that end with this step
        *d_memory, d_output = (tf.concat(parts, axis=0) for parts in zip(d_state, ending, strict=True))
        d_output += _rows(d_outputs, row, count)
        before = _multiplied([_rows(array.read(step), 0, count) for array in states], factors)
        state = tuple(array.read(step + 1) for array in states)
        step_saved = tuple(array.read(step) for array in saved)
        d_projected, d_before = made.step_gradient((*d_memory, d_output), before, state, step_saved)
        return step - 1, row, _multiplied(d_before, factors), steps.write(step, d_projected)

    nothing = (tf.zeros([0, made.units], d_outputs.dtype),) * made.state_parts
    steps = _array(packing.steps, made.gates * made.units, d_outputs.dtype)
    start = (packing.steps - 1, tf.shape(d_outputs)[0], nothing, steps)
    *_, steps = _loop(lambda step, *_: step >= 0, body, start, made)
    return steps.concat()


def _loop(
    condition: Callable[..., tf.Tensor],
    body: Callable[..., tuple[object, ...]],
    start: tuple[object, ...],
    made: Arithmetic,
) -> tuple[tf.Tensor, ...]:
    """`tf.while_loop` over (step, row, state, arrays...).

    The number of rows of the state changes at every step.
    """
    state = (tf.TensorShape([None, made.units]),) * made.state_parts
    arrays = tf.nest.map_structure(lambda _: tf.TensorShape(None), start[3:])
    shapes = (tf.TensorShape([]), tf.TensorShape([]), state, *arrays)
    # One step at a time: each waits for the one before anyway, and nothing has to move between threads.
    return tf.while_loop(condition, body, start, shape_invariants=shapes, parallel_iterations=1)


def _array(steps: tf.Tensor, width: int, dtype: tf.DType) -> tf.TensorArray:
    """A TensorArray with one entry `[n, width]` for each step."""
    return tf.TensorArray(dtype, steps, element_shape=[None, width], infer_shape=False, clear_after_read=False)


def _multiplied(parts: Sequence[tf.Tensor], factors: Factors) -> Tensors:
    """Each part `[n, H]` of a state times the first n rows of its factor, if it has one."""
    return tuple(
        part if factor is None else part * _rows(factor, 0, tf.shape(part)[0])
        for part, factor in zip(parts, factors, strict=True)
    )


def _rows(values: tf.Tensor, row: tf.Tensor | int, count: tf.Tensor) -> tf.Tensor:
    """`count` rows of a matrix, from `row` on."""
    return tf.slice(values, [row, 0], [count, values.shape[1]])

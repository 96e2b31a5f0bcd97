"""One cell over all steps of packed tokens, forward and backward, with a gradient written by hand."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from tagger.backend import tf
from tagger.network.cells import Cell
from tagger.network.layers import Factors
from tagger.network.packing import Packing

Tensors = tuple[tf.Tensor, ...]
Arrays = tuple[tf.TensorArray, ...]


class Arithmetic(ABC):
    """What a cell computes, taken apart: for all N tokens at once what does not depend on the step before, and the rest
    by the step, of n tokens. `G` is `gates` times the units, the width of what the cell makes of its inputs."""

    gates = 1
    parts = 1
    """Tensors of the state, `[n, H]` each; the last of them is the output."""
    kept: Sequence[int] = ()
    """Widths, in units, of what a step keeps for the gradient beside its state."""

    def __init__(self, cell: Cell) -> None:
        self.units = cell.num_units

    @staticmethod
    @abstractmethod
    def variables(cell: Cell) -> list[tf.Variable]:
        """The cell's own, in the order in which the constructor takes their values after the cell."""

    @abstractmethod
    def given(self, inputs: tf.Tensor) -> tf.Tensor:
        """Inputs `[N, D]` to their share `[N, G]` of every gate."""

    @abstractmethod
    def step(self, given: tf.Tensor, state: Tensors) -> tuple[Tensors, Tensors]:
        """A step's share `[n, G]` and the state before it to the new state and what is kept."""

    @abstractmethod
    def back(self, by_state: Tensors, before: Tensors, state: Tensors, kept: Tensors) -> tuple[tf.Tensor, Tensors]:
        """Gradients by a step's state, and the step, to those by its share `[n, G]` and by the state before."""

    @abstractmethod
    def by_inputs_and_weights(self, inputs: tf.Tensor, given: tf.Tensor, before: tf.Tensor, kept: Tensors) -> Tensors:
        """Gradients by the inputs and by each variable, of that by what was given `[N, G]`; `before` is the output of
        the step before, `[N, H]`."""


def recur(
    arithmetic: type[Arithmetic], cell: Cell, inputs: tf.Tensor, packing: Packing, factors: Factors
) -> tuple[tf.Tensor, Tensors]:
    """Run a cell over packed inputs `[N, D]`: its outputs `[N, H]`, and the parts of its state after the last token of
    each sentence that has any, `[S, H]` each, longest sentence first.

    Each part of the state is multiplied, where there is one, by its factor `[B, H]` after every step: so the next
    step finds it, and so it is at last; the output is what it was before.
    """
    in_order = [None if factor is None else tf.gather(factor, packing.order) for factor in factors]  # [S, H] each

    @tf.custom_gradient
    def run(inputs: tf.Tensor, *weights: tf.Tensor) -> tuple[Tensors, Callable[..., Tensors]]:
        made = arithmetic(cell, *weights)
        states, kept = _forward(made, made.given(inputs), in_order, packing)
        sentences = tf.shape(packing.order)[0]
        packed = [steps.concat() for steps in states]  # [S + N, H] each, zeros before the first step at the head

        def gradient(by_outputs: tf.Tensor, *by_last: tf.Tensor) -> Tensors:
            by_given = _backward(made, by_outputs, by_last, states, kept, in_order, packing)
            all_kept = tuple(steps.concat() for steps in kept)
            before = packing.before(packed[-1])
            if factors[-1] is not None:
                before *= tf.gather(factors[-1], packing.sentences)
            return made.by_inputs_and_weights(inputs, by_given, before, all_kept)

        outputs = packed[-1][sentences:]
        return (outputs, *(packing.last(part[sentences:]) for part in packed)), gradient

    outputs, *last = run(inputs, *(tf.convert_to_tensor(variable) for variable in arithmetic.variables(cell)))
    return outputs, _multiplied(last, in_order)


def _forward(made: Arithmetic, given: tf.Tensor, factors: Factors, packing: Packing) -> tuple[Arrays, Arrays]:
    """The parts of the state before the first and after each step, not multiplied yet, and what the steps kept."""
    start = tf.zeros([tf.shape(packing.order)[0], made.units], given.dtype)
    states = tuple(_array(packing.steps + 1, made.units, given.dtype).write(0, start) for _ in range(made.parts))
    kept = tuple(_array(packing.steps, share * made.units, given.dtype) for share in made.kept)

    def body(step: tf.Tensor, row: tf.Tensor, state: Tensors, states: Arrays, kept: Arrays) -> tuple:
        count = packing.counts[step]
        before = _multiplied([_rows(part, 0, count) for part in state], factors)
        state, keep = made.step(_rows(given, row, count), before)
        states = tuple(array.write(step + 1, part) for array, part in zip(states, state, strict=True))
        kept = tuple(array.write(step, value) for array, value in zip(kept, keep, strict=True))
        return step + 1, row + count, state, states, kept

    start = (0, 0, (start,) * made.parts, states, kept)
    *_, states, kept = _loop(lambda step, *_: step < packing.steps, body, start, made)
    return states, kept


def _backward(
    made: Arithmetic,
    by_outputs: tf.Tensor,
    by_last: Tensors,
    states: Arrays,
    kept: Arrays,
    factors: Factors,
    packing: Packing,
) -> tf.Tensor:
    """The gradient `[N, G]` by what was given, from those by the outputs and by the states after the last tokens."""

    def body(step: tf.Tensor, end: tf.Tensor, by_state: Tensors, steps: tf.TensorArray) -> tuple:
        count = packing.counts[step]
        row, longer = end - count, tf.shape(by_state[0])[0]
        ending = (_rows(part, longer, count - longer) for part in by_last)  # sentences whose last token this is
        by_state = [tf.concat(parts, axis=0) for parts in zip(by_state, ending, strict=True)]
        by_state[-1] += _rows(by_outputs, row, count)
        before = _multiplied([_rows(array.read(step), 0, count) for array in states], factors)
        state, keep = (tuple(array.read(at) for array in arrays) for arrays, at in ((states, step + 1), (kept, step)))
        by_given, by_before = made.back(tuple(by_state), before, state, keep)
        return step - 1, row, _multiplied(by_before, factors), steps.write(step, by_given)

    nothing = (tf.zeros([0, made.units], by_outputs.dtype),) * made.parts
    steps = _array(packing.steps, made.gates * made.units, by_outputs.dtype)
    start = (packing.steps - 1, tf.shape(by_outputs)[0], nothing, steps)
    *_, steps = _loop(lambda step, *_: step >= 0, body, start, made)
    return steps.concat()


def _loop(condition: Callable[..., tf.Tensor], body: Callable[..., tuple], start: tuple, made: Arithmetic) -> tuple:
    """`tf.while_loop` over (step, row, state, arrays...) whose state has another number of rows at every step."""
    state = (tf.TensorShape([None, made.units]),) * made.parts
    arrays = tf.nest.map_structure(lambda _: tf.TensorShape(None), start[3:])
    shapes = (tf.TensorShape([]), tf.TensorShape([]), state, *arrays)
    # Steps one after the other: each waits for the one before anyhow, and nothing is handed between threads.
    return tf.while_loop(condition, body, start, shape_invariants=shapes, parallel_iterations=1)


def _array(steps: tf.Tensor, width: int, dtype: tf.DType) -> tf.TensorArray:
    """Room for what each step computes, as many rows as it has tokens."""
    return tf.TensorArray(dtype, steps, element_shape=[None, width], infer_shape=False, clear_after_read=False)


def _multiplied(parts: Sequence[tf.Tensor], factors: Factors) -> Tensors:
    """Each part `[n, H]` times the first rows of its factor, if it has one."""
    return tuple(
        part if factor is None else part * _rows(factor, 0, tf.shape(part)[0])
        for part, factor in zip(parts, factors, strict=True)
    )


def _rows(array: tf.Tensor, row: tf.Tensor | int, count: tf.Tensor) -> tf.Tensor:
    return tf.slice(array, [row, 0], [count, array.shape[1]])

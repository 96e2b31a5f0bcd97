"""One cell over all steps of packed tokens, forward and backward, with a gradient written by hand."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from tagger.backend import tf
from tagger.network.cells import Cell
from tagger.network.packing import Packing

Tensors = tuple[tf.Tensor, ...]


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
    def factors(self, before: Tensors, state: Tensors, kept: Tensors) -> Tensors:
        """All that `back` multiplies by, from the states before and after each token and what was kept, `[N, ...]`."""

    @abstractmethod
    def back(self, by_state: Tensors, factors: Tensors) -> tuple[tf.Tensor, Tensors]:
        """Gradients by a step's state, and its factors, to those by its share `[n, G]` and by the state before."""

    @abstractmethod
    def by_inputs_and_weights(self, inputs: tf.Tensor, given: tf.Tensor, before: tf.Tensor, kept: Tensors) -> Tensors:
        """Gradients by the inputs and by each variable, of that by what was given `[N, G]`; `before` is the output of
        the step before, `[N, H]`."""


def recur(arithmetic: type[Arithmetic], cell: Cell, inputs: tf.Tensor, packing: Packing) -> tuple[tf.Tensor, Tensors]:
    """Run a cell over packed inputs `[N, D]`: its outputs `[N, H]`, and the parts of its state after the last token of
    each sentence that has any, `[S, H]` each, longest sentence first."""

    @tf.custom_gradient
    def run(inputs: tf.Tensor, *weights: tf.Tensor) -> tuple[Tensors, Callable[..., Tensors]]:
        made = arithmetic(cell, *weights)
        state, kept = _forward(made, made.given(inputs), packing)

        def gradient(by_outputs: tf.Tensor, *by_last: tf.Tensor) -> Tensors:
            before = tuple(packing.before(part) for part in state)
            by_given = _backward(made, by_outputs, by_last, made.factors(before, state, kept), packing)
            return made.by_inputs_and_weights(inputs, by_given, before[-1], kept)

        return (state[-1], *(packing.last(part) for part in state)), gradient

    outputs, *last = run(inputs, *(tf.convert_to_tensor(variable) for variable in arithmetic.variables(cell)))
    return outputs, tuple(last)


def _forward(made: Arithmetic, given: tf.Tensor, packing: Packing) -> tuple[Tensors, Tensors]:
    """The states after every token and what was kept, packed."""
    widths = [made.units] * made.parts + [share * made.units for share in made.kept]
    steps = tuple(_array(packing, width, given.dtype) for width in widths)
    sentences = tf.shape(packing.order)[0]
    state = (tf.zeros([sentences, made.units], given.dtype),) * made.parts

    def body(step: tf.Tensor, row: tf.Tensor, state: Tensors, steps: tuple) -> tuple:
        count = packing.counts[step]
        state, kept = made.step(_rows(given, row, count), tuple(_rows(part, 0, count) for part in state))
        steps = tuple(array.write(step, values) for array, values in zip(steps, (*state, *kept), strict=True))
        return step + 1, row + count, state, steps

    *_, steps = _loop(lambda step, *_: step < packing.steps, body, (0, 0, state, steps), made)
    packed = tuple(array.concat() for array in steps)
    return packed[: made.parts], packed[made.parts :]


def _backward(
    made: Arithmetic, by_outputs: tf.Tensor, by_last: Tensors, factors: Tensors, packing: Packing
) -> tf.Tensor:
    """The gradient `[N, G]` by what was given, from those by the outputs and by the states after the last tokens."""
    by_state = (tf.zeros([0, made.units], by_outputs.dtype),) * made.parts
    steps = (_array(packing, made.gates * made.units, by_outputs.dtype),)

    def body(step: tf.Tensor, end: tf.Tensor, by_state: Tensors, steps: tuple) -> tuple:
        count = packing.counts[step]
        row, longer = end - count, tf.shape(by_state[0])[0]
        ending = (_rows(part, longer, count - longer) for part in by_last)  # sentences whose last token this is
        by_state = [tf.concat(parts, axis=0) for parts in zip(by_state, ending, strict=True)]
        by_state[-1] += _rows(by_outputs, row, count)
        by_given, by_state = made.back(tuple(by_state), tuple(_rows(factor, row, count) for factor in factors))
        return step - 1, row, by_state, (steps[0].write(step, by_given),)

    start = (packing.steps - 1, tf.shape(by_outputs)[0], by_state, steps)
    *_, steps = _loop(lambda step, *_: step >= 0, body, start, made)
    return steps[0].concat()


def _loop(condition: Callable[..., tf.Tensor], body: Callable[..., tuple], start: tuple, made: Arithmetic) -> tuple:
    """`tf.while_loop` over (step, row, state, arrays) whose state has another number of rows at every step."""
    _, _, state, arrays = start
    scalar, rows = tf.TensorShape([]), tf.TensorShape([None, made.units])
    shapes = (scalar, scalar, (rows,) * len(state), tuple(tf.TensorShape(None) for _ in arrays))
    # Steps one after the other: each waits for the one before anyhow, and nothing is handed between threads.
    return tf.while_loop(condition, body, start, shape_invariants=shapes, parallel_iterations=1)


def _array(packing: Packing, width: int, dtype: tf.DType) -> tf.TensorArray:
    """Room for what each step computes, as many rows as it has tokens."""
    return tf.TensorArray(dtype, packing.steps, element_shape=[None, width], infer_shape=False)


def _rows(array: tf.Tensor, row: tf.Tensor | int, count: tf.Tensor) -> tf.Tensor:
    return tf.slice(array, [row, 0], [count, array.shape[1]])

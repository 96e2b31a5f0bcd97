"""The fused recurrence: the cells of `dynamic_rnn`, their variables and numbers, at about twice the speed on a CPU.

Tokens are packed (`packing`): a step computes the sentences that still go on, and padding costs nothing. What a step
does not need from the one before, that is the products of the inputs and the gradients of the weights, is computed for
all tokens at once (`recurrence`, `arithmetic`). And each direction is a loop of its own that waits for nothing from the
other, so that the two run side by side on two cores.

What was tried: forward and backward over a bidirectional LSTM of 200 units over 150 features, batches of 32, on two
cores, in multiples of the speed of `bidirectional_dynamic_rnn`. With sentences of 5 to 25 words this is 2.2, and with
sentences all of 15 words, without padding to save, 1.5; the plain path's matrix products alone are at 2.3 and 2.2. With
5 to 25 words:

- `tf.raw_ops.BlockLSTM`, all steps in one kernel: 1.2
- the loops here over padded tokens: 1.4
- `LSTMBlockCell` and `LSTMBlockCellGrad`, a step in one kernel, over packed tokens: 2.0; only the second: 2.2, for
  32-bit LSTMs alone
- the factors of the gradient for all tokens at once, out of the loop: 2.1; what is small stays in the cache
- half of the batch each in loops of their own, four in all: 1.5
- `parallel_iterations` above 1: 5 percent less
- one thread for each operation (`TF_NUM_INTRAOP_THREADS=1`): 15 percent more, but that is for the program to set

Where the products are all that counts, at 512 units or 128 sentences without padding, the plain path is as fast.
On a GPU the same code runs: cuDNN's recurrence has other arithmetic for the GRU, and weights in another order.
"""

from collections.abc import Sequence

from tagger.backend import tf
from tagger.network.arithmetic import arithmetic_of
from tagger.network.cells import Cell, DropoutWrapper, LSTMStateTuple, MultiRNNCell, ResidualWrapper, State
from tagger.network.cells.noise import drop, keep_mask
from tagger.network.packing import Packing, pack, packing_of, unpack
from tagger.network.recurrence import recur


def obstacle(cell: Cell) -> str | None:
    """Why `fused_rnn` cannot run a cell, to be read after "because"; None where it can."""
    if isinstance(cell, MultiRNNCell):
        if not cell.state_is_tuple:
            return "the states of its layers are joined into one tensor"
        return next(filter(None, map(obstacle, cell.cells)), None)
    if type(cell) is DropoutWrapper:
        return "dropout on the state belongs inside of the steps" if cell.state_keep_prob < 1 else obstacle(cell.cell)
    if type(cell) is ResidualWrapper:
        return "its residual connection is a function of one's own" if cell.residual_fn else obstacle(cell.cell)
    if arithmetic_of(cell) is None:
        return f"it knows BasicRNNCell, GRUCell and LSTMCell without extras, not this {type(cell).__name__}"
    return None


def fused_rnn(
    cells: Sequence[Cell], inputs: tf.Tensor, lengths: tf.Tensor
) -> tuple[tuple[tf.Tensor, ...], tuple[State, ...]]:
    """What `dynamic_rnn` makes of inputs `[B, T, D]` of these lengths `[B]` with the first cell, reading forwards, and
    with the second, if there is one, reading backwards as `bidirectional_dynamic_rnn` does: the outputs `[B, T, H]` of
    each, zero past a sentence's end, and its last state.

    The cells must be built, and have no `obstacle`. Dropout follows `training_mode`, which this must stand in; its
    masks come from the wrappers' generators, but those of all steps at once.
    """
    batch_size, longest = tf.shape(inputs)[0], tf.shape(inputs)[1]
    packing = packing_of(lengths, longest)
    outputs, states = [], []
    for cell, backward in zip(cells, (False, True), strict=False):
        places = packing.places(backward)
        packed, state = _through(cell, pack(inputs, places), packing)
        outputs.append(unpack(packed, places, batch_size, longest))
        states.append(state)
    return tuple(outputs), tuple(states)


def _through(cell: Cell, inputs: tf.Tensor, packing: Packing) -> tuple[tf.Tensor, State]:
    """Packed inputs `[N, D]` through a cell, its wrappers and its layers: outputs `[N, H]`, and the last state."""
    if isinstance(cell, MultiRNNCell):
        states = []
        for layer in cell.cells:
            inputs, state = _through(layer, inputs, packing)
            states.append(state)
        return inputs, tuple(states)
    if isinstance(cell, DropoutWrapper):
        masks = cell.masks
        inputs = _dropped(cell, inputs, cell.input_keep_prob, masks and masks.inputs, packing)
        outputs, state = _through(cell.cell, inputs, packing)
        return _dropped(cell, outputs, cell.output_keep_prob, masks and masks.output, packing), state
    if isinstance(cell, ResidualWrapper):
        outputs, state = _through(cell.cell, inputs, packing)
        return inputs + outputs, state
    outputs, last = recur(arithmetic_of(cell), cell, inputs, packing)
    state = tuple(packing.by_sentence(part) for part in last)
    return outputs, LSTMStateTuple(*state) if len(state) > 1 else state[0]


def _dropped(
    cell: DropoutWrapper, values: tf.Tensor, keep: float, by_sentence: tf.Tensor | None, packing: Packing
) -> tf.Tensor:
    """What dropout leaves of packed values, with a new mask a token, or with that of its sentence `[B, D]`."""
    if not cell.training or keep == 1:
        return values
    if by_sentence is None:
        return drop(values, keep_mask(cell.generator, tf.shape(values), keep), keep)
    return drop(values, tf.gather(by_sentence, packing.sentences), keep)

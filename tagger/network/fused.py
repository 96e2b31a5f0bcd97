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
- one thread for each operation (`TF_NUM_INTRAOP_THREADS=1`): 15 percent more, which is why `tagger train` sets it

Where the products are all that counts, at 512 units or 128 sentences without padding, the plain path is as fast.
On a GPU the same code runs, but `vendor` is made for it.
"""

from collections.abc import Sequence

from tagger.backend import tf
from tagger.network.arithmetic import arithmetic_of
from tagger.network.cells import Cell, LSTMStateTuple, State
from tagger.network.layers import Factors, obstacle_in, through_layers
from tagger.network.packing import Packing, pack, packing_of, unpack
from tagger.network.recurrence import recur


def obstacle(cell: Cell) -> str | None:
    """Why `fused_rnn` cannot run a cell, to be read after "because"; None where it can."""
    return obstacle_in(cell, _obstacle, takes_factors=True)


def _obstacle(cell: Cell) -> str | None:
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
        packed, state = through_layers(
            cell,
            pack(inputs, places),
            lambda plain, rows, factors: _run(plain, rows, packing, factors),
            lambda by_sentence: tf.gather(by_sentence, packing.sentences),
        )
        outputs.append(unpack(packed, places, batch_size, longest))
        states.append(state)
    return tuple(outputs), tuple(states)


def _run(cell: Cell, inputs: tf.Tensor, packing: Packing, factors: Factors) -> tuple[tf.Tensor, State]:
    """Packed inputs `[N, D]` through a cell without wrappers: outputs `[N, H]`, and the last state."""
    outputs, last = recur(arithmetic_of(cell), cell, inputs, packing, factors)
    state = tuple(packing.by_sentence(part) for part in last)
    return outputs, LSTMStateTuple(*state) if len(state) > 1 else state[0]

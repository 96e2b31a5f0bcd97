"""The fused recurrence: what `dynamic_rnn` computes, on sentences about twice as fast on a CPU.

The fused recurrence takes the same cells and variables. Tokens are packed (`packing`), so that a step computes only
the sentences that have not ended and padding costs nothing. What does not depend on the step before (the products of
the inputs, the gradients of the weights) is computed for all tokens at once (`recurrence`, `arithmetic`). Each
direction is a loop of its own that does not wait for the other, so the two run side by side on two cores.

Measured: forward and backward pass of a bidirectional LSTM of 200 units over 150 features, batches of 32 sentences, two
cores, as multiples of the speed of `bidirectional_dynamic_rnn`. With sentences of 5 to 25 words this module reaches
2.2, with sentences of exactly 15 words, where packing saves nothing, 1.5. The matrix products of the plain path alone
would reach 2.3 and 2.2. Alternatives, with 5 to 25 words:

- `tf.raw_ops.BlockLSTM`, all steps in one kernel: 1.2
- the loops of this module over padded tokens: 1.4
- `LSTMBlockCell` and `LSTMBlockCellGrad`, one kernel for a step, over packed tokens: 2.0; only the second of them: 2.2,
  but for 32-bit LSTMs alone
- the factors of the gradient computed for all tokens at once, outside the loop: 2.1, because small tensors stay in the
  cache
- two loops for each direction, half of the batch each: 1.5
- `parallel_iterations` above 1: 5 percent slower
- one thread for each operation (`TF_NUM_INTRAOP_THREADS=1`): 15 percent faster, so `tagger train` sets it

Windows of equal length from a state that is carried over (`fused_window`; 32 streams of 80 steps, three layers of 100
units in one direction, forward and backward) take as long as by `dynamic_rnn`: 81 ms of processor time against 77 with
the LSTM, 69 against 76 with the GRU. Arithmetic of its own for the layer-normalised LSTM, 118 against 115, was left
out.

Where matrix products take all the time, with 512 units or with 128 sentences without padding, the plain path is as
fast. On a GPU this module runs too, but `vendor` is faster there.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from tagger.backend import tf
from tagger.network.arithmetic import arithmetic_of
from tagger.network.cells import Cell, LSTMStateTuple, RNNCell, State
from tagger.network.layers import Factors, obstacle_in, through_layers
from tagger.network.packing import Packing, pack, packing_of, unpack
from tagger.network.recurrence import recur


def obstacle(cell: Cell) -> str | None:
    """The reason why `fused_rnn` cannot run a cell, to follow "because"; None if it can."""
    return obstacle_in(cell, _obstacle, takes_factors=True)


def _obstacle(cell: Cell) -> str | None:
    if arithmetic_of(cell) is None:
        return f"it knows BasicRNNCell, GRUCell and LSTMCell without extras, not this {type(cell).__name__}"
    return None


def fused_rnn(
    cells: Sequence[RNNCell], inputs: tf.Tensor, lengths: tf.Tensor
) -> tuple[tuple[tf.Tensor, ...], tuple[State, ...]]:
    """Outputs `[B, T, H]` and last states of one or two cells over a batch.

    Inputs are `[B, T, D]` with lengths `[B]`. The first cell reads forwards as in `dynamic_rnn`, the second, if there
    is one, backwards as in `bidirectional_dynamic_rnn`. Outputs are zero in padding. The cells must be built and have
    no `obstacle`. Call it inside `training_mode`, which switches dropout; masks come from the wrappers' generators, for
    all steps at once.
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


def fused_window(cell: RNNCell, inputs: tf.Tensor, start: State) -> tuple[tf.Tensor, State]:
    """Outputs `[B, T, H]` and last state of a cell over a window of T steps, from a state that is carried over.

    Inputs are `[B, T, D]`, without padding; `start` is the state `[B, H]` before the first step, through which no
    gradient goes. The cell must be built and have no `obstacle`, and no dropout on its state.
    """
    batch_size, steps = tf.shape(inputs)[0], tf.shape(inputs)[1]
    packing = packing_of(tf.fill([batch_size], steps), steps)
    places = packing.places()
    parts = iter(tf.nest.flatten(start))  # in the order in which the layers run
    packed, state = through_layers(
        cell,
        pack(inputs, places),
        lambda plain, rows, factors: _run(plain, rows, packing, factors, parts),
        lambda by_sentence: tf.gather(by_sentence, packing.sentences),
    )
    return unpack(packed, places, batch_size, steps), state


def _run(
    cell: RNNCell, inputs: tf.Tensor, packing: Packing, factors: Factors, start: Iterator[tf.Tensor] | None = None
) -> tuple[tf.Tensor, State]:
    """Outputs `[N, H]` and last state of a cell without wrappers, over packed inputs `[N, D]`.

    The first parts of `start` are the state before the first step; without it, that is zero.
    """
    arithmetic = arithmetic_of(cell)
    assert arithmetic  # there is no obstacle
    first = tuple(islice(start, arithmetic.state_parts)) if start else None
    outputs, last = recur(arithmetic, cell, inputs, packing, factors, first)
    state = tuple(packing.by_sentence(part) for part in last)
    return outputs, LSTMStateTuple(*state) if len(state) > 1 else state[0]

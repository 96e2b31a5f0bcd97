"""The recurrent encoder: layers of cells over a sentence, in one direction or both."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

import numpy as np

from tagger.backend import tf
from tagger.config.recurrent_keys import LayersConfig
from tagger.config.schema import EncoderConfig
from tagger.errors import ConfigError, TaggerError
from tagger.network import fused, vendor
from tagger.network.cells import (
    DropoutWrapper,
    MultiRNNCell,
    ResidualWrapper,
    RNNCell,
    State,
    make_cell,
    training_mode,
)

_RESERVED_OPTIONS = {"name", "seed", "dtype", "units", "num_units"}
"""Arguments of cells that a configuration may not set."""


class Encoder(tf.Module):
    """Recurrent layers over a sentence, by one of three kernels that compute the same.

    `config.kernel` chooses the kernel. The plain kernel is `tf.compat.v1.nn.bidirectional_dynamic_rnn`, or
    `dynamic_rnn` for one direction; the others are `network.fused` and, on a GPU, `network.vendor`. With `config.stack`
    "directions", each direction is one stack of layers; with "layers", every layer reads both directions of the layer
    below.
    """

    def __init__(self, config: EncoderConfig, features: int, generator: np.random.Generator) -> None:
        super().__init__(name="encoder")
        self._by_layer = config.stack == "layers" and config.bidirectional
        self.forward = _direction(config, generator, 0 if self._by_layer else None)
        self.backward: MultiRNNCell | None = None
        if config.bidirectional:
            self.backward = _direction(config, generator, 1 if self._by_layer else None)
        with explained(config.options, config.cell):
            self.output_size = self._build(features, try_step=bool(config.options))
        self._kernel = kernel_of(config.kernel, self.forward, vendor.is_available())

    def _build(self, width: int, *, try_step: bool) -> int:
        """Make the cells' variables for features of this width, and return the width of the outputs.

        `try_step` takes a step with each cell, without dropout, since many options first matter there.
        """
        for cells in self.groups:
            for cell in cells:
                cell.build(width)
                if try_step:
                    with training_mode(self, False, 1):
                        cell(tf.zeros([1, width]), cell.zero_state(1, tf.float32))
            width = sum(cell.output_size for cell in cells)
        return width

    @property
    def groups(self) -> list[list[RNNCell]]:
        """Groups of cells that read the same inputs, one cell for each direction.

        Each group reads the outputs of the group before it. All layers together are one group, or with `config.stack`
        "layers" each layer is one.
        """
        directions = [self.forward, self.backward] if self.backward else [self.forward]
        if not self._by_layer:
            return [directions]
        return [list(layer) for layer in zip(*(stack.cells for stack in directions), strict=True)]

    def __call__(self, inputs: tf.Tensor, lengths: tf.Tensor, training: bool) -> tf.Tensor:
        """Outputs `[B, T, H]` of features `[B, T, D]` and lengths `[B]`, zero in padding.

        With two directions the outputs are `[B, T, 2H]`.
        """
        run = {"dynamic_rnn": _dynamic_rnn, "fused": fused.fused_rnn, "vendor": vendor.vendor_rnn}[self._kernel]
        with training_mode(self, training, tf.shape(inputs)[0]):
            for cells in self.groups:
                outputs, _ = run(cells, inputs, lengths)
                inputs = tf.concat(outputs, axis=-1)
        return inputs


def _dynamic_rnn(
    cells: Sequence[RNNCell], inputs: tf.Tensor, lengths: tf.Tensor
) -> tuple[tuple[tf.Tensor, ...], tuple[State, ...]]:
    """Outputs and last states as `fused.fused_rnn` has them, by TensorFlow's own loops."""
    # One step at a time, so that dropout masks are always drawn in the same order; measured to cost nothing.
    if len(cells) == 1:
        outputs, state = tf.compat.v1.nn.dynamic_rnn(
            cells[0], inputs, sequence_length=lengths, dtype=inputs.dtype, parallel_iterations=1
        )
        return (outputs,), (state,)
    forward, backward = cells
    return tf.compat.v1.nn.bidirectional_dynamic_rnn(
        forward, backward, inputs, sequence_length=lengths, dtype=inputs.dtype, parallel_iterations=1
    )


def _direction(config: EncoderConfig, generator: np.random.Generator, half: Literal[0, 1] | None) -> MultiRNNCell:
    """The layers of one direction of an encoder."""
    return stack_of_cells(
        config, generator, half=half, state_dropout=config.state_dropout, variational=config.variational
    )


def kernel_of(kernel: str, cell: RNNCell, on_gpu: bool) -> str:
    """The kernel that runs a cell: "dynamic_rnn", "fused" or "vendor".

    `kernel` is the configuration's `encoder.kernel`. Raises ConfigError where "fused" is asked for and cannot run the
    cell.
    """
    if kernel == "auto" and on_gpu:
        return "dynamic_rnn" if vendor.obstacle(cell) else "vendor"
    reason = None if kernel == "dynamic_rnn" else fused.obstacle(cell)
    if kernel == "fused" and reason:
        raise ConfigError(f"encoder.kernel is 'fused', which does not run here, because {reason}: use 'dynamic_rnn'")
    return "dynamic_rnn" if kernel == "dynamic_rnn" or reason else "fused"


def stack_of_cells(
    config: LayersConfig,
    generator: np.random.Generator,
    *,
    half: Literal[0, 1] | None = None,
    state_dropout: float = 0.0,
    variational: bool = False,
) -> MultiRNNCell:
    """The layers of one direction, each wrapped in dropout on its inputs and outputs.

    Dropout leaves the recurrence alone (Zaremba et al. 2014) unless `state_dropout` is set. Where layers read both
    directions, a residual connection adds only the direction's own `half` of the inputs.
    """
    for option in _RESERVED_OPTIONS & config.options.keys():
        raise ConfigError(f"encoder.options.{option} is not for you to set: every cell gets its own; remove it")
    keep = 1.0 - config.dropout
    cells = []
    for layer in range(config.layers):
        cell_seed, dropout_seed = (int(seed) for seed in generator.integers(2**31, size=2))
        cell = make_cell(config.cell, config.units, seed=cell_seed, **config.options)
        if config.residual and layer > 0:
            cell = ResidualWrapper(cell, half=half)
        drops_output = config.dropout_around == "cells" or layer == config.layers - 1
        cell = DropoutWrapper(
            cell,
            input_keep_prob=keep,
            output_keep_prob=keep if drops_output else 1.0,
            state_keep_prob=1.0 - state_dropout,
            variational_recurrent=variational,
            seed=dropout_seed,
        )
        cells.append(cell)
    return MultiRNNCell(cells)


@contextmanager
def explained(options: Mapping[str, object], cell: str) -> Iterator[None]:
    """Turn what Python, NumPy or TensorFlow say to a cell's options inside the block into a ConfigError."""
    try:
        yield
    except TaggerError:
        raise
    except Exception as error:  # of whatever a value of a wrong type or size leads to
        if not options:
            raise
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ConfigError(f"encoder.options: the cell {cell!r} cannot run with them: {reason}") from None

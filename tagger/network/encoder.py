"""The recurrent encoder: cells for each direction and layer, run over the sentence and never past its end."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from tagger.backend import tf
from tagger.config.schema import EncoderConfig
from tagger.errors import ConfigError
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

OURS = {"name", "seed", "dtype"}
"""Arguments of cells that are no options of the configuration."""


class Encoder(tf.Module):
    """`tf.compat.v1.nn.bidirectional_dynamic_rnn` over `MultiRNNCell`s, or over one layer after the other, as
    `config.stack` says; `dynamic_rnn` for one direction. Or the same by the fused recurrence or by cuDNN's, as
    `config.kernel` says."""

    def __init__(self, config: EncoderConfig, features: int, generator: np.random.Generator) -> None:
        super().__init__(name="encoder")
        self._by_layer = config.stack == "layers" and config.bidirectional
        halves = (0, 1) if self._by_layer else (None, None)
        self.forward = stack_of_cells(config, generator, halves[0])
        self.backward = stack_of_cells(config, generator, halves[1]) if config.bidirectional else None
        width = features
        for cells in self.groups:
            for cell in cells:
                cell.build(width)
            width = sum(cell.output_size for cell in cells)
        self.output_size = width
        self._kernel = kernel_of(config.kernel, self.forward, vendor.is_there())

    @property
    def groups(self) -> list[list[RNNCell]]:
        """What reads the same inputs, a cell for each direction; a group reads what the one before has made. All layers
        are one group, or each is one."""
        directions = [self.forward, self.backward] if self.backward else [self.forward]
        if not self._by_layer:
            return [directions]
        return [list(layer) for layer in zip(*(stack.cells for stack in directions), strict=True)]

    def __call__(self, inputs: tf.Tensor, lengths: tf.Tensor, training: bool) -> tf.Tensor:
        """Features `[B, T, D]` and lengths `[B]` to `[B, T, H]`, or `[B, T, 2H]` of both directions; zero past the end
        of each sentence."""
        run = {"dynamic_rnn": plain_rnn, "fused": fused.fused_rnn, "vendor": vendor.vendor_rnn}[self._kernel]
        with training_mode(self, training, tf.shape(inputs)[0]):
            for cells in self.groups:
                outputs, _ = run(cells, inputs, lengths)
                inputs = tf.concat(outputs, axis=-1)
        return inputs


def plain_rnn(
    cells: Sequence[RNNCell], inputs: tf.Tensor, lengths: tf.Tensor
) -> tuple[tuple[tf.Tensor, ...], tuple[State, ...]]:
    """The same as `fused.fused_rnn`, by TensorFlow's own loops."""
    # Steps one after the other, so that dropout's masks are drawn in one order; measured to cost nothing.
    options = {"sequence_length": lengths, "dtype": inputs.dtype, "parallel_iterations": 1}
    if len(cells) == 1:
        outputs, state = tf.compat.v1.nn.dynamic_rnn(*cells, inputs, **options)
        return (outputs,), (state,)
    return tf.compat.v1.nn.bidirectional_dynamic_rnn(*cells, inputs, **options)


def kernel_of(kernel: str, cell: RNNCell, on_gpu: bool) -> str:
    """What `encoder.kernel` means for a cell: "dynamic_rnn", "fused" or "vendor"; ConfigError where it must be "fused"
    and cannot."""
    if kernel == "auto" and on_gpu:
        return "dynamic_rnn" if vendor.obstacle(cell) else "vendor"
    reason = None if kernel == "dynamic_rnn" else fused.obstacle(cell)
    if kernel == "fused" and reason:
        raise ConfigError(f"encoder.kernel is 'fused', which does not run here, because {reason}: use 'dynamic_rnn'")
    return "dynamic_rnn" if kernel == "dynamic_rnn" or reason else "fused"


def stack_of_cells(config: EncoderConfig, generator: np.random.Generator, half: Literal[0, 1] | None) -> MultiRNNCell:
    """The layers of one direction, each in its dropout: between layers and around them, not inside the recurrence
    (Zaremba et al. 2014), unless `state_dropout` asks for that too. Where they read both directions, the direction's
    own `half` is what a residual connection adds."""
    for option in OURS & config.options.keys():
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
            state_keep_prob=1.0 - config.state_dropout,
            variational_recurrent=config.variational,
            seed=dropout_seed,
        )
        cells.append(cell)
    return MultiRNNCell(cells)

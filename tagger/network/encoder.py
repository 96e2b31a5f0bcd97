"""The recurrent encoder: a stack of cells for each direction, run over the sentence and never past its end."""

import numpy as np

from tagger.backend import tf
from tagger.config import EncoderConfig
from tagger.errors import ConfigError
from tagger.network import fused, vendor
from tagger.network.cells import DropoutWrapper, MultiRNNCell, ResidualWrapper, RNNCell, make_cell, training_mode

OURS = {"name", "seed", "dtype"}
"""Arguments of cells that are no options of the configuration."""


class Encoder(tf.Module):
    """`tf.compat.v1.nn.bidirectional_dynamic_rnn` over `MultiRNNCell`s, or `dynamic_rnn` for one direction; or the same
    by the fused recurrence or by cuDNN's, as `config.kernel` says."""

    def __init__(self, config: EncoderConfig, features: int, generator: np.random.Generator) -> None:
        super().__init__(name="encoder")
        self.forward = stack_of_cells(config, generator)
        self.forward.build(features)
        self.backward = stack_of_cells(config, generator) if config.bidirectional else None
        if self.backward:
            self.backward.build(features)
        self.output_size = self.forward.output_size * (2 if self.backward else 1)
        self._kernel = kernel_of(config.kernel, self.forward, vendor.is_there())

    def __call__(self, inputs: tf.Tensor, lengths: tf.Tensor, training: bool) -> tf.Tensor:
        """Features `[B, T, D]` and lengths `[B]` to `[B, T, H]`, or `[B, T, 2H]` of both directions; zero past the end
        of each sentence."""
        with training_mode(self, training, tf.shape(inputs)[0]):
            if self._kernel != "dynamic_rnn":
                run = fused.fused_rnn if self._kernel == "fused" else vendor.vendor_rnn
                cells = [self.forward, self.backward] if self.backward else [self.forward]
                outputs, _ = run(cells, inputs, lengths)
                return tf.concat(outputs, axis=-1)
            # Steps one after the other, so that dropout's masks are drawn in one order; measured to cost nothing.
            options = {"sequence_length": lengths, "dtype": inputs.dtype, "parallel_iterations": 1}
            if self.backward is None:
                outputs, _ = tf.compat.v1.nn.dynamic_rnn(self.forward, inputs, **options)
                return outputs
            outputs, _ = tf.compat.v1.nn.bidirectional_dynamic_rnn(self.forward, self.backward, inputs, **options)
            return tf.concat(outputs, axis=-1)


def kernel_of(kernel: str, cell: RNNCell, on_gpu: bool) -> str:
    """What `encoder.kernel` means for a cell: "dynamic_rnn", "fused" or "vendor"; ConfigError where it must be "fused"
    and cannot."""
    if kernel == "auto" and on_gpu:
        return "dynamic_rnn" if vendor.obstacle(cell) else "vendor"
    reason = None if kernel == "dynamic_rnn" else fused.obstacle(cell)
    if kernel == "fused" and reason:
        raise ConfigError(f"encoder.kernel is 'fused', which does not run here, because {reason}: use 'dynamic_rnn'")
    return "dynamic_rnn" if kernel == "dynamic_rnn" or reason else "fused"


def stack_of_cells(config: EncoderConfig, generator: np.random.Generator) -> RNNCell:
    """The layers of one direction, each in its dropout: between layers and around them, not inside the recurrence
    (Zaremba et al. 2014), unless `state_dropout` asks for that too."""
    for option in OURS & config.options.keys():
        raise ConfigError(f"encoder.options.{option} is not for you to set: every cell gets its own; remove it")
    keep = 1.0 - config.dropout
    cells = []
    for layer in range(config.layers):
        cell_seed, dropout_seed = (int(seed) for seed in generator.integers(2**31, size=2))
        cell = make_cell(config.cell, config.units, seed=cell_seed, **config.options)
        if config.residual and layer > 0:
            cell = ResidualWrapper(cell)
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

"""Keys that every recurrent network of a configuration has: its layers of cells, and the optimizer that trains it."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from tagger.config.section import Name, Section, Share


class LayersConfig(Section):
    """Layers of recurrent cells."""

    cell: Name = "lstm"
    """Name of a recurrent cell such as `lstm` or `gru`, or `package.module:Class` for your own."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Further arguments of the cell, such as `use_peepholes = true`."""
    units: Annotated[int, Field(ge=1)] = 200
    """Units of each layer in each direction."""
    layers: Annotated[int, Field(ge=1, le=32)] = 1
    """Number of recurrent layers."""
    residual: bool = False
    """Residual connections: add each layer's input to its output, from the second layer on."""
    dropout: Share = 0.5
    """Dropout of the numbers that enter and leave the layers.
    Dropout never applies inside the recurrence (Zaremba et al. 2014)."""
    dropout_around: Literal["stack", "cells"] = "stack"
    """Where `dropout` applies: `stack` or `cells`.
    `stack`: to the input of each layer and to the output of the last. `cells`: to the input and the output of each
    layer, so that it applies twice between two layers."""
    kernel: Literal["auto", "dynamic_rnn", "fused"] = "auto"
    """Implementation of the recurrence; all compute the same function.
    `fused` is fast and supports the usual cells; `dynamic_rnn` supports every cell; `auto` takes the fused kernel where
    it applies (on a GPU the vendor's, cuDNN, where that applies), else `dynamic_rnn`."""


class OptimizerConfig(Section):
    """The optimizer, and how its learning rate changes over a run."""

    optimizer: Literal["adam", "sgd"] = "adam"
    """`adam` (Kingma & Ba 2015), or `sgd`: stochastic gradient descent with `momentum`."""
    learning_rate: Annotated[float, Field(gt=0.0)] = 0.002
    """Highest learning rate, before `decay`."""
    beta1: Share = 0.9
    """Adam: decay of the moving average of gradients."""
    beta2: Annotated[Share, Field(validate_default=True)] = 0.999
    """Adam: decay of the moving average of squared gradients.
    `beta2` must be above the square of `beta1`, because otherwise Adam keeps moving where the gradient is zero. Lower
    values such as 0.9 (Dozat & Manning 2017) adapt faster."""
    epsilon: Annotated[float, Field(gt=0.0)] = 1e-8
    """Adam: added to the divisor, so that it is never zero."""
    momentum: Share = 0.0
    """SGD: momentum."""
    warmup: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """Share of all steps, at the start, in which the learning rate rises.
    The rate rises linearly to its highest value."""
    decay: Literal["none", "linear", "cosine"] = "linear"
    """How the learning rate falls to zero after `warmup`; `none` keeps it."""
    clip_norm: Annotated[float, Field(ge=0.0)] = 5.0
    """Largest global norm of the gradient; 0 does not clip.
    Larger gradients are scaled down to this norm."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Type of the factors of large matrix products; everything else is in float32.
    `bfloat16` is faster on processors that multiply it (AVX512-BF16, AMX), slower on those that imitate it (AVX512
    without either), and changes nothing on others."""

    @field_validator("beta2")
    @classmethod
    def _check_beta2(cls, beta2: float, others: ValidationInfo) -> float:
        beta1 = others.data.get("beta1", 0.0)
        if beta2 <= beta1**2:
            raise PydanticCustomError("too_small", "must be above {least}, the square of beta1", {"least": beta1**2})
        return beta2

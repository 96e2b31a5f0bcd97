"""Initial values of weights, by NumPy: one seed gives the same model on every machine."""

import math
import zlib
from collections.abc import Callable, Sequence

import numpy as np

from tagger.backend import tf

Initializer = Callable[[Sequence[int], tf.DType], object]
"""A function of a shape and a data type, like TensorFlow's own initializers."""

_ROWS_PER_DRAW = 1 << 14


def constant(value: float) -> Initializer:
    """An initializer that sets every element to `value`."""
    return lambda shape, dtype: np.full(shape, value, dtype.as_numpy_dtype)


def glorot_uniform(seed: int | None, name: str = "") -> Initializer:
    """An initializer uniform within sqrt(6 / (inputs + outputs)) of zero, TensorFlow's default.

    `name` gives each variable of one seed its own values; without a seed every call draws new ones. Source: Glorot &
    Bengio 2010.
    """

    def draw(shape: Sequence[int], dtype: tf.DType) -> np.ndarray:
        generator = np.random.default_rng(None if seed is None else [seed, zlib.crc32(name.encode())])
        bound = _glorot_bound(shape[-2:][0], shape[-1])  # a vector of n counts as n inputs and n outputs
        return generator.uniform(-bound, bound, shape).astype(dtype.as_numpy_dtype)

    return draw


def seed_of(seed: int | None, part: str) -> int | None:
    """A seed for one named part of something that has a seed; None where there is no seed."""
    return None if seed is None else zlib.crc32(f"{seed} {part}".encode())


def glorot(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Values uniform within sqrt(6 / (fan in + fan out)) of zero (Glorot & Bengio 2010).

    The last two sizes of `shape` are a matrix; the sizes before them, such as a filter's width, multiply both fans.
    """
    window = int(np.prod(shape[:-2]))
    bound = _glorot_bound(window * shape[-2], window * shape[-1])
    return generator.uniform(-bound, bound, shape).astype(np.float32)


def embedding(generator: np.random.Generator, rows: int, dimension: int) -> np.ndarray:
    """An embedding table `[rows, dimension]`; row 0, padding, is zero.

    All other rows have length 1 on average.
    """
    bound = math.sqrt(3.0 / dimension)  # a uniform distribution of variance 1 / dimension
    values = np.empty((rows, dimension), np.float32)
    for first in range(0, rows, _ROWS_PER_DRAW):  # in parts, because the draws are in float64
        part = values[first : first + _ROWS_PER_DRAW]
        part[:] = generator.uniform(-bound, bound, part.shape)
    values[0] = 0.0
    return values


def _glorot_bound(fan_in: int, fan_out: int) -> float:
    return math.sqrt(6.0 / (fan_in + fan_out))

"""First values of a cell's variables: computed in NumPy, so that one seed gives one model on every machine."""

import zlib
from collections.abc import Callable, Sequence

import numpy as np

from tagger.backend import tf

# Called with a shape and a data type, as TensorFlow's own initializers are.
Initializer = Callable[[Sequence[int], tf.DType], object]


def constant(value: float) -> Initializer:
    """Every element is `value`."""
    return lambda shape, dtype: np.full(shape, value, dtype.as_numpy_dtype)


def glorot_uniform(seed: int | None, name: str = "") -> Initializer:
    """Uniform within sqrt(6 / (inputs + outputs)) of zero (Glorot & Bengio 2010), TensorFlow's default.

    `name` tells apart the variables of one seed; without a seed every call draws anew.
    """

    def draw(shape: Sequence[int], dtype: tf.DType) -> np.ndarray:
        generator = np.random.default_rng(None if seed is None else [seed, zlib.crc32(name.encode())])
        limit = np.sqrt(6 / (shape[-2:][0] + shape[-1]))  # a vector of n counts as n inputs and n outputs
        return generator.uniform(-limit, limit, shape).astype(dtype.as_numpy_dtype)

    return draw


def seed_of(seed: int | None, part: str) -> int | None:
    """A seed for one part of a whole that has a seed, different for every name; None stays None."""
    return None if seed is None else zlib.crc32(f"{seed} {part}".encode())

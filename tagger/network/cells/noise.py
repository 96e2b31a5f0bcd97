"""The parts of dropout: a random generator that checkpoints save, masks, kept values."""

import secrets
from collections.abc import Sequence

from tagger.backend import tf
from tagger.errors import ConfigError


def generator_of(seed: int | None) -> tf.random.Generator:
    """A random generator whose state a `tf.train.Checkpoint` saves and restores.

    Without a seed it starts anywhere.
    """
    # Not `from_non_deterministic_state`, which TensorFlow forbids once a program has asked for determinism.
    return tf.random.Generator.from_seed(secrets.randbits(31) if seed is None else seed, alg="philox")


def keep_mask(generator: tf.random.Generator, shape: tf.Tensor | Sequence[int | tf.Tensor], keep: float) -> tf.Tensor:
    """Booleans of this shape, each True with probability `keep`."""
    return generator.uniform(shape) < keep


def drop(values: tf.Tensor, mask: tf.Tensor, keep: float) -> tf.Tensor:
    """Values divided by `keep`, or zero where the mask is False; their mean is unchanged."""
    return tf.where(mask, values / keep, tf.zeros_like(values))


def checked_keep(name: str, keep: float) -> float:
    """The keep probability itself. Raises ConfigError where it is not above 0 and at most 1."""
    if not 0 < keep <= 1:
        raise ConfigError(f"{name} is {keep}: it must be above 0 and at most 1 (the share of values that is kept)")
    return float(keep)

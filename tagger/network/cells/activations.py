"""Activation functions by their TensorFlow names."""

from collections.abc import Callable
from typing import TypeAlias

from tagger.backend import tf
from tagger.errors import ConfigError

Activation: TypeAlias = Callable[[tf.Tensor], tf.Tensor]


def activation_of(activation: Activation | str | None) -> Activation:
    """The function itself, or the function of that name in `tf.nn` or `tf.math`; tanh for None.

    Raises ConfigError where neither module has the name.
    """
    if callable(activation):
        return activation
    function: Activation | None = None
    if activation is None:
        function = tf.tanh
    elif activation == "linear":
        function = tf.identity
    else:
        function = getattr(tf.nn, activation, None) or getattr(tf.math, activation, None)
    if function is None:
        raise ConfigError(
            f"unknown activation {activation!r}: use a name from tf.nn such as 'tanh', 'relu' or 'sigmoid'"
        )
    return function

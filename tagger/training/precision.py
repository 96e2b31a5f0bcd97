"""Mixed precision: the matrix products of a training step in bfloat16, everything else in float32.

TensorFlow rounds the factors of large products to bfloat16, which processors with AVX512-BF16 or AMX multiply at about
twice the speed of float32. Weights, their updates, states, losses and what is scored on dev stay in float32. Source:
Micikevicius et al. 2018, "Mixed Precision Training", with the type of Kalamkar et al. 2019, which needs no scaling of
the loss.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tagger.backend import tf

_SWITCH = "auto_mixed_precision_onednn_bfloat16"
"""TensorFlow's rewriting of graphs, which asks for it where a graph is called."""


def with_products_in(precision: str, step: Callable[..., None]) -> Callable[..., None]:
    """Return a compiled step that computes its matrix products in a precision: `float32` or `bfloat16`."""
    if precision == "float32":
        return step

    def step_in_bfloat16(*batch: object) -> None:
        with _bfloat16():
            step(*batch)

    return step_in_bfloat16


@contextmanager
def _bfloat16() -> Iterator[None]:
    tf.config.optimizer.set_experimental_options({_SWITCH: True})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({_SWITCH: False})

"""The only import of TensorFlow: silent, or an error that says what to install."""

import gc
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from tagger.errors import MissingPackageError
from tagger.packages import install_line
from tagger.silence import silence

# TensorFlow reads these once, when it starts: its C++ code then prints no informational lines.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("GRPC_VERBOSITY", "NONE")


@contextmanager
def _only_what_is_used() -> Iterator[None]:
    """Let TensorFlow be imported in half of the time inside the block: Keras waits for its first use.

    TensorFlow imports Keras' optimizers when it starts, and with them pandas and scikit-learn. It goes on where they
    cannot be imported, and `tf.keras` imports them later. A process then has 145 MB less, and starts in 1.5 s of a
    processor in place of 3.5 s, a part of it without garbage collection (TensorFlow 2.21, Python 3.11, 2026-11-28).
    """
    names = {"keras.src.optimizers", "tf_keras.src.optimizers"} - sys.modules.keys()
    collects = gc.isenabled()
    for name in names:
        sys.modules[name] = None  # type: ignore[assignment]  # an import of this name fails
    gc.disable()
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]
        if collects:
            gc.enable()


# Its C++ code prints a few lines before it reads those settings.
try:
    with silence(), warnings.catch_warnings(), _only_what_is_used():
        warnings.simplefilter("ignore")
        import tensorflow as tf
except ImportError as error:
    raise MissingPackageError(
        f"this command needs TensorFlow, which could not be imported ({error}): {install_line('train')}"
    ) from None

tf.get_logger().setLevel(logging.ERROR)

__all__ = ["tf"]

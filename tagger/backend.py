"""The only import of TensorFlow: silent, or an error that says what to install."""

import logging
import os
import warnings

from tagger.errors import MissingPackageError
from tagger.packages import install_line
from tagger.silence import silence

# TensorFlow reads these once, when it starts: its C++ code then prints no informational lines.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

# Its C++ code prints a few lines before it reads those settings.
try:
    with silence(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tensorflow as tf
except ImportError as error:
    raise MissingPackageError(
        f"this command needs TensorFlow, which could not be imported ({error}): {install_line('train')}"
    ) from None

tf.get_logger().setLevel(logging.ERROR)

__all__ = ["tf"]

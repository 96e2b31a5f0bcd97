"""The one door to TensorFlow: silent when it is there, one line on what to install when it is not."""

import logging
import os
import warnings

from tagger.errors import MissingPackageError
from tagger.packages import install_line
from tagger.silence import silence

# Read once, by TensorFlow's own start-up code: no informational lines from its C++ side.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

# Its C++ side writes a few lines before it reads those settings.
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

"""The one door to TensorFlow: silent when it is there, one line on what to install when it is not."""

import logging
import os
import sys
import warnings

from tagger.errors import MissingPackageError

# Read once, by TensorFlow's own start-up code: no informational lines from its C++ side.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

# Its C++ side writes a few lines to file descriptor 2 before it reads those settings.
_saved = os.dup(2)
_null = os.open(os.devnull, os.O_WRONLY)
sys.stderr.flush()
os.dup2(_null, 2)
try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tensorflow as tf
except ImportError as error:
    raise MissingPackageError(
        f"this command needs TensorFlow, which could not be imported ({error}): pip install tensorflow"
    ) from None
finally:
    os.dup2(_saved, 2)
    os.close(_saved)
    os.close(_null)

tf.get_logger().setLevel(logging.ERROR)

__all__ = ["tf"]

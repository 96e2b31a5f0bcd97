"""Silence for libraries whose C++ code prints to the terminal, or sends reports to its makers."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silence() -> Iterator[None]:
    """Discard what Python or C++ code writes to file descriptor 2 inside the block."""
    saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    sys.stderr.flush()
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


def disable_telemetry() -> None:
    """Keep ONNX Runtime from reporting to Microsoft. Call it before `onnxruntime` is imported.

    Since 1.29 its packages for Linux send descriptions of models and errors from a thread, and keep them in a database
    in the user's home, unless this variable is set: https://github.com/microsoft/onnxruntime/pull/27379
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"

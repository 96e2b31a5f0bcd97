"""Ctrl-C while TensorFlow runs a function of Python's."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interrupts() -> Iterator[None]:
    """Turn TensorFlow's error of a Python function that Ctrl-C has stopped back into KeyboardInterrupt.

    Such a function looks up words. Where the main thread runs it, the signal is raised inside it, and TensorFlow makes
    an `UnknownError` of that. Its class is known by name, because not every command imports TensorFlow.
    """
    try:
        yield
    except Exception as error:
        if type(error).__name__ == "UnknownError" and "KeyboardInterrupt" in str(error):
            raise KeyboardInterrupt from None
        raise

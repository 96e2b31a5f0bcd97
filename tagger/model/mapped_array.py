"""Opens an array of a model folder that training wrote with NumPy."""

from pathlib import Path
from typing import Any, Literal

import numpy as np

from tagger.errors import ModelError


def mapped_array(path: Path) -> np.ndarray:
    """Map an `.npy` file into memory, so that only the parts in use are read.

    Raises ModelError where it is missing or damaged. Shape and type are the caller's to check.
    """
    values: np.ndarray = open_array(path, mapped="r")
    if not isinstance(values, np.ndarray):
        raise ModelError(f"{path}: damaged (an archive): train the model again")
    return values


def open_array(path: Path, mapped: Literal["r"] | None = None) -> Any:  # noqa: ANN401 (an array, or an archive)
    """Return what NumPy finds in a file, read whole or `mapped`. Raises ModelError where it is missing or damaged."""
    try:
        return np.load(path, mmap_mode=mapped, allow_pickle=False)
    except FileNotFoundError:
        raise ModelError(f"{path}: there is no such file: the model folder is not whole, train it again") from None
    except Exception as error:  # np.load guesses the format by the first bytes, and parses a header as Python
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(f"{path}: damaged ({reason}): train the model again") from None

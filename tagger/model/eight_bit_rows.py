"""Rows of numbers as 8-bit integers, with one scale a row."""

import numpy as np

STEPS = 127
"""The largest 8-bit integer that is used."""
SCALE = np.dtype("<f2")


def in_8_bits(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows `[N, D]` as integers of at most 127, and the scale `[N]` of each row, float16."""
    largest = np.abs(rows).max(axis=1)
    scales = (largest / STEPS).astype(SCALE)
    too_small = scales.astype(np.float32) * STEPS < largest
    scales[too_small] = np.nextafter(scales[too_small], SCALE.type(np.inf))
    divisors = np.where(scales > 0, scales, 1).astype(np.float32)
    return np.rint(rows / divisors[:, np.newaxis]), scales

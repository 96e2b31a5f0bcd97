"""First values of weights, drawn from one NumPy generator so that a seed decides them all."""

import numpy as np

ROWS = 1 << 14


def embedding(generator: np.random.Generator, rows: int, dimension: int) -> np.ndarray:
    """`[rows, dimension]` of variance 1 / dimension, so that a row has length 1 on average; row 0, padding, is 0."""
    bound = np.sqrt(3.0 / dimension)
    values = np.empty((rows, dimension), np.float32)
    for first in range(0, rows, ROWS):  # drawn in 64 bits, which is not to be held of all of them
        part = values[first : first + ROWS]
        part[:] = generator.uniform(-bound, bound, part.shape)
    values[0] = 0.0
    return values


def glorot(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Uniform within sqrt(6 / (fan in + fan out)) (Glorot & Bengio 2010); the last two sizes are the matrix, what
    stands before them multiplies both fans."""
    window = int(np.prod(shape[:-2]))
    bound = np.sqrt(6.0 / (window * (shape[-2] + shape[-1])))
    return generator.uniform(-bound, bound, shape).astype(np.float32)

"""Scores must be numbers: where a network gives others, no tag may come of them."""

import numpy as np

from tagger.errors import ModelError


def check_finite(scores: np.ndarray) -> None:
    """Raise ModelError where a score, or a weight, is NaN or infinite."""
    if not np.isfinite(scores.sum()) and not np.isfinite(scores).all():  # the sum alone takes a third of the time
        raise ModelError(
            "the network has weights or scores that are no numbers (NaN or infinite): it is damaged, train it again"
        )

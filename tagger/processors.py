"""The processors of this machine."""

import os


def available_processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share_processors(workers: int = 1) -> None:
    """Give each direction of a recurrence its half of the processors, which trains faster by about a fifth on two than
    both directions with all of them. TensorFlow reads this when it starts."""
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(max(1, available_processors() // 2 // workers)))

"""The processors of this machine, and how a recurrent network shares them."""

import os


def available_processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share_processors(workers: int = 1) -> None:
    """Let TensorFlow run an operation on half of the processors, shared among the workers.

    The two directions of a recurrent network then run side by side, which makes training on two processors about a
    fifth faster than when each direction uses both. TensorFlow reads the setting when it starts.
    """
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(max(1, available_processors() // 2 // workers)))

"""The processes that train one model together, as `TF_CONFIG` describes them.

A worker is one process with one device. All workers hold the same weights and take the same steps: gradients are added
up over their batches by `tf.distribute.MultiWorkerMirroredStrategy`, and each worker computes the new weights itself.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from tagger.backend import tf
from tagger.documents import parse_json
from tagger.errors import ConfigError, WorkerLostError

TF_CONFIG = "TF_CONFIG"
"""The environment variable that describes the cluster."""
_ROLES = ("chief", "worker")


@dataclass(frozen=True)
class Workers:
    """This process among those that train together; alone by default."""

    index: int = 0
    """0 is the chief, the only one that scores and writes."""
    count: int = 1
    strategy: tf.distribute.Strategy | None = None
    """None where there is only one worker."""

    @property
    def is_chief(self) -> bool:
        """Whether this process scores and writes."""
        return self.index == 0

    def share(self, batch: int) -> int:
        """Return this worker's share of a batch of `batch` sentences or tokens; at least 1."""
        return max(1, batch // self.count + (self.index < batch % self.count))

    def together(self, step: Callable[..., None]) -> Callable[..., None]:
        """Return a step that all workers take at once, in which `add_up` and `gather` work."""
        strategy = self.strategy
        return step if strategy is None else lambda *arguments: strategy.run(step, arguments)

    def add_up(self, values: list[tf.Tensor]) -> list[tf.Tensor]:
        """Return each of some tensors of one type, summed over all workers.

        `add_up` works inside of a step only.
        """
        if self.strategy is None:
            return values
        return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, values)

    def gather(self, values: tf.Tensor) -> tf.Tensor:
        """Return the rows of all workers' tensors.

        `gather` works inside of a step only.
        """
        if self.strategy is None:
            return values
        return tf.distribute.get_replica_context().all_gather(values, axis=0)

    def sum(self, value: float) -> float:
        """Return the sum of each worker's number, as soon as all of them have asked for it."""
        if self.strategy is None:
            return value
        return float(self._sum(tf.constant(value, tf.float64)))

    def from_chief(self, value: float) -> float:
        """Return the chief's number; the others' are ignored."""
        return self.sum(value if self.is_chief else 0.0)

    def ask_chief(self, question: Callable[[], bool]) -> bool:
        """Return the chief's answer to a question; the other workers only wait for it."""
        return bool(self.from_chief(float(self.is_chief and question())))

    def meet(self) -> None:
        """Wait until all workers are here."""
        self.sum(0.0)

    @cached_property
    def _sum(self) -> Callable[[tf.Tensor], tf.Tensor]:
        # identity: the sum needs a value that is on this worker's device, which an argument is not yet.
        added = self.together(lambda value: self.add_up([tf.identity(value)])[0])
        return tf.function(added, input_signature=[tf.TensorSpec([], tf.float64)], autograph=False)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Turn TensorFlow's errors after another worker has ended into a WorkerLostError."""
        try:
            yield
        except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError) as error:
            if self.strategy is None:
                raise
            raise WorkerLostError(
                f"worker {self.index} lost another one ({_first_line(error)}): start all of them again with --resume"
            ) from None
        except (tf.errors.InternalError, tf.errors.DeadlineExceededError) as error:
            if self.strategy is None:
                raise
            raise WorkerLostError(
                f"worker {self.index} cannot go on with the others ({_first_line(error)}): "
                "start all of them again with --resume"
            ) from None


def join_workers() -> Workers:
    """Return this process among those of TF_CONFIG, once all of them are there.

    Call it before TensorFlow computes anything. Raises ConfigError where TF_CONFIG does not describe workers.
    """
    text = os.environ.get(TF_CONFIG, "")
    if not text:
        return Workers()
    index, count = _place(text)
    if count == 1:
        return Workers()
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    if strategy.num_replicas_in_sync != count:
        raise ConfigError(
            f"{TF_CONFIG}: {count} workers have {strategy.num_replicas_in_sync} GPUs, but each trains on one: "
            "name a worker for each, and give it one with CUDA_VISIBLE_DEVICES"
        )
    return Workers(index, count, strategy)


def _place(text: str) -> tuple[int, int]:
    """Return the number of this process and the number of processes; a chief comes first."""
    try:
        config = parse_json(text)
        cluster, task = config["cluster"], config["task"]
        role, number = task["type"], int(task["index"])
        counts = [len(cluster.get(each, ())) for each in _ROLES]
        others = sorted(set(cluster) - set(_ROLES))
        if role not in _ROLES or not 0 <= number < counts[_ROLES.index(role)]:
            raise ValueError(f"its task {role} {number} is none of the cluster's chief and workers")
        if others:
            raise ValueError(f"'{others[0]}' is neither chief nor worker, and has nothing to do here")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{TF_CONFIG}: {error}: it must be like "
            '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", "index": 0}}'
        ) from None
    return number + (counts[0] if role == "worker" else 0), sum(counts)


def _first_line(error: tf.errors.OpError) -> str:
    return (error.message.strip().splitlines() or ["no reason given"])[0][:200]

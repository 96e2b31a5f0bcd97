"""The processes that train one model together, each on batches of its own, by what `TF_CONFIG` says of them.

A worker is one process with one device. All of them hold the same weights and take the same steps: gradients are added
up over their batches by `tf.distribute.MultiWorkerMirroredStrategy`, and what moves the weights is computed by each.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from tagger.backend import tf
from tagger.errors import ConfigError, WorkerLostError

VARIABLE = "TF_CONFIG"
ROLES = ("chief", "worker")


@dataclass(frozen=True)
class Workers:
    """This process among those that train together; alone by default."""

    index: int = 0
    """0 is the chief, who alone scores and writes."""
    of: int = 1
    strategy: tf.distribute.Strategy | None = None

    @property
    def is_chief(self) -> bool:
        """Whether this process scores and writes."""
        return self.index == 0

    def share(self, batch: int) -> int:
        """This worker's sentences or tokens of a batch of so many."""
        return max(1, batch // self.of + (self.index < batch % self.of))

    def together(self, step: Callable[..., None]) -> Callable[..., None]:
        """A step that all take at once, inside of which `add_up` and `gather` reach the others."""
        if self.strategy is None:
            return step
        return lambda *arguments: self.strategy.run(step, arguments)

    def add_up(self, values: list[tf.Tensor]) -> list[tf.Tensor]:
        """Each of some tensors of one type added up over all workers, inside of a step."""
        if self.strategy is None:
            return values
        return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, values)

    def gather(self, values: tf.Tensor) -> tf.Tensor:
        """The rows of all workers, inside of a step."""
        if self.strategy is None:
            return values
        return tf.distribute.get_replica_context().all_gather(values, axis=0)

    def sum(self, value: float) -> float:
        """A number of each worker, added up, when all of them have asked."""
        if self.strategy is None:
            return value
        return float(self._sum(tf.constant(value, tf.float64)))

    def from_chief(self, value: float) -> float:
        """The chief's number."""
        return self.sum(value if self.is_chief else 0.0)

    def meet(self) -> None:
        """Wait until all workers are here."""
        self.sum(0.0)

    @cached_property
    def _sum(self) -> Callable[[tf.Tensor], tf.Tensor]:
        # A value of this worker's device, which an argument is not yet.
        added = self.together(lambda value: self.add_up([tf.identity(value)])[0])
        return tf.function(added, input_signature=[tf.TensorSpec([], tf.float64)])

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Turns the end of another worker, which ends what is under way here, into a WorkerLostError."""
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
    """This process among those of TF_CONFIG, once all of them are there; must come before anything that TensorFlow
    computes. Raises ConfigError where TF_CONFIG is not one of workers."""
    text = os.environ.get(VARIABLE, "")
    if not text:
        return Workers()
    index, count = _place(text)
    if count == 1:
        return Workers()
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    if strategy.num_replicas_in_sync != count:
        raise ConfigError(
            f"{VARIABLE}: {count} workers have {strategy.num_replicas_in_sync} GPUs, but each trains on one: "
            "name a worker for each, and give it one with CUDA_VISIBLE_DEVICES"
        )
    return Workers(index, count, strategy)


def _place(text: str) -> tuple[int, int]:
    """The number of this process, and how many there are."""
    try:
        config = json.loads(text)
        cluster, task = config["cluster"], config["task"]
        role, number = task["type"], int(task["index"])
        counts = [len(cluster.get(each, ())) for each in ROLES]
        others = sorted(set(cluster) - set(ROLES))
        if role not in ROLES or not 0 <= number < counts[ROLES.index(role)]:
            raise ValueError(f"its task {role} {number} is none of the cluster's chief and workers")
        if others:
            raise ValueError(f"'{others[0]}' is neither chief nor worker, and has nothing to do here")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{VARIABLE}: {error}: it must be like "
            '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", "index": 0}}'
        ) from None
    return number + (counts[0] if role == "worker" else 0), sum(counts)


def _first_line(error: tf.errors.OpError) -> str:
    return (error.message.strip().splitlines() or ["no reason given"])[0][:200]

"""The records that a training reads: those of a corpus, or a worker's share of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class WorkerShare:
    """The share of the train split that one of `workers` processes reads."""

    index: int = 0
    workers: int = 1

    def has_whole_shards(self, shards: int) -> bool:
        """Whether each worker has shards of its own.

        If not, each worker reads all shards and keeps every n-th sentence.
        """
        return shards >= self.workers

    def sentences(self, by_shard: Sequence[int]) -> int:
        """The number of sentences in this share, given the number in each shard."""
        if self.has_whole_shards(len(by_shard)):
            return sum(by_shard[self.index :: self.workers])
        return len(range(self.index, sum(by_shard), self.workers))


@dataclass(frozen=True)
class TrainingRecords:
    """The shards of one corpus's train split, and how training uses their sentences."""

    paths: Sequence[Path]
    sentences: Sequence[int]
    """The number of sentences in each shard."""
    weight: float = 1.0
    """How often an epoch reads each sentence, on average; `repetitions` says in which epochs."""
    max_tokens: int = 0
    """Longer sentences are left out; 0 keeps all."""
    layers: Mapping[str, str] | None = None
    """The feature list that holds each task's tags; None where each has the name of its task."""
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By task: the tags that have another name in the model, with that name."""

    def sentences_per_epoch(self, share: WorkerShare) -> float:
        """The average number of sentences that an epoch reads of a worker's share.

        Sentences longer than `max_tokens` count as well.
        """
        return share.sentences(self.sentences) * self.weight

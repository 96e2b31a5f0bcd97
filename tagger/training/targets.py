"""Where the records of train with soft targets are, which a model learns in place of the corpus's own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tagger.corpus.batches import Shards


@dataclass(frozen=True)
class Targets:
    """Records of train with soft targets."""

    folder: Path
    """Of each corpus that is learned from, in their order, a folder by its number with its files of train."""
    teachers: int
    seconds: float
    """Of training them."""
    id: str
    """Tells them from others that were made in the same way."""

    def as_dict(self) -> dict[str, Any]:
        """What `metrics.json` says of the teachers."""
        return {"models": self.teachers, "seconds": self.seconds, "id": self.id}

    def in_place_of(self, corpora: Sequence[Shards]) -> list[Shards]:
        """The same sentences of the corpora that are learned from, with the targets."""
        return [
            replace(shards, paths=[self.folder / str(number) / path.name for path in shards.paths])
            for number, shards in enumerate(corpora)
        ]

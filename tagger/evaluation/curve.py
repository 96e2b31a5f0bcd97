"""How a training run went: what the model folder holds of its epochs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tagger.model.folder import METRICS_FILE


@dataclass(frozen=True)
class Epoch:
    """The mean loss of an epoch's steps, and after it each task's main figure on dev, where there is a dev split."""

    epoch: int
    loss: float
    dev: Mapping[str, float]


@dataclass(frozen=True)
class Training:
    """All epochs of a run, and which of them the model is of."""

    epochs: tuple[Epoch, ...]
    best_epoch: int


def read_training(model: Path) -> Training | None:
    """What a model folder holds of its training; None where it holds nothing, as one that was exported elsewhere."""
    try:
        metrics = json.loads((model / METRICS_FILE).read_text(encoding="utf-8"))
        epochs = tuple(
            Epoch(int(note["epoch"]), float(note["loss"]), {task: float(of) for task, of in note["dev"].items()})
            for note in metrics["history"]
        )
        return Training(epochs, int(metrics["best_epoch"])) if epochs else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None

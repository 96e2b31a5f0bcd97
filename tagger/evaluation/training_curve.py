"""The learning curve of a training run, as the model folder records it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tagger.documents import parse_json
from tagger.model.folder import METRICS_FILE


@dataclass(frozen=True)
class Epoch:
    """One epoch: the mean loss of its steps, and each task's main figure on dev after it.

    `dev` is empty without a dev split.
    """

    epoch: int
    loss: float
    dev: Mapping[str, float]


@dataclass(frozen=True)
class Training:
    """All epochs of a training run, and the number of the epoch whose weights were kept."""

    epochs: tuple[Epoch, ...]
    best_epoch: int


def read_training(model: Path) -> Training | None:
    """Read the learning curve of a model folder; None where it has none."""
    try:
        metrics = parse_json((model / METRICS_FILE).read_text(encoding="utf-8"))
        epochs = tuple(
            Epoch(
                int(epoch["epoch"]), float(epoch["loss"]), {task: float(score) for task, score in epoch["dev"].items()}
            )
            for epoch in metrics["history"]
        )
        return Training(epochs, int(metrics["best_epoch"])) if epochs else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None

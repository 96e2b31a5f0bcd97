"""What is said of a finished training: where the model is, how long it took, and its scores."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

from tagger.evaluation.main_figures import main_figures, raw_main_figures


def result_lines(metrics: Mapping[str, Any], model_folder: os.PathLike[str] | str | None) -> Iterator[str]:
    """Yield lines about a model: its folder (None where it has a temporary one), its time, its scores on dev and test.

    `metrics` is the content of its `metrics.json`.
    """
    seconds = metrics.get("teachers", {}).get("seconds", 0)
    taught = f" and {seconds:.0f} s of its teachers'" if seconds else ""
    yield (
        f"{f'wrote {model_folder}' if model_folder else 'done'} after {metrics['seconds']:.0f} s of training{taught}; "
        f"best epoch: {metrics['best_epoch']}"
    )
    for split in ("dev", "test"):
        if raw := raw_main_figures(metrics, split):
            yield f"{split}, from raw text: {', '.join(f'{name} {100 * f1:.2f}' for name, f1 in raw.items())} F1"
        for task, (figure, score) in main_figures(metrics, split).items():
            yield f"{split} {task}: {figure} {100 * score:.2f}"
            if split == "dev" and not score:
                steps = metrics["history"][-1]["steps"]
                yield (
                    f"{task}: nothing was found there: with {steps} steps an epoch, more training.epochs or a smaller "
                    "training.batch_size may help"
                )

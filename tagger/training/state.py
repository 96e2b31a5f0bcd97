"""Everything a run needs to go on as if it had never stopped: a checkpoint of every variable, and a few numbers."""

import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tagger.backend import tf
from tagger.errors import ModelError
from tagger.model.folder import CHECKPOINT_FOLDER
from tagger.network.saved_weights import interrupted_afterwards, restore, writing

STATE = "state.json"


@dataclass
class RunState:
    """How far a run is: whole epochs, steps of the one under way, what each gave, and the best so far."""

    corpus: str
    """Checksum of the corpus's manifest."""
    epoch: int = 0
    step_in_epoch: int = 0
    best_epoch: int = 0
    best_score: float = -1.0
    better_epoch: int = 0
    """The first that was as good as the best."""
    seconds: float = 0.0
    """Of training and scoring, over all parts of the run."""
    history: list[dict[str, Any]] = field(default_factory=list)
    checkpoint: str = ""
    """Name of the checkpoint that belongs to these numbers."""

    def save(self, variables: tf.train.Checkpoint, folder: Path) -> None:
        """Save both so that a kill at any moment leaves the last pair or this one, never a mixture."""
        directory = folder / CHECKPOINT_FOLDER
        self.checkpoint = f"last-{self.epoch}-{self.step_in_epoch}"
        with writing(folder), interrupted_afterwards():
            variables.write(str(directory / self.checkpoint))
            unfinished = directory / (STATE + ".unfinished")
            unfinished.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
            os.replace(unfinished, directory / STATE)
            for other in directory.glob("last-*"):  # the one before, and what a kill has left of others
                if not other.name.startswith(self.checkpoint + "."):
                    shutil.rmtree(other) if other.is_dir() else other.unlink()

    def restore(self, variables: tf.train.Checkpoint, folder: Path) -> None:
        """Put every variable back to what it was when this was saved."""
        restore(variables, folder / CHECKPOINT_FOLDER / self.checkpoint)


def load_state(folder: Path) -> RunState | None:
    """How far the run in a folder is; None where it has not saved anything yet."""
    path = folder / CHECKPOINT_FOLDER / STATE
    try:
        return RunState(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(f"{path}: cannot be read ({error}); start the training anew with --overwrite") from None

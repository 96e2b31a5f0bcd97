"""What a run needs to resume as if it had never stopped: variables, and a few numbers."""

import json
import re
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter

from tagger.backend import tf
from tagger.documents import parse_json
from tagger.errors import ModelError
from tagger.files import UNFINISHED, flush, write_file
from tagger.model.folder import CHECKPOINT_FOLDER, WEIGHTS_NAME
from tagger.network.saved_weights import interrupted_afterwards, restore, restore_weights, save_weights, writing
from tagger.training.own_folders import STATE

Saved = TypeVar("Saved")


@dataclass
class SavedRun:
    """How far a run is: epochs and steps, with the figures so far. What the best is, each kind of run says itself."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    corpus: str
    """Checksum of what the run learns from, such as the corpora's from `corpus_checksum`."""
    epoch: int = 0
    """Finished epochs."""
    step_in_epoch: int = 0
    """Steps taken in the current epoch."""
    seconds: float = 0.0
    """Time spent on training and scoring, summed over all parts of the run."""
    history: list[dict[str, Any]] = field(default_factory=list)
    """Figures of each epoch."""
    checkpoint: Annotated[str, Field(pattern=r"^(last-[0-9]+-[0-9]+)?$")] = ""
    """Name of the checkpoint that belongs to these numbers; empty before anything was saved."""

    def save(self, variables: tf.train.Checkpoint, folder: Path) -> None:
        """Save variables and numbers.

        A kill leaves the previous pair or this one, never a mixture of both.
        """
        directory = folder / CHECKPOINT_FOLDER
        self.checkpoint = f"last-{self.epoch}-{self.step_in_epoch}"
        with writing(folder), interrupted_afterwards():
            variables.write(str(directory / self.checkpoint))
            for file in directory.glob(f"{self.checkpoint}.*"):  # before the state that names them
                flush(file)
            write_file(directory / STATE, json.dumps(asdict(self), indent=1) + "\n")
            for other in directory.glob("last-*"):  # the previous one, and leftovers of a killed process
                if not other.name.startswith(self.checkpoint + "."):
                    shutil.rmtree(other) if other.is_dir() else other.unlink()

    def remove_leftovers(self, folder: Path) -> None:
        """Remove what a process that was killed while it saved left in a run's folder.

        The checkpoint folder keeps this state, its checkpoint, and the weights that tag.
        """
        directory = folder / CHECKPOINT_FOLDER
        endings = r"(index|data-[0-9]+-of-[0-9]+)"
        kept = re.compile(rf"{re.escape(STATE)}|({WEIGHTS_NAME}|{re.escape(self.checkpoint)})\.{endings}")
        with writing(folder):
            for path in [*directory.iterdir(), *folder.rglob(f".*{UNFINISHED}")]:
                if path.parent != directory or not kept.fullmatch(path.name):
                    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def restore(self, variables: tf.train.Checkpoint, folder: Path) -> None:
        """Give every variable the value that it had when this state was saved. Raises ModelError."""
        restore(variables, folder / CHECKPOINT_FOLDER / self.checkpoint)


@dataclass
class RunState(SavedRun):
    """How far the training of a tagger is, and the best epoch so far."""

    best_epoch: int = 0
    """The epoch whose weights are kept; of several with the same score the last one."""
    best_score: float = -1.0
    better_epoch: int = 0
    """The first epoch with the best score; `training.patience` counts from there."""


def load_state(folder: Path) -> RunState | None:
    """Return how far the training in a folder is; None where nothing was saved yet.

    Raises ModelError where the file is damaged.
    """
    return read_saved(folder / CHECKPOINT_FOLDER / STATE, RunState)


def read_saved(path: Path, kind: type[Saved]) -> Saved | None:
    """Return the object of some `kind` that a run has saved as JSON; None where there is no such file.

    Raises ModelError where the file is damaged, or holds another kind of object.
    """
    try:
        return TypeAdapter(kind).validate_python(parse_json(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"{path}: cannot be read ({reason}); start the training anew with --overwrite") from None


@dataclass(frozen=True)
class Checkpoints:
    """Saves and restores a run, so that the loop need not know its folder.

    Only the chief writes.
    """

    folder: Path
    network: tf.Module
    """Has the weights that are kept."""
    variables: tf.train.Checkpoint
    """All variables that change while training.
    These are weights, optimizer, averages, counters and random generators."""
    is_chief: bool = True

    def save(self, state: SavedRun) -> None:
        """Save everything that is needed to resume from here."""
        if self.is_chief:
            state.save(self.variables, self.folder)

    def restore(self, state: SavedRun) -> None:
        """Give every variable the value that it had when the state was saved."""
        state.restore(self.variables, self.folder)

    def save_best(self) -> None:
        """Save the network's current weights as the best so far.

        The finished model has the weights that were saved last in this way.
        """
        if self.is_chief:
            save_weights(self.network, self.folder)

    def restore_best(self) -> None:
        """Give the network the weights that were saved as the best."""
        restore_weights(self.network, self.folder)

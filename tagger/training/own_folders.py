"""The folders that training makes beside a model: their names, and whose they are.

A run never removes or resumes a folder that it does not recognise.
"""

import os
import re
from pathlib import Path

from tagger.errors import DataError
from tagger.model.folder import CHECKPOINT_FOLDER, WEIGHTS_NAME

MODEL_MARKER = f"{CHECKPOINT_FOLDER}/{WEIGHTS_NAME}.index"
"""The file that marks a folder as a trained model, which may be overwritten."""
STATE = "state.json"
"""The file in the checkpoint folder that says how far a run is."""
TARGETS = "targets"
"""The folder of soft targets, inside the folder of the teachers."""

_TRAINING, _SEEDS, _TEACHERS = ".training", ".seeds", ".teachers"
_OWN_ENTRIES = {_TRAINING: CHECKPOINT_FOLDER, _SEEDS: "[0-9]+", _TEACHERS: f"[0-9]+|{TARGETS}"}
"""By the ending of a folder's name: what a run calls the files and folders in it. One of them is enough."""


def with_own_name(output: Path) -> Path:
    """Return a path whose last part is a name, unlike `.`: names beside it are made of it."""
    return Path(os.path.abspath(output)) if output.name in ("", "..") else output


def working_folder(output: Path) -> Path:
    """Return where a model lies until its training is finished: OUTPUT.training."""
    return output.with_name(output.name + _TRAINING)


def seeds_folder(output: Path) -> Path:
    """Return where the models of all seeds lie until the last is finished: OUTPUT.seeds."""
    return output.with_name(output.name + _SEEDS)


def teachers_folder(output: Path) -> Path:
    """Return where teachers lie until the model is finished: OUTPUT.teachers."""
    return output.with_name(output.name + _TEACHERS)


def is_saved(folder: Path) -> bool:
    """Whether a folder holds a run that can be resumed."""
    return (folder / CHECKPOINT_FOLDER / STATE).is_file()


def check_is_ours(folder: Path) -> None:
    """Raise DataError if one of these folders exists and holds nothing but other files."""
    if os.path.lexists(folder) and (folder.is_symlink() or not folder.is_dir()):
        raise DataError(f"{folder}: is not a folder, and a run would put one there: give it or the model another name")
    names = os.listdir(folder) if folder.is_dir() else []
    own = re.compile(_OWN_ENTRIES[folder.suffix])
    if names and not any(map(own.fullmatch, names)):
        raise DataError(f"{folder}: holds other files, and a run would remove it: give it or the model another name")

"""Names of the folders that training makes beside a model, and how it recognises its own.

A run never removes or resumes a folder that it does not recognise.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from tagger.errors import DataError
from tagger.files import UNFINISHED_NAME, check_outside, foreign_entry
from tagger.model.folder import CHECKPOINT_FOLDER, WEIGHTS_NAME
from tagger.model.model_manifest import MODEL_FILES

MODEL_MARKER = f"{CHECKPOINT_FOLDER}/{WEIGHTS_NAME}.index"
"""The file that marks a folder as a trained model, which may be overwritten."""
STATE = "state.json"
"""The file in the checkpoint folder that says how far a run is."""
TARGETS = "targets"
"""The folder of soft targets, inside the folder of the teachers."""
UNLABELLED = "unlabelled"
"""The folder of the records of unlabelled text, inside that of the soft targets."""
REHEARSED = "rehearsed"
"""The folder of the records of text that the model labels with which training begins, beside it."""

_TRAINING, _SEEDS, _TEACHERS, _SEGMENTER = ".training", ".seeds", ".teachers", ".segmenter"
_MODELS = rf"([0-9]+/)?({UNFINISHED_NAME})?|[0-9]+/[^/]+/({MODEL_FILES})?"
_TEXT = r"ids\.npy|text\.json|sentences\.json|frequencies\.npy|(train|heldout)-[0-9]+-of-[0-9]+\.tfrecord"
_OWN_ENTRIES = {
    _TRAINING: rf"{MODEL_FILES}|text/({_TEXT}|{UNFINISHED_NAME})?|{UNFINISHED_NAME}",
    _SEEDS: rf"{_MODELS}|kept/({MODEL_FILES})?",
    _SEGMENTER: rf"(model|model\.training|corpus)/|model(\.training)?/({MODEL_FILES})|corpus/.*|{UNFINISHED_NAME}.*",
    _TEACHERS: rf"{_MODELS}|{TARGETS}/(([0-9]+|{UNLABELLED}|{REHEARSED})/[^/]*|made_of\.json)?",
}
"""Regular expressions of all that a run puts into its folders, by the ending of a folder's name.
`text/` is there until a language model is finished."""


def with_own_name(output: Path) -> Path:
    """Return a path whose last part is a name, so that sibling names can be derived from it."""
    return Path(os.path.abspath(output)) if output.name in ("", "..") else output


def working_folder(output: Path) -> Path:
    """Return the folder of a model until its training is finished: OUTPUT.training."""
    return output.with_name(output.name + _TRAINING)


def seeds_folder(output: Path) -> Path:
    """Return the folder of the models of all seeds until the last is done: OUTPUT.seeds."""
    return output.with_name(output.name + _SEEDS)


def teachers_folder(output: Path) -> Path:
    """Return the folder of the teachers until the model is finished: OUTPUT.teachers."""
    return output.with_name(output.name + _TEACHERS)


def segmenter_folder(output: Path) -> Path:
    """Return the folder of the segmenter until the model is finished: OUTPUT.segmenter."""
    return output.with_name(output.name + _SEGMENTER)


def is_saved(folder: Path) -> bool:
    """Whether a folder holds a run that can be resumed."""
    return (folder / CHECKPOINT_FOLDER / STATE).is_file()


def check_is_ours(folder: Path) -> None:
    """Raise DataError if something else lies at the path of a folder that a run makes.

    Something else is a file, a link, or a folder that holds anything that no run makes.
    """
    if os.path.lexists(folder) and (folder.is_symlink() or not folder.is_dir()):
        raise DataError(f"{folder}: is not a folder, and a run would put one there: give it or the model another name")
    entry = foreign_entry(folder, re.compile(_OWN_ENTRIES[folder.suffix]))
    if entry:
        raise DataError(
            f"{folder}: holds other files, such as {entry}, and a run would remove it: give it or the model another "
            "name"
        )


def check_sources(sources: Iterable[Path | str], output: Path, *, overwrite: bool) -> None:
    """Raise DataError where something that a run reads lies in a folder that it removes.

    These are the folders beside the output, and the output itself where it is overwritten.
    """
    sources = list(sources)
    own = (working_folder(output), seeds_folder(output), teachers_folder(output), segmenter_folder(output))
    for folder in (*own, *([output] * overwrite)):
        check_outside(sources, folder)

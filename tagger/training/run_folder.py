"""The folder of one training run: it has a working name until it is finished."""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tagger.config.pretraining_keys import PretrainingConfig
from tagger.config.schema import Config
from tagger.documents import parse_json
from tagger.errors import DataError, ModelError
from tagger.files import check_free, copy_folder, put_in_place, remove_folder, remove_leftovers, write_file
from tagger.model.folder import CARD_FILE, CHECKPOINT_FOLDER, CONFIG_FILE, METRICS_FILE, VOCABULARY_FOLDER
from tagger.model.model_manifest import MANIFEST_FILE, foreign_in_model, read_model_manifest, write_model_manifest
from tagger.model.score_settings import SETTINGS_FILE
from tagger.network.saved_weights import writing
from tagger.training.own_folders import MODEL_MARKER, check_is_ours, is_saved, working_folder
from tagger.training.workers import Workers


@contextmanager
def open_run_folder(config: Config | PretrainingConfig, output: Path, workers: Workers) -> Iterator[Path]:
    """Yield the working folder of a model: that of an unfinished run, or a new one.

    All workers must see that folder; the chief prepares it. If the block fails before anything was saved that could be
    resumed, the folder is removed.
    """
    folder = working_folder(output)
    if not workers.is_chief:
        workers.meet()
        yield folder
        return
    try:
        with writing(folder):
            if not is_saved(folder):
                remove_folder(folder)
            for file in (MANIFEST_FILE, SETTINGS_FILE):  # of a finished model that is resumed
                (folder / file).unlink(missing_ok=True)
            (folder / CHECKPOINT_FOLDER).mkdir(parents=True, exist_ok=True)
            write_file(folder / CONFIG_FILE, config.to_toml())
        workers.meet()
        yield folder
    except BaseException:
        if not is_saved(folder):
            shutil.rmtree(folder, ignore_errors=True)
        raise


def remove_dead_leftovers(output: Path, folders: Iterable[Path]) -> None:
    """Remove what dead processes have left for a model's folder and for the `folders` beside it.

    Raises DataError where one of these is not a run's own.
    """
    folders = list(folders)
    for folder in folders:
        check_is_ours(folder)
    with writing(output):
        for folder in (output, *folders):
            remove_leftovers(folder)


def check_output(output: Path, *, overwrite: bool) -> None:
    """Raise DataError where something is at the output that a model may not replace."""
    check_free(output, overwrite=overwrite, marker=MODEL_MARKER, foreign=foreign_in_model)


def unfinished_error(folder: Path, *, several: bool = False) -> DataError:
    """Return the error of an unfinished run, or of several of them, which are not removed unasked."""
    what, them = ("unfinished runs", "them") if several else ("an unfinished run", "it")
    return DataError(f"{folder}: {what}: go on with {them} with --resume, or start anew with --overwrite")


def said_finished(output: Path) -> str:
    """Return what is said of a finished model that is resumed."""
    return f"{output}: finished already, so there is nothing to resume"


def said_new(output: Path) -> str:
    """Return what is said where nothing is there to resume."""
    return f"{output}: nothing is there to go on with, so the run begins"


def check_finished(output: Path) -> None:
    """Raise ModelError where the weights or the vocabulary of a finished model are not as they were written."""
    if manifest := read_model_manifest(output):
        manifest.check(lambda name: name.startswith((f"{CHECKPOINT_FOLDER}/", f"{VOCABULARY_FOLDER}/")), whole=True)


def copy_finished(output: Path) -> None:
    """Copy a finished model to its working folder to resume it, unless a run is there."""
    folder = working_folder(output)
    if is_saved(output) and not is_saved(folder):
        with writing(folder):
            copy_folder(output, folder)


def finish_folder(folder: Path, output: Path, metrics: Mapping[str, Any], card: str) -> None:
    """Add metrics, model card and manifest to a folder, and put it in the place of `output`."""
    with writing(folder):
        write_file(folder / METRICS_FILE, json.dumps(metrics, indent=1) + "\n")
        write_file(folder / CARD_FILE, card)
        write_model_manifest(folder)
        put_in_place(folder, output)


def read_metrics(model: Path) -> dict[str, Any]:
    """Return the contents of `metrics.json` of a model folder. Raises ModelError where it is damaged."""
    path = model / METRICS_FILE
    if manifest := read_model_manifest(model):
        manifest.check(METRICS_FILE.__eq__)
    try:
        metrics: dict[str, Any] = parse_json(path.read_text(encoding="utf-8"))
        if not isinstance(metrics, dict):
            raise ValueError("it is no object")
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read ({error}): train the model again with --overwrite") from None
    return metrics

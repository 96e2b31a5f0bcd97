"""Where a run lies while it is under way, and how it becomes a model folder."""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tagger.config.load import load_config
from tagger.config.schema import Config
from tagger.errors import ConfigError, DataError
from tagger.files import check_free
from tagger.model.folder import CARD_FILE, CHECKPOINT_FOLDER, CONFIG_FILE, METRICS_FILE, WEIGHTS_NAME
from tagger.network.saved_weights import writing
from tagger.training.state import STATE
from tagger.training.workers import Workers

MAY_CHANGE = {"output", "training.epochs", "training.patience", "training.checkpoint_steps"}
"""Settings that a resumed run may have different."""
PROOF = f"{CHECKPOINT_FOLDER}/{WEIGHTS_NAME}.index"
"""What marks a folder as a model, which may be overwritten."""


def with_own_name(output: Path) -> Path:
    """A model folder's path by a name that others can stand beside, which `.` has not."""
    return Path(os.path.abspath(output)) if output.name in ("", "..") else output


def working_folder(output: Path) -> Path:
    """The folder of a run that is not finished, beside the one it will become."""
    return output.with_name(output.name + ".training")


@contextmanager
def open_working_folder(config: Config, output: Path, *, resume: bool, overwrite: bool) -> Iterator[Path]:
    """The folder of a new run, or that of one to go on with; a finished model is gone on with in a copy.

    When the block fails, or is stopped, before there is anything to go on with, the folder goes.
    Raises ConfigError when a run to resume had other settings, DataError when something is there already.
    """
    folder = working_folder(output)
    with writing(folder):
        _make_room(config, folder, output, resume=resume, overwrite=overwrite)
    try:
        with writing(folder):
            (folder / CHECKPOINT_FOLDER).mkdir(parents=True, exist_ok=True)
            (folder / CONFIG_FILE).write_text(config.to_toml(), encoding="utf-8", newline="\n")
        yield folder
    except BaseException:
        if not _is_saved(folder):
            shutil.rmtree(folder, ignore_errors=True)
        raise


@contextmanager
def open_shared_folder(
    config: Config, output: Path, workers: Workers, *, resume: bool, overwrite: bool
) -> Iterator[Path]:
    """The folder of a run that several workers see, once the chief has it ready."""
    if not workers.is_chief:
        workers.meet()
        yield working_folder(output)
        return
    with open_working_folder(config, output, resume=resume, overwrite=overwrite) as folder:
        workers.meet()
        yield folder


def finish_folder(folder: Path, output: Path, metrics: Mapping[str, Any], card: str) -> None:
    """Add the figures and the model card, and give the folder its name in place of what it may replace."""
    with writing(folder):
        (folder / METRICS_FILE).write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8", newline="\n")
        (folder / CARD_FILE).write_text(card, encoding="utf-8", newline="\n")
        replaced = put_aside(output)
        folder.rename(output)
        shutil.rmtree(replaced, ignore_errors=True)


def put_aside(folder: Path) -> Path:
    """Give what is to be removed another name beside it, all of it at once; that name, which is hidden, so that it can
    be nobody else's."""
    aside = folder.with_name(f".{folder.name}.replaced")
    if folder.exists():
        shutil.rmtree(aside, ignore_errors=True)  # of a run that was killed
        folder.rename(aside)
    return aside


def changed_settings(config: Config, folder: Path) -> dict[str, tuple[Any, Any]]:
    """The settings that the run in a folder had different, by their dotted keys: its value, and the one of now. Where
    its corpora lie is none of them: their checksums tell whether they are the same."""
    before, now = (flat_settings(each) for each in (load_config(folder / CONFIG_FILE), config))
    keys = sorted({*before, *now})
    return {key: (before.get(key), now.get(key)) for key in keys if before.get(key) != now.get(key)}


def flat_settings(config: Config) -> dict[str, Any]:
    """The settings of a configuration by their dotted keys, without where its corpora lie."""
    flat = _flat(config.model_dump())
    return {key: value for key, value in flat.items() if not re.fullmatch(r"(corpus|corpora\.\d+)\.path", key)}


def _make_room(config: Config, folder: Path, output: Path, *, resume: bool, overwrite: bool) -> None:
    """Leave what is to be gone on with in the folder of a run, and otherwise no folder."""
    if resume and _is_saved(folder):
        _check_same(config, folder)
    elif resume and _is_saved(output):
        _check_same(config, output)
        partly = folder.with_name(f".{folder.name}.copy")  # a copy cut off in the middle must not be gone on with
        shutil.rmtree(partly, ignore_errors=True)
        _remove_run(folder)
        shutil.copytree(output, partly)
        partly.rename(folder)
    else:
        check_free(output, overwrite=overwrite, marker=PROOF)
        if not (overwrite or resume):
            check_no_run(folder)
        _remove_run(folder)


def _remove_run(folder: Path) -> None:
    """Remove what is left of a run, but nothing that no run has written."""
    check_is_ours(folder, {CHECKPOINT_FOLDER}.__contains__)
    remove_folder(folder)


def remove_folder(folder: Path) -> None:
    """Remove a folder, if it is there, all of it at once: a kill leaves nothing by its name."""
    with writing(folder):
        shutil.rmtree(put_aside(folder), ignore_errors=True)


def check_no_run(folder: Path) -> None:
    """Raise DataError where a run is unfinished, for it is not to be lost unasked."""
    if folder.is_dir():
        raise DataError(f"{folder}: an unfinished run: go on with it with --resume, or start anew with --overwrite")


def check_is_ours(folder: Path, ours: Callable[[str], bool]) -> None:
    """Raise DataError unless a folder that is to go is empty, or holds something by a name that a run gives."""
    if os.path.lexists(folder) and (folder.is_symlink() or not folder.is_dir()):
        raise DataError(f"{folder}: is not a folder, and a run would put one there: give it or the model another name")
    names = os.listdir(folder) if folder.is_dir() else []
    if names and not any(map(ours, names)):
        raise DataError(f"{folder}: holds other files, and a run would remove it: give it or the model another name")


def check_resumable(config: Config, output: Path) -> None:
    """Raise ConfigError where the run that would be gone on with had other settings, but for those that may change."""
    for folder in (working_folder(output), output):
        if _is_saved(folder):
            _check_same(config, folder)
            return


def _is_saved(folder: Path) -> bool:
    """Whether a folder holds a run that can be gone on with."""
    return (folder / CHECKPOINT_FOLDER / STATE).is_file()


def _check_same(config: Config, folder: Path) -> None:
    """Raise ConfigError unless the run in a folder had the same settings, but for those that may change."""
    for key, (before, now) in changed_settings(config, folder).items():
        if key not in MAY_CHANGE:
            raise ConfigError(
                f"{folder}: the run to resume has {key} = {before!r}, not {now!r}: "
                "give it the same settings, or start anew with --overwrite"
            )


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A nested table with dotted keys."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, tuple) and value and isinstance(value[0], dict):  # several tables of one kind
            value = {str(number): each for number, each in enumerate(value)}
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat

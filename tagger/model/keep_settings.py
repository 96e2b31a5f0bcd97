"""Keeping what was chosen on annotated sentences in a model folder, or in a copy of it."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tagger.errors import ConfigError, DataError, ModelError
from tagger.files import check_free, check_outside, locked, new_folder
from tagger.model.folder import CONFIG_FILE, read_settings
from tagger.model.model_manifest import change_file, foreign_in_model
from tagger.model.score_settings import SETTINGS_FILE, TaskSettings, settings_text
from tagger.model.settings import check_settings
from tagger.model.shipped_models import SHIPPED_FOLDER, find_model


def check_may_keep(model: Path | str, output: Path | None, *, overwrite: bool = False) -> Path:
    """Return the folder of a model, and raise an error, before the long work, where nothing can be kept.

    `model` is what the user has named. Without an output, that must be a folder: a model of the install or of a
    package, and one that was unpacked into the cache, stay as they are.
    """
    folder = find_model(model)
    try:
        check_settings(read_settings(folder, check=False)[0])
    except ValueError as error:
        raise ModelError(f"{folder / CONFIG_FILE}: cannot be read ({error}): this is no folder of a tagger") from None
    if output is not None:
        if overwrite:
            check_outside([folder], output)
        check_free(output, overwrite=overwrite, marker=CONFIG_FILE, foreign=foreign_in_model)
    elif not Path(model).is_dir() or folder.resolve().is_relative_to(SHIPPED_FOLDER):
        what = "is a model of the install" if folder.is_relative_to(SHIPPED_FOLDER) else "is not the folder of a model"
        raise ConfigError(f"{model} {what}, and stays as it is: name a copy with --output DIR")
    return folder


def keep_settings(
    model: Path | str,
    settings: TaskSettings,
    chosen: Mapping[str, Any],
    output: Path | None = None,
    *,
    overwrite: bool = False,
) -> None:
    """Write `thresholds.json` into a model folder, or into a copy of it at `output`; its manifest stays true.

    `chosen` says for readers how the settings were chosen. Where no setting differs from the default, the file is
    removed. Raises ConfigError and DataError where it cannot be written, and ModelError for a folder of anything else.
    """
    folder = check_may_keep(model, output, overwrite=overwrite)
    is_used = any(each.as_json() for each in settings.values())
    content = settings_text(settings, chosen) if is_used else None
    if output is not None:
        with (
            locked(output),
            new_folder(output, overwrite=overwrite, marker=CONFIG_FILE, foreign=foreign_in_model) as target,
        ):
            shutil.copytree(folder, target, dirs_exist_ok=True)
            change_file(target, SETTINGS_FILE, content)
        return
    try:
        with locked(folder):
            change_file(folder, SETTINGS_FILE, content)
    except OSError as error:
        raise DataError(f"{folder}: could not be written: {error.strerror}") from None

"""Keeping what was chosen on annotated sentences in a model folder, or in a copy of it."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tagger.errors import ConfigError, DataError
from tagger.files import check_free, check_outside, locked, new_folder
from tagger.model.folder import CONFIG_FILE, open_model
from tagger.model.model_manifest import change_file, foreign_in_model
from tagger.model.score_settings import SETTINGS_FILE, TaskSettings, settings_text
from tagger.model.shipped_models import SHIPPED_FOLDER


def check_may_keep(folder: Path, output: Path | None, *, overwrite: bool = False) -> None:
    """Raise an error, before the long work, where `keep_settings` could not write."""
    if output is not None:
        if overwrite:
            check_outside([folder], output)
        check_free(output, overwrite=overwrite, marker=CONFIG_FILE, foreign=foreign_in_model)
    elif folder.resolve().is_relative_to(SHIPPED_FOLDER):
        raise ConfigError(
            f"{folder.name} is a model of the install, which stays as it is: name a copy with --output DIR"
        )


def keep_settings(
    folder: Path,
    settings: TaskSettings,
    chosen: Mapping[str, Any],
    output: Path | None = None,
    *,
    overwrite: bool = False,
) -> None:
    """Write `thresholds.json` into a model folder, or into a copy of it at `output`; its manifest stays true.

    `chosen` says for readers how the settings were chosen. Where no setting differs from the default, the file is
    removed. Raises ConfigError and DataError where it cannot be written.
    """
    check_may_keep(folder, output, overwrite=overwrite)
    is_used = any(each.as_json() for each in settings.values())
    content = settings_text(settings, chosen) if is_used else None
    if output is not None:
        with (
            locked(output),
            new_folder(output, overwrite=overwrite, marker=CONFIG_FILE, foreign=foreign_in_model) as target,
        ):
            shutil.copytree(open_model(folder).path, target, dirs_exist_ok=True)
            change_file(target, SETTINGS_FILE, content)
        return
    try:
        with locked(folder):
            change_file(folder, SETTINGS_FILE, content)
    except OSError as error:
        raise DataError(f"{folder}: could not be written: {error.strerror}") from None

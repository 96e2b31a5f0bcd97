"""Where a run lies while it is under way, and how it becomes a model folder."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tagger.config import Config, load_config
from tagger.corpus.folder import check_free
from tagger.errors import ConfigError, DataError
from tagger.runtime.folder import CARD, CHECKPOINT, CONFIG, METRICS
from tagger.training.saved import writing

MAY_CHANGE = {"output", "corpus.path", "training.epochs", "training.patience", "training.checkpoint_steps"}
"""Settings that a resumed run may have different."""


def working_folder(output: Path) -> Path:
    """The folder of a run that is not finished, beside the one it will become."""
    return output.with_name(output.name + ".training")


def open_working_folder(config: Config, output: Path, *, resume: bool, overwrite: bool) -> Path:
    """Make the folder of a new run, or find that of one to go on with; a finished model is gone on with in a copy.

    Raises ConfigError when a run to resume had other settings, DataError when something is there already.
    """
    folder = working_folder(output)
    with writing(folder):
        if resume and folder.is_dir():
            _check_same(config, folder)
        elif resume and (output / CHECKPOINT).is_dir():
            _check_same(config, output)
            shutil.copytree(output, folder)
        else:
            check_free(output, overwrite=overwrite, proof=CONFIG)
            if folder.is_dir() and not overwrite:
                raise DataError(f"{folder}: an unfinished run: go on with it with --resume, or start anew with --overwrite")
            shutil.rmtree(folder, ignore_errors=True)
        (folder / CHECKPOINT).mkdir(parents=True, exist_ok=True)
        (folder / CONFIG).write_text(config.to_toml(), encoding="utf-8", newline="\n")
    return folder


def finish_folder(folder: Path, output: Path, metrics: Mapping[str, Any], card: str) -> None:
    """Add the figures and the model card, and give the folder its name in place of what it may replace."""
    with writing(folder):
        (folder / METRICS).write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8", newline="\n")
        (folder / CARD).write_text(card, encoding="utf-8", newline="\n")
        replaced = output.with_name(output.name + ".replaced")
        shutil.rmtree(replaced, ignore_errors=True)
        if output.exists():
            output.rename(replaced)
        folder.rename(output)
        shutil.rmtree(replaced, ignore_errors=True)


def _check_same(config: Config, folder: Path) -> None:
    """Raise ConfigError unless the run in a folder had the same settings, but for those that may change."""
    before, now = _flat(load_config(folder / CONFIG).model_dump()), _flat(config.model_dump())
    changed = sorted(key for key in {*before, *now} - MAY_CHANGE if before.get(key) != now.get(key))
    if changed:
        key = changed[0]
        raise ConfigError(
            f"{folder}: the run to resume has {key} = {before.get(key)!r}, not {now.get(key)!r}: "
            "give it the same settings, or start anew with --overwrite"
        )


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A nested table with dotted keys."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat

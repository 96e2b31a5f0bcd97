"""Which settings of a configuration a resumed run may change, and which it may not."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tagger.config.load import load_config, load_pretraining_config
from tagger.config.pretraining_keys import PretrainingConfig
from tagger.config.schema import Config
from tagger.errors import ConfigError
from tagger.model.folder import CONFIG_FILE

MAY_CHANGE = {
    "output",
    "training.epochs",
    "training.patience",
    "training.checkpoint_steps",
    "training.evaluate_steps",
    "rules.file",
}
"""Settings that may differ when a run is resumed."""
_SAME_MODEL = {"output", "training.checkpoint_steps", "rules.file"}
"""Settings that may differ although a finished model is the one requested; the rules themselves are compared apart."""


def check_same_settings(config: Config | PretrainingConfig, folder: Path) -> None:
    """Raise ConfigError if the run in a folder had other settings, MAY_CHANGE aside."""
    for key, (before, now) in _changed_settings(config, folder).items():
        if key not in MAY_CHANGE:
            raise ConfigError(
                f"{folder}: the run to resume has {key} = {before!r}, not {now!r}: "
                "give it the same settings, or start anew with --overwrite"
            )


def gives_same_model(config: Config, folder: Path) -> bool:
    """Whether a finished model was trained with these settings.

    The settings in _SAME_MODEL may differ.
    """
    return (folder / CONFIG_FILE).is_file() and not _changed_settings(config, folder).keys() - _SAME_MODEL


def flat_settings(config: Config | PretrainingConfig) -> dict[str, Any]:
    """Return settings by dotted keys, such as `training.epochs`, without the paths of corpora and of other models.

    These are the same wherever they lie: a checksum tells.
    """
    flat = _flat(config.model_dump())
    for key in ("encoder.pretrained", "init.model"):
        if key in flat:
            flat[key] = bool(flat[key])
    return {key: value for key, value in flat.items() if not re.fullmatch(r"(corpus|corpora\.\d+)\.path", key)}


def _changed_settings(config: Config | PretrainingConfig, folder: Path) -> dict[str, tuple[Any, Any]]:
    """Return the settings in which the run in a folder differs: value then, value now."""
    load = load_config if isinstance(config, Config) else load_pretraining_config
    before, now = (flat_settings(each) for each in (load(folder / CONFIG_FILE), config))
    keys = sorted({*before, *now})
    return {key: (before.get(key), now.get(key)) for key in keys if before.get(key) != now.get(key)}


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return a nested table with dotted keys; tables in a tuple are numbered."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, tuple) and value and isinstance(value[0], dict):
            value = {str(number): each for number, each in enumerate(value)}
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat

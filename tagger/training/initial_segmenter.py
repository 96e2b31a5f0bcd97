"""The segmenter of a model that begins as another one, which is the other one's."""

from pathlib import Path
from typing import Any

from tagger.config.schema import Config
from tagger.files import copy_folder, remove_folder
from tagger.model.folder import METRICS_FILE, SEGMENTER_FOLDER, check_segmenter
from tagger.network.saved_weights import writing
from tagger.training.initial_model import open_tagger
from tagger.training.run_folder import read_metrics


def copy_segmenter(config: Config, folder: Path) -> dict[str, Any] | None:
    """Copy the segmenter of the model with which training began into a model's folder.

    Return what its metrics say of it, for `metrics.json`; None where it has none, or the configuration asks for none.
    Raises ModelError where it is damaged.
    """
    model = open_tagger(config.init.model)
    if config.segmenter.train == "never" or config.given or not model.has_segmenter:
        return None
    check_segmenter(model)
    with writing(folder):
        remove_folder(folder / SEGMENTER_FOLDER)
        copy_folder(model.path / SEGMENTER_FOLDER, folder / SEGMENTER_FOLDER)
    about = read_metrics(model.path).get("segmenter", {}) if (model.path / METRICS_FILE).is_file() else {}
    return {**about, "of": model.path.name}

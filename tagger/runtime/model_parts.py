"""What a model folder has beside its network: a segmenter, and rules."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tagger.errors import ConfigError, ModelError
from tagger.model.folder import SEGMENTER_FOLDER, TAGGING_RULES_FILE, ModelFolder, check_segmenter

if TYPE_CHECKING:
    from tagger.runtime.segmenter import Segmenter
    from tagger.text.rules import Rule
    from tagger.text.tokenize import TextReader


def rules_of(folder: ModelFolder) -> "tuple[Rule, ...]":
    """Return the rules in a model folder. Raises ModelError where they are damaged."""
    from tagger.text.rule_file import read_rules

    try:
        return read_rules(folder.path / TAGGING_RULES_FILE, whole=True)
    except ConfigError as error:
        raise ModelError(f"{error}: the model folder is damaged") from None


def segmenter_of(folder: ModelFolder, threads: int | None = None) -> "Segmenter | None":
    """Load the segmenter of a model folder; None where it has none. Raises ModelError where it is damaged."""
    if not (folder.has_segmenter or folder.is_segmenter):
        return None
    from tagger.runtime.segmenter import Segmenter

    if folder.is_segmenter:
        return Segmenter(folder.path, threads)
    check_segmenter(folder)
    return Segmenter(folder.path / SEGMENTER_FOLDER, threads)


def readers_of(folder: ModelFolder, threads: int | None = None) -> Mapping[str, "TextReader"]:
    """Return the functions that split plain text for a model, without loading its network; as `Tagger.readers`."""
    segmenter = segmenter_of(folder, threads)
    if segmenter:
        return segmenter.readers()
    from tagger.text.tokenize import TEXT_READERS

    return TEXT_READERS

"""What splits raw text for a model: its own segmenter, or NLTK's tokenizer. The network is not loaded for it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tagger.model.folder import SEGMENTER_FOLDER, ModelFolder, check_segmenter

if TYPE_CHECKING:
    from tagger.runtime.segmenter import Segmenter
    from tagger.text.tokenize import TextReader


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

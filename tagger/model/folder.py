"""The model folder: the names of its files, its configuration and its vocabularies."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagger.documents import parse_toml
from tagger.errors import ModelError
from tagger.files import copy_folder
from tagger.model.model_manifest import ModelManifest, check_links, read_model_manifest
from tagger.model.score_settings import SETTINGS_FILE, TaskSettings, check_fits, read_score_settings
from tagger.model.settings import check_settings, is_language_model
from tagger.model.vocabulary import FIRST_TAG, FIRST_WORD, Vocabulary, load_vocabulary, with_composed_entries
from tagger.text.casing import lower_case
from tagger.text.composing import composed

if TYPE_CHECKING:
    from tagger.model.name_lists import NameLists
    from tagger.model.vector_table import VectorTable

CONFIG_FILE = "config.toml"
"""The resolved configuration."""
VOCABULARY_FOLDER = "vocabulary"
"""Folder of the vocabularies and pretrained vectors."""
CHECKPOINT_FOLDER = "checkpoint"
"""Folder of the weights and the training state, for TensorFlow."""
MODEL_FILE = "model.onnx"
"""The network for ONNX Runtime."""
CHARACTERS_FILE = "characters.onnx"
"""The part of the network that computes a word's vector from its spelling, for ONNX Runtime."""
METRICS_FILE = "metrics.json"
"""Scores, times and sizes."""
CARD_FILE = "README.md"
"""The model card."""
SEGMENTER_FOLDER = "segmenter"
"""Folder of the segmenter, which is a model folder too and splits raw text."""
RULES_FILE = "segmentation.json"
"""File, in the folder of a segmenter, of its rules."""
TAGGING_RULES_FILE = "rules.toml"
"""The rules beside the network, in a folder that has some."""
WEIGHTS_NAME = "weights"
"""Name, in the checkpoint folder, of the checkpoint with the weights that tag."""


@dataclass(frozen=True)
class ModelFolder:
    """A complete model folder: its configuration and vocabularies, but not its weights."""

    path: Path
    settings: Mapping[str, Any]
    """The content of `config.toml`, the resolved configuration."""
    words: Vocabulary
    characters: Vocabulary
    tags: Mapping[str, Vocabulary]
    given: Mapping[str, Vocabulary] = field(default_factory=dict)
    """The tags of each given layer, which sentences must have before they are tagged."""
    vectors: "VectorTable | None" = None
    """Pretrained vectors, if the model reads them."""
    manifest: ModelManifest | None = None
    """Sizes and checksums of the folder's files; None where there are none, or the files were checked already."""
    trust_code: bool = False
    """Whether the network may have a cell that is not one of this package, which is imported and so runs code."""
    lists: "NameLists | None" = None
    """Lists of names, if the model reads them."""
    score_settings: TaskSettings = field(default_factory=dict)
    """Temperatures and thresholds that were chosen for the model, by task."""

    @property
    def schemes(self) -> dict[str, str | None]:
        """The tagging scheme of each task, None for plain tags."""
        return {task: table.get("scheme") or None for task, table in self.settings["tasks"].items()}

    @property
    def has_onnx(self) -> bool:
        """Whether the folder has a model for ONNX Runtime."""
        return (self.path / MODEL_FILE).is_file()

    @property
    def has_segmenter(self) -> bool:
        """Whether the folder has a segmenter, which splits raw text into sentences and words."""
        listed = self.manifest.files if self.manifest else ()
        return (self.path / SEGMENTER_FOLDER).is_dir() or any(map(_is_of_segmenter, listed))

    @property
    def has_rules(self) -> bool:
        """Whether the folder has rules beside the network."""
        listed = self.manifest.files if self.manifest else ()
        return TAGGING_RULES_FILE in listed or (self.path / TAGGING_RULES_FILE).is_file()

    @property
    def is_segmenter(self) -> bool:
        """Whether the model is a segmenter alone, which splits raw text and tags nothing."""
        return (self.path / RULES_FILE).is_file()

    @property
    def has_checkpoint(self) -> bool:
        """Whether the folder has weights for TensorFlow."""
        return _weights(self.path).is_file()

    def knows(self, word: str) -> bool:
        """Return whether a word is in the vocabulary, and so has an embedding of its own."""
        word = composed(word)
        return (lower_case(word) if self.settings["words"]["lowercase"] else word) in self.words


def open_model(path: Path, *, trust_code: bool = False, check: bool = True) -> ModelFolder:
    """Read a model folder's configuration and vocabularies.

    Files are compared with the folder's manifest before they are read, unless `check` is false. With `trust_code`, a
    cell of another package that the configuration names is imported when TensorFlow runs the network. Raises ModelError
    naming whatever is missing or damaged.
    """
    settings, manifest = read_settings(path, check=check)
    try:
        if is_language_model(settings):
            raise ModelError(f"{path}: a language model, which tags nothing: tagger generate writes text with it")
        check_settings(settings)
        tasks, given = list(settings["tasks"]), list(settings.get("given", {}))
    except ValueError as error:
        raise ModelError(f"{path / CONFIG_FILE}: cannot be read ({error}): the model folder is damaged") from None
    if not (_weights(path).is_file() or (path / MODEL_FILE).is_file()):
        raise ModelError(
            f"{path}: neither {MODEL_FILE} nor weights in {CHECKPOINT_FOLDER}: the model folder is not whole, train it "
            "again"
        )
    vocabulary = path / VOCABULARY_FOLDER
    folder = ModelFolder(
        path,
        settings,
        with_composed_entries(load_vocabulary(vocabulary / "words.txt", FIRST_WORD)),
        with_composed_entries(load_vocabulary(vocabulary / "characters.txt", FIRST_WORD)),
        {task: load_vocabulary(vocabulary / tags_file(task), FIRST_TAG) for task in tasks},
        {layer: load_vocabulary(vocabulary / given_file(layer), FIRST_WORD) for layer in given},
        _vectors(settings.get("vectors", {}), vocabulary),
        manifest,
        trust_code,
        _lists(settings.get("lists", {}), vocabulary),
        read_score_settings(path, listed=manifest is not None and SETTINGS_FILE in manifest.files),
    )
    if folder.score_settings:
        tags = {task: each.entries for task, each in folder.tags.items()}
        check_fits(folder.score_settings, tags, folder.schemes, path, has_rules=folder.has_rules)
    return folder


def copy_model(source: Path, target: Path) -> None:
    """Copy a model folder to a place where nothing is yet, whole or not at all. Raises ModelError."""
    if os.path.lexists(target):
        raise ModelError(f"{target}: exists already; name another folder")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        copy_folder(source, target)
    except OSError as error:
        raise ModelError(f"{target}: the model could not be copied there: {error.strerror or error}") from None


def read_settings(
    path: Path, *, check: bool = True, made_by: str = "tagger train"
) -> tuple[dict[str, Any], ModelManifest | None]:
    """Return the content of a model folder's `config.toml`, and its manifest.

    Files that are small are compared with the manifest first, unless `check` is false, in which case None stands for
    the manifest. Raises ModelError, which names the command that makes such a folder, for any other folder.
    """
    if not path.is_dir():
        raise ModelError(f"{path}: no such model folder; {made_by} makes one")
    check_links(path)
    manifest = read_model_manifest(path) if check else None
    if manifest:
        manifest.check(_is_read_first)
    try:
        return parse_toml((path / CONFIG_FILE).read_text(encoding="utf-8")), manifest
    except FileNotFoundError:
        raise ModelError(f"{path}: no {CONFIG_FILE} in it, so it is not a model folder; {made_by} makes one") from None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path / CONFIG_FILE}: cannot be read ({error}): the model folder is damaged") from None


def check_onnx_files(folder: ModelFolder) -> None:
    """Raise ModelError where the files for ONNX Runtime are not as they were written."""
    if folder.manifest:
        folder.manifest.check((MODEL_FILE, CHARACTERS_FILE).__contains__)


def check_segmenter(folder: ModelFolder) -> None:
    """Raise ModelError where the files of the segmenter are not as they were written, or it has no configuration."""
    if folder.manifest:
        folder.manifest.check(_is_of_segmenter)
    path = folder.path / SEGMENTER_FOLDER
    if not (path / CONFIG_FILE).is_file():
        raise ModelError(f"{path}: no {CONFIG_FILE} in it: the segmenter is not whole, train the model again")


def check_weights(manifest: ModelManifest | None) -> None:
    """Raise ModelError where the weights for TensorFlow are not as they were written."""
    if manifest:
        manifest.check(lambda name: name.startswith(f"{CHECKPOINT_FOLDER}/{WEIGHTS_NAME}."))


def _is_of_segmenter(name: str) -> bool:
    return name.startswith(f"{SEGMENTER_FOLDER}/")


def _is_read_first(name: str) -> bool:
    read_first = (CONFIG_FILE, METRICS_FILE, RULES_FILE, TAGGING_RULES_FILE, SETTINGS_FILE)
    return name in read_first or name.startswith(f"{VOCABULARY_FOLDER}/")


def _vectors(settings: Mapping[str, Any], vocabulary: Path) -> "VectorTable | None":
    if not settings.get("path"):
        return None
    from tagger.model.vector_table import open_vectors  # late: it imports NumPy

    return open_vectors(
        vocabulary, tuned=settings["mode"] == "fine-tune", hashed=settings.get("keys", "words") == "hashes"
    )


def _lists(settings: Mapping[str, Any], vocabulary: Path) -> "NameLists | None":
    if not settings:
        return None
    from tagger.model.name_lists import NameLists, open_name_list  # late: it imports NumPy

    return NameLists({name: open_name_list(vocabulary / list_file(name)) for name in sorted(settings)})


def _weights(path: Path) -> Path:
    return path / CHECKPOINT_FOLDER / f"{WEIGHTS_NAME}.index"


def tags_file(task: str) -> str:
    """Return the name, in the vocabulary folder, of the file of a task's tags."""
    return f"tags.{task}.txt"


def given_file(layer: str) -> str:
    """Return the name, in the vocabulary folder, of the file of a given layer's tags."""
    return f"given.{layer}.txt"


def list_file(name: str) -> str:
    """Return the name, in the vocabulary folder, of the file of a list of names."""
    return f"list.{name}.npy"

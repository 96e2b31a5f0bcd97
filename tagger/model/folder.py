"""The model folder as tagging sees it: what it does, its vocabularies, and where its weights lie."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagger.errors import ModelError
from tagger.model.vocabulary import FIRST_TAG, FIRST_WORD, Vocabulary, load_vocabulary
from tagger.text.casing import lower_case

if TYPE_CHECKING:
    from tagger.model.vector_table import VectorTable

CONFIG_FILE = "config.toml"
VOCABULARY_FOLDER = "vocabulary"
CHECKPOINT_FOLDER = "checkpoint"
MODEL_FILE = "model.onnx"
CHARACTERS_FILE = "characters.onnx"
METRICS_FILE = "metrics.json"
CARD_FILE = "README.md"
WEIGHTS_NAME = "weights"
"""The name of the checkpoint, inside its folder, that tags."""


@dataclass(frozen=True)
class ModelFolder:
    """A model folder that was found whole."""

    path: Path
    settings: Mapping[str, Any]
    """The resolved configuration, as `config.toml` has it."""
    words: Vocabulary
    characters: Vocabulary
    tags: Mapping[str, Vocabulary]
    given: Mapping[str, Vocabulary] = field(default_factory=dict)
    """The tags of each layer that sentences must have already."""
    vectors: "VectorTable | None" = None
    """Pretrained ones, where the model reads such."""

    @property
    def schemes(self) -> dict[str, str | None]:
        """The scheme of each task's spans, None for plain tags."""
        return {task: table.get("scheme") or None for task, table in self.settings["tasks"].items()}

    @property
    def has_onnx(self) -> bool:
        """Whether there is a model for ONNX Runtime."""
        return (self.path / MODEL_FILE).is_file()

    @property
    def has_checkpoint(self) -> bool:
        """Whether there are weights for TensorFlow."""
        return _weights(self.path).is_file()

    def knows(self, word: str) -> bool:
        """Whether the word has an embedding of its own."""
        return (lower_case(word) if self.settings["words"]["lowercase"] else word) in self.words


def open_model(path: Path) -> ModelFolder:
    """Read a model folder's configuration and vocabularies. Raises ModelError naming whatever is missing."""
    if not path.is_dir():
        raise ModelError(f"{path}: no such model folder; tagger train makes one")
    try:
        settings = tomllib.loads((path / CONFIG_FILE).read_text(encoding="utf-8"))
        tasks, given = list(settings["tasks"]), list(settings.get("given", {}))
        settings["training"]  # the last of its tables: without it the file was cut off
    except FileNotFoundError:
        raise ModelError(
            f"{path}: no {CONFIG_FILE} in it, so it is not a model folder; tagger train makes one"
        ) from None
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{path / CONFIG_FILE}: cannot be read ({error}): the model folder is damaged") from None
    if not (_weights(path).is_file() or (path / MODEL_FILE).is_file()):
        raise ModelError(
            f"{path}: neither {MODEL_FILE} nor weights in {CHECKPOINT_FOLDER}: the model folder is not whole, train it "
            "again"
        )
    vocabulary = path / VOCABULARY_FOLDER
    return ModelFolder(
        path,
        settings,
        load_vocabulary(vocabulary / "words.txt", FIRST_WORD),
        load_vocabulary(vocabulary / "characters.txt", FIRST_WORD),
        {task: load_vocabulary(vocabulary / tags_file(task), FIRST_TAG) for task in tasks},
        {layer: load_vocabulary(vocabulary / given_file(layer), FIRST_WORD) for layer in given},
        _vectors(settings.get("vectors", {}), vocabulary),
    )


def _vectors(settings: Mapping[str, Any], vocabulary: Path) -> "VectorTable | None":
    if not settings.get("path"):
        return None
    from tagger.model.vector_table import open_vectors  # needs NumPy, which else the model alone does

    return open_vectors(vocabulary, tuned=settings["mode"] == "fine-tune")


def _weights(path: Path) -> Path:
    return path / CHECKPOINT_FOLDER / f"{WEIGHTS_NAME}.index"


def tags_file(task: str) -> str:
    """The name of the file of a task's tags in the vocabulary folder."""
    return f"tags.{task}.txt"


def given_file(layer: str) -> str:
    """The name of the file of a given layer's tags in the vocabulary folder."""
    return f"given.{layer}.txt"

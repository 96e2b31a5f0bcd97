"""The folder of a language model: its configuration, and the characters and words that it knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tagger.errors import ModelError
from tagger.model.folder import VOCABULARY_FOLDER, read_settings
from tagger.model.model_manifest import ModelManifest
from tagger.model.settings import is_language_model
from tagger.model.vocabulary import FIRST_WORD, Vocabulary, load_vocabulary

CHARACTERS_NAME = "characters.txt"
"""Name, in the vocabulary folder, of the file of characters."""
WORDS_NAME = "words.txt"
"""Name, in the vocabulary folder, of the file of words."""


@dataclass(frozen=True)
class LanguageModelFolder:
    """A complete folder of a language model, but without its weights."""

    path: Path
    settings: Mapping[str, Any]
    """The content of `config.toml`, the resolved configuration."""
    characters: Vocabulary
    words: Vocabulary | None = None
    """The words that it predicts; None for a model of characters."""
    manifest: ModelManifest | None = None
    """Sizes and checksums of the folder's files; None where there are none, or the files were checked already."""


def open_language_model(path: Path, *, check: bool = True) -> LanguageModelFolder:
    """Read the configuration and the vocabulary of a language model.

    Files are compared with the folder's manifest before they are read, unless `check` is false. Raises ModelError that
    names whatever is missing or damaged, and for the folder of a tagger.
    """
    settings, manifest = read_settings(path, check=check, made_by="tagger pretrain")
    if not is_language_model(settings):
        raise ModelError(
            f"{path}: a tagger, which writes no text: tagger tag tags with it, and tagger pretrain makes a language "
            "model"
        )
    file = path / VOCABULARY_FOLDER / CHARACTERS_NAME
    characters = load_vocabulary(file, FIRST_WORD)
    if not characters.entries or any(len(character) != 1 for character in characters.entries):
        raise ModelError(f"{file}: not one character a line: the model folder is damaged, train it again")
    words = None
    if settings["text"]["unit"] == "word":
        file = path / VOCABULARY_FOLDER / WORDS_NAME
        words = load_vocabulary(file, FIRST_WORD)
        if not words.entries:
            raise ModelError(f"{file}: empty: the model folder is damaged, train it again")
    return LanguageModelFolder(path, settings, characters, words, manifest)

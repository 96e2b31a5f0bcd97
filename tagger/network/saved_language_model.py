"""A language model from its folder, with its weights."""

from dataclasses import dataclass

from tagger.config.load import check_pretraining_config
from tagger.config.word_model_keys import WordModelConfig
from tagger.corpus.lookup import Lookup
from tagger.model.folder import CONFIG_FILE, check_weights
from tagger.model.language_model_folder import LanguageModelFolder
from tagger.model.vocabulary import Vocabulary
from tagger.network.recurrent_language_model import RecurrentLanguageModel
from tagger.network.saved_weights import no_network, refuse_foreign_cell, restore_finite_weights
from tagger.network.vocabularies import Vocabularies
from tagger.network.word_language_model import WordLanguageModel


@dataclass(frozen=True)
class CharacterModel:
    """A trained network with the characters that it knows."""

    network: RecurrentLanguageModel
    characters: Vocabulary


@dataclass(frozen=True)
class WordModel:
    """A trained network with the words that it knows, and how it reads words."""

    network: WordLanguageModel
    config: WordModelConfig
    words: Vocabulary
    characters: Vocabulary
    lookup: Lookup


def load_language_model(folder: LanguageModelFolder, *, trust_code: bool = False) -> CharacterModel | WordModel:
    """Return the language model in a folder that `open_language_model` has opened.

    With `trust_code`, a cell of another package that the configuration names is imported. Raises ModelError where
    anything is missing or damaged.
    """
    where = folder.path / CONFIG_FILE
    config = check_pretraining_config(folder.settings, str(where))
    refuse_foreign_cell(config.encoder, where, trust_code=trust_code)
    check_weights(folder.manifest)
    if isinstance(config, WordModelConfig):
        assert folder.words is not None  # `open_language_model` has read them
        vocabularies = Vocabularies(folder.words, folder.characters, {}, len(folder.words))
        with no_network(where):
            network = WordLanguageModel(config, vocabularies.sizes)
        restore_finite_weights(network, folder.path)
        return WordModel(network, config, folder.words, folder.characters, vocabularies.lookup(config.as_tagger()))
    with no_network(where):
        characters = RecurrentLanguageModel(config, len(folder.characters))
    restore_finite_weights(characters, folder.path)
    return CharacterModel(characters, folder.characters)

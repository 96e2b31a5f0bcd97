"""A language model from its folder, with its weights."""

from dataclasses import dataclass

from tagger.config.load import check_pretraining_config
from tagger.model.folder import CONFIG_FILE, check_weights
from tagger.model.language_model_folder import LanguageModelFolder
from tagger.model.vocabulary import Vocabulary
from tagger.network.recurrent_language_model import RecurrentLanguageModel
from tagger.network.saved_weights import no_network, refuse_foreign_cell, restore_finite_weights


@dataclass(frozen=True)
class LanguageModel:
    """A trained network with the characters that it knows."""

    network: RecurrentLanguageModel
    characters: Vocabulary


def load_language_model(folder: LanguageModelFolder, *, trust_code: bool = False) -> LanguageModel:
    """Return the language model in a folder that `open_language_model` has opened.

    With `trust_code`, a cell of another package that the configuration names is imported. Raises ModelError where
    anything is missing or damaged.
    """
    where = folder.path / CONFIG_FILE
    config = check_pretraining_config(folder.settings, str(where))
    refuse_foreign_cell(config.encoder, where, trust_code=trust_code)
    check_weights(folder.manifest)
    with no_network(where):
        network = RecurrentLanguageModel(config, len(folder.characters))
    restore_finite_weights(network, folder.path)
    return LanguageModel(network, folder.characters)

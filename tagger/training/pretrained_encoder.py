"""A tagger that begins with a language model of words: its vocabularies and its weights.

The language model has the tagger's own features and encoder, so that tagging costs no more than without.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tagger.backend import tf
from tagger.config.load import check_pretraining_config
from tagger.config.schema import Config
from tagger.config.word_model_keys import WordModelConfig
from tagger.errors import ConfigError
from tagger.model.folder import CONFIG_FILE
from tagger.model.language_model_folder import LanguageModelFolder, open_language_model
from tagger.model.vocabulary import FIRST_WORD, PADDING, UNKNOWN, Vocabulary
from tagger.network.network import Network
from tagger.network.saved_language_model import WordModel, load_language_model
from tagger.network.vocabularies import Vocabularies

_SAME: Mapping[str, tuple[str, ...]] = {
    "words": ("dimension", "lowercase"),
    "characters": ("encoder", "dimension", "widths", "filters", "units", "max_length"),
    "shape": ("dimension", "longest_run", "buckets"),
    "affixes": ("dimension", "prefixes", "suffixes", "buckets"),
    "encoder": ("cell", "options", "units", "layers", "bidirectional", "stack", "residual"),
}
"""Settings, by table, that a tagger must share with the language model with which it begins."""


@dataclass(frozen=True)
class PretrainedEncoder:
    """A language model of words with which a tagger begins."""

    model: WordModel

    def joined(self, own: Vocabularies, counts: Mapping[str, int]) -> Vocabularies:
        """Return the vocabularies of a corpus with the words and characters of the language model added.

        `counts` are those of the corpus's words, as the model looks them up. Words that only the corpus has, and once,
        come last: training treats these alone as words seen once.
        """
        return with_known(own, counts, self.model.words, self.model.characters)

    def give(self, network: Network, vocabularies: Vocabularies) -> None:
        """Set the weights of a network that were pretrained, the network having the `joined` vocabularies.

        A word that the language model does not know begins as its unknown word, and a character that it does not know
        as the network has drawn it. So do the weights of features that the language model does not have.
        """
        source = self.model.network
        give_words(network, vocabularies, self.model.words, source.words.table.numpy())
        copy_layer(source.encoder, network.encoder, source.features_size)
        for name, layer in source.spelling.items():
            copy_layer(layer, network.spelling[name])

    def copy_tables(self, folder: Path) -> None:
        """Copy nothing into the folder of a run: a language model reads no vectors or lists."""

    @staticmethod
    def variables(network: Network) -> list[tf.Variable]:
        """Return the variables of a network that `give` sets."""
        layers = [network.words, network.encoder, *network.spelling.values()]
        return [variable for layer in layers for variable in layer.trainable_variables]


def open_pretrained(config: Config) -> LanguageModelFolder | None:
    """Open the language model that a configuration begins with, without its weights; None where it names none.

    Raises ModelError where the folder is missing or damaged, and ConfigError where it is not a model of words, or has
    other settings of words, features or encoder, each of which the message names.
    """
    if not config.encoder.pretrained:
        return None
    path = Path(config.encoder.pretrained)
    folder = open_language_model(path)
    theirs = check_pretraining_config(folder.settings, str(path / CONFIG_FILE))
    if not isinstance(theirs, WordModelConfig):
        raise ConfigError(
            f"encoder.pretrained: {path} is a language model of characters: give one of words (text.unit = 'word')"
        )
    other = different_settings(theirs, config)
    if other:
        raise ConfigError(
            f"encoder.pretrained: {path} has {'; '.join(other)}: give the tagger the same settings, or pretrain again"
        )
    return folder


def pretrained_encoder(config: Config) -> PretrainedEncoder | None:
    """Return the language model that a configuration begins with; None where it names none.

    Raises what `open_pretrained` raises, and ModelError where the weights are damaged.
    """
    folder = open_pretrained(config)
    if folder is None:
        return None
    # A cell of another package is the tagger's own too, as was checked, so its code is imported in any case.
    model = load_language_model(folder, trust_code=True)
    assert isinstance(model, WordModel)
    return PretrainedEncoder(model)


def with_known(own: Vocabularies, counts: Mapping[str, int], words: Vocabulary, characters: Vocabulary) -> Vocabularies:
    """Return the vocabularies of a corpus with words and characters added that a model knows.

    `counts` are those of the corpus's words, as they are looked up. Words that only the corpus has, and once, come
    last: training treats these alone as words seen once. Known characters come first, in their order.
    """
    is_rare = {word: counts[word] == 1 and word not in words for word in own.words.entries}
    entries = [word for word in own.words.entries if not is_rare[word]]
    entries += [word for word in words.entries if word not in own.words]
    first_singleton = FIRST_WORD + len(entries)
    entries += [word for word in own.words.entries if is_rare[word]]
    letters = characters.entries + tuple(letter for letter in own.characters.entries if letter not in characters)
    return replace(
        own,
        words=Vocabulary(tuple(entries), FIRST_WORD),
        characters=Vocabulary(letters, FIRST_WORD),
        first_singleton=first_singleton,
    )


def give_words(network: Network, vocabularies: Vocabularies, known: Vocabulary, rows: np.ndarray) -> None:
    """Give the words of a network the rows `[V, D]` of a model that has the `known` words, or its unknown word's."""
    ids = [known.ids.get(word, UNKNOWN) for word in vocabularies.words.entries]
    table = rows[[UNKNOWN] * FIRST_WORD + ids]
    table[PADDING] = 0.0
    network.words.table.assign(table)


def different_settings(theirs: Config | WordModelConfig, ours: Config) -> list[str]:
    """Return each setting that must be the same in a model and in what begins with it, and is not, with both values."""
    before, now = _shared_settings(theirs), _shared_settings(ours)
    return [
        f"{key} = {before.get(key)!r}, not {now.get(key)!r}"
        for key in dict.fromkeys([*before, *now])
        if before.get(key) != now.get(key)
    ]


def _shared_settings(config: Config | WordModelConfig) -> dict[str, Any]:
    """Return the settings that must be the same in both, by dotted keys, without those that have no effect."""
    values = {f"{table}.{key}": getattr(getattr(config, table), key) for table, keys in _SAME.items() for key in keys}
    kind = config.characters.encoder
    unused = {
        "convolution": ("units",),
        "bidirectional": ("widths", "filters"),
        "none": ("dimension", "widths", "filters", "units", "max_length"),
    }[kind]
    idle = [f"characters.{key}" for key in unused]
    idle += [
        f"{table}.{key}" for table in ("shape", "affixes") if not values[f"{table}.dimension"] for key in _SAME[table]
    ]
    idle += ["encoder.stack", "encoder.residual"] if config.encoder.layers == 1 else []
    return {key: value for key, value in values.items() if key not in idle}


def copy_layer(source: tf.Module, target: tf.Module, at: int | None = None) -> None:
    """Give a layer the weights of another, which may have fewer rows.

    Rows that only the target has stay as they are: inputs of a cell after its first `at`, or characters at the end.
    Raises ConfigError where the shapes of a cell's weights differ in another way.
    """
    for variable, value in zip(target.trainable_variables, source.trainable_variables, strict=True):
        given, drawn = value.numpy(), variable.numpy()
        if given.shape[1:] != drawn.shape[1:]:
            raise ConfigError(
                "encoder.pretrained: this cell cannot begin with a language model that reads fewer features: leave out "
                "vectors, lists and given layers, or take another cell, such as lstm"
            )
        first = len(given) if at is None else at
        more = len(drawn) - len(given)
        variable.assign(np.concatenate([given[:first], drawn[first : first + more], given[first:]]) if more else given)

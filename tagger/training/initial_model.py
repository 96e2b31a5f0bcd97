"""A tagger that begins as another one (`init.model`): its vocabularies, tags and weights."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tagger.backend import tf
from tagger.config.load import check_config
from tagger.config.schema import Config
from tagger.errors import ConfigError
from tagger.export.onnx_weights import network_from_onnx
from tagger.files import write_file
from tagger.model.folder import CONFIG_FILE, VOCABULARY_FOLDER, ModelFolder, list_file, open_model, read_settings
from tagger.model.settings import is_language_model
from tagger.model.shipped_models import find_model
from tagger.model.vector_table import KEYS_FILE, SCALES_FILE, TUNED, VECTORS
from tagger.model.vocabulary import FIRST_TAG, Vocabulary
from tagger.network.network import Network
from tagger.network.saved_weights import load_network, writing
from tagger.network.vocabularies import Vocabularies
from tagger.training.pretrained_encoder import copy_layer, different_settings, give_words, with_known

_VECTOR_FILES = (f"{VECTORS}.npy", SCALES_FILE, f"{TUNED}.npy", f"{TUNED}.txt", KEYS_FILE, f"{VECTORS}.txt")
"""Files of pretrained vectors in a vocabulary folder; the words of all of them last, which mark them as whole."""

_LESS_PROBABLE = 3.0
"""How much lower the scores of a new tag begin than those of the tag that it begins as: e^-3 is a twentieth."""


@dataclass(frozen=True)
class InitialModel:
    """A finished tagger with which another one begins."""

    folder: ModelFolder
    network: Network

    def joined(self, own: Vocabularies, counts: Mapping[str, int]) -> Vocabularies:
        """Return the vocabularies of a corpus with those of the model added.

        Tags of the model come first, in its order. `counts` are those of the corpus's words, as they are looked up.
        """
        joined = with_known(own, counts, self.folder.words, self.folder.characters)
        given = {layer: with_more(self.folder.given[layer], tags.entries) for layer, tags in own.given.items()}
        return replace(joined, tags=joined_tags(self.folder, own.tags), given=given)

    def give(self, network: Network, vocabularies: Vocabularies) -> None:
        """Set the weights of a network that has the `joined` vocabularies to those of the model.

        Words that the model does not know begin as its unknown word, and characters as the network has drawn them. A
        tag that it does not know begins as `O`, or where there is none as the mean of all tags, but less probable: what
        begins at random is found everywhere, and costs the other tags until it is unlearned.
        """
        source = self.network
        give_words(network, vocabularies, self.folder.words, source.words.table.numpy())
        copy_layer(source.encoder, network.encoder)
        for name, layer in source.spelling.items():
            copy_layer(layer, network.spelling[name])
        for name, marks in source.given.items():
            copy_layer(marks, network.given[name])
        for task, tags in self.folder.tags.items():
            if task not in network.projections:
                continue
            # With `with_more`, known tags have the first columns, and new ones those after them.
            new = len(vocabularies.tags[task].entries) - len(tags.entries)
            like = [tags.ids["O"] - FIRST_TAG] if "O" in tags else list(range(len(tags.entries)))
            theirs, ours = source.projections[task], network.projections[task]
            ours.kernel.assign(_with_columns(theirs.kernel.numpy(), like, new))
            ours.bias.assign(_with_columns(theirs.bias.numpy(), like, new, -_LESS_PROBABLE))
            if task in source.fields and task in network.fields:
                before, now = source.fields[task], network.fields[task]
                now.start.assign(_with_columns(before.start.numpy(), like, new))
                now.end.assign(_with_columns(before.end.numpy(), like, new))
                rows = _with_columns(before.between.numpy().T, like, new).T
                now.between.assign(_with_columns(rows, like, new))

    @staticmethod
    def variables(network: Network) -> list[tf.Variable]:
        """Return the variables that learn more slowly: all that `give` sets, but for the output layers."""
        layers = [network.words, network.encoder, *network.spelling.values(), *network.given.values()]
        return [variable for layer in layers for variable in layer.trainable_variables]

    def copy_tables(self, folder: Path) -> None:
        """Copy the model's vectors and lists of names into the folder of a run, unless they are there."""
        names = [list_file(name) for name in self.folder.settings.get("lists", {})]
        names += _VECTOR_FILES if self.folder.vectors else ()
        target = folder / VOCABULARY_FOLDER
        with writing(folder):
            for name in names:
                source = self.folder.path / VOCABULARY_FOLDER / name
                if source.is_file() and not (target / name).is_file():
                    write_file(target / name, source.read_bytes())


def open_initial(config: Config) -> ModelFolder | None:
    """Open the model that a configuration begins with, without its weights; None where it names none.

    Raises ModelError where the folder is missing or damaged, and ConfigError where training cannot begin with it, or
    it has other settings, each of which the message names.
    """
    if not config.init.model:
        return None
    folder = open_tagger(config.init.model)
    theirs = check_config(folder.settings, str(folder.path / CONFIG_FILE))
    other = different_settings(theirs, config) + _different_inputs(theirs, config)
    other += [
        f"tasks.{task}.scheme = {scheme or ''!r}, not {config.tasks[task].scheme!r}"
        for task, scheme in folder.schemes.items()
        if task in config.tasks and (scheme or "") != config.tasks[task].scheme
    ]
    if other:
        raise ConfigError(
            f"init.model: {config.init.model} has {'; '.join(other)}: give the same settings, or leave the "
            "configuration out to take the model's own"
        )
    return folder


def open_tagger(name: str) -> ModelFolder:
    """Open a model folder, or a shipped model by its name, to begin with.

    Raises ModelError where it is missing or damaged, ConfigError where it is a model of another kind.
    """
    path = find_model(name)
    if path.is_dir() and is_language_model(read_settings(path)[0]):
        raise ConfigError(
            f"init.model: {name} is a language model, which has no tags: begin with its encoder by encoder.pretrained"
        )
    folder = open_model(path, trust_code=True)  # the cell is that of the configuration, as is checked before it is made
    if folder.is_segmenter:
        raise ConfigError(f"init.model: {name} is a segmenter, which tags nothing: give a model that tags")
    return folder


def initial_model(config: Config) -> InitialModel | None:
    """Return the model that a configuration begins with; None where it names none.

    Raises what `open_initial` raises, and ModelError where the weights are missing or damaged.
    """
    folder = open_initial(config)
    if folder is None:
        return None
    return InitialModel(folder, load_network(folder) if folder.has_checkpoint else network_from_onnx(folder))


def joined_tags(folder: ModelFolder, own: Mapping[str, Vocabulary]) -> dict[str, Vocabulary]:
    """Return the tags of each task: those that a model has of it, in its order, then those that only the corpus has."""
    nothing = Vocabulary((), FIRST_TAG)
    return {task: with_more(folder.tags.get(task, nothing), tags.entries) for task, tags in own.items()}


def with_more(known: Vocabulary, entries: tuple[str, ...]) -> Vocabulary:
    """Return a vocabulary with the entries that it lacks added at the end."""
    return Vocabulary(known.entries + tuple(entry for entry in entries if entry not in known), known.first)


def _with_columns(values: np.ndarray, like: list[int], count: int, more: float = 0.0) -> np.ndarray:
    """Return values `[..., K]` with `count` columns added, each the mean of those that it is `like`, plus `more`."""
    added = values[..., like].mean(axis=-1, keepdims=True) + np.float32(more)
    return np.concatenate([values, np.repeat(added, count, axis=-1)], axis=-1)


def _different_inputs(theirs: Config, ours: Config) -> list[str]:
    """Return each layer of tags, list and table of vectors that one of two configurations reads in another way."""
    before, now = _inputs(theirs), _inputs(ours)
    return [
        f"{key} = {before[key]}, not {now.get(key, 'none')}" if key in before else f"no {key}"
        for key in dict.fromkeys([*before, *now])
        if before.get(key) != now.get(key)
    ]


def _inputs(config: Config) -> dict[str, Any]:
    """Return what the network reads beside words, with what its layers' shapes depend on."""
    found: dict[str, Any] = {f"given.{name}.dimension": each.dimension for name, each in config.given.items()}
    found |= {f"lists.{name}.dimension": each.dimension for name, each in config.lists.items()}
    if config.vectors.path:
        found |= {f"vectors.{key}": repr(getattr(config.vectors, key)) for key in ("mode", "keys")}
    return found

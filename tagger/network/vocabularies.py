"""All vocabularies of a model together: built from a corpus or read from a model folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tagger.config.schema import Config
from tagger.corpus.counts import Counts
from tagger.corpus.lookup import Lookup, Spelling
from tagger.errors import DataError
from tagger.model.folder import VOCABULARY_FOLDER, ModelFolder, given_file, tags_file
from tagger.model.name_lists import NameLists
from tagger.model.vector_table import VectorTable
from tagger.model.vocabulary import FIRST_WORD, Vocabulary, given_tag_vocabulary, tag_vocabulary, word_vocabulary
from tagger.model.word_features import word_features_of
from tagger.network.network import VocabularySizes


@dataclass(frozen=True)
class Vocabularies:
    """The vocabularies of a model: words, characters, and tags by task and layer."""

    words: Vocabulary
    characters: Vocabulary
    tags: Mapping[str, Vocabulary]
    """Tags by task."""
    first_singleton: int
    """Words from this id on were seen once in train."""
    given: Mapping[str, Vocabulary] = field(default_factory=dict)
    """Tags by layer that sentences must already have."""
    vectors: VectorTable | None = None
    """Pretrained vectors, where the model reads such."""
    lists: NameLists | None = None
    """Lists of names, where the model reads such."""

    @property
    def sizes(self) -> VocabularySizes:
        """The sizes of the vocabularies, which the network's tables need."""
        tags = {task: len(vocabulary) for task, vocabulary in self.tags.items()}
        given = {layer: len(vocabulary) for layer, vocabulary in self.given.items()}
        outside = {task: vocabulary.ids["O"] for task, vocabulary in self.tags.items() if "O" in vocabulary}
        return VocabularySizes(len(self.words), len(self.characters), tags, self.first_singleton, given, outside)

    def lookup(self, config: Config) -> Lookup:
        """Lookup tables from the strings of a batch to ids, as the configuration reads words."""
        spelling = Spelling(config.words.lowercase, config.characters.max_length, word_features_of(config.model_dump()))
        vectors = self.vectors.words if self.vectors else None
        return Lookup(
            self.words, self.characters, self.tags, spelling, given=self.given, vectors=vectors, lists=self.lists
        )

    def model_folder(self, path: Path, config: Config) -> ModelFolder:
        """The model folder that a run with this configuration writes to `path`.

        The folder's files need not exist yet.
        """
        settings = config.model_dump()
        return ModelFolder(
            path, settings, self.words, self.characters, self.tags, self.given, self.vectors, lists=self.lists
        )

    def save(self, folder: Path) -> None:
        """Write the vocabularies into a model folder."""
        directory = folder / VOCABULARY_FOLDER
        directory.mkdir(exist_ok=True)
        self.words.save(directory / "words.txt")
        self.characters.save(directory / "characters.txt")
        for task, vocabulary in self.tags.items():
            vocabulary.save(directory / tags_file(task))
        for layer, vocabulary in self.given.items():
            vocabulary.save(directory / given_file(layer))


def make_vocabularies(config: Config, counts: Counts) -> Vocabularies:
    """The vocabularies of a training run, from the counts of the training split.

    Tasks in `init.keep`, which the model that training begins with has, may be without tags. Raises DataError when
    another task or a given layer has no tag there.
    """
    for task in config.tasks:
        if not counts.tags[task] and task not in config.init.keep:
            raise DataError(f"task '{task}': no sentence of train is annotated for it: leave it out with --tasks")
    for layer in config.given:
        if not counts.tags[layer]:
            raise DataError(f"[given.{layer}]: no sentence of train has tags of '{layer}': leave it out")
    words = counts.lowercased() if config.words.lowercase else counts.words
    vocabulary = word_vocabulary(words, config.words.min_count)
    return Vocabularies(
        words=vocabulary,
        characters=word_vocabulary(counts.characters, config.characters.min_count),
        tags={task: tag_vocabulary(counts.tags[task]) for task in config.tasks},
        first_singleton=FIRST_WORD + sum(words[word] > 1 for word in vocabulary.entries),
        given={layer: given_tag_vocabulary(counts.tags[layer]) for layer in config.given},
    )


def loaded_vocabularies(folder: ModelFolder) -> Vocabularies:
    """The vocabularies of a model folder.

    No word counts as seen once, because only training treats those apart.
    """
    return Vocabularies(
        folder.words, folder.characters, folder.tags, len(folder.words), folder.given, folder.vectors, folder.lists
    )

"""The vocabularies of a training run, and the lookup that both training and tagging use them through."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tagger.config import Config
from tagger.corpus.counts import Counts
from tagger.corpus.lookup import Lookup, Spelling
from tagger.errors import DataError
from tagger.network.network import Sizes
from tagger.runtime.folder import VOCABULARY, ModelFolder, tags_file
from tagger.vocabulary import FIRST_WORD, Vocabulary, tags_of, words_by_count


@dataclass(frozen=True)
class Vocabularies:
    """Words, characters and each task's tags; words from id `first_singleton` on were seen once in train."""

    words: Vocabulary
    characters: Vocabulary
    tags: Mapping[str, Vocabulary]
    first_singleton: int

    @property
    def sizes(self) -> Sizes:
        """How many ids there are, for the network's tables."""
        tags = {task: len(vocabulary) for task, vocabulary in self.tags.items()}
        return Sizes(len(self.words), len(self.characters), tags, self.first_singleton)

    def lookup(self, config: Config) -> Lookup:
        """The tables that find a batch's ids."""
        spelling = Spelling(config.words.lowercase, config.characters.max_length)
        return Lookup(self.words, self.characters, self.tags, spelling)

    def save(self, folder: Path) -> None:
        """Write them as the model folder has them."""
        directory = folder / VOCABULARY
        directory.mkdir(exist_ok=True)
        self.words.save(directory / "words.txt")
        self.characters.save(directory / "characters.txt")
        for task, vocabulary in self.tags.items():
            vocabulary.save(directory / tags_file(task))


def make_vocabularies(config: Config, counts: Counts) -> Vocabularies:
    """The vocabularies of what was counted in train. Raises DataError when a task has no tag there."""
    for task in config.tasks:
        if not counts.tags[task]:
            raise DataError(f"task '{task}': no sentence of train is annotated for it: leave it out with --tasks")
    words = counts.lowercased() if config.words.lowercase else counts.words
    vocabulary = words_by_count(words, config.words.min_count)
    return Vocabularies(
        vocabulary,
        words_by_count(counts.characters, config.characters.min_count),
        {task: tags_of(counts.tags[task]) for task in config.tasks},
        FIRST_WORD + sum(words[word] > 1 for word in vocabulary.entries),
    )


def loaded_vocabularies(folder: ModelFolder) -> Vocabularies:
    """Those of a model folder, in which no word counts as seen once, for nothing is trained."""
    return Vocabularies(folder.words, folder.characters, folder.tags, len(folder.words))

"""A corpus as one training uses it: which of its layers are which tasks, and what its tags are called in the model."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tagger.corpus.counts import Counts, count_split
from tagger.corpus.manifest import Manifest
from tagger.corpus.read import read_split
from tagger.corpus.sampling import TrainingRecords
from tagger.errors import DataError
from tagger.text.sentence import Sentence


@dataclass(frozen=True)
class TrainSize:
    """What of a corpus's train split is learned: its sentences and tokens, and the sentences that are too long."""

    sentences: int
    tokens: int
    left_out: int
    weight: float = 1.0


@dataclass(frozen=True)
class MixedCorpus:
    """One of the corpora of a training."""

    manifest: Manifest
    tasks: Sequence[str]
    """All that the model learns."""
    layers: Mapping[str, str]
    """Its own layer of tags for each task that it is used for."""
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By task: the tags that have another name in the model, with that name."""
    weight: float = 1.0
    """How often an epoch has each sentence of train; with 0 the corpus is only scored."""
    max_tokens: int = 0
    dev: bool = True
    """Whether its dev split counts."""

    @property
    def label(self) -> str:
        """What it is called in what people read."""
        return self.manifest.name or self.manifest.directory.name

    def annotated(self, split: str) -> list[str]:
        """The tasks for which it has tags in a split; none where that split does not count."""
        if split not in self.manifest.splits or (split == "dev" and not self.dev):
            return []
        return [task for task, layer in self.layers.items() if self.manifest.tasks[layer].counts(split)]

    def read(self, split: str) -> Iterator[Sentence]:
        """The sentences of a split with the tasks and tags of the model; other layers stay as they are."""
        for sentence in read_split(self.manifest, split):
            tags = {name: column for name, column in sentence.tags.items() if name not in self.tasks}
            for task, layer in self.layers.items():
                if layer in sentence.tags:
                    names = self.renamed.get(task, {})
                    tags[task] = tuple(names.get(tag, tag) for tag in sentence.tags[layer])
            yield replace(sentence, tags=tags)

    def training_records(self) -> TrainingRecords:
        """Its train split, as batches are made of it."""
        info = self.manifest.require("train")
        return TrainingRecords(
            self.manifest.shards("train"),
            [shard.sentences for shard in info.shards],
            self.weight,
            self.max_tokens,
            self.layers,
            self.renamed,
        )


def count_corpora(corpora: Sequence[MixedCorpus], given: Sequence[str] = ()) -> tuple[Counts, list[TrainSize]]:
    """The words, characters and tags, those of `given` layers too, of train of all corpora that are learned from, each
    sentence once whatever the weight of its corpus; and the size of each. Raises DataError where `max_tokens` leaves
    nothing of one."""
    layers = [*corpora[0].tasks, *given]
    counts, sizes = Counts(tags={layer: Counter() for layer in layers}), []
    for corpus in corpora:
        if not corpus.weight:
            continue
        found = count_split(corpus.read("train"), layers, corpus.max_tokens)
        if not found.sentences:
            raise DataError(
                f"{corpus.manifest.directory}: max_tokens = {corpus.max_tokens} leaves no sentence of train: raise it"
            )
        sizes.append(TrainSize(found.sentences, found.tokens, found.left_out, corpus.weight))
        counts.include(found)
    return counts, sizes

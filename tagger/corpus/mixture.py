"""A corpus as a training run uses it: the layer of each task, renamed tags, and its weight."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tagger.corpus.counts import Counts, count_split
from tagger.corpus.manifest import Manifest
from tagger.corpus.read import read_split
from tagger.corpus.training_records import TrainingRecords
from tagger.errors import DataError
from tagger.text.scheme import split_tag
from tagger.text.sentence import Sentence


@dataclass(frozen=True)
class TrainSize:
    """The size of a corpus's train split: sentences and tokens to learn from.

    `left_out` counts the sentences that are too long.
    """

    sentences: int
    tokens: int
    left_out: int
    weight: float = 1.0


@dataclass(frozen=True)
class MixedCorpus:
    """One of the corpora of a training run."""

    manifest: Manifest
    tasks: Sequence[str]
    """All tasks that the model learns."""
    layers: Mapping[str, str]
    """For each task that the corpus is used for, its layer of tags."""
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By task: the tags that have another name in the model, with that name."""
    weight: float = 1.0
    """How often an epoch reads each sentence of train; with 0 the corpus is only scored."""
    max_tokens: int = 0
    """Longer sentences of train are left out; 0 keeps all."""
    dev: bool = True
    """Whether its dev split is scored."""
    open_labels: Mapping[str, Collection[str]] = field(default_factory=dict)
    """By task: labels of spans that the model learns but the corpus does not annotate."""

    @property
    def label(self) -> str:
        """The name of the corpus in messages and reports."""
        return self.manifest.name or self.manifest.directory.name

    def has(self, split: str) -> bool:
        """Whether the corpus has a split that is used: dev may be left out."""
        return split in self.manifest.splits and (split != "dev" or self.dev)

    def annotated(self, split: str) -> list[str]:
        """The tasks that a split has tags for; none where that split is missing or not scored."""
        if not self.has(split):
            return []
        return [task for task, layer in self.layers.items() if self.manifest.tasks[layer].counts(split)]

    def read(self, split: str) -> Iterator[Sentence]:
        """Yield the sentences of a split with the tasks and tags of the model.

        Other layers of tags are kept.
        """
        for sentence in read_split(self.manifest, split):
            tags = {name: column for name, column in sentence.tags.items() if name not in self.tasks}
            for task, layer in self.layers.items():
                if layer in sentence.tags:
                    names = self.renamed.get(task, {})
                    tags[task] = tuple(names.get(tag, tag) for tag in sentence.tags[layer])
            yield replace(sentence, tags=tags)

    def scorable(self, predicted: Sentence) -> Sentence:
        """Return a tagged sentence without spans of `open_labels`, of which the corpus says nothing."""
        tags = {
            task: tuple("O" if split_tag(tag)[1] in labels else tag for tag in predicted.tags[task])
            for task, labels in self.open_labels.items()
            if labels and task in predicted.tags
        }
        return replace(predicted, tags={**predicted.tags, **tags}) if tags else predicted

    def training_records(self) -> TrainingRecords:
        """The train split, as `training_batches` reads it."""
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
    """Count words and tags of all train splits; return the counts and each corpus's size.

    Only corpora with a weight are counted. A sentence counts once, whatever the weight of its corpus. Tags of the
    `given` layers are counted as well. Raises DataError where `max_tokens` leaves no sentence of a corpus.
    """
    layers = [*corpora[0].tasks, *given]
    counts, sizes = Counts(tags={layer: Counter() for layer in layers}), []
    for corpus in corpora:
        if not corpus.weight:
            continue
        found = count_split(corpus.read("train"), layers, corpus.max_tokens)
        if not found.sentences:
            raise DataError(
                f"{corpus.manifest.place}: max_tokens = {corpus.max_tokens} leaves no sentence of train: raise it"
            )
        sizes.append(TrainSize(found.sentences, found.tokens, found.left_out, corpus.weight))
        counts.include(found)
    return counts, sizes

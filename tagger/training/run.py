"""One training run in memory: corpora, vocabularies, batches, network, training step."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tagger.backend import tf
from tagger.config.schema import Config
from tagger.corpus.batches import batch_signature, training_batches
from tagger.corpus.bucketing import Batching, batching_by_tokens
from tagger.corpus.from_config import mixed_corpora
from tagger.corpus.lower_case import SentencesInLowerCase
from tagger.corpus.manifest import Manifest
from tagger.corpus.mixture import TrainSize, count_corpora
from tagger.corpus.span_replacement import span_replacement
from tagger.corpus.training_records import TrainingRecords, WorkerShare
from tagger.errors import ConfigError
from tagger.evaluation import Scores
from tagger.evaluation.several_corpora import score_corpora
from tagger.network.cells import DropoutWrapper
from tagger.network.network import Network
from tagger.network.predictor import Predictor
from tagger.network.saved_weights import parameter_count, writing
from tagger.network.vector_embedding import VectorEmbedding
from tagger.network.vocabularies import make_vocabularies
from tagger.runtime.tagger import Tagger
from tagger.training.beginning import beginning_of
from tagger.training.epoch_steps import EpochSteps
from tagger.training.prepared_lists import prepared_lists
from tagger.training.pretrained_vectors import prepared_vectors
from tagger.training.projected_vectors import save_projected
from tagger.training.rehearsal import with_open_labels
from tagger.training.soft_target_records import Targets
from tagger.training.step import SlowPart, TrainingStep
from tagger.training.unlabelled_records import KeptSentences
from tagger.training.workers import Workers

_DRAWS_OF_A_WORKER = 1 << 48
"""Random numbers reserved for the dropout masks of each worker.
No two workers draw the same numbers."""


_USUAL_PACE = 0.5
"""Share of the learning rate for what was pretrained, where the configuration does not say.
Measured on EWT's dev (configs/pretrain-english.toml): 1 and a quarter are 0.1 worse, a tenth 0.4."""


class Run:
    """Everything that a training run holds in memory.

    A `RunState` says how far the run is.
    """

    def __init__(
        self,
        config: Config,
        corpora: Sequence[Manifest],
        folder: Path,
        workers: Workers,
        targets: Targets | None = None,
    ) -> None:
        """Count the train split, write the vocabularies to the run's folder, and build the network.

        `config` has the corpora's schemes; `targets` are soft targets to learn from. Raises DataError or ConfigError
        where the corpora do not fit the configuration.
        """
        self.config, self.workers, self.targets = config, workers, targets
        self.corpora = with_open_labels(config, mixed_corpora(config, corpora))
        self.tasks = list(config.tasks)
        self.counts, self.sizes = count_corpora(self.corpora, list(config.given))
        if targets:
            self.counts.words.update(targets.unlabelled_words())
        if self.sentences_per_epoch < 1:
            raise ConfigError("[[corpora]]: an epoch has no sentence at all: give them greater weights")
        self.vocabularies = make_vocabularies(config, self.counts)
        begun = beginning_of(config)
        if begun:
            words = self.counts.lowercased() if config.words.lowercase else self.counts.words
            self.vocabularies = begun.joined(self.vocabularies, words)
        if workers.is_chief:
            with writing(folder):
                self.vocabularies.save(folder)
            if begun:
                begun.copy_tables(folder)
        vectors = prepared_vectors(config, self.counts.words, folder, workers)
        lists = prepared_lists(config.lists, folder, workers)
        self.vocabularies = replace(self.vocabularies, vectors=vectors, lists=lists)
        self.lookup = self.vocabularies.lookup(config)
        rate = config.training.lowercase_rate
        self.lowering = SentencesInLowerCase(rate) if rate else None
        # Soft targets belong to the words that the teachers have read, so that those of other words are unknown.
        self.replacing = None if targets else span_replacement(config, self.corpora)
        self.batching = make_batching(config, [*self._gold_sizes(), *self._unlabelled_sizes()], workers)
        self.steps = self._expected_steps()
        self.network = Network(config, self.vocabularies.sizes, vectors)
        if begun:
            begun.give(self.network, self.vocabularies)
        layers = [*self.lookup.given_layers, *self.lookup.list_layers]
        signature = batch_signature(self.tasks, self.lookup.form_inputs, layers, self._soft_tasks)
        slow = begun.variables(self.network) if begun else []
        self.step = TrainingStep(self.network, config, self.steps.total, signature, workers, self._slow_part(slow))
        self.variables = tf.train.Checkpoint(step=self.step)
        self.parameters = parameter_count(self.network)
        """The number of trainable parameters."""
        self.tagger = self._make_tagger(folder)

    @property
    def sentences_per_epoch(self) -> float:
        """Average number of sentences in an epoch: those of each corpus times its weight."""
        return sum(size.sentences * size.weight for size in self.sizes)

    def description(self) -> str:
        """Return one line about what is going to be trained."""
        sizes, counts = self.sizes, self.counts
        drawn = f", {self.sentences_per_epoch:,.0f} drawn an epoch" if any(size.weight != 1 for size in sizes) else ""
        kept = self.targets.unlabelled if self.targets else None
        drawn += f" beside {kept.sentences:,} unlabelled ones" if kept else ""
        drawn += "".join(f" beside {text.sentences:,} for rehearsal" for text in self._rehearsed())
        left_out = f" ({counts.left_out:,} longer ones left out)" if counts.left_out else ""
        words, vectors = self.vocabularies.words.entries, self.vocabularies.vectors
        with_vectors = f" ({np.count_nonzero(vectors.ids(words)):,} with a pretrained vector)" if vectors else ""
        tags = ", ".join(f"{len(tags.entries)} tags of {task}" for task, tags in self.vocabularies.tags.items())
        lists = self.vocabularies.lists.by_type if self.vocabularies.lists else {}
        names = "".join(f", {each.phrases:,} names of {name}" for name, each in lists.items())
        return (
            f"{counts.sentences:,} sentences{drawn}{left_out}, {counts.tokens:,} tokens, "
            f"{len(words):,} words{with_vectors}, {tags}{names}; {self.parameters:,} parameters"
        )

    def batches(self, first_epoch: int, skip: int = 0) -> tf.data.Dataset:
        """Return this worker's batches of all epochs from `first_epoch` on.

        The first `skip` batches of that epoch are left out. An empty batch ends each epoch.
        """
        records, unlabelled = self._training_records(), self._unlabelled_records()
        gold = [*(self.targets.in_place_of(records) if self.targets else records), *self._rehearsed_records()]
        epochs = self.config.training.epochs
        if not unlabelled or first_epoch >= self.steps.mixed_epochs:
            return self._batches_of(gold, range(first_epoch, epochs), skip)
        mixed = self._batches_of([*gold, *unlabelled], range(first_epoch, self.steps.mixed_epochs), skip)
        if self.steps.mixed_epochs == epochs:
            return mixed
        return mixed.concatenate(self._batches_of(gold, range(self.steps.mixed_epochs, epochs), 0))

    def _batches_of(self, records: Sequence[TrainingRecords], epochs: range, skip: int) -> tf.data.Dataset:
        return training_batches(
            records,
            self.lookup,
            self.tasks,
            self.batching,
            self.config.seed,
            epochs,
            skip=skip,
            share=WorkerShare(self.workers.index, self.workers.count),
            lowering=self.lowering,
            composing=self.counts.decomposed > 0,
            soft=self._soft_tasks,
            replacing=self.replacing,
        )

    def score(self, split: str) -> Scores | None:
        """Score a split with the current weights; None where no corpus has tags in it."""
        scores = score_corpora(self.tagger, self.corpora, split)
        return scores.together if scores else None

    def project_vectors(self, folder: Path) -> None:
        """Replace pretrained vectors that the network projects by their projections, as a finished model has them.

        Other networks are left as they are. Call this method once, when training is over.
        """
        vectors, network = self.vocabularies.vectors, self.network.vectors
        if vectors is None or network is None or not vectors.is_unprojected:
            return
        projected = save_projected(vectors, network, self.config.vectors, folder)
        self.vocabularies = replace(self.vocabularies, vectors=projected)
        self.network.vectors = VectorEmbedding(projected, self.config.vectors, np.random.default_rng())
        self.tagger = self._make_tagger(folder)

    def separate_dropout_of_workers(self) -> None:
        """Let this worker's dropout draw other random numbers than the other workers'.

        Call this method after a checkpoint is restored, because the checkpoint has the chief's random generators.
        """
        for module in self.network.submodules:
            if isinstance(module, DropoutWrapper):
                module.generator.skip(self.workers.index * _DRAWS_OF_A_WORKER)

    def _slow_part(self, variables: list[tf.Variable]) -> SlowPart:
        """Return the variables that were pretrained, and how slowly they change."""
        settings, rate = self.config.pretrained, self.config.training.learning_rate
        pace = settings.learning_rate / rate if settings.learning_rate else _USUAL_PACE
        return SlowPart(variables, pace, bool(variables and settings.frozen_epochs))

    def _make_tagger(self, folder: Path) -> Tagger:
        """Return what tags with the network as it is now."""
        predictor = Predictor(self.network, self.lookup, self.vocabularies.tags)
        return Tagger.from_folder(self.vocabularies.model_folder(folder, self.config), predictor)

    @property
    def _soft_tasks(self) -> list[str]:
        """The tasks whose records have soft targets."""
        return self.tasks if self.targets else []

    def _training_records(self) -> list[TrainingRecords]:
        """Return the train records of the corpora, except for those that are only scored."""
        return [corpus.training_records() for corpus in self.corpora if corpus.weight]

    def _gold_sizes(self) -> list[TrainSize]:
        """Return the sizes of what each epoch reads: the corpora, and the text for rehearsal if there is any."""
        return [*self.sizes, *(self._size_of(text, self._rehearsal_weight(text)) for text in self._rehearsed())]

    def _rehearsed(self) -> list[KeptSentences]:
        """Return the text for rehearsal, if there is any."""
        return [self.targets.rehearsed] if self.targets and self.targets.rehearsed else []

    def _rehearsal_weight(self, text: KeptSentences) -> float:
        """Return how often an epoch reads each sentence of rehearsal, so that they have their share of all it reads."""
        share = self.config.init.rehearsal
        return share / (1.0 - share) * self.sentences_per_epoch / text.sentences

    def _rehearsed_records(self) -> list[TrainingRecords]:
        """Return the records of the text for rehearsal, if there is any."""
        return [
            records
            for text in self._rehearsed()
            if self.targets
            for records in self.targets.rehearsed_text(self.tasks, self._rehearsal_weight(text))
        ]

    def _unlabelled_records(self) -> list[TrainingRecords]:
        """Return the records of unlabelled text, if there is any."""
        return self.targets.unlabelled_records(self.tasks, self.config.unlabelled.weight) if self.targets else []

    def _unlabelled_sizes(self) -> list[TrainSize]:
        """Return the size of the unlabelled text, if there is any."""
        kept = self.targets.unlabelled if self.targets else None
        return [self._size_of(kept, self.config.unlabelled.weight)] if kept else []

    @staticmethod
    def _size_of(kept: KeptSentences, weight: float) -> TrainSize:
        return TrainSize(kept.sentences, kept.tokens, 0, weight)

    def _expected_steps(self) -> EpochSteps:
        """Return the number of steps of each epoch.

        The number is that of the batches of the worker with the most sentences; with `training.batch_tokens` it is an
        estimate.
        """
        gold, unlabelled = [*self._training_records(), *self._rehearsed_records()], self._unlabelled_records()
        settings = self.config.training
        alone = self._steps_of(gold, self._gold_sizes())
        if not unlabelled:
            return EpochSteps(settings.epochs, 0, alone, alone)
        mixed = self._steps_of([*gold, *unlabelled], [*self._gold_sizes(), *self._unlabelled_sizes()])
        return EpochSteps(settings.epochs, self.config.unlabelled.gold_epochs, mixed, alone)

    def _steps_of(self, records: Sequence[TrainingRecords], sizes: Sequence[TrainSize]) -> int:
        """Return the number of steps of an epoch of some records."""
        short_enough = [size.sentences / sum(each.sentences) for each, size in zip(records, sizes, strict=True)]
        by_worker = [
            sum(
                each.sentences_per_epoch(WorkerShare(index, self.workers.count)) * share
                for each, share in zip(records, short_enough, strict=True)
            )
            for index in range(self.workers.count)
        ]
        return self.batching.steps(math.ceil(max(by_worker)))


def make_batching(config: Config, sizes: Sequence[TrainSize], workers: Workers) -> Batching:
    """Return how a worker cuts its share of the train split into batches."""
    settings = config.training
    if settings.batch_tokens:
        tokens = sum(size.tokens * size.weight for size in sizes)
        sentences = sum(size.sentences * size.weight for size in sizes)
        share = workers.share(settings.batch_tokens)
        return batching_by_tokens(share, tokens / sentences, settings.pool, settings.shuffle_buffer)
    return Batching(workers.share(settings.batch_size), settings.pool, settings.shuffle_buffer)

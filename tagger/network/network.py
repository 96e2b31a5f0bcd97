"""The network: features of words, an encoder, and an output layer for each task.

From top to bottom: the layers, the scores they give, the training loss, and what tagging reads.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from tagger.backend import tf
from tagger.config.schema import Config
from tagger.corpus.soft_targets import soft_targets
from tagger.model.transitions import Transitions
from tagger.model.vector_table import VECTORS, VectorTable
from tagger.model.vocabulary import FIRST_TAG
from tagger.model.word_features import AFFIXES, SHAPES
from tagger.network.characters import CharacterEncoder, character_encoder
from tagger.network.crf import TransitionScores
from tagger.network.encoder import Encoder
from tagger.network.given_tags import GivenTags
from tagger.network.hashed_embedding import HashedEmbedding, hashed_embeddings
from tagger.network.language_model import language_model
from tagger.network.list_marks import ListMarks, list_marks
from tagger.network.losses import masked_cross_entropy, real_tokens, with_costs
from tagger.network.projection import Projection
from tagger.network.vector_embedding import VectorEmbedding
from tagger.network.word_embedding import WordEmbedding

Batch = Mapping[str, tf.Tensor]
"""Tensors by name, as `corpus.lookup.Lookup` makes them."""
SpellingLayer = CharacterEncoder | HashedEmbedding
SumOverWorkers = Callable[[list[tf.Tensor]], list[tf.Tensor]]
"""Tensors of one worker to their sums over all workers of the run."""


@dataclass(frozen=True)
class VocabularySizes:
    """The number of ids of each vocabulary, padding and unknown included."""

    words: int
    characters: int
    tags: Mapping[str, int]
    """By task."""
    first_singleton: int
    """Words from this id on were seen once in train."""
    given: Mapping[str, int] = field(default_factory=dict)
    """By layer of tags that sentences already have."""
    outside: Mapping[str, int] = field(default_factory=dict)
    """The id of `O`, by task that has it."""


class Network(tf.Module):
    """A tagging network: from a batch of ids to scores of each task.

    Column n of the scores `[B, T, K]` is the tag of id n + 1. Features of a token are the embedding of its word,
    vectors computed from the word's form (once for each distinct word of a batch), pretrained vectors, and embeddings
    of tags that it already has and of its places in names of lists. Each is there only where the configuration asks for
    it. The initial weights depend on `config.seed` alone.
    """

    def __init__(self, config: Config, sizes: VocabularySizes, vectors: VectorTable | None = None) -> None:
        super().__init__(name="network")
        # Everything draws its initial weights from this one generator, so the order of the lines below matters.
        generator = np.random.default_rng(config.seed)
        self.words = WordEmbedding(config.words, sizes.words, sizes.first_singleton, generator)
        self.characters = character_encoder(config.characters, sizes.characters, generator)
        self.shapes, self.affixes = hashed_embeddings(config)
        self.vectors = VectorEmbedding(vectors, config.vectors, generator) if vectors else None
        given: dict[str, GivenTags | ListMarks] = {
            layer: GivenTags(config.given[layer], sizes.given[layer], generator) for layer in sorted(config.given)
        }
        self.given = {**given, **list_marks(config.lists, generator)}
        self.features_size = self.words.output_size + self.spelling_size
        self.features_size += sum(tags.output_size for tags in self.given.values())
        self.encoder = Encoder(config.encoder, self.features_size, generator)
        self.projections = {
            task: Projection(self.encoder.output_size, sizes.tags[task] - FIRST_TAG, generator) for task in config.tasks
        }
        self.fields = {
            task: TransitionScores(sizes.tags[task] - FIRST_TAG)
            for task, settings in config.tasks.items()
            if settings.decoder == "crf"
        }
        self.language_model = language_model(config, sizes.words, self.encoder, generator)
        self._language_model_weight = config.language_model.weight
        self._task_weights = {task: settings.weight for task, settings in config.tasks.items()}
        self._label_smoothing = config.training.label_smoothing
        self._soft_weight = config.distillation.weight
        self._costs = {
            task: (sizes.outside[task], settings.miss_cost, settings.confusion_cost)
            for task, settings in config.tasks.items()
            if (settings.miss_cost or settings.confusion_cost) and task in sizes.outside
        }

    @property
    def spelling(self) -> dict[str, SpellingLayer]:
        """The layers that read word forms, by the name of the input `[W + 1, ...]` that each reads."""
        layers = {"characters": self.characters, SHAPES: self.shapes, AFFIXES: self.affixes}
        return {name: layer for name, layer in layers.items() if layer}

    @property
    def spelling_size(self) -> int:
        """The width of all vectors of a distinct word side by side.

        The vectors of `spelling` come first, then the pretrained one.
        """
        return sum(layer.output_size for layer in self._distinct_word_layers().values())

    def _distinct_word_layers(self) -> dict[str, SpellingLayer | VectorEmbedding]:
        """The layers that run once for each distinct word of a batch, by the name of their input."""
        return {**self.spelling, **({VECTORS: self.vectors} if self.vectors else {})}

    def scores(self, batch: Batch, training: bool, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """Scores `[B, T, K]` of each task, arbitrary in padding.

        In training, `seed` `[2]` decides what dropout outside the cells drops and which words become unknown.
        """
        return self._project(self.encode(batch, training, seed))

    def _project(self, encoded: tf.Tensor) -> dict[str, tf.Tensor]:
        return {task: projection(encoded) for task, projection in self.projections.items()}

    def encode(self, batch: Batch, training: bool, seed: tf.Tensor) -> tf.Tensor:
        """The encoder's outputs `[B, T, H]`, zero in padding; `seed` is as in `scores`."""
        return self.encoder(self.features(batch, training, seed), batch["lengths"], training)

    def features(self, batch: Batch, training: bool, seed: tf.Tensor) -> tf.Tensor:
        """The features `[B, T, D]` of each token, which the encoder reads; `seed` is as in `scores`."""
        word_seed, spelling_seed = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        features = self.words(batch["words"], training, word_seed)
        parts = [features]
        for number, (name, layer) in enumerate(self._distinct_word_layers().items()):
            vectors = tf.gather(layer(batch[name], training), batch["distinct"])  # [W + 1, D] to [B, T, D]
            if training and layer.dropout:
                layer_seed = (
                    tf.random.experimental.stateless_fold_in(spelling_seed, number) if number else spelling_seed
                )
                whole = tf.concat([tf.shape(vectors)[:2], [1]], axis=0)  # one draw for the whole vector of a token
                vectors = tf.nn.experimental.stateless_dropout(vectors, layer.dropout, layer_seed, noise_shape=whole)
            parts.append(vectors)
        for number, (name, tags) in enumerate(self.given.items()):
            tag_seed = tf.random.experimental.stateless_fold_in(word_seed, number)
            parts.append(tags(batch[f"given/{name}"], training, tag_seed))
        return tf.concat(parts, axis=-1) if len(parts) > 1 else features

    def rows_read(self, batch: Batch, seed: tf.Tensor) -> tf.Tensor:
        """The distinct rows `[N]` of the table of words that a training step may read; `seed` is as in `scores`."""
        del seed
        return self.words.rows_read(batch["words"])

    def loss(self, batch: Batch, seed: tf.Tensor, add_up: SumOverWorkers = list) -> tf.Tensor:
        """The training loss, a scalar: the weighted sum of the tasks' mean losses.

        The mean of a task is over the tokens that have its tags. `seed` is as in `scores`. Where the batch is one
        worker's part of a larger one, `add_up` sums token counts over the workers, so that the losses of all parts add
        up to that of the whole batch.
        """
        encoded = self.encode(batch, training=True, seed=seed)
        scores = self._project(encoded)
        longest = tf.shape(batch["words"])[1]
        masks = [
            real_tokens(batch["lengths"], batch[f"annotated/{task}"], longest, batch.get(f"has_tag/{task}"))
            for task in self._task_weights
        ]
        if self.language_model:
            masks.append(tf.sequence_mask(batch["lengths"], longest))
        counts = add_up([tf.math.count_nonzero(mask, dtype=tf.int32) for mask in masks])
        total = tf.zeros([])
        if self.language_model:
            loss = self.language_model.loss(encoded, batch["words"], masks.pop(), counts.pop())
            total += self._language_model_weight * loss
        for (task, weight), mask, count in zip(self._task_weights.items(), masks, counts, strict=True):
            total += weight * self._task_loss(task, scores[task], batch, mask, count)
        return total

    def _task_loss(self, task: str, scores: tf.Tensor, batch: Batch, mask: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
        """The mean loss of a task's scores `[B, T, K]`: a scalar.

        The mean is taken over the `count` tokens of `mask` `[B, T]`.
        """
        tags, soft = batch[f"tags/{task}"], soft_targets(batch, task, self._soft_weight)
        if task in self._costs:
            scores = with_costs(scores, tags, *self._costs[task], mask)
        if task in self.fields:
            lengths = tf.where(batch[f"annotated/{task}"], batch["lengths"], 0)
            return self.fields[task].loss(scores, tags, lengths, count, soft, batch.get(f"has_tag/{task}"))
        return masked_cross_entropy(scores, tags, mask, count, self._label_smoothing, soft)

    def transitions(self) -> dict[str, Transitions]:
        """The learned transition scores of each task that has a CRF."""
        return {task: field.values() for task, field in self.fields.items()}

    def best_tags(self, batch: Batch) -> dict[str, tf.Tensor]:
        """Ids `[B, T]` of each task's highest-scoring tags, without dropout; arbitrary in padding."""
        scores = self.scores(batch, training=False, seed=tf.zeros([2], tf.int32))
        return {task: tf.argmax(columns, axis=-1, output_type=tf.int32) + FIRST_TAG for task, columns in scores.items()}

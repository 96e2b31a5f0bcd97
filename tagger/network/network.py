"""The network: words and their spelling, a recurrent encoder over the sentence, and one projection for each task."""

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
from tagger.network.given import GivenTags
from tagger.network.hashed_embedding import HashedEmbedding, hashed_embeddings
from tagger.network.language_model import language_model
from tagger.network.losses import masked_cross_entropy, real_tokens, with_costs
from tagger.network.projection import Projection
from tagger.network.vector_embedding import VectorEmbedding
from tagger.network.word_embedding import WordEmbedding

Batch = Mapping[str, tf.Tensor]
SpellingPart = CharacterEncoder | HashedEmbedding
AddUp = Callable[[list[tf.Tensor]], list[tf.Tensor]]
"""Tensors of one worker to their sums over all of them."""


@dataclass(frozen=True)
class Sizes:
    """How many ids each vocabulary has, padding and unknown included, and where the words seen once begin."""

    words: int
    characters: int
    tags: Mapping[str, int]
    first_singleton: int
    given: Mapping[str, int] = field(default_factory=dict)
    outside: Mapping[str, int] = field(default_factory=dict)
    """The id of `O`, of each task that has it."""


class Network(tf.Module):
    """From a batch of `corpus.lookup` to scores of every task's tags; the n-th column is the tag of id n + 1."""

    def __init__(self, config: Config, sizes: Sizes, vectors: VectorTable | None = None) -> None:
        super().__init__(name="network")
        generator = np.random.default_rng(config.seed)
        self.words = WordEmbedding(config.words, sizes.words, sizes.first_singleton, generator)
        self.characters = character_encoder(config.characters, sizes.characters, generator)
        self.shapes, self.affixes = hashed_embeddings(config)
        self.vectors = VectorEmbedding(vectors, config.vectors.dropout) if vectors else None
        self.given = {
            layer: GivenTags(config.given[layer], sizes.given[layer], generator) for layer in sorted(config.given)
        }
        features = self.words.output_size + self.spelling_size
        features += sum(tags.output_size for tags in self.given.values())
        self.encoder = Encoder(config.encoder, features, generator)
        self.projections = {
            task: Projection(self.encoder.output_size, sizes.tags[task] - FIRST_TAG, generator) for task in config.tasks
        }
        self.fields = {
            task: TransitionScores(sizes.tags[task] - FIRST_TAG)
            for task, settings in config.tasks.items()
            if settings.decoder == "crf"
        }
        self.language_model = language_model(config, sizes.words, self.encoder, generator)
        self._language_weight = config.language_model.weight
        self._weights = {task: settings.weight for task, settings in config.tasks.items()}
        self._smoothing = config.training.label_smoothing
        self._soft_weight = config.distillation.weight
        self._costs = {
            task: (sizes.outside[task], settings.miss_cost, settings.confusion_cost)
            for task, settings in config.tasks.items()
            if (settings.miss_cost or settings.confusion_cost) and task in sizes.outside
        }

    @property
    def spelling(self) -> dict[str, SpellingPart]:
        """What computes vectors of words' forms, once for each distinct word of a batch, by the input that it reads."""
        parts = {"characters": self.characters, SHAPES: self.shapes, AFFIXES: self.affixes}
        return {name: part for name, part in parts.items() if part}

    @property
    def spelling_size(self) -> int:
        """The size of those vectors side by side, and of the pretrained ones behind them."""
        return sum(part.output_size for part in self._of_forms().values())

    def _of_forms(self) -> dict[str, SpellingPart | VectorEmbedding]:
        return {**self.spelling, **({VECTORS: self.vectors} if self.vectors else {})}

    def scores(self, batch: Batch, training: bool, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """Scores `[B, T, K]` of each task; `seed` `[2]` decides, while training, what is dropped outside of cells."""
        return self._project(self.encode(batch, training, seed))

    def _project(self, encoded: tf.Tensor) -> dict[str, tf.Tensor]:
        return {task: projection(encoded) for task, projection in self.projections.items()}

    def encode(self, batch: Batch, training: bool, seed: tf.Tensor) -> tf.Tensor:
        """What the encoder makes of each token, `[B, T, H]`."""
        word_seed, spelling_seed = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        features = self.words(batch["words"], training, word_seed)
        parts = [features]
        for number, (name, part) in enumerate(self._of_forms().items()):
            spelled = tf.gather(part(batch[name], training), batch["distinct"])  # of [W + 1, D], [B, T, D]
            if training and part.dropout:
                dropped = tf.random.experimental.stateless_fold_in(spelling_seed, number) if number else spelling_seed
                whole = tf.concat([tf.shape(spelled)[:2], [1]], axis=0)
                spelled = tf.nn.experimental.stateless_dropout(spelled, part.dropout, dropped, noise_shape=whole)
            parts.append(spelled)
        for number, (layer, tags) in enumerate(self.given.items()):
            tag_seed = tf.random.experimental.stateless_fold_in(word_seed, number)
            parts.append(tags(batch[f"given/{layer}"], training, tag_seed))
        features = tf.concat(parts, axis=-1) if len(parts) > 1 else features
        return self.encoder(features, batch["lengths"], training)

    def loss(self, batch: Batch, seed: tf.Tensor, add_up: AddUp = list) -> tf.Tensor:
        """The tasks' weighted sum of mean losses over real tokens, in training. Where the batch is a worker's part of a
        larger one, `add_up` adds its counts to the others', and the losses of all parts add up to the whole's."""
        encoded = self.encode(batch, training=True, seed=seed)
        scores = self._project(encoded)
        longest = tf.shape(batch["words"])[1]
        masks = [real_tokens(batch["lengths"], batch[f"annotated/{task}"], longest) for task in self._weights]
        if self.language_model:
            masks.append(tf.sequence_mask(batch["lengths"], longest))
        counts = add_up([tf.math.count_nonzero(mask, dtype=tf.int32) for mask in masks])
        total = tf.zeros([])
        if self.language_model:
            guessed = self.language_model.loss(encoded, batch["words"], masks.pop(), counts.pop())
            total += self._language_weight * guessed
        for (task, weight), mask, count in zip(self._weights.items(), masks, counts, strict=True):
            tags, of, soft = batch[f"tags/{task}"], scores[task], soft_targets(batch, task, self._soft_weight)
            if task in self._costs:
                of = with_costs(of, tags, *self._costs[task])
            if task in self.fields:
                lengths = tf.where(batch[f"annotated/{task}"], batch["lengths"], 0)
                total += weight * self.fields[task].loss(of, tags, lengths, count, soft)
            else:
                loss = masked_cross_entropy(of, tags, mask, count, self._smoothing, soft)
                total += weight * loss
        return total

    def transitions(self) -> dict[str, Transitions]:
        """What the neighbours of a tag add to its score, of each task that has a field."""
        return {task: field.values() for task, field in self.fields.items()}

    def best_tags(self, batch: Batch) -> dict[str, tf.Tensor]:
        """The ids `[B, T]` of each task's best tags, nothing dropped; those past a sentence's end are arbitrary."""
        scores = self.scores(batch, training=False, seed=tf.zeros([2], tf.int32))
        return {task: tf.argmax(of, axis=-1, output_type=tf.int32) + FIRST_TAG for task, of in scores.items()}

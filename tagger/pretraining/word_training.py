"""The training of a language model of words, as the loop of pretraining drives it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from tagger.backend import tf
from tagger.config.word_model_keys import WordModelConfig
from tagger.corpus.batches import batch_signature, is_epoch_end, training_batches
from tagger.corpus.bucketing import Batching
from tagger.corpus.lookup import Batch
from tagger.model.vocabulary import FIRST_WORD
from tagger.network.saved_weights import parameter_count
from tagger.network.vocabularies import Vocabularies
from tagger.network.word_language_model import WordLanguageModel
from tagger.pretraining.word_records import HELD_OUT, TRAIN, SentenceRecords
from tagger.training.step import TrainingStep

_SCORED_AT_ONCE = 16
"""Sentences of a batch of the held-out text."""


class WordTraining:
    """A language model of words with its batches, and the step that taggers have."""

    unit = "word"

    def __init__(self, config: WordModelConfig, sentences: SentenceRecords) -> None:
        self._config, self._sentences, self.text = config, sentences, sentences.record.text
        first_singleton = FIRST_WORD + sentences.record.seen_often
        vocabularies = Vocabularies(sentences.words, sentences.characters, {}, first_singleton)
        self._lookup = vocabularies.lookup(config.as_tagger())
        self.network = WordLanguageModel(config, vocabularies.sizes, sentences.frequencies)
        loop = config.training
        self._batching = Batching(loop.batch_size, loop.pool, loop.shuffle_buffer)
        self.steps_per_epoch = self._batching.steps(sum(shard.sentences for shard in sentences.record.train))
        signature = batch_signature([], self._lookup.form_inputs)
        self.step = TrainingStep(self.network, config, loop.epochs * self.steps_per_epoch, signature)
        self._in_epoch = 0
        self._left: Iterator[Batch] | None = None
        """The batches that training has not read yet."""
        self._held_out: tf.data.Dataset | None = None
        if sentences.record.tokens(HELD_OUT):
            self._held_out = self._batches(HELD_OUT, Batching(_SCORED_AT_ONCE, 1, 1), range(1), 0)
        self._score = tf.function(self._sum_of_losses, input_signature=[signature], autograph=False)

    def description(self) -> str:
        """Return one line about what is going to be trained."""
        record, known = self._sentences.record, len(self._sentences.words.entries)
        held_out = record.tokens(HELD_OUT)
        return (
            f"{sum(shard.sentences for shard in record.train):,} sentences, {record.tokens(TRAIN):,} words"
            f"{f', {held_out:,} held out' if held_out else ''}, {known:,} of {record.words:,} different ones known; "
            f"{self.steps_per_epoch:,} steps an epoch; {parameter_count(self.network):,} parameters"
        )

    def plan(self) -> None:
        """Let the learning rate decay over all epochs of the configuration, also where the run began with fewer."""
        self.step.plan(self._config.training.epochs * self.steps_per_epoch)

    def text_figures(self) -> dict[str, Any]:
        """Return what `metrics.json` says of the text."""
        record = self._sentences.record
        return {
            **record.text.as_dict(),
            "train": record.tokens(TRAIN),
            "held_out": record.tokens(HELD_OUT),
            "vocabulary": len(self._sentences.words.entries),
            "different": record.words,
        }

    @property
    def mean_loss(self) -> float:
        """The mean loss of the steps of the current epoch so far, in nats: in the sample, where there is one."""
        return float(self.step.loss_sum) / max(1, self._in_epoch)

    def train(self, epoch: int, skip: int) -> Iterator[int]:
        """Take the steps of an epoch that are left after `skip`, and yield the number of words that each learned."""
        self._in_epoch = skip
        if not skip:
            self.step.start_epoch()
        if self._left is None:
            epochs = range(epoch, self._config.training.epochs)
            self._left = iter(self._batches(TRAIN, self._batching, epochs, skip))
        for batch in self._left:
            if is_epoch_end(batch):
                return
            self.step.run(batch)
            self._in_epoch += 1
            yield int(tf.reduce_sum(batch["lengths"]))

    def score(self) -> float | None:
        """Return the mean loss of a word of the held-out sentences among all words, in nats; None without any."""
        if self._held_out is None:
            return None
        total = count = 0.0
        for batch in self._held_out:
            if is_epoch_end(batch):
                break
            losses, predicted = self._score(batch)
            total, count = total + float(losses), count + float(predicted)
        return total / count

    def kept_weights(self) -> AbstractContextManager[None]:
        """Give the network the weights to score and keep inside the block."""
        return self.step.averaged()

    def _batches(self, split: str, batching: Batching, epochs: range, skip: int) -> tf.data.Dataset:
        """Return the batches of some epochs, with an empty one after each."""
        records = [self._sentences.of(split)]
        return training_batches(records, self._lookup, [], batching, self._config.seed, epochs, skip=skip)

    def _sum_of_losses(self, batch: Batch) -> tuple[tf.Tensor, tf.Tensor]:
        losses = self.network.exact_losses(batch)
        return tf.reduce_sum(losses), tf.size(losses)

"""The parts of one training run, put together: corpus, vocabularies, network, step, and what is written down."""

import math
import resource
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from tagger.backend import tf
from tagger.config.schema import Config
from tagger.corpus.batches import batch_signature, is_epoch_end, training_batches
from tagger.corpus.bucketing import Batching, batching_by_tokens
from tagger.corpus.from_config import mixed_corpora, provenance
from tagger.corpus.lookup import Batch
from tagger.corpus.lower_case import SentencesInLowerCase
from tagger.corpus.manifest import Manifest
from tagger.corpus.mixture import TrainSize, count_corpora
from tagger.corpus.sampling import TrainingRecords, WorkerShare
from tagger.errors import ConfigError, ExportError, TaggerError
from tagger.evaluation import Scores, main_figure
from tagger.evaluation.several_corpora import MixedScores, score_corpora
from tagger.export.onnx_files import onnx_models, write_models
from tagger.model.folder import CHARACTERS_FILE, MODEL_FILE
from tagger.network.cells import DropoutWrapper
from tagger.network.network import Network
from tagger.network.predictor import Predictor
from tagger.network.saved_weights import writing
from tagger.network.vocabularies import make_vocabularies
from tagger.runtime.tagger import Tagger
from tagger.training.pretrained_vectors import prepared_vectors, save_tuned
from tagger.training.progress import TrainingProgress
from tagger.training.state import RunState
from tagger.training.step import TrainingStep
from tagger.training.targets import Targets
from tagger.training.workers import Workers

LOOK = 20
"""Steps between two looks at the loss."""
APART = 1 << 48
"""Numbers that one worker's dropout may draw before it draws the next one's."""


class Run:
    """Everything that a run holds in memory; how far it is stands in a `RunState`."""

    def __init__(
        self,
        config: Config,
        manifests: Sequence[Manifest],
        folder: Path,
        progress: TrainingProgress,
        workers: Workers,
        targets: Targets | None = None,
    ) -> None:
        self.config, self.folder, self.progress, self.workers = config, folder, progress, workers
        self.targets = targets
        self.corpora = mixed_corpora(config, manifests)
        self.tasks = list(config.tasks)
        self.counts, self.sizes = count_corpora(self.corpora, list(config.given))
        if self.drawn < 1:
            raise ConfigError("[[corpora]]: an epoch has no sentence at all: give them greater weights")
        self.vocabularies = make_vocabularies(config, self.counts)
        if workers.is_chief:
            with writing(folder):
                self.vocabularies.save(folder)
        vectors = prepared_vectors(config, self.counts.words, folder, workers)
        self.vocabularies = replace(self.vocabularies, vectors=vectors)
        self.lookup = self.vocabularies.lookup(config)
        rate = config.training.lowercase_rate
        self.lowering = SentencesInLowerCase(rate) if rate else None
        self.batching = make_batching(config, self.sizes, workers)
        self.epoch_steps = self._expected_steps()
        self.network = Network(config, self.vocabularies.sizes, vectors)
        signature = batch_signature(self.tasks, self.lookup.form_inputs, self.lookup.given_layers, self.soft)
        steps = config.training.epochs * self.epoch_steps
        self.step = TrainingStep(self.network, config, steps, signature, workers)
        self.variables = tf.train.Checkpoint(step=self.step)
        predictor = Predictor(self.network, self.lookup, self.vocabularies.tags)
        self.tagger = Tagger.from_folder(self.vocabularies.model_folder(folder, config), predictor)

    @property
    def soft(self) -> list[str]:
        """The tasks whose records of train have soft targets."""
        return self.tasks if self.targets else []

    @property
    def drawn(self) -> float:
        """Sentences of an epoch."""
        return sum(size.sentences * size.weight for size in self.sizes)

    def description(self) -> str:
        """One line on what is about to be trained."""
        an_epoch = f", {self.drawn:,.0f} drawn an epoch" if any(size.weight != 1 for size in self.sizes) else ""
        left_out = f" ({self.counts.left_out:,} longer ones left out)" if self.counts.left_out else ""
        return (
            f"{self.counts.sentences:,} sentences{an_epoch}{left_out}, {self.counts.tokens:,} tokens, "
            f"{len(self.vocabularies.words.entries):,} words{self._with_vectors()}, "
            + ", ".join(f"{len(tags.entries)} tags of {task}" for task, tags in self.vocabularies.tags.items())
            + f"; {self.parameters:,} parameters"
        )

    def _with_vectors(self) -> str:
        vectors = self.vocabularies.vectors
        if vectors is None:
            return ""
        return f" ({np.count_nonzero(vectors.ids(self.vocabularies.words.entries)):,} with a pretrained vector)"

    @property
    def parameters(self) -> int:
        """The numbers that are learned."""
        return int(sum(np.prod(variable.shape) for variable in self.network.trainable_variables))

    def begin(self, state: RunState) -> None:
        """Take up a run where its state is."""
        if state.checkpoint:
            state.restore(self.variables, self.folder)
            self.progress.say(f"resumed after epoch {state.epoch}, step {state.step_in_epoch}")
        for generator in dropout_generators(self.network):
            generator.skip(self.workers.index * APART)
        self._plan(state)
        self._batches = iter(self.dataset(state.epoch, state.step_in_epoch))

    def train_epoch(self, state: RunState) -> None:
        """Take the steps that are left of an epoch."""
        if not state.step_in_epoch:
            self.step.start_epoch()
        every, first = self.config.training.checkpoint_steps, state.step_in_epoch
        started, real_before = time.perf_counter(), int(self.step.real)
        for batch in self.rest_of_epoch():
            if every and state.step_in_epoch > first and state.step_in_epoch % every == 0:
                self.save(state)
            self.step.run(batch)
            state.step_in_epoch += 1
            if state.step_in_epoch % LOOK == 0:
                self._look(state, (int(self.step.real) - real_before) / (time.perf_counter() - started))
        self._look(state, (int(self.step.real) - real_before) / (time.perf_counter() - started))

    def save(self, state: RunState) -> None:
        """Save all that the run needs to go on from here."""
        if self.workers.is_chief:
            state.save(self.variables, self.folder)

    def score(self, split: str) -> Scores | None:
        """The scores of a split with the weights as they are; None where no corpus has such a split, or tags in it."""
        scores = score_corpora(self.tagger, self.corpora, split)
        return scores.together if scores else None

    def note_epoch(self, scores: Scores | None, state: RunState, seconds: float) -> None:
        """Write an epoch down: in the state, for TensorBoard, and on the terminal."""
        steps, state.step_in_epoch = state.step_in_epoch, 0
        state.epoch += 1
        state.seconds += seconds
        real, padded = int(self.step.real), int(self.step.padded)
        figures = {task: main_figure(of) for task, of in scores.tasks.items()} if scores else {}
        note = {
            "epoch": state.epoch,
            "steps": steps,
            "loss": float(self.step.loss_sum) / max(1, steps),
            "dev": figures,
            "padding": 1.0 - real / padded if padded else 0.0,
            "tokens_per_second": real / seconds,
            "seconds": seconds,
        }
        state.history.append(note)
        self._plan(state)
        tf.summary.scalar("train/loss", note["loss"], step=state.epoch)
        tf.summary.scalar("train/padding", note["padding"], step=state.epoch)
        tf.summary.scalar("train/tokens_per_second", note["tokens_per_second"], step=state.epoch)
        for task, figure in figures.items():
            tf.summary.scalar(f"dev/{task}", figure, step=state.epoch)
        dev = " ".join(f"{task} {100 * figure:.2f}" for task, figure in figures.items()) or "none"
        self.progress.say(
            f"epoch {state.epoch}/{self.config.training.epochs}: loss {note['loss']:.4f}, dev {dev}, "
            f"{note['tokens_per_second']:,.0f} tokens/s, {100 * note['padding']:.1f}% padding, {seconds:.1f} s"
        )

    def is_best(self, scores: Scores | None, state: RunState) -> bool:
        """Whether the epoch that was just scored is the best so far: of two that are as good the later one, and always
        where nothing is scored. The chief has the scores, and lets the others know."""
        score = sum(main_figure(of) for of in scores.tasks.values()) / len(scores.tasks) if scores else math.inf
        score = self.workers.from_chief(score)
        if score == math.inf:
            state.best_epoch = state.better_epoch = state.epoch + 1
            return True
        if score < state.best_score:
            return False
        if score > state.best_score:
            state.better_epoch = state.epoch + 1
        state.best_score, state.best_epoch = score, state.epoch + 1
        return True

    def is_out_of_patience(self, state: RunState) -> bool:
        """Whether the last better dev score lies too many epochs back."""
        patience = self.config.training.patience
        return bool(patience) and state.epoch - state.better_epoch >= patience

    def export(self, name: str) -> None:
        """Write the network, as it is, for ONNX Runtime; where that cannot be, say so, and TensorFlow tags with it."""
        save_tuned(self.network, self.folder)
        try:
            models = onnx_models(
                self.network, self.vocabularies.tags, self.tagger.schemes, name, provenance(self.corpora)
            )
        except ExportError as error:
            for file in (MODEL_FILE, CHARACTERS_FILE):  # of a model that is gone on with
                (self.folder / file).unlink(missing_ok=True)
            self.progress.say(f"no {MODEL_FILE} is written, TensorFlow tags with this model: {error}")
            return
        with writing(self.folder):
            write_models(models, self.folder)

    def metrics(self, state: RunState) -> dict[str, Any]:
        """What `metrics.json` holds, the test split's scores among it."""
        scores = {split: score_corpora(self.tagger, self.corpora, split) for split in ("dev", "test")}
        return {
            "train": {
                "sentences": self.counts.sentences,
                "tokens": self.counts.tokens,
                "left_out": self.counts.left_out,
            },
            "epochs": state.epoch,
            "best_epoch": state.best_epoch,
            "seconds": state.seconds,
            **({"teachers": self.targets.as_dict()} if self.targets else {}),
            "peak_memory_bytes": peak_memory(),
            "parameters": self.parameters,
            "history": state.history,
            **{split: of.together.as_dict() for split, of in scores.items() if of},
            **({"corpora": self._by_corpus(scores)} if self.config.corpora else {}),
        }

    def dataset(self, first_epoch: int, skip: int) -> tf.data.Dataset:
        """This worker's batches of all epochs from one on, but for those that are skipped of that one."""
        shards = self._train_shards()
        return training_batches(
            self.targets.in_place_of(shards) if self.targets else shards,
            self.lookup,
            self.tasks,
            self.batching,
            self.config.seed,
            range(first_epoch, self.config.training.epochs),
            skip=skip,
            share=WorkerShare(self.workers.index, self.workers.of),
            lowering=self.lowering,
            soft=self.soft,
        )

    def rest_of_epoch(self) -> Iterator[Batch]:
        """The batches that are left of an epoch; a worker who has no more gives empty ones while another has some."""
        batch = next(self._batches)
        while self.workers.sum(float(not is_epoch_end(batch))):
            yield batch
            batch = batch if is_epoch_end(batch) else next(self._batches)

    def _train_shards(self) -> list[TrainingRecords]:
        """What is learned of each corpus, but those that are only scored."""
        return [corpus.training_records() for corpus in self.corpora if corpus.weight]

    def _expected_steps(self) -> int:
        """Steps of an epoch, in which the worker with the most sentences has a batch at each; with batches by tokens,
        about as many."""
        shards = self._train_shards()
        kept = [size.sentences / sum(of.sentences) for of, size in zip(shards, self.sizes, strict=True)]
        drawn = [
            sum(
                of.sentences_per_epoch(WorkerShare(index, self.workers.of)) * share
                for of, share in zip(shards, kept, strict=True)
            )
            for index in range(self.workers.of)
        ]
        return self.batching.steps(math.ceil(max(drawn)))

    def _by_corpus(self, scores: Mapping[str, MixedScores | None]) -> list[dict[str, Any]]:
        """What `metrics.json` holds of each of several corpora."""
        sizes = iter(self.sizes)
        return [
            {
                "name": corpus.label,
                "path": settings.path,
                "licence": corpus.manifest.licence,
                **({"train": asdict(next(sizes))} if corpus.weight else {}),
                **{
                    split: of.by_corpus[number].as_dict() for split, of in scores.items() if of and of.by_corpus[number]
                },
            }
            for number, (corpus, settings) in enumerate(zip(self.corpora, self.config.corpora, strict=True))
        ]

    def _plan(self, state: RunState) -> None:
        """Set right how many steps there are in all, by those that epochs have taken so far."""
        taken = [note["steps"] for note in state.history]
        if taken:
            self.epoch_steps = round(sum(taken) / len(taken))
        self.step.plan(sum(taken) + (self.config.training.epochs - state.epoch) * self.epoch_steps)

    def _look(self, state: RunState, speed: float) -> None:
        """Show the loss so far, and stop where it is no number."""
        index = state.step_in_epoch
        loss = float(self.step.loss_sum) / max(1, index)
        if not np.isfinite(loss):
            raise TaggerError(
                f"epoch {state.epoch + 1}, step {index}: the loss is {loss}: "
                "lower training.learning_rate or training.clip_norm"
            )
        self.progress.step(state.epoch + 1, int(self.step.step), loss, speed)


def make_batching(config: Config, sizes: Sequence[TrainSize], workers: Workers) -> Batching:
    """How a worker cuts its share of train into batches."""
    settings = config.training
    if settings.batch_tokens:
        tokens, sentences = (
            sum(getattr(size, name) * size.weight for size in sizes) for name in ("tokens", "sentences")
        )
        share = workers.share(settings.batch_tokens)
        return batching_by_tokens(share, tokens / sentences, settings.pool, settings.shuffle_buffer)
    return Batching(workers.share(settings.batch_size), settings.pool, settings.shuffle_buffer)


def dropout_generators(network: Network) -> list[tf.random.Generator]:
    """What the network's dropout draws its masks from."""
    wrappers = (module for module in network.submodules if isinstance(module, DropoutWrapper))
    return [wrapper.generator for wrapper in wrappers]


def peak_memory() -> int:
    """The largest resident memory of this process so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024

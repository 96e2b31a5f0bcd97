"""The loop of pretraining: epochs of steps, and the scores on the held-out text. It knows no folders."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from tagger.backend import tf
from tagger.config.pretraining_keys import PretrainingLoopConfig
from tagger.config.word_model_keys import WordLoopConfig
from tagger.errors import TaggerError
from tagger.pretraining.language_model_step import bits, perplexity
from tagger.pretraining.text_sources import TextRecord
from tagger.training.progress import TrainingProgress
from tagger.training.state import Checkpoints, SavedRun

_STEPS_BETWEEN_CHECKS = 20
"""How often the loss is read, shown, and checked to be a number."""


@dataclass
class PretrainingState(SavedRun):
    """How far the training of a language model is, and the best score so far."""

    best_step: int = 0
    """The number of steps after which the weights that are kept were scored."""
    best_loss: float | None = None
    """The lowest loss on the held-out text, in nats; None before the first score, and where nothing is held out."""


class CountedStep(Protocol):
    """One step of training, with everything that changes in it."""

    @property
    def step(self) -> tf.Variable:
        """The number of steps taken so far."""


class Trainee(Protocol):
    """A language model in training."""

    unit: str
    """What it predicts, in the singular: `character` or `word`."""
    steps_per_epoch: int

    @property
    def text(self) -> TextRecord:
        """What its text was made of."""

    @property
    def network(self) -> tf.Module:
        """The network, with the weights that are kept."""

    @property
    def step(self) -> CountedStep:
        """The step, with everything that changes in training."""

    def description(self) -> str:
        """Return one line about what is going to be trained."""

    def plan(self) -> None:
        """Let the learning rate decay over all epochs of the configuration, also where the run began with fewer."""

    def text_figures(self) -> dict[str, Any]:
        """Return what `metrics.json` says of the text."""

    @property
    def mean_loss(self) -> float:
        """The mean loss of the current epoch so far, in nats."""

    def train(self, epoch: int, skip: int) -> Iterator[int]:
        """Take the steps of an epoch, from 0, that are left after `skip`; yield how many units each has predicted."""

    def score(self) -> float | None:
        """Return the mean loss on the held-out text, in nats; None where nothing is held out."""

    def kept_weights(self) -> AbstractContextManager[None]:
        """Give the network the weights to score and keep inside the block."""


class _Clock:
    """Seconds of a run and its speed, since they were last noted."""

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.predicted = 0

    @property
    def seconds(self) -> float:
        """Seconds since the last note."""
        return time.perf_counter() - self.started

    @property
    def speed(self) -> float:
        """Units learned from, a second."""
        return self.predicted / max(self.seconds, 1e-9)


def train_language_model(
    trainee: Trainee,
    config: PretrainingLoopConfig | WordLoopConfig,
    state: PretrainingState,
    checkpoints: Checkpoints,
    progress: TrainingProgress,
) -> None:
    """Train until all epochs are done; the state says where to begin.

    The state, and the best weights, are saved after each epoch and after every `evaluate_steps` steps.
    """
    while state.epoch < config.epochs:
        clock = _Clock()
        for predicted in trainee.train(state.epoch, state.step_in_epoch):
            state.step_in_epoch += 1
            clock.predicted += predicted
            is_last = state.step_in_epoch == trainee.steps_per_epoch
            if is_last or state.step_in_epoch % _STEPS_BETWEEN_CHECKS == 0:
                _check_loss(trainee, state, clock, progress)
            if config.evaluate_steps and state.step_in_epoch % config.evaluate_steps == 0 and not is_last:
                _note(trainee, config.epochs, state, clock, checkpoints, progress)
                clock = _Clock()
        state.epoch, state.step_in_epoch = state.epoch + 1, 0
        _note(trainee, config.epochs, state, clock, checkpoints, progress)


def _check_loss(trainee: Trainee, state: PretrainingState, clock: _Clock, progress: TrainingProgress) -> None:
    """Show the loss. Raises TaggerError where it is no number."""
    loss, done = trainee.mean_loss, int(trainee.step.step)
    _check_finite_loss(loss, done)
    progress.step(state.epoch + 1, done, loss, clock.speed)


def _check_finite_loss(loss: float, done: int) -> None:
    if not np.isfinite(loss):
        raise TaggerError(
            f"after {done:,} steps the loss is {loss}: lower training.learning_rate, or give a low training.clip_norm, "
            "and start anew with --overwrite"
        )


def _note(
    trainee: Trainee,
    epochs: int,
    state: PretrainingState,
    clock: _Clock,
    checkpoints: Checkpoints,
    progress: TrainingProgress,
) -> None:
    """Score the held-out text, note and show the figures so far, and save what is to be kept."""
    loss, speed, done = trainee.mean_loss, clock.speed, int(trainee.step.step)
    _check_finite_loss(loss, done)
    with trainee.kept_weights():
        held_out = trainee.score()
        _check_finite_loss(held_out or 0.0, done)
        if held_out is None or state.best_loss is None or held_out < state.best_loss:
            state.best_step, state.best_loss = done, held_out
            checkpoints.save_best()
    seconds = clock.seconds
    state.seconds += seconds
    place = {"epoch": state.epoch + bool(state.step_in_epoch), "steps": done}
    figures = {"loss": loss, "held_out": held_out, f"{trainee.unit}s_per_second": speed, "seconds": seconds}
    state.history.append(place | figures)
    tf.summary.scalar("train/loss", loss, step=done)
    tf.summary.scalar(f"train/{trainee.unit}s_per_second", speed, step=done)
    scored = ""
    if held_out is not None:
        tf.summary.scalar("held_out/loss", held_out, step=done)
        tf.summary.scalar("held_out/bits", bits(held_out), step=done)
        scored = f", held out {described(held_out)}"
    where = f", step {state.step_in_epoch:,}/{trainee.steps_per_epoch:,}" if state.step_in_epoch else ""
    progress.say(
        f"epoch {place['epoch']}/{epochs}{where}: loss {loss:.4f}{scored}, "
        f"{speed:,.0f} {trainee.unit}s/s, {seconds:.1f} s"
    )
    checkpoints.save(state)


def described(nats: float) -> str:
    """Return a loss in words: nats, bits and perplexity."""
    return f"{nats:.4f} nats ({bits(nats):.4f} bits, perplexity {perplexity(nats):.2f})"

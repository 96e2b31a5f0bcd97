"""The loop of pretraining: epochs of windows, and the scores on the held-out text. It knows no folders."""

import time
from dataclasses import dataclass

import numpy as np

from tagger.backend import tf
from tagger.config.pretraining_keys import PretrainingLoopConfig
from tagger.errors import TaggerError
from tagger.pretraining.language_model_step import LanguageModelStep, bits, perplexity
from tagger.pretraining.streams import Streams
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


@dataclass(frozen=True)
class PretrainingPlan:
    """What a run learns from and is scored on, and how it is trained."""

    config: PretrainingLoopConfig
    train: Streams
    held_out: Streams | None

    @property
    def steps(self) -> int:
        """The number of steps of the whole run."""
        return self.config.epochs * self.train.windows


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
        """Characters learned from, a second."""
        return self.predicted / max(self.seconds, 1e-9)


def train_language_model(
    step: LanguageModelStep,
    plan: PretrainingPlan,
    state: PretrainingState,
    checkpoints: Checkpoints,
    progress: TrainingProgress,
) -> None:
    """Train until all epochs are done; the state says where to begin.

    The state, and the best weights, are saved after each epoch and after every `evaluate_steps` steps.
    """
    config, train = plan.config, plan.train
    while state.epoch < config.epochs:
        if not state.step_in_epoch:
            step.start_epoch()
        clock = _Clock()
        for number in range(state.step_in_epoch, train.windows):
            window = train.window(number)
            step.run(window)
            state.step_in_epoch += 1
            clock.predicted += window[:, 1:].size
            is_last = state.step_in_epoch == train.windows
            if is_last or state.step_in_epoch % _STEPS_BETWEEN_CHECKS == 0:
                _check_loss(step, state, clock, progress)
            if config.evaluate_steps and state.step_in_epoch % config.evaluate_steps == 0 and not is_last:
                _note(step, plan, state, clock, checkpoints, progress)
                clock = _Clock()
        state.epoch, state.step_in_epoch = state.epoch + 1, 0
        _note(step, plan, state, clock, checkpoints, progress)


def _check_loss(step: LanguageModelStep, state: PretrainingState, clock: _Clock, progress: TrainingProgress) -> None:
    """Show the loss. Raises TaggerError where it is no number."""
    loss, done = step.mean_loss, int(step.step)
    _check_finite_loss(loss, done)
    progress.step(state.epoch + 1, done, loss, clock.speed)


def _check_finite_loss(loss: float, done: int) -> None:
    if not np.isfinite(loss):
        raise TaggerError(
            f"after {done:,} steps the loss is {loss}: lower training.learning_rate, or give a low training.clip_norm, "
            "and start anew with --overwrite"
        )


def _note(
    step: LanguageModelStep,
    plan: PretrainingPlan,
    state: PretrainingState,
    clock: _Clock,
    checkpoints: Checkpoints,
    progress: TrainingProgress,
) -> None:
    """Score the held-out text, note and show the figures so far, and save what is to be kept."""
    loss, speed, done = step.mean_loss, clock.speed, int(step.step)
    _check_finite_loss(loss, done)
    held_out = step.score(plan.held_out) if plan.held_out else None
    _check_finite_loss(held_out or 0.0, done)
    if held_out is None or state.best_loss is None or held_out < state.best_loss:
        state.best_step, state.best_loss = done, held_out
        checkpoints.save_best()
    seconds = clock.seconds
    state.seconds += seconds
    place = {"epoch": state.epoch + bool(state.step_in_epoch), "steps": done}
    figures = {"loss": loss, "held_out": held_out, "characters_per_second": speed, "seconds": seconds}
    state.history.append(place | figures)
    tf.summary.scalar("train/loss", loss, step=done)
    tf.summary.scalar("train/characters_per_second", speed, step=done)
    scored = ""
    if held_out is not None:
        tf.summary.scalar("held_out/loss", held_out, step=done)
        tf.summary.scalar("held_out/bits", bits(held_out), step=done)
        scored = f", held out {described(held_out)}"
    where = f", step {state.step_in_epoch:,}/{plan.train.windows:,}" if state.step_in_epoch else ""
    progress.say(
        f"epoch {place['epoch']}/{plan.config.epochs}{where}: loss {loss:.4f}{scored}, "
        f"{speed:,.0f} characters/s, {seconds:.1f} s"
    )
    checkpoints.save(state)


def described(nats: float) -> str:
    """Return a loss in words: nats, bits and perplexity."""
    return f"{nats:.4f} nats ({bits(nats):.4f} bits, perplexity {perplexity(nats):.2f})"

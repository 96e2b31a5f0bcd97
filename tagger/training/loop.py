"""The training loop: epochs of steps, each followed by scoring on dev. It knows no folders."""

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np

from tagger.corpus.batches import is_epoch_end
from tagger.corpus.lookup import Batch
from tagger.errors import TaggerError
from tagger.evaluation import Scores
from tagger.evaluation.main_figures import main_figure
from tagger.network.saved_weights import interrupted_afterwards
from tagger.training.callbacks import Callback, EpochScores, StopTraining
from tagger.training.epoch_log import note_epoch
from tagger.training.progress import TrainingProgress
from tagger.training.run import Run
from tagger.training.state import Checkpoints, RunState
from tagger.training.workers import Workers

_STEPS_BETWEEN_CHECKS = 20
"""How often the loss is read from the device, shown, and checked to be a number."""


def train_epochs(
    run: Run,
    state: RunState,
    checkpoints: Checkpoints,
    progress: TrainingProgress,
    callbacks: Sequence[Callback] = (),
) -> None:
    """Train until all epochs are done, dev has not improved for `training.patience`, or a callback stops.

    The state says where to begin. The weights of the best epoch are saved, and the state after each epoch; then the
    chief's `callbacks` are called.
    """
    config = run.config.training
    _plan_steps(run, state)
    batches = iter(run.batches(state.epoch, state.step_in_epoch))
    while state.epoch < config.epochs and not _is_out_of_patience(state, config.patience):
        started = time.perf_counter()
        train_epoch(run, state, batches_of_epoch(batches, run.workers), checkpoints, progress)
        with run.step.averaged():
            scores = run.score("dev") if run.workers.is_chief else None
            with interrupted_afterwards():  # so that the state never names other weights than those that are saved
                if _is_best(scores, state, run.workers):
                    checkpoints.save_best()
                noted = note_epoch(run, scores, state, time.perf_counter() - started, progress)
        _plan_steps(run, state)
        checkpoints.save(state)
        if callbacks and run.workers.ask_chief(partial(_is_stopped, callbacks, noted)):
            progress.say(f"stopped after epoch {state.epoch}; the best epoch is {state.best_epoch}")
            break


def train_epoch(
    run: Run, state: RunState, batches: Iterable[Batch], checkpoints: Checkpoints, progress: TrainingProgress
) -> None:
    """Take one step for each of the batches that are left of an epoch."""
    if not state.step_in_epoch:
        run.step.start_epoch()
    every, first = run.config.training.checkpoint_steps, state.step_in_epoch
    run.step.freeze(state.epoch < run.config.pretrained.frozen_epochs)
    started, tokens_before = time.perf_counter(), int(run.step.real)

    def check_loss() -> None:
        speed = (int(run.step.real) - tokens_before) / (time.perf_counter() - started)
        loss = float(run.step.loss_sum) / max(1, state.step_in_epoch)
        if not np.isfinite(loss):
            raise TaggerError(
                f"epoch {state.epoch + 1}, step {state.step_in_epoch}: the loss is {loss}: "
                "lower training.learning_rate or training.clip_norm"
            )
        progress.step(state.epoch + 1, int(run.step.step), loss, speed)

    for batch in batches:
        if every and state.step_in_epoch > first and state.step_in_epoch % every == 0:
            checkpoints.save(state)
        run.step.run(batch)
        state.step_in_epoch += 1
        if state.step_in_epoch % _STEPS_BETWEEN_CHECKS == 0:
            check_loss()
    check_loss()


def batches_of_epoch(batches: Iterator[Batch], workers: Workers) -> Iterator[Batch]:
    """Yield a worker's batches of an epoch, then empty ones until all workers are done."""
    batch = next(batches)
    while workers.sum(float(not is_epoch_end(batch))):
        yield batch
        batch = batch if is_epoch_end(batch) else next(batches)


def _is_stopped(callbacks: Sequence[Callback], noted: EpochScores) -> bool:
    """Call all callbacks, and return whether one of them stops the training."""
    stopped = False
    for callback in callbacks:
        try:
            callback(noted)
        except StopTraining:
            stopped = True
    return stopped


def _plan_steps(run: Run, state: RunState) -> None:
    """Correct the number of steps of the learning rate's decay, by the epochs so far."""
    run.step.plan(run.steps.total_after([note["steps"] for note in state.history]))


def _is_best(scores: Scores | None, state: RunState, workers: Workers) -> bool:
    """Return whether the epoch is the best so far, and note in the state if it is.

    All workers use the chief's scores. Of two epochs with the same score, the later one is better. Where nothing is
    scored, the last epoch is the best.
    """
    score = sum(map(main_figure, scores.tasks.values())) / len(scores.tasks) if scores else math.inf
    score = workers.from_chief(score)
    if score == math.inf:
        state.best_epoch = state.better_epoch = state.epoch + 1
        return True
    if score < state.best_score:
        return False
    if score > state.best_score:
        state.better_epoch = state.epoch + 1
    state.best_score, state.best_epoch = score, state.epoch + 1
    return True


def _is_out_of_patience(state: RunState, patience: int) -> bool:
    """Whether the best dev score is `patience` epochs old or older; 0 never stops early."""
    return bool(patience) and state.epoch - state.better_epoch >= patience

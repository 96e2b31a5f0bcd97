"""Log of each epoch: history, TensorBoard, terminal."""

from tagger.backend import tf
from tagger.evaluation import Scores
from tagger.evaluation.main_figures import main_figure
from tagger.training.callbacks import EpochScores
from tagger.training.progress import TrainingProgress
from tagger.training.run import Run
from tagger.training.state import RunState


def note_epoch(
    run: Run, scores: Scores | None, state: RunState, seconds: float, progress: TrainingProgress
) -> EpochScores:
    """Count an epoch as finished; note and return its loss, dev scores, padding and speed."""
    steps, state.step_in_epoch = state.step_in_epoch, 0
    state.epoch += 1
    state.seconds += seconds
    real, padded = int(run.step.real), int(run.step.padded)
    loss = float(run.step.loss_sum) / max(1, steps)
    dev = {task: main_figure(each) for task, each in scores.tasks.items()} if scores else {}
    padding = 1.0 - real / padded if padded else 0.0
    speed = real / seconds
    state.history.append(
        {
            "epoch": state.epoch,
            "steps": steps,
            "loss": loss,
            "dev": dev,
            "padding": padding,
            "tokens_per_second": speed,
            "seconds": seconds,
        }
    )
    tf.summary.scalar("train/loss", loss, step=state.epoch)
    tf.summary.scalar("train/padding", padding, step=state.epoch)
    tf.summary.scalar("train/tokens_per_second", speed, step=state.epoch)
    for task, figure in dev.items():
        tf.summary.scalar(f"dev/{task}", figure, step=state.epoch)
    figures = " ".join(f"{task} {100 * figure:.2f}" for task, figure in dev.items()) or "none"
    progress.say(
        f"epoch {state.epoch}/{run.config.training.epochs}: loss {loss:.4f}, dev {figures}, "
        f"{speed:,.0f} tokens/s, {100 * padding:.1f}% padding, {seconds:.1f} s"
    )
    epochs, is_best = run.config.training.epochs, state.best_epoch == state.epoch
    return EpochScores(state.epoch, epochs, loss, dev, speed, seconds, is_best)

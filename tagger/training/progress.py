"""What a training run shows on stderr: a moving line in a terminal, a line an epoch anywhere else."""

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tagger.training.state import RunState


class TrainingProgress:
    """Shows loss, speed, dev score and time left. A context manager, which puts the terminal right on leaving."""

    def __init__(self, epochs: int, console: Console | None = None, *, quiet: bool = False) -> None:
        self.console = console or Console(stderr=True, highlight=False, soft_wrap=True, quiet=quiet)
        self._epochs = epochs
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]:.4f} · {task.fields[speed]:,.0f} tokens/s"),
            TimeRemainingColumn(compact=True),
            console=self.console,
            disable=quiet or not self.console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("reading the corpus", total=None, loss=float("nan"), speed=0.0)

    def begin(self, epoch_steps: int, state: RunState) -> None:
        """The number of steps is known now, and how many of them an earlier part of the run has taken."""
        done = state.epoch * epoch_steps + state.step_in_epoch
        self._bar.update(self._task, description="training", total=self._epochs * epoch_steps, completed=done)

    def say(self, line: str) -> None:
        """Print a line of its own."""
        self.console.print(line, markup=False)

    def step(self, epoch: int, done_steps: int, loss: float, speed: float) -> None:
        """Show how far the run is: `epoch` counts from 1, `speed` is real tokens a second of this epoch."""
        self._bar.update(
            self._task, description=f"epoch {epoch}/{self._epochs}", completed=done_steps, loss=loss, speed=speed
        )

    def __enter__(self) -> "TrainingProgress":
        self._bar.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()

"""The progress of a training on stderr: lines, and a moving bar in a terminal."""

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tagger.text.visible import as_message


class TrainingProgress:
    """Shows loss, speed and time left; a context manager, which restores the terminal."""

    def __init__(
        self, epochs: int, console: Console | None = None, *, quiet: bool = False, unit: str = "tokens"
    ) -> None:
        """Show the progress of `epochs` epochs; `quiet` shows nothing. Speed is in units a second."""
        self.console = console or Console(stderr=True, highlight=False, soft_wrap=True, quiet=quiet)
        self._epochs, self._unit = epochs, unit
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn(f"loss {{task.fields[loss]:.4f}} · {{task.fields[speed]:,.0f}} {unit}/s"),
            TimeRemainingColumn(compact=True),
            console=self.console,
            disable=quiet or not self.console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("reading", total=None, loss=float("nan"), speed=0.0)

    def begin(self, steps: int, done: int) -> None:
        """Set the number of all steps, and of those taken before the run was resumed."""
        self._bar.update(self._task, description="training", total=steps, completed=done)

    def read(self, units: int) -> None:
        """Show how many units of the text have been read, before the training begins."""
        self._bar.update(self._task, description=f"reading, {units:,} {self._unit}")

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        self.console.print(as_message(line), markup=False)

    def step(self, epoch: int, done_steps: int, loss: float, speed: float) -> None:
        """Show how far the run is: the epoch, from 1, and its speed in units a second, without padding."""
        self._bar.update(
            self._task, description=f"epoch {epoch}/{self._epochs}", completed=done_steps, loss=loss, speed=speed
        )

    def __enter__(self) -> "TrainingProgress":
        self._bar.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()

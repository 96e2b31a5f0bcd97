"""The progress of a training in a notebook: a bar and the lines of all epochs, in one output that is replaced."""

import html
import sys
from types import TracebackType
from typing import Any

from tagger.training.progress import TrainingProgress

_LEAST_SHARE = 0.005
"""Part of a training after which the bar is drawn anew, because every drawing is a message to the browser."""


def in_notebook() -> bool:
    """Return whether this program is a cell of a notebook: Jupyter, or what speaks its protocol."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def training_progress(epochs: int, *, quiet: bool = False) -> TrainingProgress:
    """Return what shows the progress of `epochs` epochs here: in a terminal, a file or a notebook."""
    return NotebookProgress(epochs) if in_notebook() and not quiet else TrainingProgress(epochs, quiet=quiet)


class NotebookProgress(TrainingProgress):
    """Shows loss and speed below the cell that trains; needs IPython, and none of its widgets."""

    def __init__(self, epochs: int) -> None:
        super().__init__(epochs, quiet=True)
        self._lines: list[str] = []
        self._total = self._done = self._drawn = 0
        self._status = ""
        self._handle: Any = None

    def begin(self, steps: int, done: int) -> None:
        """Set the number of all steps, and of those taken before the run was resumed."""
        self._total, self._done = steps, done
        self._draw()

    def say(self, line: str) -> None:
        """Add a line above the bar."""
        self._lines.append(line)
        self._draw()

    def step(self, epoch: int, done_steps: int, loss: float, speed: float) -> None:
        """Show how far the run is: the epoch, from 1, and its speed in units a second, without padding."""
        self._done = done_steps
        self._status = f"epoch {epoch}/{self._epochs} · loss {loss:.4f} · {speed:,.0f} {self._unit}/s"
        if done_steps - self._drawn >= _LEAST_SHARE * self._total:
            self._draw()

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._total = 0  # the lines stay, the bar goes
        self._draw()

    def _draw(self) -> None:
        from IPython import display

        self._drawn = self._done
        lines = html.escape("\n".join(self._lines))
        bar = f'<progress max="{self._total}" value="{self._done}"></progress> {html.escape(self._status)}'
        shown = display.HTML(f'<pre style="margin: 0">{lines}</pre>{bar if self._total else ""}')
        if self._handle is None:
            self._handle = display.display(shown, display_id=True)
        else:
            self._handle.update(shown)

"""Options of `train` that do not change the model's configuration."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tagger.text.visible import as_message
from tagger.training.callbacks import Callback
from tagger.training.workers import Workers


def _say_on_stderr(line: str) -> None:
    """Print a line on stderr."""
    print(as_message(line), file=sys.stderr, flush=True)


@dataclass(frozen=True)
class TrainingOptions:
    """How a call of `train` is carried out.

    By default one model is trained in this process, and nothing is replaced. With `resume` and `overwrite` together, an
    unfinished run is resumed and everything else is replaced. Workers start again in this way after one of them has
    died.
    """

    seeds: int = 1
    """Number of models to train, one for each seed; the best on dev is kept.
    The seeds are the configuration's and those that follow it."""
    resume: bool = False
    """Resume an unfinished run, or a finished model that should have more epochs."""
    overwrite: bool = False
    """Replace a model at the output, and an unfinished run beside it."""
    workers: Workers = Workers()  # noqa: RUF009 (frozen)
    """This process among those that train together; alone by default."""
    say: Callable[[str], None] = _say_on_stderr
    """Prints one line about the stages of the run.
    The progress of each training goes to stderr in any case."""
    callbacks: Sequence[Callback] = ()
    """Are called after each epoch of the model itself, not of its teachers and segmenter.
    Of several workers all must have as many; only the chief's are called."""
    finish_early: bool = False
    """Let Ctrl-C finish the model with the best epoch so far, if there is one.
    Otherwise the run stops, and `resume` continues it."""
    quiet: bool = False
    """Show no progress."""

    @property
    def of_helpers(self) -> "TrainingOptions":
        """The same options for teachers and the segmenter, for which no callback is called and nothing ends early."""
        return replace(self, callbacks=(), finish_early=False)

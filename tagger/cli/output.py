"""What commands print: results to stdout, messages to stderr."""

import json
import sys
from typing import TYPE_CHECKING, Any, TextIO, cast

from tagger.text.visible import as_message, visible_lines

if TYPE_CHECKING:  # imported late, by the commands that print tables
    from rich.console import Console


def say(message: str) -> None:
    """Print one line for the reader to stderr, where it cannot mix with results.

    It may quote what was read: control characters are made visible, and a very long message is shortened.
    """
    print(as_message(message), file=sys.stderr)


class _Terminal:
    """A terminal that gets no control characters of what is printed, other than colours where they are wanted."""

    def __init__(self, stream: TextIO, colors: bool) -> None:
        self._stream, self._colors = stream, colors

    def write(self, text: str) -> int:
        """Write the text with its control characters made visible."""
        return self._stream.write(visible_lines(text, colors=self._colors))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (any attribute of the stream)
        return getattr(self._stream, name)


def result_stream(*, colors: bool) -> TextIO:
    """Return stdout for results that quote what was read: as they are into a file or a pipe, visible in a terminal."""
    return cast(TextIO, _Terminal(sys.stdout, colors)) if sys.stdout.isatty() else sys.stdout


def print_json(value: object) -> None:
    """Print one JSON value as the result."""
    print(json.dumps(value, ensure_ascii=False, indent=1), file=result_stream(colors=False), flush=True)


def result_console() -> "Console":
    """Return a console for tables that are results: stdout, plain where it is a pipe."""
    from rich.console import Console

    return Console(file=result_stream(colors=True), soft_wrap=True, highlight=False)


def message_console() -> "Console":
    """Return a console for tables that are messages: stderr."""
    from rich.console import Console

    return Console(stderr=True, soft_wrap=True, highlight=False)

"""What commands print: results to stdout, messages to stderr."""

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # imported late, by the commands that print tables
    from rich.console import Console


def say(message: str) -> None:
    """Print one line for the reader to stderr, where it cannot mix with results."""
    print(message, file=sys.stderr)


def print_json(value: object) -> None:
    """Print one JSON value as the result."""
    print(json.dumps(value, ensure_ascii=False, indent=1), flush=True)


def result_console() -> "Console":
    """Return a console for tables that are results: stdout, plain where it is a pipe."""
    from rich.console import Console

    return Console(soft_wrap=True, highlight=False)


def message_console() -> "Console":
    """Return a console for tables that are messages: stderr."""
    from rich.console import Console

    return Console(stderr=True, soft_wrap=True, highlight=False)

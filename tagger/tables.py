"""Figures and tables as text that stays whole in a terminal and in a pipe."""

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table


def percent(figure: float) -> str:
    """A figure between 0 and 1 as a percentage with two decimals and no sign: 0.9123 is `91.23`."""
    return f"{100 * figure:.2f}"


class FullWidthTable:
    """A rich table that is never cut or wrapped to the console's width.

    Rich assumes 80 columns in a pipe, and folds the cells of a wide table in a narrow terminal.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from console.render(self._table, options.update(width=10_000))

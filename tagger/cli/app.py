"""The `tagger` command: the list of its subcommands, its help, and how errors end it."""

import io
import logging
import sys
import warnings
from collections.abc import Callable, Iterable
from typing import Annotated, Any, TextIO

import typer
from typer.core import TyperGroup

from tagger.cli.annotate import annotate_command
from tagger.cli.check import check_command
from tagger.cli.compare import compare_command
from tagger.cli.convert import convert_command
from tagger.cli.curve import curve_command
from tagger.cli.eval import eval_command
from tagger.cli.export import export_command
from tagger.cli.generate import generate_command
from tagger.cli.inspect import inspect_command
from tagger.cli.models import models_command
from tagger.cli.output import say
from tagger.cli.package import package_command
from tagger.cli.pretrain import pretrain_command
from tagger.cli.redact import redact_command
from tagger.cli.serve import serve_command
from tagger.cli.tag import tag_command
from tagger.cli.threshold import threshold_command
from tagger.cli.train import train_command
from tagger.errors import TaggerError
from tagger.interrupts import interrupts
from tagger.version import __version__

COMMANDS: dict[str, dict[str, tuple[Callable[..., None], str]]] = {
    "Data": {
        "convert": (convert_command, "tagger convert train=train.conllu dev=dev.conllu --to data/mine"),
        "inspect": (inspect_command, "tagger inspect data/mine"),
        "annotate": (annotate_command, "tagger annotate texts/ --queue 200 --to label-studio --output tasks.json"),
    },
    "Training": {
        "train": (train_command, "tagger train configs/sample.toml --corpus data/mine --output models/mine"),
        "curve": (curve_command, "tagger curve configs/sample.toml --corpus data/mine --picture curve.svg"),
        "eval": (eval_command, "tagger eval models/mine data/mine --split test"),
        "compare": (compare_command, "tagger compare models/mine models/other data/mine"),
        "threshold": (threshold_command, "tagger threshold models/mine data/mine --precision 0.95"),
        "export": (export_command, "tagger export models/mine --int8 --corpus data/mine"),
    },
    "Language models": {
        "pretrain": (
            pretrain_command,
            "tagger pretrain configs/shakespeare.toml --text plays.txt",
        ),
        "generate": (generate_command, "tagger generate models/shakespeare --prompt 'To be'"),
    },
    "Tagging": {
        "tag": (tag_command, "tagger tag letter.txt --model models/mine"),
        "redact": (redact_command, "tagger redact letter.txt --labels PER,LOC --with pseudonym"),
        "serve": (serve_command, "tagger serve --model models/mine --port 8000"),
        "models": (models_command, "tagger models"),
        "package": (package_command, "tagger package models/mine --version 1.0.0 --licence CC-BY-4.0"),
        "check": (check_command, "tagger check models/mine"),
    },
}
"""The subcommands in the groups of `tagger --help`: each with its function and one example."""


class GroupedCommands(TyperGroup):
    """A command whose help lists its subcommands in groups, each subcommand with one example."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 (typer brings its own click)
        """Return the names of the subcommands in the order of `COMMANDS`."""
        return [name for commands in COMMANDS.values() for name in commands]

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 (typer brings its own click)
        """Write the groups of subcommands into the help."""
        width = max(map(len, self.list_commands(ctx)))
        for group, commands in COMMANDS.items():
            with formatter.section(group):
                for name, (_, example) in commands.items():
                    command = self.get_command(ctx, name)
                    description = command.get_short_help_str(200) if command else ""
                    formatter.write_dl([(f"{name:{width}}", description)], col_spacing=3)
                    formatter.write(f"{'':{formatter.current_indent + width + 3}}{example}\n")


app = typer.Typer(
    cls=GroupedCommands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich takes longer to import than a command may take to start
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group_commands in COMMANDS.values():
    for command_name, (command_function, command_example) in group_commands.items():
        app.command(command_name, epilog=f"\b\nExample:\n  {command_example}")(command_function)


def show_version(wanted: bool) -> None:
    """Print the version and exit, where `--version` was given."""
    if wanted:
        typer.echo(f"tagger {__version__}")
        raise typer.Exit


@app.callback()
def tagger_command(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Train your own part-of-speech or entity tagger, and tag text with it."""


def _say_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Say a warning without the line of code that gave it."""
    say(f"warning: {message}")


def main(arguments: Iterable[str] | None = None) -> None:
    """Run a command and exit with its exit code.

    The code is 0, 1 after one message to the user, 2 for wrong usage, or 130 when interrupted. Typer sets the codes 2
    and 130, and exits quietly with 1 when nobody reads the output any more.
    """
    if sys.stdout is None or sys.stderr is None:  # closed before we began: nobody would see any message
        sys.exit(1)
    root = logging.getLogger()
    if logging.lastResort and not root.handlers:  # or TensorFlow's would put `WARNING:tagger.text.punkt:` before ours
        root.addHandler(logging.lastResort)
    try:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # what a test or a notebook puts in its place may have no encoding
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
        with interrupts(), warnings.catch_warnings():
            warnings.showwarning = _say_warning
            app(list(arguments) if arguments is not None else None)
    except KeyboardInterrupt:  # before typer heeds it, or inside of TensorFlow
        sys.exit(130)
    except TaggerError as error:
        say(f"tagger: {error}")
        sys.exit(error.exit_code)
    except ModuleNotFoundError as error:
        from tagger.packages import how_to_install

        say(f"tagger: {how_to_install(error.name or str(error))}")
        sys.exit(1)
    except OSError as error:
        say(f"tagger: {error.filename or 'output'}: {error.strerror or error}")
        sys.exit(1)

"""`tagger redact`: names, numbers and addresses in text, replaced."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from tagger.cli.options import LinesOption, ModelOption, OverwriteOption, column_names, complete_one_of
from tagger.cli.output import result_stream, say


def redact_command(
    files: Annotated[
        list[str] | None,
        typer.Argument(help="Text files, folders of them, or patterns; - or none for standard input."),
    ] = None,
    *,
    labels: Annotated[
        str | None,
        typer.Option(help="The model's labels to redact, such as PER,LOC; by default all of its first task."),
    ] = None,
    replace_with: Annotated[
        str,
        typer.Option(
            "--with",
            help="What stands in their place: label ([PER]), blank, or pseudonym, the same for the same name.",
            autocompletion=complete_one_of("label", "blank", "pseudonym"),
        ),
    ] = "label",
    keep: Annotated[
        str | None,
        typer.Option(help="What is left as it is, of the labels and of CARD, IBAN, MAIL, PHONE and IP, such as IP."),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            help="Redact words with at least this probability of being a name; 1 for the model's decisions alone. "
            "0.1 by default."
        ),
    ] = None,
    model: ModelOption = None,
    lines: LinesOption = False,
    stream: Annotated[
        bool, typer.Option("--stream", help="Write the text while it comes, with the names known so far.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option(help="The file to write, or the folder for several; by default standard output.")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="Write what was replaced, and where, to this file that only you may read.")
    ] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Replace names, card and telephone numbers, IBANs, mail and IP addresses in text; none is sure to find all."""
    from tagger.redaction.redact_files import RedactedFiles, redact_files
    from tagger.redaction.redactor import RedactOptions, Redactor
    from tagger.runtime.tagger import load

    options = RedactOptions(
        column_names(labels) or (),
        replace_with,
        column_names(keep) or (),
        RedactOptions.threshold if threshold is None else threshold,
    )
    redactor = Redactor(load(model), options)
    with _ended_by_sigterm():
        counts = redact_files(
            files or ["-"],
            redactor,
            RedactedFiles(output, mapping, overwrite),
            result_stream(colors=False),
            reading="lines" if lines else "text",
            stream=stream,
        )
    replaced = ", ".join(f"{count:,} {label}" for label, count in sorted(counts.items())) or "nothing"
    say(f"replaced {replaced}; look at the result before you pass it on")


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end the command as Ctrl-C does: what is unfinished, and has names in it, is removed."""
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

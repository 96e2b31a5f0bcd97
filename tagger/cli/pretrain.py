"""`tagger pretrain`: a language model from raw text."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tagger.cli.options import OverwriteOption
from tagger.cli.output import say
from tagger.errors import ConfigError
from tagger.interrupts import interrupts
from tagger.processors import share_processors


def pretrain_command(
    config: Annotated[Path, typer.Argument(help="A TOML configuration, such as configs/shakespeare.toml.")],
    files: Annotated[list[str] | None, typer.Argument(help="Further text files, as --text takes them.")] = None,
    *,
    text: Annotated[
        list[str],
        typer.Option(
            help="The text: a file, compressed or not, a folder, a pattern such as 'news/*.txt', or - for standard "
            "input; repeatable, and others may follow it."
        ),
    ],
    output: Annotated[Path | None, typer.Option(help="The folder to write, instead of the configuration's.")] = None,
    set: Annotated[
        list[str] | None, typer.Option(help="Change one setting, such as training.epochs=3; repeatable.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Resume a run that was stopped.")] = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Train a language model on raw text and write its folder."""
    from tagger.config.load import load_pretraining_config
    from tagger.files import lies_in
    from tagger.text.file_patterns import input_files
    from tagger.training.own_folders import check_sources, with_own_name

    settings = load_pretraining_config(config, set or ())
    folder = output or settings.output
    if not folder:
        raise ConfigError(f"{config}: no place for the model: give output there, or --output DIR")
    given = [*text, *(files or ())]
    if given.count("-") > 1:
        raise ConfigError("standard input can be read once only: give - once")
    for name in given:
        if name != "-" and Path(name).is_dir() and lies_in(folder, Path(name)):
            raise ConfigError(f"--output {folder}: lies in {name}, whose files are the text: name another folder")
    found = list(dict.fromkeys(each for name in given for each in (["-"] if name == "-" else input_files([name]))))
    check_sources([config, *found], with_own_name(Path(folder)), overwrite=overwrite)

    if settings.text.unit == "word":  # each direction is a loop of its own
        share_processors()

    from tagger.pretraining.pretrain import pretrain

    try:
        with interrupts():
            metrics = pretrain(settings, found, Path(folder), resume=resume, overwrite=overwrite, say=say)
    except KeyboardInterrupt:
        say("tagger: stopped: the same command with --resume resumes what it has saved")
        raise
    _print_result(metrics, folder, f"a {settings.text.unit}")


def _print_result(metrics: dict[str, Any], folder: Path | str, unit: str) -> None:
    """Print where the model is, how long its training took, and its losses."""
    from tagger.pretraining.pretraining_loop import described

    say(f"wrote {folder} after {metrics['seconds']:.0f} s of training")
    say(f"train, last epoch: {described(metrics['train']['loss'])} {unit}")
    if "held_out" in metrics:
        say(f"held out, best: {described(metrics['held_out']['loss'])} {unit}")

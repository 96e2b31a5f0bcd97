"""`tagger curve`: scores by the size of train, to see whether more annotation is worth it."""

from pathlib import Path
from typing import Annotated

import typer

from tagger.cli.options import JsonOption, OverwriteOption
from tagger.cli.output import print_json, result_console, say
from tagger.errors import ConfigError
from tagger.interrupts import interrupts
from tagger.processors import share_processors


def curve_command(
    config: Annotated[Path, typer.Argument(help="A TOML configuration, such as configs/sample.toml.")],
    *,
    corpus: Annotated[
        Path | None, typer.Option(help="The corpus folder, instead of the one in the configuration.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The result is OUTPUT.curve.json; by default the configuration's output.")
    ] = None,
    tasks: Annotated[str | None, typer.Option(help="The tasks to learn, such as upos,ner.")] = None,
    set: Annotated[
        list[str] | None, typer.Option(help="Change one setting, such as training.epochs=3; repeatable.")
    ] = None,
    doublings: Annotated[
        int, typer.Option(min=1, max=10, help="How often the smallest share is doubled: 3 is 1/8, 1/4, 1/2, 1.")
    ] = 3,
    picture: Annotated[Path | None, typer.Option(help="Also draw the curve: NAME.svg.")] = None,
    json: JsonOption = False,
    resume: Annotated[bool, typer.Option("--resume", help="Resume a run that was stopped.")] = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Train on growing shares of train and score dev: is it worth annotating more?"""
    share_processors(1)  # before TensorFlow is imported

    from tagger.config.load import load_config, with_tasks

    settings = load_config(config, set or ())
    settings = with_tasks(settings, tasks.split(",")) if tasks else settings
    if corpus and settings.corpora:
        raise ConfigError(f"--corpus takes the place of [corpus], but {config} has [[corpora]]: change a path there")
    folders = [str(corpus)] if corpus else settings.corpus_paths
    place = output or (Path(settings.output) if settings.output else None)
    if not folders:
        raise ConfigError(f"{config}: no corpus: give corpus.path there, or --corpus DIR")
    if place is None:
        raise ConfigError(f"{config}: no place for the result: give output there, or --output NAME")

    from tagger.corpus.read import open_corpora
    from tagger.files import write_file
    from tagger.training.learning_curve import check_picture, curve_picture, learning_curve, print_curve
    from tagger.training.options import TrainingOptions
    from tagger.training.own_folders import with_own_name

    if picture:
        check_picture(picture)
    options = TrainingOptions(resume=resume, overwrite=overwrite, say=say)
    try:
        with interrupts(), open_corpora(folders) as opened:
            result = learning_curve(settings, opened, place, options, doublings=doublings)
    except KeyboardInterrupt:
        say("tagger: stopped: the same command with --resume goes on with the share that was in work")
        raise
    if picture:
        write_file(picture, curve_picture(result, place.name))
    if json:
        print_json(result)
    else:
        print_curve(result, result_console())
    say(f"wrote {with_own_name(place)}.curve.json" + (f" and {picture}" if picture else ""))

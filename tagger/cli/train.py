"""`tagger train`: a model folder from a configuration and a corpus."""

from pathlib import Path
from typing import Annotated

import typer

from tagger.cli.options import OverwriteOption
from tagger.cli.output import message_console, say
from tagger.errors import ConfigError
from tagger.interrupts import interrupts
from tagger.processors import share_processors

SEGMENTATION = "segmentation"
"""The task of `--tasks` that is a model of its own: to split raw text."""


def train_command(
    config: Annotated[Path, typer.Argument(help="A TOML configuration, such as configs/sample.toml.")],
    *,
    corpus: Annotated[
        Path | None, typer.Option(help="The corpus folder, instead of the one in the configuration.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The model folder, instead of the one in the configuration.")
    ] = None,
    tasks: Annotated[
        str | None,
        typer.Option(help="The tasks to learn, such as upos,ner; segmentation trains the segmenter alone."),
    ] = None,
    set: Annotated[
        list[str] | None, typer.Option(help="Change one setting, such as training.epochs=3; repeatable.")
    ] = None,
    seeds: Annotated[
        int, typer.Option(min=1, help="Train this many models, one for each seed; the best on dev is kept.")
    ] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Processes of this machine that train together.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Resume a run that was stopped.")] = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Train a model and write its folder."""
    from tagger.config.load import load_config, with_tasks

    settings = load_config(config, set or ())
    alone = tasks == SEGMENTATION
    settings = with_tasks(settings, tasks.split(",")) if tasks and not alone else settings
    if corpus and settings.corpora:
        raise ConfigError(
            f"--corpus takes the place of [corpus], but {config} has [[corpora]]: "
            "change a path there, or with --set corpora.0.path=DIR"
        )
    corpus_folders = [str(corpus)] if corpus else settings.corpus_paths
    model_folder = output or settings.output
    if not corpus_folders:
        raise ConfigError(f"{config}: no corpus: give corpus.path there, or --corpus DIR")
    if not model_folder:
        raise ConfigError(f"{config}: no place for the model: give output there, or --output DIR")

    from tagger.training.own_folders import check_sources, with_own_name

    check_sources([config, *corpus_folders], with_own_name(Path(model_folder)), overwrite=overwrite)
    share_processors(workers)
    if workers > 1:
        from tagger.training.launch import launch

        passed_on = {"--corpus": corpus, "--output": output, "--tasks": tasks}
        given = [str(each) for option, value in passed_on.items() if value is not None for each in (option, value)]
        given += [each for setting in set or () for each in ("--set", setting)]
        given += ["--resume"] * resume + ["--overwrite"] * overwrite + ["--seeds", str(seeds)]
        raise typer.Exit(launch(["train", str(config), *given], workers))

    from tagger.training.workers import join_workers

    together = join_workers()  # before anything that TensorFlow does

    from tagger.corpus.read import open_corpora
    from tagger.training.options import TrainingOptions
    from tagger.training.result_lines import result_lines
    from tagger.training.segmenter_alone import train_segmenter_alone
    from tagger.training.spread import print_spread
    from tagger.training.train import train

    options = TrainingOptions(seeds, resume, overwrite, together, say)
    try:
        with interrupts(), open_corpora(corpus_folders) as opened:
            metrics = (train_segmenter_alone if alone else train)(settings, opened, Path(model_folder), options)
    except KeyboardInterrupt:
        if together.is_chief:
            say("tagger: stopped: the same command with --resume goes on after the last epoch that was finished")
        raise
    if not together.is_chief:
        return
    for line in result_lines(metrics, model_folder):
        say(line)
    if seeds > 1:
        print_spread(metrics["seeds"], message_console())

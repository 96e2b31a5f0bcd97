"""`tagger train`: a model folder from a configuration and a corpus."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tagger.cli.options import OverwriteOption, complete_model
from tagger.cli.output import message_console, result_console, say
from tagger.errors import ConfigError
from tagger.interrupts import interrupts
from tagger.processors import share_processors

if TYPE_CHECKING:
    from tagger.config.schema import Config

_NO_CORPUS = "no corpus: give --corpus DIR"
_NO_OUTPUT = "no place for the model: give --output DIR"
SEGMENTATION = "segmentation"
"""The task of `--tasks` that is a model of its own: to split raw text."""


def train_command(
    config: Annotated[
        Path | None,
        typer.Argument(help="A TOML configuration, such as configs/sample.toml; with --init, the model's own if none."),
    ] = None,
    *,
    corpus: Annotated[
        Path | None, typer.Option(help="The corpus folder, instead of the one in the configuration.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The model folder, instead of the one in the configuration.")
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(
            help="Begin with this model: a folder, or a name that tagger models lists.", autocompletion=complete_model
        ),
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
    folds: Annotated[
        int | None,
        typer.Option(
            min=2,
            metavar="K",
            help="Score by K-fold cross-validation on train and dev, by document; writes OUTPUT.folds.json, no model.",
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes of this machine that train together.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Resume a run that was stopped.")] = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Train a model and write its folder."""
    from tagger.config.load import with_tasks

    if folds and (seeds > 1 or workers > 1 or tasks == SEGMENTATION):
        raise ConfigError("--folds trains with one seed, in one process, and no segmenter: leave the others out")
    share_processors(workers)  # before TensorFlow is imported
    settings = _settings(config, init, set or ())
    alone = tasks == SEGMENTATION
    if tasks and not alone and SEGMENTATION in tasks.split(","):
        raise ConfigError(
            f"--tasks {tasks}: segmentation trains the segmenter alone; a tagger of the other tasks has one too, "
            "unless segmenter.train is 'never': leave segmentation out"
        )
    settings = with_tasks(settings, tasks.split(",")) if tasks and not alone else settings
    if corpus and settings.corpora:
        raise ConfigError(
            f"--corpus takes the place of [corpus], but {config or '--set'} has [[corpora]]: "
            "change a path there, or with --set corpora.0.path=DIR"
        )
    corpus_folders = [str(corpus)] if corpus else settings.corpus_paths
    model_folder = output or settings.output
    if not corpus_folders:
        raise ConfigError(f"{config}: no corpus: give corpus.path there, or --corpus DIR" if config else _NO_CORPUS)
    if not model_folder:
        raise ConfigError(
            f"{config}: no place for the model: give output there, or --output DIR" if config else _NO_OUTPUT
        )

    from tagger.training.own_folders import check_sources, with_own_name

    sources: list[Path | str] = [*([config] if config else []), *corpus_folders]
    check_sources(sources, with_own_name(Path(model_folder)), overwrite=overwrite)
    if workers > 1:
        from tagger.training.launch import launch

        passed_on = {"--corpus": corpus, "--output": output, "--init": init, "--tasks": tasks}
        given = [str(each) for option, value in passed_on.items() if value is not None for each in (option, value)]
        given += [each for setting in set or () for each in ("--set", setting)]
        given += ["--resume"] * resume + ["--overwrite"] * overwrite + ["--seeds", str(seeds)]
        raise typer.Exit(launch(["train", *([str(config)] if config else []), *given], workers))

    from tagger.training.workers import join_workers

    together = join_workers()  # before anything that TensorFlow does

    from tagger.corpus.read import open_corpora
    from tagger.training.initial_config import with_tasks_of
    from tagger.training.options import TrainingOptions
    from tagger.training.result_lines import result_lines
    from tagger.training.segmenter_alone import train_segmenter_alone
    from tagger.training.spread import print_spread
    from tagger.training.train import train

    options = TrainingOptions(seeds, resume, overwrite, together, say)
    try:
        with interrupts(), open_corpora(corpus_folders) as opened:
            if config is None and tasks is None:
                settings = with_tasks_of(settings, opened)
            if folds:
                from tagger.training.cross_validation import cross_validate, print_folds

                print_folds(cross_validate(settings, opened, Path(model_folder), folds, options), result_console())
                say(f"wrote {with_own_name(Path(model_folder))}.folds.json")
                return
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


def _settings(config: Path | None, init: str | None, overrides: Sequence[str]) -> "Config":
    """Return the configuration of a file, or without one that of the model to begin with."""
    from tagger.config.load import load_config

    if config is not None:
        begin = [f"init.model={json.dumps(init, ensure_ascii=False)}"] if init else []
        return load_config(config, [*overrides, *begin])
    if init is None:
        raise typer.BadParameter("give a configuration, or with --init MODEL one to train further", param_hint="CONFIG")

    from tagger.training.initial_config import own_config

    return own_config(init, overrides)

"""The commands: arguments in, one call each, messages out."""

import json as json_format
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from tagger import __version__
from tagger.errors import ConfigError, TaggerError
from tagger.processors import share_processors

app = typer.Typer(
    help="Train your own part-of-speech or entity tagger, and tag text with it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

OVERWRITE = typer.Option(help="Replace what stands there.")


def show_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        typer.echo(f"tagger {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Train your own part-of-speech or entity tagger, and tag text with it."""


@app.command("convert")
def convert_command(
    source: Annotated[list[str], typer.Argument(help="SPLIT=FILE for each split, or the folder of a recipe.")],
    to: Annotated[Path, typer.Option("--to", help="The corpus folder to write.")],
    source_folder: Annotated[
        Path | None, typer.Option("--source", help="With a recipe: the folder where its files are.")
    ] = None,
    format: Annotated[str | None, typer.Option(help="conllu, columns, jsonl or nltk; guessed by the name.")] = None,
    columns: Annotated[
        str | None, typer.Option(help="What the columns hold, such as token,_,ner; _ skips one.")
    ] = None,
    separator: Annotated[str | None, typer.Option(help="What separates columns; white space by default.")] = None,
    tasks: Annotated[
        str | None, typer.Option(help="Tasks and where they stand, such as upos=UPOS,ner=MISC:NER.")
    ] = None,
    scheme: Annotated[str | None, typer.Option(help="How spans are written: IOB1, IOB2 or IOBES; detected.")] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Mend tags that the scheme forbids.")] = False,
    shards: Annotated[int | None, typer.Option(min=1, max=99999, help="Files of each split.")] = None,
    licence: Annotated[str, typer.Option(help="The corpus's licence, to be kept with it.")] = "",
    overwrite: Annotated[bool, OVERWRITE] = False,
) -> None:
    """Make a corpus of records from annotated files or from a recipe."""
    from tagger.corpus.convert import convert, convert_recipe
    from tagger.corpus.manifest import Provenance

    if len(source) == 1 and "=" not in source[0]:
        if os.path.isfile(source[0]) and not source[0].endswith(".toml"):
            raise ConfigError(f"{source[0]}: which split is it? Write it as train={source[0]}")
        given = {
            "--format": format,
            "--columns": columns,
            "--separator": separator,
            "--tasks": tasks,
            "--scheme": scheme,
        }
        for option, value in given.items():
            if value is not None:
                raise ConfigError(
                    f"{option} does not go with a recipe, which says it itself: change {source[0]}/corpus.toml"
                )
        corpus = convert_recipe(
            Path(source[0]), to, source_folder, shards=shards, repair=repair, overwrite=overwrite, warn=say
        )
    else:
        if source_folder is not None:
            raise ConfigError("--source goes with a recipe: give the folder that holds its corpus.toml")
        files = [named(each, "SPLIT=FILE, such as train=train.conllu") for each in source]
        splits = [split for split, _ in files]
        for split in splits:
            if splits.count(split) > 1:
                raise ConfigError(f"split '{split}' is given twice: join its files first, or give one another name")
        corpus = convert(
            dict(files),
            to,
            format=format,
            columns=columns_of(columns),
            separator=separator_of(separator),
            tasks=dict(named(each, "TASK=PLACE, such as ner=MISC:NER") for each in tasks.split(",")) if tasks else None,
            scheme=scheme,
            repair=repair,
            shards=shards,
            overwrite=overwrite,
            provenance=Provenance(name=to.name, licence=licence),
            warn=say,
        )
    for split, info in corpus.splits.items():
        say(f"{split}: {info.sentences:,} sentences, {info.tokens:,} tokens")
    written = ", ".join(f"{task} ({info.scheme})" if info.scheme else task for task, info in corpus.tasks.items())
    say(f"wrote {to}: {written}")


@app.command("inspect")
def inspect_command(
    corpus: Annotated[Path, typer.Argument(help="A corpus folder, or the folder of a recipe with its data.")],
    max_tokens: Annotated[int, typer.Option(min=0, help="Warn of longer sentences; 0 for none.")] = 0,
    all_tags: Annotated[bool, typer.Option("--all-tags", help="List every tag, not only the most frequent.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what a corpus holds, and what a careful colleague would mind."""
    from tagger.corpus.inspect import inspect
    from tagger.corpus.report import print_report

    report = inspect(corpus, max_tokens or None)
    if json:
        print_json(report.as_dict())
    else:
        print_report(report, stdout_console(), all_tags=all_tags)


@app.command("train")
def train_command(
    config: Annotated[Path, typer.Argument(help="A TOML configuration, such as configs/sample.toml.")],
    corpus: Annotated[Path | None, typer.Option(help="The corpus folder, in place of the configuration's.")] = None,
    output: Annotated[Path | None, typer.Option(help="The model folder, in place of the configuration's.")] = None,
    tasks: Annotated[str | None, typer.Option(help="The tasks to learn, such as upos,ner.")] = None,
    set: Annotated[list[str] | None, typer.Option(help="One setting, such as training.epochs=3; repeatable.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Models to train, a seed each; the best on dev is kept.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Processes of this machine that train it together.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was stopped.")] = False,
    overwrite: Annotated[bool, OVERWRITE] = False,
) -> None:
    """Train a model and write its folder."""
    from tagger.config.load import load_config, with_tasks

    settings = load_config(config, set or ())
    settings = with_tasks(settings, tasks.split(",")) if tasks else settings
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

    share_processors(workers)
    if workers > 1:
        from tagger.training.launch import launch

        options = {"--corpus": corpus, "--output": output, "--tasks": tasks}
        given = [str(each) for option, value in options.items() if value is not None for each in (option, value)]
        given += [each for setting in set or () for each in ("--set", setting)]
        given += ["--resume"] * resume + ["--overwrite"] * overwrite + ["--seeds", str(seeds)]
        raise typer.Exit(launch(["train", str(config), *given], workers))

    from tagger.training.workers import join_workers

    together = join_workers()  # before anything that TensorFlow does

    from tagger.corpus.read import open_corpora
    from tagger.training.spread import main_figures, print_spread
    from tagger.training.teachers import train_taught

    how = {"resume": resume, "overwrite": overwrite, "workers": together}
    try:
        with open_corpora(corpus_folders) as opened:
            metrics = train_taught(settings, opened, Path(model_folder), seeds, say=say, **how)
    except KeyboardInterrupt:
        if together.is_chief:
            say("tagger: stopped: the same command with --resume goes on after the last epoch that was finished")
        raise
    if not together.is_chief:
        return
    taught = f" and {metrics['teachers']['seconds']:.0f} s of its teachers'" if "teachers" in metrics else ""
    say(
        f"wrote {model_folder} after {metrics['seconds']:.0f} s of training{taught}; "
        f"best epoch: {metrics['best_epoch']}"
    )
    for split in ("dev", "test"):
        for task, (figure, score) in main_figures(metrics, split).items():
            say(f"{split} {task}: {figure} {100 * score:.2f}")
            if split == "dev" and not score:
                steps = metrics["history"][-1]["steps"]
                say(
                    f"{task}: nothing was found there: with {steps} steps an epoch, more training.epochs or a smaller "
                    "training.batch_size may help"
                )
    if seeds > 1:
        print_spread(metrics["seeds"], stderr_console())


@app.command("eval")
def eval_command(
    model: Annotated[str, typer.Argument(help="A model folder, or a name that tagger models lists.")],
    corpus: Annotated[Path, typer.Argument(help="A corpus folder, or the folder of a recipe with its data.")],
    split: Annotated[str, typer.Option(help="Which of its splits to score.")] = "test",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    report: Annotated[
        list[Path] | None, typer.Option(help="Also write what went wrong: NAME.html or NAME.json; repeatable.")
    ] = None,
) -> None:
    """Score a model on the annotated sentences of a corpus."""
    from tagger.corpus.read import open_corpus
    from tagger.evaluation.report_file import check_report_files, write_reports
    from tagger.evaluation.score_tables import print_scores
    from tagger.evaluation.split import analyse_split, score_split
    from tagger.model.shipped_models import find_model
    from tagger.runtime.tagger import load

    check_report_files(report or ())
    with open_corpus(corpus) as opened:
        if report:
            analysis = analyse_split(load(model), opened, split)
            write_reports(report, analysis, find_model(model), opened)
            scores = analysis.scores
        else:
            scores = score_split(load(model), opened, split)
    if json:
        print_json(scores.as_dict())
    else:
        print_scores(scores, stdout_console())
    for task, figures in scores.tasks.items():
        if figures.unknown_tags:
            counts = ", ".join(f"{tag} ({count})" for tag, count in sorted(figures.unknown_tags.items()))
            say(f"{task}: the model does not know these tags, each of which counts as wrong: {counts}")
    for path in report or ():
        say(f"wrote {path}")


@app.command("compare")
def compare_command(
    model_a: Annotated[str, typer.Argument(help="A model folder, or a name that tagger models lists.")],
    model_b: Annotated[str, typer.Argument(help="Another one.")],
    corpus: Annotated[Path, typer.Argument(help="A corpus folder, or the folder of a recipe with its data.")],
    split: Annotated[str, typer.Option(help="On which of its splits to compare them.")] = "test",
    seed: Annotated[int, typer.Option(min=0, help="Decides which sentences are drawn.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say whether one model is better than another, or may only have been lucky."""
    from tagger.corpus.read import open_corpus
    from tagger.evaluation.comparison import compare, print_comparison
    from tagger.runtime.tagger import load

    with open_corpus(corpus) as opened:
        comparison = compare(load(model_a), load(model_b), opened, split, seed=seed)
    if json:
        print_json(comparison.as_dict())
    else:
        print_comparison(comparison, [model_a, model_b], stdout_console())


@app.command("export")
def export_command(
    model: Annotated[Path, typer.Argument(help="A model folder.")],
    to: Annotated[str, typer.Option(help="onnx, or saved-model for TensorFlow Serving.")] = "onnx",
    int8: Annotated[bool, typer.Option("--int8", help="In 8 bits: smaller and faster.")] = False,
    corpus: Annotated[
        Path | None, typer.Option(help="With --int8: whose dev split to measure on, in place of the configuration's.")
    ] = None,
    max_loss: Annotated[
        float, typer.Option(min=0, help="With --int8: points that a task may lose, or nothing is written.")
    ] = 0.1,
    output: Annotated[Path | None, typer.Option(help="The folder to write, in place of the model's own.")] = None,
    overwrite: Annotated[bool, OVERWRITE] = False,
) -> None:
    """Write a model for ONNX Runtime or TensorFlow Serving."""
    from tagger.config.load import check_config
    from tagger.model.folder import open_model

    if to not in ("onnx", "saved-model"):
        raise ConfigError(f"--to {to}: write onnx or saved-model")
    if to == "saved-model" and (int8 or output is None):
        raise ConfigError("--to saved-model takes --output, such as serving/tagger/1, and no --int8")
    if corpus and not int8:
        raise ConfigError("--corpus goes with --int8, which is measured on it")
    folder = open_model(model)
    corpus_folders = [str(corpus)] if corpus else check_config(folder.settings, str(model)).corpus_paths
    if int8 and not corpus_folders:
        raise ConfigError("no corpus to measure 8 bits on: give one with --corpus")
    if to == "saved-model":
        from tagger.export.saved_model import export_saved_model

        export_saved_model(folder, output, overwrite=overwrite)
    else:
        from tagger.corpus.read import open_corpora
        from tagger.export.onnx_folder import export_onnx
        from tagger.training.eight_bits import export_int8

        if int8:
            with open_corpora(corpus_folders) as opened:
                measured = opened[0] if corpus else opened
                losses = export_int8(folder, measured, max_loss, output, overwrite=overwrite)
            for task, loss in losses.items():
                say(f"dev {task}: {loss.figure} {loss.before:.2f}, in 8 bits {loss.after:.2f}, lost {loss.points:.2f}")
        else:
            export_onnx(folder, output, overwrite=overwrite)
    say(f"wrote {output or model}")


@app.command("tag")
def tag_command(
    files: Annotated[
        list[str] | None, typer.Argument(help="Text files, or with --from others; - or none for standard input.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="A model folder, or a name that tagger models lists; the English model.")
    ] = None,
    format: Annotated[str, typer.Option(help="text, brackets, conllu, columns, json or jsonl.")] = "text",
    pretokenized: Annotated[
        bool, typer.Option("--pretokenized", help="One sentence a line, its tokens separated by white space.")
    ] = False,
    lines: Annotated[
        bool, typer.Option("--lines", help="Each line is a text of its own, such as a tweet or a headline.")
    ] = False,
    source: Annotated[
        str | None, typer.Option("--from", help="Annotated files in place of text: conllu, columns or jsonl.")
    ] = None,
    columns: Annotated[
        str | None, typer.Option(help="With --from columns: what they hold, such as token,pos; _ skips one.")
    ] = None,
    separator: Annotated[
        str | None, typer.Option(help="With --from columns: what separates them; white space by default.")
    ] = None,
    given: Annotated[
        str | None, typer.Option(help="With --from: where tags that the model reads stand, such as pos=XPOS.")
    ] = None,
    scores: Annotated[bool, typer.Option("--scores", help="With the model's probability of each tag.")] = False,
    top: Annotated[int, typer.Option(min=0, help="With so many best tags of each token, and their scores.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that tag side by side.")] = 1,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of the network; all processors.")] = None,
    runtime: Annotated[str, typer.Option(help="onnx, tensorflow, or auto: the first that the model has.")] = "auto",
    color: Annotated[bool | None, typer.Option("--color/--no-color", help="Colours; in a terminal.")] = None,
    engine: Annotated[str, typer.Option(help="local, or ray: folders of files, on one machine or many.")] = "local",
    output: Annotated[Path | None, typer.Option(help="With --engine ray: the folder of part files.")] = None,
    overwrite: Annotated[bool, OVERWRITE] = False,
) -> None:
    """Tag plain text, or the tokens of annotated files, and print them with their tags."""
    from tagger.tagging.annotated import AnnotatedFiles
    from tagger.tagging.tag_files import TagOptions, tag_files
    from tagger.text.colors import wants_color
    from tagger.text.render import COLORED_FORMATS

    if engine not in ("local", "ray"):
        raise ConfigError(f"there is no engine '{engine}'; there are local and ray")
    if lines and pretokenized:
        raise ConfigError("--lines is for lines that are to be tokenized, and --pretokenized for others: leave one out")
    reading = "pretokenized" if pretokenized else "lines" if lines else "text"
    if source is None and (columns or separator or given):
        raise ConfigError("--columns, --separator and --given go with --from, such as --from columns")
    if source is not None and engine == "ray":
        raise ConfigError("--from goes without --engine ray, which reads texts, JSON lines and Parquet")
    if engine == "ray":
        from tagger.tagging.ray_data import tag_with_ray

        if output is None or not files:
            raise ConfigError("--engine ray needs input files, folders or patterns, and --output DIR")
        options = TagOptions(model, format, reading, scores, top, False, runtime, threads or 1)
        tag_with_ray(files, options, output, workers=jobs if jobs > 1 else None, overwrite=overwrite, say=say)
        return
    if output is not None or overwrite:
        raise ConfigError("--output and --overwrite go with --engine ray; else the result goes to standard output")
    colored = color if color is not None else format in COLORED_FORMATS and wants_color(sys.stdout)
    read = None
    if source is not None:
        places = dict(named(each, "LAYER=PLACE, such as pos=XPOS") for each in given.split(",")) if given else {}
        read = AnnotatedFiles(source, columns_of(columns), separator_of(separator), places)
    options = TagOptions(model, format, reading, scores, top, colored, runtime, threads, read)
    tag_files(files or ["-"], options, sys.stdout, jobs)


@app.command("models")
def models_command(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """List the models that come with the install, which are found by their names."""
    from tagger.model.shipped_models import described, shipped_models

    found = shipped_models()
    if json:
        print_json([model.as_dict() for model in found])
    elif found:
        print("\n\n".join(map(described, found)))
    else:
        say("no model comes with this install: tagger train makes one, and --model takes its folder")


def columns_of(names: str | None) -> tuple[str, ...] | None:
    """The columns that `--columns` names."""
    return tuple(names.split(",")) if names else None


def separator_of(given: str | None) -> str | None:
    """What `--separator` gives, in which a shell user may write a TAB as \\t."""
    return given.replace("\\t", "\t") if given else None


def named(pair: str, example: str) -> tuple[str, str]:
    """A NAME=VALUE of the command line."""
    name, equals, value = pair.partition("=")
    if not (name and equals and value):
        raise ConfigError(f"'{pair}': write it as {example}")
    return name, value


def say(message: str) -> None:
    """A line for the reader, beside the results."""
    print(message, file=sys.stderr)


def print_json(value: object) -> None:
    """One JSON object, as the result."""
    print(json_format.dumps(value, ensure_ascii=False, indent=1), flush=True)


def stdout_console() -> "Console":  # noqa: F821 (rich is imported late)
    """Where tables go."""
    from rich.console import Console

    return Console(soft_wrap=True, highlight=False)


def stderr_console() -> "Console":  # noqa: F821 (rich is imported late)
    """Where tables go that are no result."""
    from rich.console import Console

    return Console(stderr=True, soft_wrap=True, highlight=False)


def main(arguments: Iterable[str] | None = None) -> None:
    """Run a command: exit code 0, 1 with one message for what a user can mend, 2 for wrong usage, 130 when stopped.

    The last two, and the quiet end (1) when nobody reads the output any more, are typer's doing.
    """
    if sys.stdout is None or sys.stderr is None:  # closed before we began: nobody would learn of anything
        sys.exit(1)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    try:
        app(list(arguments) if arguments is not None else None)
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

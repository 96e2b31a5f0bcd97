"""`tagger annotate`: files for annotation tools, tagged beforehand, and a page of our own to annotate in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tagger.cli.options import LinesOption, ModelOption, OverwriteOption, TrustCodeOption, column_names, complete_one_of
from tagger.cli.output import say
from tagger.errors import ConfigError

if TYPE_CHECKING:
    from tagger.annotation.annotate import AnnotateOptions


def annotate_command(
    files: Annotated[
        list[str],
        typer.Argument(
            help="Text files, folders of text files, or patterns such as 'news/*.txt'. After the word serve: what to "
            "annotate in a page of our own; after the word collect: the folder of such a project."
        ),
    ],
    *,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            help="The tool: label-studio, doccano, brat, prodigy, conllu or jsonl.",
            autocompletion=complete_one_of("label-studio", "doccano", "brat", "prodigy", "conllu", "jsonl"),
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The file to write; a folder with --to brat, and with serve.")
    ] = None,
    model: ModelOption = None,
    tasks: Annotated[
        str | None,
        typer.Option(
            help="The model's tasks to annotate, such as upos,ner; by default the first that has spans, with conllu "
            "and jsonl all."
        ),
    ] = None,
    labels: Annotated[
        str | None, typer.Option(help="With label-studio, brat and serve: further labels to choose from, such as DRUG.")
    ] = None,
    unit: Annotated[
        str,
        typer.Option(
            help="What is annotated at a time: sentence, or passage for the sentences of a paragraph together.",
            autocompletion=complete_one_of("sentence", "passage"),
        ),
    ] = "sentence",
    lines: LinesOption = False,
    queue: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Choose N to annotate first: those of which the model is least sure, not all alike.",
        ),
    ] = None,
    seek: Annotated[
        str | None, typer.Option(help="With --queue: labels that are to be among them, such as ORG,MISC.")
    ] = None,
    annotator: Annotated[
        str | None,
        typer.Option(help="With serve: who annotates, annotator by default. With collect: whose tags come first."),
    ] = None,
    host: Annotated[str, typer.Option(help="With serve: the address to listen at.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="With serve: the port to listen at; 0 for any that is free.")
    ] = 8000,
    overwrite: OverwriteOption = False,
    trust_code: TrustCodeOption = False,
) -> None:
    """Tag text for people to correct, the least sure sentences first: files for tools, or a page of our own.

    `tagger annotate serve FILES --output PROJECT` shows the page, `tagger annotate collect PROJECT --output FILE`
    writes what was accepted in it. `tagger convert` reads that file, and what the tools export.
    """
    from tagger.annotation.annotate import AnnotateOptions, annotate_files

    options = AnnotateOptions(
        model,
        column_names(tasks) or (),
        column_names(labels) or (),
        unit,
        "lines" if lines else "text",
        queue,
        column_names(seek) or (),
        trust_code,
    )
    action, *others = files
    if action == "serve":
        if to is not None or overwrite:
            raise ConfigError("--to and --overwrite do not go with serve, which keeps a project in --output FOLDER")
        _serve(others, output, options, annotator or "annotator", host, port)
    elif action == "collect":
        _collect(others, to or "jsonl", output, annotator, overwrite)
    elif annotator is not None:
        raise ConfigError("--annotator goes with serve and collect: tagger annotate serve FILES --annotator NAME")
    elif to is None or output is None:
        raise ConfigError("say --to TOOL and --output FILE, such as --to label-studio --output tasks.json")
    else:
        count = annotate_files(files, to, output, options, overwrite=overwrite, say=say)
        order = ", the first of them the most useful to annotate" if queue else ""
        say(f"wrote {output}: {count:,} {unit}{'s' * (count != 1)}{order}")


def _serve(
    files: list[str], folder: Path | None, options: "AnnotateOptions", annotator: str, host: str, port: int
) -> None:
    """Make the project, unless it is there already, and show the page until somebody stops it."""
    from tagger.annotation.annotate import AnnotateOptions, make_project
    from tagger.service.annotation_server import serve_annotation

    if folder is None:
        raise ConfigError("say --output FOLDER, where the project and its answers are kept")
    if folder.exists():
        if files or options != AnnotateOptions():
            say(f"{folder}: goes on with what it holds; the files and options given are not read again")
    elif not files:
        raise ConfigError(f"{folder}: there is no project yet: name the files to annotate, before --output")
    else:
        count = make_project(files, folder, options, say=say)
        say(f"made {folder}: {count:,} {options.unit}{'s' * (count != 1)} to annotate")
    serve_annotation(folder, annotator, host, port, say)


def _collect(folders: list[str], format: str, output: Path | None, annotator: str | None, overwrite: bool) -> None:
    """Write what was accepted in a project."""
    from tagger.annotation.collect import collect

    if len(folders) != 1 or output is None:
        raise ConfigError("say which project, and --output FILE: tagger annotate collect PROJECT --output gold.jsonl")
    count = collect(Path(folders[0]), output, format, annotator=annotator, overwrite=overwrite, say=say)
    say(f"wrote {output}: {count:,} accepted excerpt{'s' * (count != 1)}")

"""`tagger annotate`: files for annotation tools, tagged beforehand."""

from pathlib import Path
from typing import Annotated

import typer

from tagger.cli.options import OverwriteOption, TrustCodeOption, column_names, complete_model, complete_one_of
from tagger.cli.output import say
from tagger.errors import ConfigError


def annotate_command(
    files: Annotated[
        list[str],
        typer.Argument(help="Text files, folders of text files, or patterns such as 'news/*.txt'."),
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
    output: Annotated[Path | None, typer.Option(help="The file to write; a folder with --to brat.")] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="A model folder, or a name that tagger models lists; english by default.",
            autocompletion=complete_model,
        ),
    ] = None,
    tasks: Annotated[
        str | None,
        typer.Option(
            help="The model's tasks to annotate, such as upos,ner; by default the first that has spans, with conllu "
            "and jsonl all."
        ),
    ] = None,
    labels: Annotated[str | None, typer.Option(help="Further labels to choose from, such as PRODUCT,DRUG.")] = None,
    unit: Annotated[
        str,
        typer.Option(
            help="What is annotated at a time: sentence, or passage for the sentences of a paragraph together.",
            autocompletion=complete_one_of("sentence", "passage"),
        ),
    ] = "sentence",
    lines: Annotated[
        bool, typer.Option("--lines", help="Each line is a separate text, such as a tweet or a headline.")
    ] = False,
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
    overwrite: OverwriteOption = False,
    trust_code: TrustCodeOption = False,
) -> None:
    """Tag text for people to correct: files for annotation tools, the least sure sentences first.

    `tagger convert` reads what the tools export.
    """
    from tagger.annotation.annotate import AnnotateOptions, annotate_files

    if to is None or output is None:
        raise ConfigError("say --to TOOL and --output FILE, such as --to label-studio --output tasks.json")
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
    count = annotate_files(files, to, output, options, overwrite=overwrite, say=say)
    order = ", the first of them the most useful to annotate" if queue else ""
    say(f"wrote {output}: {count:,} {unit}{'s' * (count != 1)}{order}")

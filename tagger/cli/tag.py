"""`tagger tag`: text or annotated files in, tagged text out."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from tagger.cli.options import (
    LabelsOption,
    LinesOption,
    MinScoreOption,
    ModelOption,
    OffsetsOption,
    OverwriteOption,
    RulesOption,
    TrustCodeOption,
    column_names,
    column_separator,
    complete_one_of,
    label_files,
    min_scores,
    named_value,
)
from tagger.cli.output import result_stream, say
from tagger.errors import ConfigError
from tagger.text.format_names import ANNOTATED_FORMATS


def tag_command(
    files: Annotated[
        list[str] | None,
        typer.Argument(help="Text files, or annotated ones with --from; - or none for standard input."),
    ] = None,
    *,
    model: ModelOption = None,
    format: Annotated[
        str,
        typer.Option(
            help="The output: text, brackets, conllu, columns, json, jsonl or html.",
            autocompletion=complete_one_of("text", "brackets", "conllu", "columns", "json", "jsonl", "html"),
        ),
    ] = "text",
    pretokenized: Annotated[
        bool, typer.Option("--pretokenized", help="One sentence a line, its tokens separated by white space.")
    ] = False,
    lines: LinesOption = False,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Read annotated files instead of text: conllu, columns, csv, pairs, conll2012, jsonl, doccano, "
            "prodigy, spacy, labelstudio, huggingface or brat.",
            autocompletion=complete_one_of(*ANNOTATED_FORMATS),
        ),
    ] = None,
    columns: Annotated[
        str | None, typer.Option(help="With --from columns: their names, such as token,pos; _ skips one.")
    ] = None,
    separator: Annotated[
        str | None, typer.Option(help="With --from columns: their separator; white space by default.")
    ] = None,
    given: Annotated[
        str | None, typer.Option(help="With --from: the place of tags that the model reads, such as pos=XPOS.")
    ] = None,
    labels: LabelsOption = None,
    offsets: OffsetsOption = None,
    rules: RulesOption = None,
    scores: Annotated[bool, typer.Option("--scores", help="Add the probability of each tag.")] = False,
    top: Annotated[
        int,
        typer.Option(min=0, help="Add the N most probable tags of each token, with their probabilities.", metavar="N"),
    ] = 0,
    min_score: MinScoreOption = None,
    jobs: Annotated[int, typer.Option(min=1, help="Number of processes.")] = 1,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads of the network; by default as many as processors.")
    ] = None,
    runtime: Annotated[
        str,
        typer.Option(
            help="What runs the network: onnx, tensorflow, or auto for the first that the model has.",
            autocompletion=complete_one_of("auto", "onnx", "tensorflow"),
        ),
    ] = "auto",
    color: Annotated[
        bool | None, typer.Option("--color/--no-color", help="Colour the tags; by default only in a terminal.")
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            help="local, or ray for folders of files, on one machine or a cluster.",
            autocompletion=complete_one_of("local", "ray"),
        ),
    ] = "local",
    output: Annotated[Path | None, typer.Option(help="With --engine ray: the folder of part files.")] = None,
    overwrite: OverwriteOption = False,
    trust_code: TrustCodeOption = False,
) -> None:
    """Tag plain text, or the tokens of annotated files, and print it."""
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
    if source is None and (labels or offsets):
        raise ConfigError("--labels and --offsets go with --from, such as --from jsonl")
    if source is not None and engine == "ray":
        raise ConfigError("--from goes without --engine ray, which reads texts, JSON lines and Parquet")
    options = TagOptions(
        model,
        format,
        reading,
        scores,
        top,
        runtime=runtime,
        threads=threads,
        trust_code=trust_code,
        rules=rules,
        min_score=min_scores(min_score),
    )
    if engine == "ray":
        from tagger.tagging.ray_data import tag_with_ray

        if output is None or not files:
            raise ConfigError("--engine ray needs input files, folders or patterns, and --output DIR")
        options = replace(options, threads=threads or 1)
        tag_with_ray(files, options, output, workers=jobs if jobs > 1 else None, overwrite=overwrite, say=say)
        return
    if output is not None or overwrite:
        raise ConfigError("--output and --overwrite go with --engine ray; else the result goes to standard output")
    colored = color if color is not None else format in COLORED_FORMATS and wants_color(sys.stdout)
    read = None
    if source is not None:
        places = dict(named_value(each, "LAYER=PLACE, such as pos=XPOS") for each in given.split(",")) if given else {}
        read = AnnotatedFiles(
            source, column_names(columns), column_separator(separator), places, label_files(labels), offsets
        )
    options = replace(options, color=colored, annotated=read)
    tag_files(files or ["-"], options, result_stream(colors=colored), jobs, say)

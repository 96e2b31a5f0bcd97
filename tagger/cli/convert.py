"""`tagger convert`: a corpus folder from annotated files or from a recipe."""

import os
import re
from pathlib import Path
from typing import Annotated

import typer

from tagger.cli.options import (
    LabelsOption,
    OffsetsOption,
    OverwriteOption,
    column_names,
    column_separator,
    complete_one_of,
    label_files,
    named_value,
    named_values,
)
from tagger.cli.output import say
from tagger.errors import ConfigError
from tagger.text.format_names import INPUT_FORMATS


def convert_command(
    source: Annotated[list[str], typer.Argument(help="SPLIT=FILE for each split, or the folder of a recipe.")],
    *,
    to: Annotated[Path, typer.Option("--to", help="The corpus folder to write.")],
    source_folder: Annotated[
        Path | None, typer.Option("--source", help="With a recipe: the folder where its files are.")
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            help="conllu, columns, csv, pairs, conll2012, jsonl, doccano, prodigy, spacy, labelstudio, huggingface, "
            "brat, nltk or sequence-example; by default as the file's name and its records tell.",
            autocompletion=complete_one_of(*INPUT_FORMATS, "sequence-example"),
        ),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            help="Names of the columns, such as token,_,ner (_ skips one), or by the header: token=Word,ner=Tag."
        ),
    ] = None,
    separator: Annotated[str | None, typer.Option(help="The separator of columns; white space by default.")] = None,
    sentence_end: Annotated[
        str | None,
        typer.Option(help="A column and the mark in it after which a sentence ends, such as MISC:EndOfSentence."),
    ] = None,
    tasks: Annotated[
        str | None, typer.Option(help="Tasks and their places in the file, such as upos=UPOS,ner=MISC:NER.")
    ] = None,
    features: Annotated[
        str | None,
        typer.Option(help="With sequence-example: the feature lists to read, such as tokens=tokens,ner=labels."),
    ] = None,
    vocabulary: Annotated[
        str | None,
        typer.Option(
            help="With sequence-example: names of ids, such as tokens=words.txt,ner=tags.txt; one a line, the first "
            "line is id 0."
        ),
    ] = None,
    first_id: Annotated[
        str | None, typer.Option(help="With --vocabulary: another id of the first line, such as tokens=1.")
    ] = None,
    padding_id: Annotated[
        int | None,
        typer.Option(help="With --vocabulary: the id of padding tokens; by default that of a line such as <pad>."),
    ] = None,
    labels: LabelsOption = None,
    offsets: OffsetsOption = None,
    scheme: Annotated[
        str | None,
        typer.Option(
            help="The scheme of spans: IOB1, IOB2, IOBES, BILOU, BMES, BMEWO, IOE1, IOE2, IO, or plain for no spans; "
            "detected by default."
        ),
    ] = None,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair", help="Repair tags that the scheme forbids, and keep the longest of spans that overlap."
        ),
    ] = False,
    every_quote: Annotated[
        bool,
        typer.Option("--every-quote", help="A span that is quoted without offsets marks every place of its text."),
    ] = False,
    skip_refused: Annotated[
        bool, typer.Option("--skip-refused", help="Leave out JSON records that are refused, and count them.")
    ] = False,
    shards: Annotated[int | None, typer.Option(min=1, max=99999, help="Number of files for each split.")] = None,
    licence: Annotated[str, typer.Option(help="The licence of the corpus, kept with it.")] = "",
    overwrite: OverwriteOption = False,
) -> None:
    """Convert annotated files, or the files of a recipe, to a corpus of records."""
    from tagger.corpus.convert import convert, convert_recipe
    from tagger.corpus.manifest import Provenance

    if len(source) == 1 and "=" not in source[0]:
        if os.path.isfile(source[0]) and not source[0].endswith(".toml"):
            raise ConfigError(f"{source[0]}: which split is it? Write it as train={source[0]}")
        given = {
            "--format": format,
            "--columns": columns,
            "--separator": separator,
            "--sentence-end": sentence_end,
            "--tasks": tasks,
            "--features": features,
            "--vocabulary": vocabulary,
            "--first-id": first_id,
            "--padding-id": padding_id,
            "--labels": labels,
            "--offsets": offsets,
            "--scheme": scheme,
            "--every-quote": every_quote or None,
            "--skip-refused": skip_refused or None,
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
        files = [named_value(each, "SPLIT=FILE, such as train=train.conllu") for each in source]
        splits = [split for split, _ in files]
        for split in splits:
            if splits.count(split) > 1:
                raise ConfigError(f"split '{split}' is given twice: join its files first, or give one another name")
        corpus = convert(
            dict(files),
            to,
            format=format,
            columns=column_names(columns),
            separator=column_separator(separator),
            sentence_end=sentence_end,
            tasks=named_values(tasks, "TASK=PLACE, such as ner=MISC:NER"),
            features=named_values(features, "NAME=FEATURE, such as tokens=tokens,ner=labels"),
            vocabularies=named_values(vocabulary, "NAME=FILE, such as tokens=words.txt,ner=tags.txt"),
            first_ids=_numbers(named_values(first_id, "NAME=NUMBER, such as tokens=1"), "--first-id"),
            padding_id=padding_id,
            labels=label_files(labels),
            offsets=offsets,
            scheme=scheme,
            repair=repair,
            every_quote=every_quote,
            skip_refused=skip_refused,
            shards=shards,
            overwrite=overwrite,
            provenance=Provenance(name=to.name, licence=licence),
            warn=say,
        )
    for split, info in corpus.splits.items():
        say(f"{split}: {info.sentences:,} sentences, {info.tokens:,} tokens")
    written = ", ".join(f"{task} ({info.scheme})" if info.scheme else task for task, info in corpus.tasks.items())
    say(f"wrote {to}: {written}")


def _numbers(values: dict[str, str] | None, option: str) -> dict[str, int] | None:
    """The values of an option as whole numbers.

    Raises ConfigError for a value that is not a whole number.
    """
    if values is None:
        return None
    for name, value in values.items():
        if not re.fullmatch(r"-?[0-9]{1,18}", value):
            raise ConfigError(f"{option} {name}={value}: '{value}' is not a whole number of at most 18 digits")
    return {name: int(value) for name, value in values.items()}

"""`tagger inspect`: what a corpus holds, and what may be wrong with it."""

from pathlib import Path
from typing import Annotated

import typer

from tagger.cli.options import JsonOption, column_names, complete_model
from tagger.cli.output import print_json, result_console, result_stream, say
from tagger.errors import ConfigError


def inspect_command(
    corpus: Annotated[
        Path,
        typer.Argument(
            help="A corpus folder, or the folder of a recipe with its data; with --noise also an annotated file."
        ),
    ],
    *,
    max_tokens: Annotated[int, typer.Option(min=0, help="Warn of longer sentences; 0 for none.")] = 0,
    all_tags: Annotated[bool, typer.Option("--all-tags", help="List every tag, not only the most frequent.")] = False,
    noise: Annotated[
        bool,
        typer.Option("--noise", help="List the annotations that models disagree with, the likeliest errors first."),
    ] = False,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="With --noise: a model that judges, and has not learned from the corpus; several times for several. "
            "Without it, models are trained on folds, each to judge what it has not learned.",
            autocompletion=complete_model,
        ),
    ] = None,
    folds: Annotated[int | None, typer.Option(min=2, help="With --noise: number of folds; 4 by default.")] = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="With --noise: models that judge each fold together; 1 by default.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="With --noise: the configuration of the models that are trained on folds.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="With --noise: the split that is judged; train by default.")] = None,
    tasks: Annotated[
        str | None,
        typer.Option(
            help="With --noise: the tasks, such as ner, by default all; of a file with their places, such as "
            "ner=MISC:NER, as in convert."
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=0, help="With --noise: how many are listed; 100 by default, 0 for all.")
    ] = None,
    format: Annotated[str | None, typer.Option(help="With --noise and a file: its format, as in convert.")] = None,
    columns: Annotated[
        str | None, typer.Option(help="With --noise and a file: the names of its columns, as in convert.")
    ] = None,
    scheme: Annotated[
        str | None, typer.Option(help="With --noise and a file: the scheme of its spans, as in convert.")
    ] = None,
    every_quote: Annotated[
        bool,
        typer.Option("--every-quote", help="With --noise and a file: quoted spans mark every place, as in convert."),
    ] = False,
    skip_refused: Annotated[
        bool, typer.Option("--skip-refused", help="With --noise and a file: leave out refused records, as in convert.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show what a corpus holds, and warn of what a careful annotator would question."""
    given = {
        "--model": model,
        "--folds": folds,
        "--seeds": seeds,
        "--config": config,
        "--split": split,
        "--tasks": tasks,
        "--limit": limit,
        "--format": format,
        "--columns": columns,
        "--scheme": scheme,
        "--every-quote": every_quote or None,
        "--skip-refused": skip_refused or None,
    }
    for option, value in given.items():
        if value is not None and not noise:
            raise ConfigError(f"{option} goes with --noise, which judges annotations: give both, or leave it out")
    if noise:
        for option, is_given in (("--max-tokens", max_tokens), ("--all-tags", all_tags)):
            if is_given:
                raise ConfigError(f"{option} goes without --noise, which lists no figures: leave one of the two out")
        if model and (folds or seeds or config):
            raise ConfigError(
                "--folds, --seeds and --config are for models that are trained here: leave them or --model out"
            )
        from tagger.training.annotation_noise import NoiseOptions, find_noise

        places = {name: place for name, _, place in (each.partition("=") for each in tasks.split(","))} if tasks else {}
        options = NoiseOptions(
            tuple(model or ()),
            folds or 4,
            seeds or 1,
            config,
            split,
            places,
            format,
            column_names(columns),
            scheme,
            every_quote,
            skip_refused,
        )
        found = find_noise(corpus, options, say)
        most = 100 if limit is None else limit
        shown = found[:most] if most else found
        if json:
            print_json([error.as_dict() for error in shown])
        else:
            stream = result_stream(colors=False)
            stream.writelines(f"{error}\n" for error in shown)
            stream.flush()
        said = f"{len(found):,} annotation{'s are' if len(found) != 1 else ' is'} likely wrong"
        say(said + (f", of which the first {len(shown):,} are listed" if len(shown) < len(found) else ""))
        return
    from tagger.corpus.corpus_report import print_report
    from tagger.corpus.inspect import inspect

    report = inspect(corpus, max_tokens or None)
    if json:
        print_json(report.as_dict())
    else:
        print_report(report, result_console(), all_tags=all_tags)

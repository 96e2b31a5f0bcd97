"""`tagger inspect`: what a corpus holds, and what may be wrong with it."""

from typing import Annotated

import typer

from tagger.cli.options import CorpusArgument, JsonOption
from tagger.cli.output import print_json, result_console


def inspect_command(
    corpus: CorpusArgument,
    *,
    max_tokens: Annotated[int, typer.Option(min=0, help="Warn of longer sentences; 0 for none.")] = 0,
    all_tags: Annotated[bool, typer.Option("--all-tags", help="List every tag, not only the most frequent.")] = False,
    json: JsonOption = False,
) -> None:
    """Show what a corpus holds, and warn of what a careful annotator would question."""
    from tagger.corpus.corpus_report import print_report
    from tagger.corpus.inspect import inspect

    report = inspect(corpus, max_tokens or None)
    if json:
        print_json(report.as_dict())
    else:
        print_report(report, result_console(), all_tags=all_tags)

"""`tagger serve`: tagged text over HTTP."""

from typing import Annotated

import typer

from tagger.cli.options import MinScoreOption, RulesOption, complete_model, min_scores
from tagger.service.limits import Limits


def serve_command(
    *,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="A model folder, a zip file, an https address, or a name that tagger models lists; several times for "
            "several models, of which the first is the default. Without it, the English model.",
            autocompletion=complete_model,
        ),
    ] = None,
    rules: RulesOption = None,
    host: Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0 for all of this machine.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at; 0 for any that is free.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Number of processes, each with all models.")] = 1,
    threads: Annotated[
        int | None,
        typer.Option(min=1, help="Threads that tag in each process; by default the processes share the processors."),
    ] = None,
    min_score: MinScoreOption = None,
    batch_wait: Annotated[
        float,
        typer.Option(min=0, help="Milliseconds that a request waits, at most, for others to share a batch with."),
    ] = 2.0,
    batch_words: Annotated[
        int, typer.Option(min=0, help="Most words, about, that share a batch; 0 tags each request by itself.")
    ] = 2048,
    max_bytes: Annotated[int, typer.Option(min=1, help="Most bytes of a request.")] = Limits.max_bytes,
    max_characters: Annotated[int, typer.Option(min=1, help="Most characters of one text.")] = Limits.max_characters,
    max_texts: Annotated[
        int, typer.Option(min=1, help="Most texts, or sentences of words, in a request.")
    ] = Limits.max_texts,
    max_in_flight: Annotated[
        int, typer.Option(min=1, help="Most requests in work, in each process.")
    ] = Limits.max_in_flight,
    max_connections: Annotated[
        int, typer.Option(min=1, help="Most open connections, in each process.")
    ] = Limits.max_connections,
    read_seconds: Annotated[
        float, typer.Option(help="Seconds in which a request, or the next part of a stream, must come.")
    ] = Limits.read_seconds,
    answer_seconds: Annotated[
        float, typer.Option(help="Seconds in which a request is answered.")
    ] = Limits.answer_seconds,
    write_seconds: Annotated[
        float, typer.Option(help="Seconds in which a client must take the next part of its answer.")
    ] = Limits.write_seconds,
    idle_seconds: Annotated[
        float, typer.Option(help="Seconds after which an idle connection is closed.")
    ] = Limits.idle_seconds,
    grace: Annotated[float, typer.Option(help="Seconds to finish what is in work, when told to stop.")] = Limits.grace,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(help="Let pages of this origin, such as https://example.org, read answers (CORS); * for all."),
    ] = None,
) -> None:
    """Answer requests over HTTP with tagged text."""
    from tagger.service.server import ServeOptions
    from tagger.service.supervisor import serve

    limits = Limits(
        max_bytes,
        max_characters,
        max_texts,
        max_in_flight,
        max_connections,
        read_seconds,
        answer_seconds,
        write_seconds,
        idle_seconds,
        grace,
    )
    serve(
        ServeOptions(
            tuple(model or ()),
            host,
            port,
            workers,
            threads,
            batch_wait / 1000,
            batch_words,
            limits,
            tuple(allow_origin or ()),
            rules,
            min_scores(min_score),
        )
    )

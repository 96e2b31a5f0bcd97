"""The command behind `scripts/load_test`: full load on a service for some minutes, and many idle connections."""

import asyncio
import socket
import time
from contextlib import ExitStack
from typing import Annotated

import typer
from loading import Findings, load
from serving import Service, answer_of

_MOST_GROWTH = 1.1
_SHOWN = 20


def idle_connections(count: int) -> list[str]:
    """Open so many idle connections, ask beside them, and return what was wrong."""
    wrong = []
    with Service("--max-connections", count + 1, "--idle-seconds", 600) as service, ExitStack() as stack:
        before = service.memory()
        for number in range(count):
            stack.enter_context(service.connect())
            if number % 500 == 0:
                time.sleep(0.05)  # the system holds some hundred connections that were not accepted yet
        began = time.monotonic()
        with service.connect() as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = answer_of(connection)
            if answer is None or answer.status != 200:
                wrong.append(f"beside {count:,} idle connections: {answer}")
            seconds = time.monotonic() - began
            refused = service.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            if refused is None or refused.status != 503:
                wrong.append(f"one connection more than the limit: {refused}")
        grown = (service.memory() - before) / count
        typer.echo(f"{count:9,}  idle connections, {grown:,.0f} bytes each; an answer beside them in {seconds:.3f} s")
    return wrong


def show(findings: Findings, seconds: float) -> None:
    for status, count in sorted(findings.statuses.items()):
        typer.echo(f"{count:9,}  requests answered with {status}, {count / seconds:,.0f} a second")
    for manner, count in sorted(findings.nuisances.items()):
        typer.echo(f"{count:9,}  {manner}")
    for each in findings.wrong[:_SHOWN]:
        typer.echo(each, err=True)
    step = max(1, len(findings.memory) // 12)
    sizes = ", ".join(f"{at:.0f} s {size / 1e6:.0f}" for at, size in findings.memory[::step])
    earlier, later = findings.growth()
    typer.echo(f"memory in MB: {sizes}; second quarter {earlier / 1e6:.0f}, last quarter {later / 1e6:.0f}")


def load_test(
    minutes: Annotated[float, typer.Option(help="How long.")] = 1.0,
    clients: Annotated[int, typer.Option(help="Clients that ask as they should.")] = 64,
    nuisances: Annotated[int, typer.Option(help="Clients that misbehave.")] = 8,
    workers: Annotated[int, typer.Option(help="Processes of the service.")] = 1,
    in_flight: Annotated[int, typer.Option(help="Most requests in work in each of them.")] = 48,
    connections: Annotated[int, typer.Option(help="Idle connections; 0 leaves them out.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Another seed gives other texts.")] = 1,
) -> None:
    """Ask a service as fast as it answers, and misbehave beside that: memory is flat, and nothing fails but 429."""
    wrong = idle_connections(connections) if connections else []
    with Service("--workers", workers, "--max-in-flight", in_flight, "--write-seconds", 2) as service:
        seconds = 60 * minutes
        findings = asyncio.run(load(service, seconds, clients=clients, nuisances=nuisances, seed=seed))
        show(findings, seconds)
        wrong += findings.wrong
        earlier, later = findings.growth()
        if later > _MOST_GROWTH * earlier:
            wrong.append(f"memory grew from {earlier / 1e6:.0f} to {later / 1e6:.0f} MB")
        if "Traceback" in service.written:
            wrong.append(service.written[-2000:])
    for each in wrong[len(findings.wrong) :]:
        typer.echo(each, err=True)
    typer.echo(f"{len(wrong):9,}  faults")
    raise typer.Exit(bool(wrong))


if __name__ == "__main__":
    socket.setdefaulttimeout(30)
    typer.run(load_test)

"""The command behind `scripts/fuzz`: rounds over all targets until the time is up, with other inputs in each round."""

import time
from pathlib import Path
from typing import Annotated

import typer
from fuzzing import try_inputs
from targets import targets

_EACH = 50  # inputs of a target in one round


def fuzz(
    minutes: Annotated[float, typer.Option(help="How long to go on.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Another seed gives other inputs.")] = 2,
    only: Annotated[str, typer.Option(help="Only the targets whose name holds this.")] = "",
    failures: Annotated[Path, typer.Option(help="The folder for inputs that did harm.")] = Path("fuzz-failures"),
) -> None:
    """Try mutated inputs of every kind until the time is up."""
    end = time.monotonic() + 60 * minutes
    chosen = {name: target for name, target in targets().items() if only in name}
    if not chosen:
        raise typer.BadParameter(f"no target's name holds {only!r}; there are {', '.join(targets())}")
    tried = dict.fromkeys(chosen, 0)
    harmful = 0
    slowest = (0.0, "", 0)
    while time.monotonic() < end:
        for name, target in chosen.items():
            for number in range(tried[name], tried[name] + _EACH):
                if time.monotonic() > end:
                    break
                started = time.monotonic()
                for failure in try_inputs(name, target, seed, range(number, number + 1)):
                    harmful += 1
                    failures.mkdir(exist_ok=True)
                    path = failures / f"{name.replace('/', '-')} {seed} {number}"
                    path.write_bytes(failure.content)
                    typer.echo(f"{path}\n{failure.trace}", err=True)
                slowest = max(slowest, (time.monotonic() - started, name, number))
                tried[name] += 1
    for name, count in tried.items():
        typer.echo(f"{count:7,}  {name}")
    typer.echo(f"{sum(tried.values()):7,}  inputs, of which {harmful:,} did harm")
    typer.echo(f"the slowest took {slowest[0]:.1f} s: {slowest[1]}, number {slowest[2]}")
    raise typer.Exit(harmful > 0)


if __name__ == "__main__":
    typer.run(fuzz)

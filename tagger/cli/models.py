"""`tagger models`: the models that come with the install."""

from typing import Annotated

import typer

from tagger.cli.output import print_json, say


def models_command(*, json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False) -> None:
    """List the models that come with the install, which --model finds by their names."""
    from tagger.model.shipped_models import described, shipped_models

    found = shipped_models()
    if json:
        print_json([model.as_dict() for model in found])
    elif found:
        print("\n\n".join(map(described, found)))
    else:
        say("no model comes with this install: tagger train makes one, and --model takes its folder")

"""`tagger models`: the models that are there by name: shipped, of packages, and those in the cache."""

from collections.abc import Sequence
from typing import Annotated

import typer

from tagger.cli.output import print_json, say
from tagger.model.package_names import normalized_name
from tagger.model.shipped_models import DEFAULT_MODEL, ModelInfo, listed_models


def models_command(*, json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False) -> None:
    """List the models that come with the install, of packages, and in the cache, which --model finds by name."""
    found = listed_models(say)
    if json:
        print_json([model.as_dict() for model in found])
    elif found:
        names = [normalized_name(model.name) for model in found]
        hidden = (_is_hidden(model, names, place) for place, model in enumerate(found))
        print("\n\n".join(map(_description, found, hidden)))
    else:
        say("no model comes with this install: tagger train makes one, and --model takes its folder")


def _is_hidden(info: ModelInfo, names: Sequence[str], place: int) -> bool:
    """Return whether --model does not find a model by its name, since one before it or in the cache has it too."""
    name = names[place]
    return name in names[:place] or (info.source.startswith("unpacked from") and names.count(name) > 1)


def _description(info: ModelInfo, is_hidden: bool) -> str:
    """Return the description of a model for people, one line for each thing that is known."""
    scores = "; ".join(
        f"{what}: {', '.join(f'{task} {100 * score:.2f}' for task, score in by_task.items())}"
        for what, by_task in info.scores.items()
    )
    lines = {
        "tasks": ", ".join(info.tasks),
        "language": info.language,
        "corpora": ", ".join(info.corpora),
        "licence": info.licence,
        "size": f"{info.size / 1e6:.1f} MB",
        "scores": scores,
        "version": info.version,
        "source": info.source,
        "folder": info.folder,
    }
    title = info.name
    if is_hidden:
        title += " (another model has this name: --model takes the folder)"
    elif info.name == DEFAULT_MODEL and not info.source:
        title += " (tags where no --model is given)"
    described = [title, *(f"  {name:<10}{value}" for name, value in lines.items() if value)]
    # Names of folders, files and tasks are others' text, which may hold what controls a terminal.
    return "\n".join("".join(each if each.isprintable() else "?" for each in line) for line in described)

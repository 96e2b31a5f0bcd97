"""`tagger package`: a model for others, as a wheel or a zip file."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from tagger.cli.options import ModelArgument, OverwriteOption, complete_one_of
from tagger.cli.output import say


def package_command(
    model: ModelArgument,
    *,
    output: Annotated[Path, typer.Option(help="The folder for the file.")] = Path("dist"),
    format: Annotated[
        str,
        typer.Option(help="wheel, which pip installs, or zip.", autocompletion=complete_one_of("wheel", "zip")),
    ] = "wheel",
    name: Annotated[
        str | None, typer.Option(help="The name by which --model finds the model; by default its folder's.")
    ] = None,
    version: Annotated[str, typer.Option(help="The version, such as 1.0.2.")] = "1.0.0",
    licence: Annotated[
        str | None, typer.Option(help="The licence of the model, such as CC-BY-4.0; by default what its folder says.")
    ] = None,
    licence_file: Annotated[Path | None, typer.Option(help="The file with the text of the licence.")] = None,
    language: Annotated[str | None, typer.Option(help="The language of the text, such as English.")] = None,
    checkpoint: Annotated[
        bool, typer.Option("--checkpoint", help="Pack the weights for TensorFlow too, for training further.")
    ] = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Write a model as a wheel or a zip file, for others to install, download and load."""
    from tagger.model.model_manifest import sha256
    from tagger.sharing.package_model import PackageOptions, package_model
    from tagger.sharing.wheel import packaged_name

    options = PackageOptions(name, version, licence, licence_file, language, checkpoint)
    path = package_model(model, output, options, format=format, overwrite=overwrite, say=say)
    say(f"wrote {path}: {path.stat().st_size / 1e6:.1f} MB")
    if format == "wheel":
        say(f"to use it: pip install {shlex.quote(str(path))}, then --model {packaged_name(path)}")
    say(f"from a server: --model 'https://HOST/{path.name}#sha256={sha256(path)}'")

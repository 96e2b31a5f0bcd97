"""`tagger check`: whether a model folder is as it was written."""

from pathlib import Path
from typing import Annotated

import typer

from tagger.cli.options import ModelArgument
from tagger.cli.output import say


def check_command(
    model: ModelArgument,
    *,
    write_manifest: Annotated[
        bool,
        typer.Option("--write-manifest", help="Take the files as they are now, and write their manifest anew."),
    ] = False,
) -> None:
    """Compare every file of a model folder with the manifest that was written with it."""
    from tagger.errors import ModelError
    from tagger.model.folder import open_model, read_settings
    from tagger.model.language_model_folder import open_language_model
    from tagger.model.model_manifest import MANIFEST_FILE, check_model_folder, foreign_in_model, write_model_manifest
    from tagger.model.settings import is_language_model
    from tagger.model.shipped_models import find_model

    def check_opens() -> None:
        """Raise ModelError where the folder is not that of a tagger or of a language model."""
        settings, _ = read_settings(folder, check=False)
        (open_language_model if is_language_model(settings) else open_model)(folder, check=False)

    folder: Path = find_model(model)
    if write_manifest:
        check_opens()
        if reason := foreign_in_model(folder):
            raise ModelError(f"{folder}: {reason}: remove it first")
        try:
            write_model_manifest(folder)
        except OSError as error:
            raise ModelError(f"{folder / MANIFEST_FILE}: could not be written: {error.strerror}") from None
    count = check_model_folder(folder)
    check_opens()
    say(f"{folder}: OK, {count} files as they were written")

"""`tagger export`: a model for ONNX Runtime or TensorFlow Serving."""

from pathlib import Path
from typing import Annotated

import typer

from tagger.cli.options import OverwriteOption, TrustCodeOption, complete_one_of
from tagger.cli.output import say
from tagger.errors import ConfigError


def export_command(
    model: Annotated[Path, typer.Argument(help="A model folder.")],
    *,
    to: Annotated[
        str,
        typer.Option(
            help="The format: onnx, or saved-model for TensorFlow Serving.",
            autocompletion=complete_one_of("onnx", "saved-model"),
        ),
    ] = "onnx",
    int8: Annotated[bool, typer.Option("--int8", help="Write 8-bit weights: smaller and faster.")] = False,
    corpus: Annotated[Path | None, typer.Option(help="With --int8: measure on the dev split of this corpus.")] = None,
    max_loss: Annotated[
        float,
        typer.Option(
            min=0, help="With --int8: the most points that a task may lose; if one loses more, nothing is written."
        ),
    ] = 0.1,
    output: Annotated[Path | None, typer.Option(help="The folder to write, instead of the model's own.")] = None,
    overwrite: OverwriteOption = False,
    trust_code: TrustCodeOption = False,
) -> None:
    """Write a model for ONNX Runtime or TensorFlow Serving."""
    from tagger.config.load import check_config
    from tagger.model.folder import open_model, read_settings
    from tagger.model.settings import is_language_model

    if to not in ("onnx", "saved-model"):
        raise ConfigError(f"--to {to}: write onnx or saved-model")
    if to == "saved-model" and (int8 or output is None):
        raise ConfigError("--to saved-model takes --output, such as serving/tagger/1, and no --int8")
    if corpus and not int8:
        raise ConfigError("--corpus goes with --int8, which is measured on it")
    if is_language_model(read_settings(model)[0]):
        from tagger.export.packed_language_model import pack_language_model

        if not int8 or output is None or corpus or to != "onnx":
            raise ConfigError(
                f"{model}: a language model, which tags nothing: tagger export MODEL --int8 --output FOLDER keeps it "
                "in a third of its size"
            )
        pack_language_model(model, output, overwrite=overwrite)
        say(f"wrote {output}")
        return
    folder = open_model(model, trust_code=trust_code)
    corpus_folders = [str(corpus)] if corpus else check_config(folder.settings, str(model)).corpus_paths
    if int8 and not corpus_folders:
        raise ConfigError("no corpus to measure 8 bits on: give one with --corpus")
    if to == "saved-model" and output is not None:
        from tagger.export.saved_model import export_saved_model

        export_saved_model(folder, output, overwrite=overwrite)
    else:
        from tagger.corpus.read import open_corpora
        from tagger.export.onnx_folder import export_onnx
        from tagger.files import check_outside
        from tagger.training.eight_bits import export_int8

        if int8:
            if output and overwrite:
                check_outside(corpus_folders, output)
            with open_corpora(corpus_folders) as opened:
                losses = export_int8(
                    folder, opened, max_loss, output, as_configured=corpus is None, overwrite=overwrite
                )
            for task, loss in losses.items():
                say(f"dev {task}: {loss.figure} {loss.before:.2f}, in 8 bits {loss.after:.2f}, lost {loss.points:.2f}")
            if any(loss.points > max_loss for loss in losses.values()):
                say(f"the segmenter stays in 32 bits, because it would lose more than --max-loss {max_loss:g}")
        else:
            export_onnx(folder, output, overwrite=overwrite)
    say(f"wrote {output or model}")

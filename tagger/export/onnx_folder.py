"""A model folder's ONNX files written again, in place or as a new folder.

A new folder holds what tagging needs, and no checkpoint.
"""

import shutil
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError

from tagger.corpus.manifest import Provenance
from tagger.errors import DataError, ModelError
from tagger.export.onnx_files import Models, metadata_of, onnx_models, write_models
from tagger.files import check_free, check_outside, locked, new_folder
from tagger.model.folder import (
    CARD_FILE,
    CHARACTERS_FILE,
    CONFIG_FILE,
    METRICS_FILE,
    MODEL_FILE,
    RULES_FILE,
    SEGMENTER_FOLDER,
    TAGGING_RULES_FILE,
    VOCABULARY_FOLDER,
    ModelFolder,
    check_onnx_files,
    check_segmenter,
)
from tagger.model.model_manifest import MANIFEST_FILE, foreign_in_model, write_model_manifest
from tagger.model.score_settings import SETTINGS_FILE
from tagger.model.tensor_names import CORPUS, FLOAT32, LICENCE, PRECISION, SOURCE
from tagger.network.saved_weights import load_network
from tagger.runtime.external_tensors import has_external_tensors


def export_onnx(folder: ModelFolder, output: Path | None = None, *, overwrite: bool = False) -> None:
    """Write a model's ONNX files with 32-bit weights.

    The files go into the model's own folder, or into a new folder at `output`. Raises ExportError where a cell has an
    operation that ONNX lacks, DataError when something exists at `output`.
    """
    check_output(folder, output, overwrite=overwrite)
    write_onnx_folder(folder, float32_models(folder, output), output, overwrite=overwrite)


def float32_models(folder: ModelFolder, output: Path | None = None) -> Models:
    """The folder's network as ONNX models with 32-bit weights.

    The models are named after `output` or the folder itself. They are built from the checkpoint, or read from the
    folder's ONNX files where it has no checkpoint. Raises ModelError where those files hold 8-bit weights or cannot be
    read, ExportError as `export_onnx` does.
    """
    if folder.has_checkpoint:
        name = (output or folder.path).resolve().name
        return onnx_models(load_network(folder), folder.tags, folder.schemes, name, provenance_of(folder))
    check_onnx_files(folder)
    models = read_models(folder.path)
    if not _is_float32(models):
        raise ModelError(
            f"{folder.path}: its {MODEL_FILE} is not in 32 bits, and there are no weights to make one: export "
            "the folder that was trained"
        )
    return models


def other_folder(folder: ModelFolder, output: Path | None) -> Path | None:
    """`output` where it is not the model's own folder; otherwise None."""
    return output if output is not None and output.resolve() != folder.path.resolve() else None


def segmenter_models(folder: ModelFolder) -> Models | None:
    """The ONNX models of a folder's segmenter; None where it has none, or one in 8 bits already.

    Raises ModelError where they are damaged.
    """
    if not folder.has_segmenter:
        return None
    check_segmenter(folder)
    models = read_models(folder.path / SEGMENTER_FOLDER)
    return models if _is_float32(models) else None


def check_output(folder: ModelFolder, output: Path | None, *, overwrite: bool) -> None:
    """Raise DataError unless `write_onnx_folder` may write to `output`.

    The check is cheap, so call it before the long work starts.
    """
    elsewhere = other_folder(folder, output)
    if elsewhere:
        if overwrite:
            check_outside([folder.path], elsewhere)
        check_free(elsewhere, overwrite=overwrite, marker=MODEL_FILE, foreign=foreign_in_model)


def write_onnx_folder(
    folder: ModelFolder, models: Models, output: Path | None, *, overwrite: bool, segmenter: Models | None = None
) -> None:
    """Write ONNX models of a folder's network into that folder or as a new one.

    A new one, at `output`, also gets all else that tagging needs, and the models of `segmenter` in place of those that
    the folder's segmenter has. Raises DataError when something exists at `output`, or the files cannot be written.
    """
    elsewhere = other_folder(folder, output)
    if elsewhere:
        with (
            locked(elsewhere),
            new_folder(elsewhere, overwrite=overwrite, marker=MODEL_FILE, foreign=foreign_in_model) as target,
        ):
            copy_for_tagging(folder, models, target, segmenter)
        return
    try:
        with locked(folder.path):
            (folder.path / MANIFEST_FILE).unlink(missing_ok=True)  # a kill leaves a folder that loads, unchecked
            write_models(models, folder.path)
            write_model_manifest(folder.path)
    except OSError as error:
        raise DataError(f"{folder.path}: could not be written: {error.strerror}") from None


def copy_for_tagging(folder: ModelFolder, models: Models, target: Path, segmenter: Models | None = None) -> None:
    """Fill the empty folder `target` with all that tagging needs.

    Tagging needs the ONNX `models` and the other files of `folder`, but not its checkpoint. The models of `segmenter`
    take the place of those in the folder.
    """
    if folder.has_segmenter:
        check_segmenter(folder)
    copy_beside_network(folder.path, target)
    write_models(models, target)
    if segmenter:
        write_models(segmenter, target / SEGMENTER_FOLDER)
    write_model_manifest(target)


def copy_beside_network(source: Path, target: Path) -> None:
    """Copy what a model folder has beside its network and its manifest, such as vocabulary, settings and card."""
    for part in (VOCABULARY_FOLDER, SEGMENTER_FOLDER):
        if (source / part).is_dir():
            shutil.copytree(source / part, target / part)
    for file in (CONFIG_FILE, METRICS_FILE, CARD_FILE, RULES_FILE, TAGGING_RULES_FILE, SETTINGS_FILE):
        if (source / file).is_file():
            shutil.copy(source / file, target / file)


def provenance_of(folder: ModelFolder) -> Provenance:
    """The corpus that trained the model, as the model's ONNX file records it.

    Corpus, source and licence are empty where there is no readable file.
    """
    try:
        about = metadata_of(_read(folder.path / MODEL_FILE)) if folder.has_onnx else {}
    except ModelError:  # a damaged file is about to be replaced
        about = {}
    return Provenance(about.get(CORPUS, ""), about.get(SOURCE, ""), about.get(LICENCE, ""))


def _is_float32(models: Models) -> bool:
    return metadata_of(models[MODEL_FILE]).get(PRECISION) == FLOAT32


def read_models(folder: Path) -> dict[str, onnx.ModelProto]:
    """Read the ONNX files of a model folder. Raises ModelError where one is damaged, or refers to other files."""
    return {file: _read(folder / file) for file in (MODEL_FILE, CHARACTERS_FILE) if (folder / file).is_file()}


def _read(path: Path) -> onnx.ModelProto:
    try:
        content = path.read_bytes()
        if has_external_tensors(content):
            raise ValueError("it keeps numbers in other files, which a model folder may not do")
        return onnx.load_model_from_string(content)
    except (OSError, ValueError, DecodeError) as error:
        raise ModelError(f"{path}: cannot be read ({error}): export the folder that was trained again") from None

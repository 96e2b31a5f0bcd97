"""A model folder written again for ONNX Runtime: in place or as a folder of its own, in 32 bits or in 8."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeGuard

import onnx
from google.protobuf.message import DecodeError

from tagger.config.load import check_config
from tagger.corpus.from_config import Opened, directories, mixed_corpora
from tagger.corpus.manifest import Manifest, Provenance
from tagger.errors import DataError, ExportError, ModelError
from tagger.evaluation import Scores, main_figure
from tagger.evaluation.several_corpora import score_corpora
from tagger.evaluation.split import score_split
from tagger.export.onnx_files import onnx_models, write_models
from tagger.export.quantize import in_8_bits
from tagger.files import check_free, new_folder
from tagger.model.folder import CARD, CHARACTERS, CONFIG, METRICS, MODEL, VOCABULARY, ModelFolder, open_model
from tagger.network.saved_weights import load_network
from tagger.runtime.onnx_predictor import OnnxPredictor
from tagger.runtime.tagger import Tagger

Models = Mapping[str, onnx.ModelProto]
"""ONNX models by their file names."""


@dataclass(frozen=True)
class Loss:
    """A task's main figure, accuracy or F1, in percent: in 32 bits and in 8."""

    figure: str
    before: float
    after: float

    @property
    def points(self) -> float:
        """What was lost, below 0 where something was won."""
        return self.before - self.after


def export_onnx(folder: ModelFolder, output: Path | None = None, *, overwrite: bool = False) -> None:
    """Write a model's ONNX files in 32 bits: into its folder, or with all else that tagging needs to `output`.

    Raises ExportError where a cell has an operation that ONNX does not, DataError when something is at the output.
    """
    _write(folder, models_of(folder, output), output, overwrite)


def export_int8(
    folder: ModelFolder, corpus: Opened, max_loss: float, output: Path | None = None, *, overwrite: bool = False
) -> dict[str, Loss]:
    """Write them in 8 bits, after tagging the dev split of a corpus both ways, and give what each task lost. In place
    of one corpus there may be all that the model's configuration names, which are used as it says.

    Raises ExportError, and writes nothing, when a task loses more than `max_loss` points.
    """
    if _is_elsewhere(folder, output):
        check_free(output, overwrite=overwrite, marker=MODEL)
    whole = models_of(folder, output)
    small = in_8_bits(whole)
    before, after = (_dev_scores(folder, models, corpus).tasks for models in (whole, small))
    losses = {
        task: Loss("f1" if folder.schemes[task] else "accuracy", *(100 * main_figure(of) for of in (was, after[task])))
        for task, was in before.items()
    }
    for task, loss in losses.items():
        if loss.points > max_loss:
            raise ExportError(
                f"in 8 bits {task} falls from {loss.before:.2f} to {loss.after:.2f} on dev, {loss.points:.3f} points "
                f"and more than --max-loss {max_loss:g}: nothing is written; allow more, or leave it in 32 bits"
            )
    _write(folder, small, output, overwrite)
    return losses


def models_of(folder: ModelFolder, output: Path | None = None) -> Models:
    """The folder's network in 32 bits: of its weights, or where it has none of its ONNX files."""
    if folder.has_checkpoint:
        name = (output or folder.path).resolve().name
        return onnx_models(load_network(folder), folder.tags, folder.schemes, name, _provenance(folder))
    models = {file: _read(folder.path / file) for file in (MODEL, CHARACTERS) if (folder.path / file).is_file()}
    if _about(models[MODEL]).get("precision") != "float32":
        raise ModelError(
            f"{folder.path}: its {MODEL} is not in 32 bits, and there are no weights to make one: export "
            "the folder that was trained"
        )
    return models


def _write(folder: ModelFolder, models: Models, output: Path | None, overwrite: bool) -> None:
    if _is_elsewhere(folder, output):
        with new_folder(output, overwrite=overwrite, marker=MODEL) as target:
            _fill(target, folder, models)
        return
    try:
        write_models(models, folder.path)
    except OSError as error:
        raise DataError(f"{folder.path}: could not be written: {error.strerror}") from None


def _is_elsewhere(folder: ModelFolder, output: Path | None) -> TypeGuard[Path]:
    """Whether a folder of its own is to be written; the model's own must keep its weights."""
    return output is not None and output.resolve() != folder.path.resolve()


def _fill(target: Path, folder: ModelFolder, models: Models) -> None:
    """Put all that tagging needs into an empty folder."""
    shutil.copytree(folder.path / VOCABULARY, target / VOCABULARY)
    for file in (CONFIG, METRICS, CARD):
        if (folder.path / file).is_file():
            shutil.copy(folder.path / file, target / file)
    write_models(models, target)


def _dev_scores(folder: ModelFolder, models: Models, corpus: Opened) -> Scores:
    """The scores of models on dev, tagged as `tag` does."""
    with TemporaryDirectory() as target:
        _fill(Path(target), folder, models)
        tags = {task: vocabulary.entries for task, vocabulary in folder.tags.items()}
        predictor = OnnxPredictor(open_model(Path(target)))
        tagger = Tagger(predictor, folder.schemes, tags, folder.knows, given=tuple(folder.given))
        if isinstance(corpus, Manifest):
            return score_split(tagger, corpus, "dev")
        config = check_config(folder.settings, str(folder.path / CONFIG))
        scores = score_corpora(tagger, mixed_corpora(config, corpus), "dev")
        if scores is None:
            raise DataError(f"{directories(corpus)}: no dev split to measure 8 bits on: give another with --corpus")
        return scores.together


def _provenance(folder: ModelFolder) -> Provenance:
    """Where the model's corpus comes from, as the ONNX file says that training wrote; nothing where there is none."""
    try:
        about = _about(_read(folder.path / MODEL)) if folder.has_onnx else {}
    except ModelError:  # it is about to be written again
        about = {}
    return Provenance(about.get("corpus", ""), about.get("source", ""), about.get("licence", ""))


def _read(path: Path) -> onnx.ModelProto:
    try:
        return onnx.load(path)
    except (OSError, DecodeError) as error:
        raise ModelError(f"{path}: cannot be read ({error}): export the folder that was trained again") from None


def _about(model: onnx.ModelProto) -> dict[str, str]:
    return {each.key: each.value for each in model.metadata_props}

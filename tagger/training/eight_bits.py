"""Checks that a model's scores survive 8-bit weights.

The model is scored on dev with 32-bit and with 8-bit weights before the smaller model is written.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tagger.config.load import check_config
from tagger.corpus.from_config import directories, mixed_corpora
from tagger.corpus.manifest import Manifest
from tagger.corpus.raw_text import knows_white_space
from tagger.corpus.read import read_split
from tagger.errors import DataError, ExportError
from tagger.evaluation import Scores
from tagger.evaluation.main_figures import main_figure, main_figure_name
from tagger.evaluation.raw_scores import RawCounts, RawSums
from tagger.evaluation.raw_split import score_raw_split
from tagger.evaluation.several_corpora import score_corpora
from tagger.evaluation.split import score_split
from tagger.export.onnx_files import Models, write_models
from tagger.export.onnx_folder import (
    check_output,
    copy_for_tagging,
    float32_models,
    other_folder,
    segmenter_models,
    write_onnx_folder,
)
from tagger.export.quantize import in_8_bits
from tagger.files import check_outside
from tagger.model.folder import CONFIG_FILE, SEGMENTER_FOLDER, ModelFolder, open_model
from tagger.model.model_manifest import MANIFEST_FILE
from tagger.runtime.onnx_predictor import OnnxPredictor
from tagger.runtime.tagger import Tagger, load


@dataclass(frozen=True)
class QuantizationLoss:
    """A figure on dev, with 32-bit weights and with 8-bit weights: accuracy or F1, in percent."""

    figure: str
    before: float
    after: float

    @property
    def points(self) -> float:
        """How many points 8-bit weights cost; negative where the score rises."""
        return self.before - self.after


def export_int8(
    folder: ModelFolder,
    corpora: Sequence[Manifest],
    max_loss: float,
    output: Path | None = None,
    *,
    as_configured: bool = True,
    overwrite: bool = False,
) -> dict[str, QuantizationLoss]:
    """Write a model's ONNX files with 8-bit weights; return what each task loses on dev, by name.

    Both models are scored on dev first. `corpora` are those that the model's configuration names, and each is used as
    the configuration says; without `as_configured` it is one other corpus, scored as it stands. The files go into the
    model's own folder, or to `output` as a new folder. There the segmenter gets 8-bit weights too, if a dev split says
    where white space stands and it loses at most `max_loss` points; in its own folder there would be no way back. What
    it loses is returned too, also where it keeps 32 bits. Raises ExportError, and writes nothing, when a task, or a
    figure of a model that only splits text, loses more than `max_loss` points; DataError when something exists at
    `output` or there is no dev split.
    """
    check_output(folder, output, overwrite=overwrite)
    if output and overwrite:
        check_outside((corpus.directory for corpus in corpora), output)
    whole = float32_models(folder, output)
    small = in_8_bits(whole)
    small_segmenter, of_segmenter = None, {}
    if folder.is_segmenter:
        losses = _losses_of_segmenter(folder.path, small, corpora)
        if not losses:
            raise DataError(
                f"{directories(corpora)}: no dev split that says where white space stands, to measure a segmenter's 8 "
                "bits on: give another with --corpus"
            )
    else:
        losses = _losses_of_tasks(folder, whole, small, corpora, as_configured=as_configured)
        segmenter = segmenter_models(folder) if other_folder(folder, output) else None
        if segmenter:
            small_segmenter = in_8_bits(segmenter)
            of_segmenter = _losses_of_segmenter(folder.path / SEGMENTER_FOLDER, small_segmenter, corpora)
            if not of_segmenter or any(loss.points > max_loss for loss in of_segmenter.values()):
                small_segmenter = None  # it stays in 32 bits, as it is the smallest part of a model
    for task, loss in losses.items():
        if loss.points > max_loss:
            raise ExportError(
                f"in 8 bits {task} falls from {loss.before:.2f} to {loss.after:.2f} on dev, {loss.points:.3f} points "
                f"and more than --max-loss {max_loss:g}: nothing is written; allow more, or leave it in 32 bits"
            )
    write_onnx_folder(folder, small, output, overwrite=overwrite, segmenter=small_segmenter)
    return losses | of_segmenter


def _losses_of_tasks(
    folder: ModelFolder, whole: Models, small: Models, corpora: Sequence[Manifest], *, as_configured: bool
) -> dict[str, QuantizationLoss]:
    """Return what each task loses."""
    before, after = (
        _dev_scores(folder, models, corpora, as_configured=as_configured).tasks for models in (whole, small)
    )
    return {
        task: QuantizationLoss(
            main_figure_name(folder.schemes[task]), 100 * main_figure(scores), 100 * main_figure(after[task])
        )
        for task, scores in before.items()
    }


def _losses_of_segmenter(path: Path, small: Models, corpora: Sequence[Manifest]) -> dict[str, QuantizationLoss]:
    """Return what the segmenter in a folder loses in F1 of tokens, sentences and words of the raw text of dev.

    Nothing is returned where no dev split says where white space stands.
    """
    texts = [corpus for corpus in corpora if "dev" in corpus.splits and knows_white_space(read_split(corpus, "dev"))]
    if not texts:
        return {}
    with TemporaryDirectory() as target:
        copied = Path(target) / SEGMENTER_FOLDER
        shutil.copytree(path, copied)
        write_models(small, copied)
        (copied / MANIFEST_FILE).unlink(missing_ok=True)  # of the files before
        before, after = _segments(path, texts), _segments(copied, texts)
    return {
        f"{name} of raw text": QuantizationLoss("f1", 100 * counts.figures.f1, 100 * after[name].figures.f1)
        for name, counts in before.items()
    }


def _segments(path: Path, corpora: Sequence[Manifest]) -> dict[str, RawCounts]:
    """Return what a segmenter gets right of dev, by what the text is cut into."""
    segmenter = load(path)
    return sum((score_raw_split(segmenter, corpus, "dev") for corpus in corpora), RawSums()).segments


def _dev_scores(folder: ModelFolder, models: Models, corpora: Sequence[Manifest], *, as_configured: bool) -> Scores:
    """Return the scores of ONNX models on dev, tagged as `tagger tag` does."""
    with TemporaryDirectory() as target:
        copy_for_tagging(folder, models, Path(target))
        written = open_model(Path(target))
        tagger = Tagger.from_folder(written, OnnxPredictor(written))
        if not as_configured:
            (corpus,) = corpora
            return score_split(tagger, corpus, "dev")
        config = check_config(folder.settings, str(folder.path / CONFIG_FILE))
        scores = score_corpora(tagger, mixed_corpora(config, corpora), "dev")
        if scores is None:
            raise DataError(f"{directories(corpora)}: no dev split to measure 8 bits on: give another with --corpus")
        return scores.together

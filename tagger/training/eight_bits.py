"""Checks that a model's scores survive 8-bit weights.

The model is scored on dev with 32-bit and with 8-bit weights before the smaller model is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tagger.config.load import check_config
from tagger.corpus.from_config import directories, mixed_corpora
from tagger.corpus.manifest import Manifest
from tagger.errors import DataError, ExportError
from tagger.evaluation import Scores
from tagger.evaluation.main_figures import main_figure, main_figure_name
from tagger.evaluation.several_corpora import score_corpora
from tagger.evaluation.split import score_split
from tagger.export.onnx_files import Models
from tagger.export.onnx_folder import check_output, copy_for_tagging, float32_models, write_onnx_folder
from tagger.export.quantize import in_8_bits
from tagger.files import check_outside
from tagger.model.folder import CONFIG_FILE, ModelFolder, open_model
from tagger.runtime.onnx_predictor import OnnxPredictor
from tagger.runtime.tagger import Tagger


@dataclass(frozen=True)
class QuantizationLoss:
    """A task's main figure on dev, with 32-bit weights and with 8-bit weights.

    The figure is accuracy or F1, in percent.
    """

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
    """Write a model's ONNX files with 8-bit weights; return what each task loses on dev.

    Both models are scored on dev first. `corpora` are those that the model's configuration names, and each is used as
    the configuration says; without `as_configured` it is one other corpus, scored as it stands. The files go into the
    model's own folder, or to `output` as a new folder. Raises ExportError, and writes nothing, when a task loses more
    than `max_loss` points; DataError when something exists at `output` or there is no dev split.
    """
    check_output(folder, output, overwrite=overwrite)
    if output and overwrite:
        check_outside((corpus.directory for corpus in corpora), output)
    whole = float32_models(folder, output)
    small = in_8_bits(whole)
    before, after = (
        _dev_scores(folder, models, corpora, as_configured=as_configured).tasks for models in (whole, small)
    )
    losses = {
        task: QuantizationLoss(
            main_figure_name(folder.schemes[task]), 100 * main_figure(scores), 100 * main_figure(after[task])
        )
        for task, scores in before.items()
    }
    for task, loss in losses.items():
        if loss.points > max_loss:
            raise ExportError(
                f"in 8 bits {task} falls from {loss.before:.2f} to {loss.after:.2f} on dev, {loss.points:.3f} points "
                f"and more than --max-loss {max_loss:g}: nothing is written; allow more, or leave it in 32 bits"
            )
    write_onnx_folder(folder, small, output, overwrite=overwrite)
    return losses


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

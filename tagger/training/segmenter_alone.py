"""Training a segmenter without a tagger: a model that splits raw text and tags nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tagger.config.schema import Config
from tagger.corpus.from_config import directories
from tagger.corpus.manifest import Manifest
from tagger.corpus.mixture import MixedCorpus
from tagger.errors import ConfigError, DataError
from tagger.files import locked, remove_folder
from tagger.network.saved_weights import writing
from tagger.runtime.tagger import load
from tagger.training.card import raw_lines
from tagger.training.options import TrainingOptions
from tagger.training.own_folders import is_saved, segmenter_folder, with_own_name
from tagger.training.raw_metrics import raw_figures_by_split
from tagger.training.run_folder import (
    check_output,
    finish_folder,
    read_metrics,
    remove_dead_leftovers,
    said_finished,
    said_new,
    unfinished_error,
)
from tagger.training.segmenter_stage import SegmenterStage, segmenter_stage
from tagger.training.train import train_model
from tagger.training.train_segmenter import train_segmenter

_MADE_OF = "made_of"
"""Key of `metrics.json`: what the segmenter was trained from."""


def train_segmenter_alone(
    config: Config, corpora: Sequence[Manifest], output: Path, options: TrainingOptions
) -> dict[str, Any]:
    """Train the segmenter of a configuration as a model of its own; return the contents of its `metrics.json`.

    The tasks of the configuration play no part. Until it is finished, all of it lies in OUTPUT.segmenter, from where
    `options.resume` continues. Raises ConfigError for several seeds or workers, and DataError where no corpus knows its
    white space or something is in the way. A model that is finished is left as it is when it is resumed.
    """
    if options.seeds > 1 or options.workers.count > 1:
        raise ConfigError("--tasks segmentation trains one small model: leave --seeds and --workers out")
    output = with_own_name(output)
    settings = config.segmenter.model_copy(update={"train": "always"})
    weights = [corpus.weight for corpus in config.corpora] or [1.0]
    mixed = [MixedCorpus(each, [], {}, weight=weight) for each, weight in zip(corpora, weights, strict=True)]
    without_given = config.model_copy(update={"segmenter": settings, "given": {}})
    stage = segmenter_stage(without_given, mixed, segmenter_folder(output))
    if stage is None:
        raise DataError(f"{directories(corpora)}: nothing there to learn segmentation from")
    with locked(output):
        if _is_done_or_prepared(stage, output, options):
            return read_metrics(output)
        train_segmenter(options, train_model, stage)
        metrics = read_metrics(stage.model)
        for split, figures in raw_figures_by_split(load(stage.model), stage.corpora).items():
            metrics.setdefault(split, {"tasks": {}})["raw"] = figures
        metrics[_MADE_OF] = stage.made_of
        finish_folder(stage.model, output, metrics, _card(stage, metrics, output.name))
        with writing(stage.folder):
            remove_folder(stage.folder)
    return metrics


def _is_done_or_prepared(stage: SegmenterStage, output: Path, options: TrainingOptions) -> bool:
    """Return whether the model is finished already; if not, leave only what is to be resumed.

    Raises DataError or ConfigError where something else is in the way.
    """
    remove_dead_leftovers(output, [stage.folder])
    is_done = (
        options.resume
        and not options.overwrite
        and is_saved(output)
        and stage.is_made_of(read_metrics(output).get(_MADE_OF))
    )
    if is_done:
        options.say(said_finished(output))
    elif options.resume and stage.folder.is_dir():
        stage.check_same_source()
        check_output(output, overwrite=True)
        return False
    else:
        check_output(output, overwrite=options.overwrite)
        if options.resume:
            options.say(said_new(output))
        elif stage.folder.is_dir() and not options.overwrite:
            raise unfinished_error(stage.folder)
    with writing(stage.folder):
        remove_folder(stage.folder)
    return is_done


def _card(stage: SegmenterStage, metrics: dict[str, Any], name: str) -> str:
    """Return the `README.md` of the model."""
    rows = [
        f"| {corpus.label} | {corpus.manifest.source or 'not given'} | {corpus.manifest.licence or 'not given'} |"
        for corpus in stage.corpora
    ]
    lines = [
        f"# {name}",
        "",
        "A `tagger` model that splits raw text into sentences and words, and tags nothing.",
        "",
        "| corpus | source | licence |",
        "| --- | --- | --- |",
        *rows,
        "",
        *raw_lines(metrics),
        "## Train it again",
        "",
        "    tagger train CONFIG --tasks segmentation --corpus CORPUS --output MODEL",
        "",
    ]
    return "\n".join(lines)

"""Carries out a plan: what to resume, overwrite or refuse.

The chief decides once, for all stages and all workers.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tagger.corpus.from_config import directories, mixed_corpora
from tagger.errors import ConfigError, DataError, ModelError
from tagger.files import copy_folder, locked, remove_folder
from tagger.model.folder import RULES_FILE, SEGMENTER_FOLDER
from tagger.model.score_settings import SETTINGS_FILE
from tagger.network.saved_weights import writing
from tagger.training.card import model_card
from tagger.training.make_targets import check_sources_of_targets, make_soft_targets
from tagger.training.options import TrainingOptions
from tagger.training.own_folders import (
    check_is_ours,
    check_sources,
    is_saved,
    teachers_folder,
    working_folder,
)
from tagger.training.plan import ModelStage, Plan, TargetsStage
from tagger.training.projected_vectors import check_can_be_read_again
from tagger.training.run_folder import (
    check_finished,
    check_output,
    copy_finished,
    finish_folder,
    read_metrics,
    remove_dead_leftovers,
    said_finished,
    said_new,
    unfinished_error,
)
from tagger.training.same_settings import check_same_settings
from tagger.training.segmenter_stage import SegmenterStage
from tagger.training.soft_target_records import Targets, read_targets_record
from tagger.training.spread import dev_score, spread_of
from tagger.training.state import load_state

TrainModel = Callable[[ModelStage, Targets | None], dict[str, Any]]
"""Trains one model, resuming its unfinished run if there is one, and returns its metrics."""


@dataclass(frozen=True)
class Execution:
    """The stages of a plan that are not done yet, carried out one after the other."""

    plan: Plan
    options: TrainingOptions
    train_model: TrainModel
    doubts: Sequence[str] = ()
    """What to warn of before anything is trained."""
    train_segmenter: Callable[[SegmenterStage], object] | None = None
    """Trains the segmenter that the plan has, unless it is trained."""

    def run(self) -> dict[str, Any]:
        """Do what is left of the plan, and return the contents of `metrics.json`.

        Workers other than the chief return an empty dictionary. Raises DataError when something exists at the output or
        another process writes to it, ConfigError when the run to resume was another one, and what `train_model` raises.
        """
        plan, workers = self.plan, self.options.workers
        with workers.watched(), locked(plan.output) if workers.is_chief else nullcontext():
            if workers.ask_chief(lambda: _is_done_or_prepared(plan, self.options)):
                if not workers.is_chief:
                    return {}
                self.options.say(said_finished(plan.output))
                return read_metrics(plan.output)
            if workers.is_chief:
                for doubt in self.doubts:
                    self.options.say(f"warning: {doubt}")
            if plan.segmenter and self.train_segmenter and workers.ask_chief(lambda: not _has_segmenter(plan)):
                self.train_segmenter(plan.segmenter)
            targets = self._make_targets(plan.targets) if plan.targets else None
            metrics = self._train_seeds(targets) if plan.has_seeds else self.train_model(plan.models[0], targets)
            if workers.is_chief:
                _remove_teachers(plan, self.options)
                if plan.segmenter:
                    _remove(plan.segmenter.folder)
        return metrics

    def _make_targets(self, stage: TargetsStage) -> Targets:
        """Train the teachers and write their soft targets, unless that is done already."""
        workers, say = self.options.workers, self.options.say
        with self._removed_if_empty(teachers_folder(self.plan.output)):
            if workers.ask_chief(lambda: not stage.is_written()):
                for teacher in stage.teachers:
                    self._train_unless_done(teacher, None)
                if workers.is_chief:
                    make_soft_targets(stage, self.plan, say)
            elif workers.is_chief:
                say("the teachers are trained already" if stage.teachers else "the soft targets are written already")
            workers.meet()
            if workers.is_chief:
                for teacher in stage.teachers:  # no longer needed
                    _remove(teacher.folder.parent)
            record = read_targets_record(stage.folder)
        if record is None:
            raise ModelError(f"{stage.folder}: no soft targets there: all workers must see the folder of the model")
        models, names = len(stage.teachers) + len(stage.models), [Path(name).name for name in stage.models]
        rehearsed = list(self.plan.models[0].config.tasks) if stage.rehearsal else []
        return Targets(
            stage.folder, models, record.seconds, record.id, record.unlabelled, names, rehearsed, record.rehearsed
        )

    def _train_seeds(self, targets: Targets | None) -> dict[str, Any]:
        """Train the models that are missing, and make a copy of the best one the output."""
        workers = self.options.workers
        with self._removed_if_empty(self.plan.unfinished_folder):
            for stage in self.plan.models:
                self._train_unless_done(stage, targets)
            metrics = _keep_best(self.plan) if workers.is_chief else {}
            workers.meet()
        return metrics

    def _train_unless_done(self, stage: ModelStage, targets: Targets | None) -> None:
        """Train one of several models, unless it is trained; if it has too few epochs, resume it."""
        workers = self.options.workers
        is_trained = workers.ask_chief(lambda: stage.is_trained(self.plan.checksum))
        if workers.is_chief:
            self.options.say(f"{stage.title} is trained already" if is_trained else f"{stage.title}:")
        if not is_trained:
            if workers.is_chief:
                copy_finished(stage.folder)
            self.train_model(stage, targets)

    @contextmanager
    def _removed_if_empty(self, folder: Path) -> Iterator[None]:
        """Remove a folder after the block, if there is nothing in it but empty folders."""
        try:
            yield
        finally:
            if self.options.workers.is_chief:
                for path in (*folder.glob("*"), folder):
                    with suppress(OSError):
                        path.rmdir()


def _has_segmenter(plan: Plan) -> bool:
    """Return whether the model to resume was finished before, and so has its segmenter."""
    return not plan.has_seeds and (working_folder(plan.output) / SEGMENTER_FOLDER / RULES_FILE).is_file()


def _is_done_or_prepared(plan: Plan, options: TrainingOptions) -> bool:
    """Return whether the plan is done; if not, leave only what is to be resumed.

    Anything that a model's training would refuse raises an error here, before any teacher is trained.
    """
    output, overwrite = plan.output, options.overwrite
    config = plan.models[0].config
    models = (config.encoder.pretrained, config.init.model, *config.distillation.models)
    others = [path for path in (config.vectors.path, *models) if path]
    sources: list[Path | str] = [*(corpus.directory for corpus in plan.corpora), *others]
    if plan.targets and not (options.resume and (plan.targets.is_written() or plan.is_done)):
        sources += check_sources_of_targets(plan.targets, plan)
    check_sources(sources, output, overwrite=overwrite)
    remove_dead_leftovers(output, plan.own_folders)
    if options.resume:
        if plan.has_learned_from_targets:  # the run was killed when only this was left to do
            _remove(teachers_folder(output))
            if plan.has_seeds:
                _remove(plan.unfinished_folder)
            if plan.is_done:
                return True
        if plan.is_begun:
            _check_resumable(plan)
            check_output(output, overwrite=True)
            return False
        if not overwrite and plan.is_done:
            return True
        if not overwrite and is_saved(output):
            if plan.targets:
                raise DataError(
                    f"{output}: this model is finished, and its teachers are gone, so that it cannot be gone on with: "
                    "start anew with --overwrite"
                )
            if not plan.has_seeds:
                _resume_finished(plan, options)
                return False
    check_output(output, overwrite=overwrite)
    if options.resume:
        options.say(said_new(output))
    elif not overwrite:
        _check_nothing_unfinished(plan)
    for folder in plan.own_folders:
        _remove(folder)
    return False


def _check_resumable(plan: Plan) -> None:
    """Raise ConfigError where a stage to resume had other corpora or other settings."""
    if plan.segmenter:
        plan.segmenter.check_same_source()
    for stage in plan.models:
        finished = [stage.folder] if plan.has_seeds else []  # a lone model's is the output: of an earlier run
        _check_same_run(stage, plan, [working_folder(stage.folder), *finished])
    if plan.targets is None:
        return
    record = read_targets_record(plan.targets.folder)
    if record is None:
        for stage in plan.targets.teachers:
            _check_same_run(stage, plan, [working_folder(stage.folder), stage.folder])
    elif not plan.targets.matches(record):
        raise ConfigError(
            f"{teachers_folder(plan.output)}: these teachers were trained with other settings or on another corpus: "
            "give the same, or start anew with --overwrite"
        )


def _check_same_run(stage: ModelStage, plan: Plan, folders: list[Path]) -> None:
    """Raise ConfigError if a run in one of some folders belongs to another stage.

    Only the first folder that holds a run counts.
    """
    for folder in folders:
        state = load_state(folder)
        if state is None:
            continue
        if state.corpus != plan.checksum:
            model, kind = stage.config.encoder.pretrained, "language model"
            if stage.config.init.model:
                model, kind = stage.config.init.model, "model"
            than = directories(plan.corpora) + (f", or with another {kind} than {model}" if model else "")
            other = f"this run began on another corpus than {than}"
            raise ConfigError(f"{folder}: {other}: give that one, or start anew")
        check_same_settings(stage.config, folder)
        return


def _resume_finished(plan: Plan, options: TrainingOptions) -> None:
    """Copy the finished model to its working folder to resume it, with more epochs for example."""
    _check_same_run(plan.models[0], plan, [plan.output])
    check_finished(plan.output)
    check_can_be_read_again(plan.output, plan.models[0].config.vectors.path)
    _remove(plan.unfinished_folder)
    copy_finished(plan.output)
    if (plan.output / SETTINGS_FILE).is_file():
        options.say(
            f"{plan.output}: its thresholds and temperatures are not those of the model after more training: choose "
            "them again with tagger threshold"
        )


def _check_nothing_unfinished(plan: Plan) -> None:
    """Raise DataError where there is an unfinished run, which is not removed unasked."""
    for folder in plan.own_folders:
        if folder.is_dir():
            raise unfinished_error(folder, several=plan.has_seeds and not plan.targets)


def _keep_best(plan: Plan) -> dict[str, Any]:
    """Make a copy of the best model the output, and remove all others; return its metrics.

    The metrics include the scores of all seeds. A kill leaves all models or none, so that this can be done again.
    """
    runs = {stage.config.seed: read_metrics(stage.folder) for stage in plan.models}
    best = max(plan.models, key=lambda stage: dev_score(runs[stage.config.seed]))
    metrics = runs[best.config.seed] | {"seeds": spread_of(runs, best.config.seed)}
    kept = plan.unfinished_folder / "kept"
    with writing(plan.unfinished_folder):
        copy_folder(best.folder, kept)
    card = model_card(best.config, mixed_corpora(best.config, plan.corpora), metrics, plan.output.name)
    finish_folder(kept, plan.output, metrics, card)
    _remove(plan.unfinished_folder)
    return metrics


def _remove_teachers(plan: Plan, options: TrainingOptions) -> None:
    """Remove the teachers.

    Where a run without teachers overwrites a model that had some, remove those of the earlier run.
    """
    folder = teachers_folder(plan.output)
    if plan.targets:
        _remove(folder)
    elif options.overwrite:
        with suppress(DataError):  # not ours, and not in the way
            check_is_ours(folder)
            _remove(folder)


def _remove(folder: Path) -> None:
    with writing(folder):
        remove_folder(folder)

"""What a call of `train` has to do, as data: teachers, soft targets, seeds, the model.

A stage knows its configuration, its folder, and whether it is done. A plan writes, removes and refuses nothing;
`execute.py` does.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tagger.config.init_keys import InitConfig
from tagger.config.load import check_config
from tagger.config.rule_keys import RulesConfig
from tagger.config.schema import Config, DistillationConfig
from tagger.config.segmenter_keys import SegmenterConfig
from tagger.config.unlabelled_keys import UnlabelledConfig
from tagger.corpus.from_config import mixed_corpora, with_schemes
from tagger.corpus.manifest import Manifest
from tagger.documents import parse_json
from tagger.errors import ConfigError
from tagger.model.folder import METRICS_FILE
from tagger.training.beginning import check_beginning, checksum_of_sources
from tagger.training.model_rules import has_rules_of
from tagger.training.own_folders import (
    TARGETS,
    is_saved,
    seeds_folder,
    segmenter_folder,
    teachers_folder,
    with_own_name,
    working_folder,
)
from tagger.training.run_folder import read_metrics
from tagger.training.same_settings import MAY_CHANGE, flat_settings, gives_same_model
from tagger.training.segmenter_stage import SegmenterStage, segmenter_stage
from tagger.training.soft_target_records import TargetsRecord, read_targets_record
from tagger.training.state import load_state

_FIRST_TEACHER_SEED = 1000
"""The difference between the first teacher's seed and the configuration's seed.
Teachers and models therefore do not share a seed."""


@dataclass(frozen=True)
class ModelStage:
    """One model to train: the model itself, one of its seeds, or a teacher."""

    config: Config
    """The model's configuration, with the schemes of the corpora."""
    folder: Path
    """The folder of the finished model."""
    title: str = ""
    """What messages call this model, such as `seed 2`; empty where there is only one."""

    def is_trained(self, checksum: str) -> bool:
        """Whether the folder is a model of this configuration and these corpora, with the rules that it names."""
        if not (gives_same_model(self.config, self.folder) and has_rules_of(self.config, self.folder)):
            return False
        state = load_state(self.folder)
        return state is not None and state.corpus == checksum


@dataclass(frozen=True)
class TargetsStage:
    """Soft targets: the averaged probabilities of some teachers for the train split, and for unlabelled text."""

    teachers: tuple[ModelStage, ...]
    """The teachers that are trained first."""
    folder: Path
    """The folder of the records."""
    settings: Mapping[str, Any]
    """Corpora and settings of the teachers, as JSON has them.
    The settings tell soft targets from those of other teachers."""
    models: tuple[str, ...] = ()
    """The teachers that were trained before: folders, or names of shipped models."""
    unlabelled: UnlabelledConfig | None = None
    """The text without annotation that the model learns from too, if any."""
    rehearsal: InitConfig | None = None
    """What the model that training begins with labels, if anything."""

    def is_written(self) -> bool:
        """Whether there are soft targets in the folder, of any teachers."""
        return read_targets_record(self.folder) is not None

    def matches(self, record: TargetsRecord) -> bool:
        """Whether written soft targets come from teachers with the same settings.

        A setting that did not exist when the soft targets were written counts as its default.
        """
        then, now = record.settings, self.settings
        teachers = then.get("teachers", [])
        alike = ("corpus", "epochs", "models", "unlabelled", "rehearsal")
        if any(then.get(key) != now.get(key) for key in alike) or len(teachers) != len(now["teachers"]):
            return False
        return all(
            after.get(key) == value
            for before, after in zip(teachers, now["teachers"], strict=True)
            for key, value in before.items()
        )


@dataclass(frozen=True)
class Plan:
    """All stages of a call of `train`: first soft targets from teachers, then the models."""

    output: Path
    """The model folder. With several seeds it becomes a copy of the best model."""
    corpora: Sequence[Manifest]
    checksum: str
    """The checksum of what is learned from, by `checksum_of_sources`."""
    models: tuple[ModelStage, ...]
    """One stage for each seed."""
    targets: TargetsStage | None = None
    segmenter: SegmenterStage | None = None
    """What the segmenter of all models is trained from; None where they get none."""

    @property
    def has_seeds(self) -> bool:
        """Whether several models are trained, of which the best is kept."""
        return len(self.models) > 1

    @property
    def unfinished_folder(self) -> Path:
        """Folder of the unfinished models."""
        return seeds_folder(self.output) if self.has_seeds else working_folder(self.output)

    @property
    def own_folders(self) -> list[Path]:
        """The folders beside the output that belong to this plan."""
        segmenter = [self.segmenter.folder] if self.segmenter else []
        return [*segmenter, *([teachers_folder(self.output)] if self.targets else []), self.unfinished_folder]

    @property
    def is_begun(self) -> bool:
        """Whether an unfinished run can be resumed."""
        if self.targets and teachers_folder(self.output).is_dir():
            return True
        if self.segmenter and self.segmenter.folder.is_dir():
            return True
        return self.unfinished_folder.is_dir() if self.has_seeds else is_saved(self.unfinished_folder)

    @property
    def is_done(self) -> bool:
        """Whether the model folder is what this plan would make."""
        if not self.has_seeds:
            return self.models[0].is_trained(self.checksum)
        seeds = read_metrics(self.output).get("seeds") if (self.output / METRICS_FILE).is_file() else None
        if seeds is None or [run["seed"] for run in seeds["runs"]] != [stage.config.seed for stage in self.models]:
            return False
        kept = next(stage for stage in self.models if stage.config.seed == seeds["kept"])
        return ModelStage(kept.config, self.output).is_trained(self.checksum)

    @property
    def has_learned_from_targets(self) -> bool:
        """Whether the finished model has learned from the soft targets that are still there."""
        record = read_targets_record(self.targets.folder) if self.targets else None
        if record is None or not (self.output / METRICS_FILE).is_file():
            return False
        teachers = read_metrics(self.output).get("teachers", {})
        return bool(teachers.get("id") == record.id)


def make_plan(config: Config, corpora: Sequence[Manifest], output: Path, seeds: int = 1) -> Plan:
    """Plan a model, or the best of several seeds, with the configuration's teachers.

    Raises DataError or ConfigError where the corpora do not fit the configuration, or a seed is too large.
    """
    output = with_own_name(output)
    later = [check_config(config.model_dump() | {"seed": config.seed + more}, "--seeds") for more in range(1, seeds)]
    configs = [with_schemes(each, corpora) for each in (config, *later)]
    check_beginning(configs[0])
    checksum = checksum_of_sources(configs[0], corpora)
    if seeds > 1:
        models = _stages(configs, seeds_folder(output), output.name, "seed")
    else:
        models = (ModelStage(configs[0], output),)
    segmenter = segmenter_stage(configs[0], mixed_corpora(configs[0], corpora), segmenter_folder(output))
    return Plan(output, corpora, checksum, models, _targets_stage(configs[0], output, checksum), segmenter)


def teachers_of(config: Config) -> list[Config]:
    """Return the configurations of a model's teachers: its own, with other seeds and epochs."""
    settings = config.distillation
    kept = config.init.keep
    alone = config.model_copy(
        update={
            "tasks": {task: each for task, each in config.tasks.items() if task not in kept},
            "init": InitConfig(model=config.init.model),
            "distillation": DistillationConfig(),
            "unlabelled": UnlabelledConfig(),
            "segmenter": SegmenterConfig(train="never"),
            "rules": RulesConfig(),
        }
    )
    if settings.epochs:
        training = config.training.model_copy(update={"epochs": settings.epochs})
        alone = alone.model_copy(update={"training": training})
    first = config.seed + _FIRST_TEACHER_SEED
    return [
        check_config(alone.model_dump() | {"seed": first + more}, "distillation.teachers")
        for more in range(settings.teachers)
    ]


def _targets_stage(config: Config, output: Path, checksum: str) -> TargetsStage | None:
    teachers, models = teachers_of(config), config.distillation.models
    unlabelled = config.unlabelled if config.unlabelled.is_used else None
    if unlabelled:
        _check_unlabelled(unlabelled, config, has_teachers=bool(teachers or models))
    rehearsal = config.init if config.init.rehearsal else None
    if not (teachers or models or unlabelled or rehearsal):
        return None
    settings = [
        {key: value for key, value in flat_settings(teacher).items() if key not in MAY_CHANGE} for teacher in teachers
    ]
    origin = {"corpus": checksum, "epochs": config.distillation.epochs, "teachers": settings}
    if models or unlabelled:
        decoders = {task: each.decoder for task, each in config.tasks.items()}
        origin["models"] = [models, config.distillation.other_tags, decoders]
    if unlabelled:
        origin["unlabelled"] = unlabelled.choice
    if rehearsal:
        origin["rehearsal"] = rehearsal.model_dump(mode="json", exclude={"model"})
    folder = teachers_folder(output)
    stages = _stages(teachers, folder, output.name, "teacher of seed")
    return TargetsStage(stages, folder / TARGETS, parse_json(json.dumps(origin)), models, unlabelled, rehearsal)


def _check_unlabelled(settings: UnlabelledConfig, config: Config, *, has_teachers: bool) -> None:
    """Raise ConfigError where a model cannot learn from unlabelled text as its configuration says."""
    if settings.text and not has_teachers:
        raise ConfigError(
            "unlabelled.text: nobody says what its tags are: add teachers with distillation.teachers or "
            "distillation.models, or give files with tags in unlabelled.soft_tags"
        )
    if config.given:
        layers = ", ".join(f"[given.{layer}]" for layer in config.given)
        raise ConfigError(f"[unlabelled] has no tags to read, as {layers} asks for: leave one of them out")
    if settings.names and not any(task.scheme for task in config.tasks.values()):
        raise ConfigError("unlabelled.names is for tasks of spans, and there is none: leave it out")
    if settings.gold_epochs >= config.training.epochs:
        raise ConfigError(
            f"unlabelled.gold_epochs = {settings.gold_epochs} leaves none of training.epochs = "
            f"{config.training.epochs} for the unlabelled text: lower it, or train for more epochs"
        )


def _stages(configs: Sequence[Config], folder: Path, name: str, title: str) -> tuple[ModelStage, ...]:
    """Return stages of several models, which lie in FOLDER/SEED/NAME.

    NAME is the output's: it is written into the model, which may become the output.
    """
    return tuple(ModelStage(config, folder / str(config.seed) / name, f"{title} {config.seed}") for config in configs)

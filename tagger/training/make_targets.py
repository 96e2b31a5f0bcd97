"""Makes the soft targets of a plan: its teachers are opened, and tag the train split and unlabelled text."""

from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

from tagger.config.schema import Config
from tagger.corpus.from_config import mixed_corpora
from tagger.corpus.manifest import Manifest
from tagger.corpus.mixture import count_corpora
from tagger.model.folder import ModelFolder, open_model
from tagger.model.shipped_models import find_model
from tagger.network.vocabularies import make_vocabularies
from tagger.runtime.tagger import readers_of
from tagger.text.tokenize import TEXT_READERS, TextReader
from tagger.training.plan import Plan, TargetsStage
from tagger.training.run_folder import read_metrics
from tagger.training.soft_target_records import TargetsRecord, write_soft_targets
from tagger.training.teachers import Ensemble, StudentTask, check_teacher, open_teacher, own_teachers
from tagger.training.unlabelled_records import KeptSentences, keep_unlabelled, unlabelled_files


def check_sources_of_targets(stage: TargetsStage, config: Config, corpora: Sequence[Manifest]) -> list[str]:
    """Return the files of unlabelled text, after a check of all that would be refused after teachers were trained.

    Raises DataError where a file is missing, ModelError where a model folder is, and ConfigError where one does not fit
    the corpora.
    """
    files = [path for path, _ in unlabelled_files(stage.unlabelled)] if stage.unlabelled else []
    if stage.models:
        tasks = _student_tasks(config, corpora)
        for name in stage.models:
            check_teacher(open_teacher(name), tasks, drop=config.distillation.other_tags == "drop")
    if stage.unlabelled and stage.unlabelled.segmenter:
        open_model(find_model(stage.unlabelled.segmenter))
    return files


def make_soft_targets(stage: TargetsStage, plan: Plan, say: Callable[[str], None]) -> None:
    """Write the soft targets of a plan, whose teachers are trained. Raises TaggerError as its parts do."""
    config = plan.models[0].config
    own = [teacher.folder for teacher in stage.teachers]
    tasks, folders = own_teachers(own) if own else (_student_tasks(config, plan.corpora), [])
    others = [open_teacher(name) for name in stage.models]
    teachers = Ensemble(tasks, [*folders, *others], drop=config.distillation.other_tags == "drop")
    if len(teachers):
        say(f"writing the soft targets of {len(teachers)} teachers")
    seconds = sum(read_metrics(folder)["seconds"] for folder in own)
    record = TargetsRecord(uuid4().hex, seconds, stage.settings)
    settings = stage.unlabelled

    def keep(folder: Path) -> KeptSentences:
        assert settings is not None
        return keep_unlabelled(settings, teachers, _text_reader(settings.segmenter, others, plan), folder, say)

    corpora = mixed_corpora(config, plan.corpora)
    write_soft_targets(teachers, corpora, stage.folder, record, keep if settings else None)


def _student_tasks(config: Config, corpora: Sequence[Manifest]) -> dict[str, StudentTask]:
    """Return the tasks of the model that learns, with the tags of the train splits.

    Raises DataError where a task has none.
    """
    counts, _ = count_corpora(mixed_corpora(config, corpora), list(config.given))
    tags = make_vocabularies(config, counts).tags
    return {
        task: StudentTask(tags[task].entries, settings.scheme or None, settings.decoder == "crf")
        for task, settings in config.tasks.items()
    }


def _text_reader(segmenter: str, teachers: Sequence[ModelFolder], plan: Plan) -> TextReader:
    """Return the function that splits text: of the segmenter asked for, of a teacher, of the model, or NLTK's."""
    if segmenter:
        return readers_of(open_model(find_model(segmenter)))["text"]
    for teacher in teachers:
        if teacher.has_segmenter:
            return readers_of(teacher)["text"]
    if plan.segmenter and plan.segmenter.model.is_dir():
        return readers_of(open_model(plan.segmenter.model))["text"]
    return TEXT_READERS["text"]

"""Makes the soft targets of a plan: its teachers are opened, and tag the train split and unlabelled text."""

import math
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from uuid import uuid4

from tagger.config.schema import Config
from tagger.corpus.from_config import mixed_corpora
from tagger.corpus.manifest import Manifest
from tagger.corpus.mixture import count_corpora
from tagger.errors import ConfigError
from tagger.files import lies_in
from tagger.model.folder import ModelFolder, open_model
from tagger.model.shipped_models import find_model
from tagger.network.vocabularies import make_vocabularies
from tagger.runtime.text_readers import readers_of
from tagger.text.file_patterns import input_files
from tagger.text.reading import text_pieces
from tagger.text.tokenize import TEXT_READERS, TextReader
from tagger.training.initial_model import joined_tags, open_tagger
from tagger.training.own_folders import REHEARSED, UNLABELLED
from tagger.training.plan import Plan, TargetsStage
from tagger.training.rehearsal import check_rehearses, make_rehearsal
from tagger.training.run_folder import read_metrics
from tagger.training.soft_target_records import TargetsRecord, write_soft_targets
from tagger.training.teachers import Ensemble, StudentTask, check_teacher, open_teacher, own_teachers
from tagger.training.unlabelled_records import keep_unlabelled


def check_sources_of_targets(stage: TargetsStage, plan: Plan) -> list[str]:
    """Return the files of unlabelled text, after a check of all that would be refused after teachers were trained.

    Raises DataError where a file is missing, ModelError where a model folder is, and ConfigError where one does not fit
    the corpora, or where the model would be written among the text.
    """
    config, settings = plan.models[0].config, stage.unlabelled
    if stage.models:
        tasks = _learned_tasks(config, plan.corpora)
        for name in stage.models:
            check_teacher(open_teacher(name), tasks, drop=config.distillation.other_tags == "drop")
    texts: list[str] = []
    if stage.rehearsal:
        check_rehearses(config, open_tagger(stage.rehearsal.model), mixed_corpora(config, plan.corpora))
        texts += stage.rehearsal.text
    if settings:
        if settings.segmenter:
            open_model(find_model(settings.segmenter))
        texts += [*settings.text, *settings.soft_tags]
    for name in texts:
        if Path(name).is_dir() and lies_in(plan.output, Path(name)):
            raise ConfigError(f"{plan.output}: lies in {name}, whose files are unlabelled text: name another folder")
    to_tag = [*(stage.rehearsal.text if stage.rehearsal else ()), *(settings.text if settings else ())]
    for path in input_files(to_tag):
        deque(text_pieces(path), maxlen=0)  # an empty, damaged or wrongly encoded file would be found hours later
    return input_files(texts)


def make_soft_targets(stage: TargetsStage, plan: Plan, say: Callable[[str], None]) -> None:
    """Write the soft targets of a plan, whose teachers are trained. Raises TaggerError as its parts do."""
    config = plan.models[0].config
    own = [teacher.folder for teacher in stage.teachers]
    tasks, folders = own_teachers(own) if own else (_learned_tasks(config, plan.corpora), [])
    others = [open_teacher(name) for name in stage.models]
    teachers = Ensemble(tasks, [*folders, *others], drop=config.distillation.other_tags == "drop")
    if len(teachers):
        say(f"writing the soft targets of {len(teachers)} teachers")
    seconds = sum(read_metrics(folder)["seconds"] for folder in own)
    record = TargetsRecord(uuid4().hex, seconds, stage.settings)
    settings, texts, rehearsal = stage.unlabelled, {}, None
    if settings:
        reader = _text_reader(settings.segmenter, others, plan)
        texts[UNLABELLED] = partial(keep_unlabelled, settings, teachers, reader, say=say)
    if stage.rehearsal:
        model = open_tagger(stage.rehearsal.model)
        say(f"{stage.rehearsal.model} labels what is to be rehearsed")
        rehearsal = make_rehearsal(config, model, _student_tasks(config, plan.corpora))
        if stage.rehearsal.text:
            texts[REHEARSED] = partial(rehearsal.keep_text, _sentences_to_rehearse(config, plan.corpora), say=say)
    write_soft_targets(teachers, mixed_corpora(config, plan.corpora), stage.folder, record, texts, rehearsal)


def _sentences_to_rehearse(config: Config, corpora: Sequence[Manifest]) -> int:
    """Return how many sentences of text all epochs read, if none is read twice."""
    learned = [corpus for corpus in mixed_corpora(config, corpora) if corpus.weight]
    of_corpora = sum(corpus.weight * corpus.manifest.splits["train"].sentences for corpus in learned)
    share = config.init.rehearsal
    return math.ceil(share / (1.0 - share) * of_corpora * config.training.epochs)


def _student_tasks(config: Config, corpora: Sequence[Manifest]) -> dict[str, StudentTask]:
    """Return the tasks of the model that learns, with the tags of the train splits and of a model that it begins with.

    Raises DataError where a task has none.
    """
    counts, _ = count_corpora(mixed_corpora(config, corpora), list(config.given))
    tags = make_vocabularies(config, counts).tags
    if config.init.model:
        tags = joined_tags(open_tagger(config.init.model), tags)
    return {
        task: StudentTask(tags[task].entries, settings.scheme or None, settings.decoder == "crf")
        for task, settings in config.tasks.items()
    }


def _learned_tasks(config: Config, corpora: Sequence[Manifest]) -> dict[str, StudentTask]:
    """Return the tasks that teachers must have: all but those that rehearsal keeps."""
    return {task: each for task, each in _student_tasks(config, corpora).items() if task not in config.init.keep}


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

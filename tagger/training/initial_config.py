"""Configurations of models that begin as another one: the model's own, and which of its tasks are kept."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tagger.config.load import apply_override, check_config, with_tasks
from tagger.config.schema import Config
from tagger.corpus.from_config import directories
from tagger.corpus.manifest import Manifest
from tagger.errors import ConfigError
from tagger.model.folder import CONFIG_FILE, TAGGING_RULES_FILE, ModelFolder
from tagger.network.cells import foreign_cell
from tagger.training.initial_model import open_tagger

_TRAINING: Mapping[str, Any] = {"epochs": 12, "batch_size": 16, "batch_tokens": 0, "patience": 0, "warmup": 0.1}
"""Settings of `[training]` for a small corpus, in place of those with which the model was trained."""
_PACE = 1 / 3
"""Share of the model's learning rate that a small corpus is learned with.
The whole rate was too much for the English model and 200 sentences of Wikigold (benchmarks/fine_tuning.py, 2026-11-28):
dev F1 rose from 78.2 to 81.1 in 8 epochs and fell to 77.8 in the next 12."""
_OF_ITS_OWN_TRAINING = ("output", "corpus", "corpora", "pretrained", "language_model", "distillation", "unlabelled")
"""Keys of a model's configuration that say what it was trained from, which another training has no part in."""


def own_config(model: str, overrides: Iterable[str] = ()) -> Config:
    """Return the configuration with which a model is trained further, with the overrides of `--set`.

    It is the model's own, its rules too, with epochs and batches for a small corpus. Its tasks are the model's;
    `with_tasks_of` takes those of a corpus. Raises ModelError or ConfigError where training cannot begin with the
    model.
    """
    folder, overrides = open_tagger(model), list(overrides)
    settings = check_config(folder.settings, str(folder.path / CONFIG_FILE))
    code = foreign_cell(settings.encoder.cell, settings.encoder.options)
    if code:
        raise ConfigError(
            f"init.model: {model} has a cell of its own, {code!r}, whose code is not run unasked: give a configuration "
            "that names it"
        )
    values = settings.model_dump()
    for key in _OF_ITS_OWN_TRAINING:
        del values[key]
    values["encoder"]["pretrained"] = ""
    values["training"] |= {**_TRAINING, "learning_rate": _PACE * settings.training.learning_rate}
    values["init"] = {"model": model}
    values["rules"] = {"file": str(folder.path / TAGGING_RULES_FILE) if folder.has_rules else ""}
    for override in overrides:
        apply_override(values, override)
    return check_config(values, f"{model}, {CONFIG_FILE}", overrides)


def with_tasks_of(config: Config, manifests: Sequence[Manifest]) -> Config:
    """Return the configuration with the tasks that some corpora have tags for in train, and no others.

    A task that the configuration has keeps its settings, others have the defaults. Layers that are read are no tasks.
    """
    found = [task for manifest in manifests for task, info in manifest.tasks.items() if info.counts("train")]
    tasks = [task for task in dict.fromkeys(found) if task not in config.given]
    if not tasks:
        raise ConfigError(f"{directories(manifests)}: no tags to learn in train")
    known = [task for task in config.tasks if task in tasks]
    return with_tasks(config, [*known, *(task for task in tasks if task not in known)])


def begun_config(config: Config, manifests: Sequence[Manifest]) -> Config:
    """Return a configuration with all that the model with which it begins decides.

    These are the tasks that rehearsal keeps (`init.keep`), with the model's settings and schemes, and vectors that are
    projected already. Raises what `open_tagger` raises, and ConfigError where there is nothing to rehearse.
    """
    if not config.init.model:
        return config
    folder = open_tagger(config.init.model)
    vectors = config.vectors.model_copy(update={"projection": 0})
    config = config.model_copy(update={"vectors": vectors})
    if not config.init.rehearsal:
        return config
    if config.init.text and config.given:
        layers = ", ".join(f"[given.{layer}]" for layer in config.given)
        raise ConfigError(f"init.text has no tags to read, as {layers} asks for: leave one of them out")
    theirs = check_config(folder.settings, str(folder.path / CONFIG_FILE))
    keep = _kept_tasks(config, folder, manifests)
    tasks = dict(config.tasks)
    for task in keep:
        settings = tasks.get(task, theirs.tasks[task].model_copy(update={"optional": False}))
        scheme = folder.schemes[task] or ""
        tasks[task] = settings.model_copy(update={"scheme": scheme, "replace_spans": 0.0})
    return config.model_copy(update={"tasks": tasks, "init": config.init.model_copy(update={"keep": keep})})


def doubts_about_beginning(given: Config, config: Config) -> Iterator[str]:
    """Yield what a configuration that begins with a model drops or never changes: tasks, replaced spans, weights.

    `given` is the configuration as the user wrote it, `config` what `begun_config` made of it.
    """
    of_teachers = config.distillation.epochs if config.distillation.teachers else 0
    fewest = min(config.training.epochs, of_teachers or config.training.epochs)
    if config.pretrained.frozen_epochs >= fewest:
        yield (
            f"pretrained.frozen_epochs = {config.pretrained.frozen_epochs} leaves none of {fewest} epochs in which "
            "what training begins with changes: lower it, if that is not what you want"
        )
    if not config.init.model:
        return
    for task in config.init.keep:
        if task in given.tasks and given.tasks[task].replace_spans:
            yield (
                f"tasks.{task}.replace_spans is left out: no corpus has spans of '{task}', and of what "
                f"{config.init.model} finds in rehearsal nothing is replaced"
            )
    dropped = [task for task in open_tagger(config.init.model).tags if task not in config.tasks]
    if dropped and not config.init.keep:
        yield (
            f"{', '.join(dropped)} of {config.init.model} {'is' if len(dropped) == 1 else 'are'} dropped, because "
            "nothing would be learned there: init.rehearsal keeps what the model knows"
        )


def _kept_tasks(config: Config, folder: ModelFolder, manifests: Sequence[Manifest]) -> tuple[str, ...]:
    """Return the tasks of a model that rehearsal keeps although no corpus is used for them, in the model's order."""
    for task in config.init.keep:
        if task not in folder.tags:
            raise ConfigError(
                f"init.keep: {config.init.model} has no task '{task}', only {', '.join(folder.tags)}: leave it out"
            )
    learned = _learned_tasks(config, manifests)
    named = {task for corpus in config.corpora for task in corpus.tasks}
    wanted = config.init.keep or [task for task in folder.tags if task not in config.tasks]
    lacking = [task for task in config.tasks if task not in learned]
    return tuple(
        task
        for task in folder.tags
        if (task in wanted or task in lacking) and task not in config.given and task not in named
    )


def _learned_tasks(config: Config, manifests: Sequence[Manifest]) -> set[str]:
    """Return the tasks of a configuration that some corpus has tags for in its train split."""
    every: Mapping[str, str] = {task: task for task in config.tasks}
    layers: Sequence[Mapping[str, str]] = [corpus.tasks or every for corpus in config.corpora] or [every]
    return {
        task
        for named, manifest in zip(layers, manifests, strict=True)
        for task, layer in named.items()
        if task in config.tasks and layer in manifest.tasks and manifest.tasks[layer].counts("train")
    }

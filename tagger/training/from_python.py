"""`tagger.train`: from annotated sentences that a program has to a model that it tags with."""

import os
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tagger.config.default_recipe import default_settings, with_changes
from tagger.config.load import check_config, load_config, with_tasks
from tagger.config.schema import Config
from tagger.corpus.any_data import Data, open_data
from tagger.corpus.manifest import Manifest
from tagger.errors import ConfigError, DataError
from tagger.processors import share_processors
from tagger.runtime.tagger import Tagger, load
from tagger.text.held_sentences import is_path
from tagger.training.callbacks import Callback, as_callbacks
from tagger.training.initial_config import own_config
from tagger.training.initial_model import open_tagger
from tagger.training.notebook_progress import in_notebook
from tagger.training.options import TrainingOptions
from tagger.training.own_folders import check_sources, is_saved, with_own_name, working_folder
from tagger.training.result_lines import result_lines
from tagger.training.train import train as train_folder

Settings = str | os.PathLike[str] | Config | Mapping[str, Any] | None


def train(
    train: Data,
    dev: Data = None,
    test: Data = None,
    *,
    config: Settings = None,
    output: str | os.PathLike[str] | None = None,
    init: str | os.PathLike[str] | None = None,
    callbacks: Callback | Sequence[Callback] = (),
    progress: bool = True,
    overwrite: bool = False,
    resume: bool = False,
) -> Tagger:
    """Train a model on annotated sentences, and return it.

    `train`, `dev` and `test` are sentences in any form that `tagger.read` takes, or paths of annotated files; `train`
    may also be a corpus folder, or a dictionary of splits such as a `DatasetDict`. The best epoch on `dev` becomes the
    model. Without `dev`, every tenth document of `train` is taken for it, or every tenth sentence where documents are
    unknown, and a line says so. `test` is scored at the end.

    `config` is the path of a TOML configuration, a `Config`, or a dictionary of the keys that differ from the default
    recipe, such as `{"training.epochs": 5, "encoder": {"units": 64}}`; its `tasks` may be a list of names. By default
    all tasks of the data are learned, with settings by their number of sentences (see `default_settings`). Paths of
    corpora and the `output` in a configuration are not used.

    `init` is a model to begin with: its folder, or the name of one that comes with the install. Then the keys of a
    dictionary differ from the settings with which that model is trained further (`tagger train --init`).

    `output` is the model folder to write. Without it, the folder is a temporary one that is removed when the tagger is
    no longer used; `Tagger.save` copies it. `overwrite` replaces a model that is there, and `resume` continues a run
    that was killed. `callbacks` is a function or several: each gets the `EpochScores` of every epoch, and may raise
    `StopTraining`. Ctrl-C, or stopping the cell of a notebook, finishes the model with the best epoch so far; before
    the first epoch is finished it raises KeyboardInterrupt. Progress goes to stderr, in a notebook below the cell;
    without `progress` nothing is printed, and warnings are Python's.

    Raises DataError, which names the sentence by its number or file and line, and ConfigError for a wrong key.
    """
    share_processors()  # before TensorFlow starts, as the command does
    say, settings = _say(progress), _read(config)
    first, output = None if init is None else os.fspath(init), output or None
    options = TrainingOptions(
        resume=resume,
        overwrite=overwrite,
        say=say,
        callbacks=as_callbacks(callbacks),
        finish_early=True,
        quiet=not progress,
    )
    with open_data(train, dev, test, say, _known(settings, first)) as corpus:
        checked = _checked(settings, first, corpus, say)
        temporary = tempfile.mkdtemp(prefix="tagger-model-") if output is None else ""
        folder = with_own_name(Path(output or Path(temporary) / "model"))
        try:
            sources = [os.fspath(each) for each in (train, dev, test, config) if is_path(each)]
            check_sources(sources, folder, overwrite=overwrite)
            metrics = train_folder(checked, [corpus], folder, options)
            model = load(folder, trust_code=True)  # a cell of another package has just run in the training
        except BaseException as error:
            if temporary:
                shutil.rmtree(temporary, ignore_errors=True)
            if isinstance(error, KeyboardInterrupt):
                goes_on = ", but resume=True goes on with it" if is_saved(working_folder(folder)) else ""
                say(f"interrupted: the training has made no model{goes_on}")
            raise
    if temporary:
        weakref.finalize(model, _remove, temporary, os.getpid())
    for line in result_lines(metrics, output):
        say(line)
    return model


def _say(progress: bool) -> Callable[[str], None]:
    """Return what prints a line about a training: on stderr, or in a notebook on stdout, which has no red ground."""
    if not progress:
        return _warn_alone
    return print if in_notebook() else TrainingOptions().say


def _warn_alone(line: str) -> None:
    """Give a warning of a training to Python's warnings; other lines are not shown."""
    if line.startswith("warning: "):
        warnings.warn(line.removeprefix("warning: "), stacklevel=2)


def _read(config: Settings) -> Config | Mapping[str, Any]:
    """Return a configuration, or the keys that differ from the default recipe."""
    if config is None:
        return {}
    if isinstance(config, (str, os.PathLike)):
        config = load_config(Path(config))
    if isinstance(config, Config):
        if config.corpora:
            raise ConfigError(
                "this configuration has [[corpora]], but tagger.train takes the sentences of one corpus: leave them "
                "out, or train with the command tagger train"
            )
        return config
    if not isinstance(config, Mapping):
        raise ConfigError(f"config is {type(config).__name__}: give a path, a Config or a dictionary of keys")
    return {**config, "tasks": [config["tasks"]]} if isinstance(config.get("tasks"), str) else config


def _known(settings: Config | Mapping[str, Any], init: str | None) -> dict[str, bool | None]:
    """Return the tasks that a configuration names and those of the model to begin with.

    The latter say whether they are of spans; of the former that is not known.
    """
    known = {task: bool(scheme) for task, scheme in open_tagger(init).schemes.items()} if init else {}
    tasks = settings.tasks if isinstance(settings, Config) else settings.get("tasks", ())
    return {**dict.fromkeys(tasks, None), **known}


def _checked(
    settings: Config | Mapping[str, Any], init: str | None, corpus: Manifest, say: Callable[[str], None]
) -> Config:
    """Return the whole configuration of a training on a corpus; say which layers of tags it does not learn."""
    if isinstance(settings, Config):
        config = check_config(with_changes(settings.model_dump(), {"init.model": init}), "config") if init else settings
    else:
        chosen = settings.get("tasks")
        tasks = _tasks_of(corpus, say) if chosen is None else list(chosen)
        changes = {key: value for key, value in settings.items() if key != "tasks" or isinstance(value, Mapping)}
        if init:
            recipe = with_tasks(own_config(init), tasks).model_dump()
        else:
            schemes = {task: corpus.tasks[task].scheme if task in corpus.tasks else None for task in tasks}
            recipe = default_settings(schemes, corpus.require("train").sentences)
        config = check_config(with_changes(recipe, changes), "config")
    for task, each in config.tasks.items():
        if task not in corpus.tasks and not each.optional:
            raise DataError(
                f"task '{task}' of the configuration: no sentence has tags of it, only of {', '.join(corpus.tasks)}: "
                "name the tasks in the sentences as in the configuration, or choose with config={'tasks': […]}"
            )
    return config


def _tasks_of(corpus: Manifest, say: Callable[[str], None]) -> list[str]:
    """Return the tasks that train can teach: those with more than one tag, unless there are none."""
    counts = {task: info.counts("train") for task, info in corpus.tasks.items()}
    found = [task for task, tags in counts.items() if tags]
    learned = [task for task in found if len(counts[task]) > 1] or found
    for task in found:
        if task not in learned:
            say(f"warning: {task}: every word of train has the same tag, so it is not learned")
    return learned


def _remove(folder: str, process: int) -> None:
    """Remove a model's temporary folder, unless this is another process that was forked from its own."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)

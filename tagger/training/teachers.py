"""A model that learns of others: its teachers trained, what they hold likely written beside the gold tags of train, and
the model itself trained on both.

All that takes lies beside the model's place in OUTPUT.teachers until the model is whole: a folder for each teacher, and
then, in place of all of them, `targets` with the records.
"""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from tagger.config.load import check_config
from tagger.config.schema import Config, DistillationConfig
from tagger.corpus.from_config import corpus_checksum, mixed_corpora, with_schemes
from tagger.corpus.manifest import Manifest
from tagger.errors import ConfigError, DataError
from tagger.files import check_free
from tagger.model.folder import CHECKPOINT_FOLDER, METRICS_FILE
from tagger.training.run_folder import (
    MAY_CHANGE,
    PROOF,
    check_is_ours,
    check_no_run,
    check_resumable,
    flat_settings,
    remove_folder,
    with_own_name,
    working_folder,
)
from tagger.training.seeds import (
    configs_of_seeds,
    is_done,
    is_trained,
    metrics_of,
    model_of,
    remove_empty,
    seeds_folder,
    train_each,
    train_seeds,
)
from tagger.training.state import load_state
from tagger.training.targets import UNFINISHED, Targets, read_made, write_targets
from tagger.training.train import check_corpus, train
from tagger.training.workers import Workers

FIRST_SEED = 1000
"""The first teacher has the configuration's seed and so many more, which a model's own seeds do not come near."""
TARGETS = "targets"


def train_taught(
    config: Config,
    corpora: Sequence[Manifest],
    output: Path,
    seeds: int = 1,
    *,
    resume: bool = False,
    overwrite: bool = False,
    workers: Workers = Workers(),  # noqa: B008 (frozen)
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Train the teachers that the configuration asks for, one after the other, and then its model as `train` does; with
    several seeds those models, which have the same teachers, as `train_seeds` does. Returns what `metrics.json` says.

    `resume` goes on wherever the run was stopped. The peak of memory that is written down is that of all of it.
    Raises TaggerError as those do.
    """
    output = with_own_name(output)
    folder = output.with_name(output.name + ".teachers")
    teachers = teachers_of(with_schemes(config, corpora))

    def learn(targets: Targets | None, resume: bool, overwrite: bool) -> dict[str, Any]:
        how = {"resume": resume, "overwrite": overwrite, "workers": workers, "targets": targets}
        if seeds > 1:
            return train_seeds(config, corpora, output, seeds, say=say, **how)
        return train(config, corpora, output, **how)

    if not teachers:
        metrics = learn(None, resume, overwrite)
        if workers.is_chief and overwrite:
            with suppress(DataError):  # someone's own, which is not in the way
                check_is_ours(folder, _is_ours)
                remove_folder(folder)
        return metrics
    configs = configs_of_seeds(config, corpora, seeds)
    with workers.watched():
        done = workers.is_chief and _make_room(configs, teachers, corpora, output, folder, resume, overwrite)
        if workers.from_chief(float(done)):
            return metrics_of(output) if workers.is_chief else {}
        targets = folder / TARGETS
        try:
            if workers.from_chief(float(workers.is_chief and read_made(targets) is None)):
                train_each(teachers, corpora, output, folder, "teacher of seed", workers, say)
                if workers.is_chief:
                    models = [model_of(teacher, output, folder) for teacher in teachers]
                    say(f"writing what {len(models)} teachers hold likely of train")
                    made = {
                        "id": uuid4().hex,
                        "seconds": sum(metrics_of(model)["seconds"] for model in models),
                        "made_of": _made_of(teachers, corpora, config.distillation.epochs),
                    }
                    write_targets(models, mixed_corpora(config, corpora), targets, made)
            elif workers.is_chief:
                say("the teachers are trained already")
            workers.meet()
            if workers.is_chief:
                for model in folder.glob("[0-9]*"):  # of no more use
                    shutil.rmtree(model, ignore_errors=True)
            made = read_made(targets)
        finally:
            if workers.is_chief:
                remove_empty(folder)
        # What is gone on with is the model's own run alone: a finished model at its place is another run's.
        goes_on = workers.from_chief(float(workers.is_chief and any(_unfinished(configs, output))))
        metrics = learn(Targets(targets, len(teachers), made["seconds"], made["id"]), bool(goes_on), not goes_on)
        if workers.is_chief:
            remove_folder(folder)
    return metrics


def teachers_of(config: Config) -> list[Config]:
    """The configurations of a model's teachers: its own, but for the seed and how many epochs there are."""
    settings = config.distillation
    alone = config.model_copy(update={"distillation": DistillationConfig()})
    if settings.epochs:
        training = config.training.model_copy(update={"epochs": settings.epochs})
        alone = alone.model_copy(update={"training": training})
    first = config.seed + FIRST_SEED
    return [
        check_config(alone.model_dump() | {"seed": first + more}, "distillation.teachers")
        for more in range(settings.teachers)
    ]


def _make_room(
    configs: Sequence[Config],
    teachers: Sequence[Config],
    corpora: Sequence[Manifest],
    output: Path,
    folder: Path,
    resume: bool,
    overwrite: bool,
) -> bool:
    """Leave what is to be gone on with, and otherwise nothing of an unfinished run; whether all is done. What the
    models' own runs would be refused for is an error here, before their teachers are trained."""
    several = len(configs) > 1
    own_run = seeds_folder(output) if several else working_folder(output)
    check_free(output, overwrite=overwrite or resume, marker=PROOF)
    check_is_ours(folder, _is_ours)
    check_is_ours(own_run, str.isdigit if several else {CHECKPOINT_FOLDER}.__contains__)
    if not resume:
        for unfinished in (folder, own_run):
            if not overwrite:
                check_no_run(unfinished)
        remove_folder(own_run)
        remove_folder(folder)
        return False

    if _is_of(folder, output):  # killed when nothing was left to do but this
        remove_folder(folder)
        if several:
            remove_folder(own_run)
    unfinished = _unfinished(configs, output)
    for place, config in unfinished.items():
        check_corpus(corpora, place)
        check_resumable(config, place)
    if folder.is_dir():
        made = read_made(folder / TARGETS)
        if made and not _is_made_of(made, _made_of(teachers, corpora, configs[0].distillation.epochs)):
            raise ConfigError(
                f"{folder}: these teachers were trained with other settings or on another corpus: give the same, or "
                "start anew with --overwrite"
            )
        return False
    if overwrite:  # of a run anew that was stopped before it had saved anything
        return False
    if is_done(configs, corpora, output) if several else is_trained(configs[0], corpora, output):
        remove_folder(folder)
        return True
    if load_state(output) and not unfinished:
        raise DataError(
            f"{output}: this model is finished, and its teachers are gone, so that it cannot be gone on with: start "
            "anew with --overwrite"
        )
    return False


def _unfinished(configs: Sequence[Config], output: Path) -> dict[Path, Config]:
    """The places of the models whose own runs have saved something and are not finished, or of several all that are."""
    if len(configs) == 1:
        return {output: configs[0]} if load_state(working_folder(output)) else {}
    places = {model_of(config, output, seeds_folder(output)): config for config in configs}
    return {
        place: config
        for place, config in places.items()
        if any(load_state(folder) for folder in (working_folder(place), place))
    }


def _is_ours(name: str) -> bool:
    """Whether a run gives this name to something in the folder of its teachers."""
    return name.isdigit() or name in (TARGETS, TARGETS + UNFINISHED)


def _is_of(folder: Path, output: Path) -> bool:
    """Whether the finished model has learned of just these teachers."""
    made = read_made(folder / TARGETS)
    if made is None or not (output / METRICS_FILE).is_file():
        return False
    return metrics_of(output).get("teachers", {}).get("id") == made["id"]


def _made_of(teachers: Sequence[Config], corpora: Sequence[Manifest], epochs: int) -> dict[str, Any]:
    """What tells targets from those of other teachers, as JSON has it; `epochs` is `distillation.epochs`."""
    settings = [
        {key: value for key, value in flat_settings(teacher).items() if key not in MAY_CHANGE} for teacher in teachers
    ]
    return json.loads(json.dumps({"corpus": corpus_checksum(corpora), "epochs": epochs, "teachers": settings}))


def _is_made_of(made: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether targets are those of such teachers; of a setting that there was not then, they had the default."""
    then = made["made_of"]
    if (then["corpus"], then["epochs"], len(then["teachers"])) != (now["corpus"], now["epochs"], len(now["teachers"])):
        return False
    return all(
        after.get(key) == value
        for before, after in zip(then["teachers"], now["teachers"], strict=True)
        for key, value in before.items()
    )

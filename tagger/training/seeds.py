"""One configuration trained from several seeds, of which the best on dev is kept: how much of a score is luck."""

import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tagger.config.load import check_config
from tagger.config.schema import Config
from tagger.corpus.from_config import corpus_checksum, mixed_corpora, with_schemes
from tagger.corpus.manifest import Manifest
from tagger.errors import DataError
from tagger.files import check_free
from tagger.model.folder import CONFIG_FILE, METRICS_FILE
from tagger.network.saved_weights import writing
from tagger.training.card import model_card
from tagger.training.run_folder import (
    PROOF,
    changed_settings,
    check_is_ours,
    finish_folder,
    remove_folder,
    with_own_name,
    working_folder,
)
from tagger.training.spread import dev_score, spread_of
from tagger.training.state import load_state
from tagger.training.targets import Targets
from tagger.training.train import train
from tagger.training.workers import Workers

SAME_MODEL = {"output", "training.checkpoint_steps"}
"""Settings that a seed may have been trained with other ones of, and needs no more training."""


def train_seeds(
    config: Config,
    corpora: Sequence[Manifest],
    output: Path,
    seeds: int,
    *,
    resume: bool = False,
    overwrite: bool = False,
    workers: Workers = Workers(),  # noqa: B008 (frozen)
    targets: Targets | None = None,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Train so many models (two or more), one after the other, from the configuration's seed and those that follow it;
    keep the best on dev as the model folder (the first, where dev has no tags), and return what `metrics.json` says.

    There, `seeds` holds the scores of all of them, as `spread_of` puts them. Until the last is done, all lie beside the
    model's place in OUTPUT.seeds, a model folder each, and `resume` trains what is missing. All run in this process, in
    which TensorFlow keeps some of each one's memory, so that the peak that is written down is that of all so far.
    Raises TaggerError as `train` does.
    """
    output = with_own_name(output)
    folder, configs = seeds_folder(output), configs_of_seeds(config, corpora, seeds)
    with workers.watched():
        done = workers.is_chief and _make_room(configs, corpora, output, folder, resume=resume, overwrite=overwrite)
        if workers.from_chief(float(done)):
            return metrics_of(output) if workers.is_chief else {}
        try:
            train_each(configs, corpora, output, folder, "seed", workers, say, targets)
            metrics = _keep_best(configs, corpora, output, folder) if workers.is_chief else {}
            workers.meet()
        finally:
            if workers.is_chief:
                remove_empty(folder)
    return metrics


def seeds_folder(output: Path) -> Path:
    """Where the models of all seeds lie until the last is done."""
    return output.with_name(output.name + ".seeds")


def configs_of_seeds(config: Config, corpora: Sequence[Manifest], seeds: int) -> list[Config]:
    """The configuration from each of so many seeds. Raises ConfigError where a seed is too large."""
    numbered = [check_config(config.model_dump() | {"seed": config.seed + more}, "--seeds") for more in range(seeds)]
    return [with_schemes(each, corpora) for each in numbered]


def train_each(
    configs: Sequence[Config],
    corpora: Sequence[Manifest],
    output: Path,
    folder: Path,
    name: str,
    workers: Workers,
    say: Callable[[str], None],
    targets: Targets | None = None,
) -> None:
    """Train those of the models in the folder of all seeds that are not there yet; `name` says what each is."""
    for each in configs:
        model = model_of(each, output, folder)
        trained = is_trained(each, corpora, model)
        if workers.is_chief:
            say(f"{name} {each.seed}{' is trained already' if trained else ':'}")
        if not trained:
            begun = model.is_dir() or working_folder(model).is_dir()
            train(each, corpora, model, resume=begun, workers=workers, targets=targets)


def _make_room(
    configs: Sequence[Config], corpora: Sequence[Manifest], output: Path, folder: Path, *, resume: bool, overwrite: bool
) -> bool:
    """Leave what is to be gone on with in the folder of all seeds, and otherwise no folder; whether all is done."""
    if resume and folder.is_dir():
        check_free(output, overwrite=True, marker=PROOF)
        check_is_ours(folder, str.isdigit)
        return False
    if resume and not overwrite and is_done(configs, corpora, output):
        return True
    check_free(output, overwrite=overwrite, marker=PROOF)
    if folder.is_dir() and not overwrite:
        raise DataError(f"{folder}: unfinished runs: go on with them with --resume, or start anew with --overwrite")
    with writing(folder):
        check_is_ours(folder, str.isdigit)
    remove_folder(folder)
    return False


def model_of(config: Config, output: Path, folder: Path) -> Path:
    """Where the model of one seed lies: under its own number, and by the name that is in what it will be."""
    return folder / str(config.seed) / output.name


def is_trained(config: Config, corpora: Sequence[Manifest], model: Path) -> bool:
    """Whether a model folder is what this configuration and this corpus give."""
    if not (model / CONFIG_FILE).is_file() or changed_settings(config, model).keys() - SAME_MODEL:
        return False
    state = load_state(model)
    return state is not None and state.corpus == corpus_checksum(corpora)


def is_done(configs: Sequence[Config], corpora: Sequence[Manifest], output: Path) -> bool:
    """Whether the model folder is the best of these seeds."""
    spread = metrics_of(output).get("seeds") if (output / METRICS_FILE).is_file() else None
    if spread is None or [run["seed"] for run in spread["runs"]] != [config.seed for config in configs]:
        return False
    return any(config.seed == spread["kept"] and is_trained(config, corpora, output) for config in configs)


def _keep_best(configs: Sequence[Config], corpora: Sequence[Manifest], output: Path, folder: Path) -> dict[str, Any]:
    """Make a copy of the best model the model folder, with the scores of all, and remove the others: a kill leaves all
    of them or none, so that the same can be done again."""
    runs = {config.seed: metrics_of(model_of(config, output, folder)) for config in configs}
    best = max(configs, key=lambda config: dev_score(runs[config.seed]))
    metrics = runs[best.seed] | {"seeds": spread_of(runs, best.seed)}
    kept = folder / "kept"
    with writing(folder):
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(model_of(best, output, folder), kept)
    finish_folder(kept, output, metrics, model_card(best, mixed_corpora(best, corpora), metrics, output.name))
    remove_folder(folder)
    return metrics


def metrics_of(model: Path) -> dict[str, Any]:
    """What `metrics.json` of a model folder says."""
    return json.loads((model / METRICS_FILE).read_text(encoding="utf-8"))


def remove_empty(folder: Path) -> None:
    """Remove the folder of all seeds where nothing was saved in it."""
    for path in (*folder.glob("*"), folder):
        with suppress(OSError):
            path.rmdir()

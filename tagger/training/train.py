"""A training run, from a configuration and a corpus to a model folder: the page to read first."""

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from tagger.backend import tf
from tagger.config.schema import Config
from tagger.corpus.from_config import corpus_checksum, directories, with_schemes
from tagger.corpus.manifest import Manifest
from tagger.errors import ConfigError
from tagger.network.saved_weights import restore_weights, save_weights
from tagger.training.card import model_card
from tagger.training.progress import TrainingProgress
from tagger.training.run import Run
from tagger.training.run_folder import finish_folder, open_shared_folder, with_own_name, working_folder
from tagger.training.state import RunState, load_state
from tagger.training.targets import Targets
from tagger.training.workers import Workers


def train(
    config: Config,
    corpora: Sequence[Manifest],
    output: Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    workers: Workers = Workers(),  # noqa: B008 (frozen)
    targets: Targets | None = None,
) -> dict[str, Any]:
    """Train a model, write its folder, and return what its `metrics.json` says.

    `corpora` are those that the configuration names, in its order; `[corpus]` names a single one. Where the
    configuration asks for teachers, `targets` has what they hold likely: `teachers.train_taught` trains them and the
    model.
    Until the model is whole, all of it lies beside its place as OUTPUT.training, which `resume` goes on with. Where
    several workers train it together, all must see that folder; the chief alone writes, and the others return nothing.
    Raises TaggerError when the corpus does not fit the configuration, when something stands at the output, or when what
    is to be resumed was another run.
    """
    config = with_schemes(config, corpora)
    output = with_own_name(output)
    if config.distillation.teachers and targets is None:
        raise ConfigError("distillation.teachers: train() trains none, call teachers.train_taught() in its place")

    if resume:
        check_corpus(corpora, output)

    tf.config.experimental.enable_op_determinism()
    tf.random.set_seed(config.seed)
    with (
        workers.watched(),
        open_shared_folder(config, output, workers, resume=resume, overwrite=overwrite) as folder,
        TrainingProgress(config.training.epochs, quiet=not workers.is_chief) as progress,
    ):
        saved = load_state(folder) if resume else None
        if resume and saved is None:
            progress.say(f"{output}: nothing is there to go on with, so the run begins")
        state = saved or RunState(corpus_checksum(corpora))
        run = Run(config, corpora, folder, progress, workers, targets)
        progress.begin(run.epoch_steps, state)
        progress.say(run.description())
        run.begin(state)
        with summaries(folder, workers):
            while state.epoch < config.training.epochs and not run.is_out_of_patience(state):
                started = time.perf_counter()
                run.train_epoch(state)
                with run.step.averaged():
                    scores = run.score("dev") if workers.is_chief else None
                    if run.is_best(scores, state) and workers.is_chief:
                        save_weights(run.network, folder)
                run.note_epoch(scores, state, time.perf_counter() - started)
                run.save(state)
        metrics = {}
        if workers.is_chief:
            restore_weights(run.network, folder)
            metrics = run.metrics(state)
            run.export(output.name)
            finish_folder(folder, output, metrics, model_card(config, run.corpora, metrics, output.name))
        workers.meet()
    return metrics


def check_corpus(corpora: Sequence[Manifest], output: Path) -> None:
    """Raise ConfigError where the run to go on with, unfinished or not, was on another corpus."""
    for folder in (working_folder(output), output):
        state = load_state(folder)
        if state is not None:
            if state.corpus != corpus_checksum(corpora):
                other = f"this run began on another corpus than {directories(corpora)}"
                raise ConfigError(f"{folder}: {other}: give that one, or start anew")
            return


def summaries(folder: Path, workers: Workers) -> AbstractContextManager:
    """What the run writes for TensorBoard, which the chief does."""
    if not workers.is_chief:
        return nullcontext()
    return tf.summary.create_file_writer(str(folder / "logs")).as_default()

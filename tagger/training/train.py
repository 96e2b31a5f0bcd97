"""A training run, from a configuration and a corpus to a model folder: the page to read first."""

import os
import time
from pathlib import Path
from typing import Any

from tagger.backend import tf
from tagger.config import Config
from tagger.corpus.manifest import Manifest
from tagger.errors import ConfigError
from tagger.training.card import model_card
from tagger.training.folder import finish_folder, open_working_folder
from tagger.training.progress import TrainingProgress
from tagger.training.run import Run, corpus_checksum, with_schemes
from tagger.training.saved import restore_weights, save_weights
from tagger.training.state import RunState, load_state


def train(
    config: Config, corpus: Manifest, output: Path, *, resume: bool = False, overwrite: bool = False
) -> dict[str, Any]:
    """Train a model, write its folder, and return what its `metrics.json` says.

    Until the model is whole, all of it lies beside its place as OUTPUT.training, which `resume` goes on with.
    Raises TaggerError when the corpus does not fit the configuration, when something stands at the output, or when what
    is to be resumed was another run.
    """
    config = with_schemes(config, corpus)
    corpus.require("train")
    if output.name in ("", ".."):  # as that of '.' is: not the folder's own name
        output = Path(os.path.abspath(output))

    tf.config.experimental.enable_op_determinism()
    tf.random.set_seed(config.seed)
    with (
        open_working_folder(config, output, resume=resume, overwrite=overwrite) as folder,
        TrainingProgress(config.training.epochs) as progress,
    ):
        state = (load_state(folder) if resume else None) or RunState(corpus_checksum(corpus))
        if state.corpus != corpus_checksum(corpus):
            raise ConfigError(
                f"{folder}: this run began on another corpus than {corpus.directory}: give that one, or start anew"
            )
        run = Run(config, corpus, folder, progress)
        progress.begin(run.epoch_steps, state)
        progress.say(run.description())
        if state.checkpoint:
            state.restore(run.variables, folder)
            progress.say(f"resumed after epoch {state.epoch}, step {state.step_in_epoch}")
        batches = run.batches(state)
        with tf.summary.create_file_writer(str(folder / "logs")).as_default():
            while state.epoch < config.training.epochs and not run.is_out_of_patience(state):
                started = time.perf_counter()
                run.train_epoch(batches, state)
                with run.step.averaged():
                    scores = run.score("dev")
                    if run.is_best(scores, state):
                        save_weights(run.network, folder)
                run.note_epoch(scores, state, time.perf_counter() - started)
                state.save(run.variables, folder)
        restore_weights(run.network, folder)
        metrics = run.metrics(state)
        finish_folder(folder, output, metrics, model_card(config, corpus, metrics, output.name))
    return metrics

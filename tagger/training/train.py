"""Training, from a configuration and corpora to a model folder: the page to read first.

`train` is the one entrance. It plans the run (`plan.py`: the segmenter, teachers, seeds, the model) and carries the
plan out (`execute.py`: what is resumed, overwritten or refused). It trains each model of the plan with `train_model`,
which puts network, batches and optimizer together (`run.py`) and goes through the epochs (`loop.py`).
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from tagger.backend import tf
from tagger.config.schema import Config
from tagger.corpus.doubts import doubts_about_training
from tagger.corpus.from_config import mixed_corpora, without_missing_tasks
from tagger.corpus.manifest import Manifest
from tagger.interrupts import interrupts
from tagger.training.beginning import checksum_of_sources
from tagger.training.card import model_card
from tagger.training.execute import Execution
from tagger.training.finished_model import export_network, metrics_of
from tagger.training.initial_config import begun_config, doubts_about_beginning
from tagger.training.initial_segmenter import copy_segmenter
from tagger.training.loop import train_epochs
from tagger.training.model_rules import doubts_about_rules, rules_of_config, write_rules
from tagger.training.notebook_progress import training_progress
from tagger.training.options import TrainingOptions
from tagger.training.plan import ModelStage, make_plan
from tagger.training.progress import TrainingProgress
from tagger.training.projected_vectors import remove_unprojected
from tagger.training.raw_metrics import raw_metrics
from tagger.training.run import Run
from tagger.training.run_folder import finish_folder, open_run_folder
from tagger.training.segmenter_stage import SegmenterStage
from tagger.training.soft_target_records import Targets
from tagger.training.state import Checkpoints, RunState, load_state
from tagger.training.train_segmenter import add_segmenter, train_segmenter
from tagger.training.workers import Workers


def train(
    config: Config,
    corpora: Sequence[Manifest],
    output: Path,
    options: TrainingOptions = TrainingOptions(),  # noqa: B008 (frozen)
) -> dict[str, Any]:
    """Train a model, write its folder, and return the contents of its `metrics.json`.

    `corpora` are those of the configuration, in its order. What their figures make doubtful, such as a missing dev
    split, is said before anything is trained. Teachers that `config.distillation` asks for are trained first. With
    several `options.seeds` a model is trained from each, and the best on dev becomes the model folder (the first one,
    where dev has no tags); `seeds` in the metrics has the scores of all. The peak of memory in the metrics is that of
    the whole process.

    Until the model is finished, everything lies beside its folder: OUTPUT.training, OUTPUT.seeds, OUTPUT.teachers.
    `options.resume` continues from there. Where several workers train together, all must see these folders; only the
    chief writes, and the others return an empty dictionary.

    Raises TaggerError when the corpora do not fit the configuration, when something exists at the output or another
    process writes to it, or when the run to resume had other settings or corpora.
    """
    given = without_missing_tasks(config, corpora)
    config = begun_config(given, corpora)
    plan = make_plan(config, corpora, output, options.seeds)
    about_rules = list(doubts_about_rules(plan.models[0].config))  # read now: errors come before anything is trained
    doubts = (
        *doubts_about_training(mixed_corpora(config, corpora)),
        *doubts_about_beginning(given, config),
        *about_rules,
    )
    helpers = options.of_helpers

    def train_one(stage: ModelStage, targets: Targets | None) -> dict[str, Any]:
        of_stage = options if stage in plan.models else helpers
        return train_model(corpora, of_stage, stage, targets, plan.segmenter)

    return Execution(plan, options, train_one, doubts, partial(train_segmenter, helpers, train_model)).run()


def train_model(
    corpora: Sequence[Manifest],
    options: TrainingOptions,
    stage: ModelStage,
    targets: Targets | None = None,
    segmenter: SegmenterStage | None = None,
) -> dict[str, Any]:
    """Train one model of a plan, or resume its unfinished run; return its metrics.

    The trained `segmenter` is copied into the model folder, unless the model is to have none.
    """
    config, workers = stage.config, options.workers
    rules = rules_of_config(config)
    tf.config.experimental.enable_op_determinism()
    tf.random.set_seed(config.seed)
    with (
        open_run_folder(config, stage.folder, workers) as folder,
        training_progress(config.training.epochs, quiet=options.quiet or not workers.is_chief) as progress,
    ):
        state = load_state(folder) or RunState(checksum_of_sources(config, corpora))
        run = Run(config, corpora, folder, workers, targets)
        checkpoints = Checkpoints(folder, run.network, run.variables, is_chief=workers.is_chief)
        progress.begin(run.steps.total, run.steps.before(state.epoch) + state.step_in_epoch)
        progress.say(run.description())
        if state.checkpoint:
            checkpoints.restore(state)
            progress.say(f"resumed after epoch {state.epoch}, step {state.step_in_epoch}")
        run.separate_dropout_of_workers()
        with _tensorboard_logs(folder, workers), _finished_early(options, state, progress):
            train_epochs(run, state, checkpoints, progress, options.callbacks)
        metrics: dict[str, Any] = {}
        if workers.is_chief:
            checkpoints.restore_best()
            state.remove_leftovers(folder)
            run.project_vectors(folder)
            about_segmenter = None
            if segmenter and config.segmenter.train != "never":
                about_segmenter = add_segmenter(segmenter, folder)
            elif config.init.model:
                about_segmenter = copy_segmenter(config, folder)
            metrics = metrics_of(run, state, about_segmenter)
            export_network(run, folder, stage.folder.name, progress.say)
            for split, figures in raw_metrics(run, folder).items():
                metrics[split]["raw"] = figures
            remove_unprojected(folder)
            write_rules(rules, folder)
            finish_folder(folder, stage.folder, metrics, model_card(config, run.corpora, metrics, stage.folder.name))
        workers.meet()
    return metrics


@contextmanager
def _finished_early(options: TrainingOptions, state: RunState, progress: TrainingProgress) -> Iterator[None]:
    """Let Ctrl-C end the block without an error, where the options say so and an epoch is finished."""
    try:
        with interrupts():
            yield
    except KeyboardInterrupt:
        if not (options.finish_early and state.epoch):
            raise
        progress.say(f"interrupted in epoch {state.epoch + 1}: epoch {state.best_epoch}, the best so far, is kept")


def _tensorboard_logs(folder: Path, workers: Workers) -> AbstractContextManager[Any]:
    """Let the chief's `tf.summary` calls inside the block write to the folder's `logs`."""
    if not workers.is_chief:
        return nullcontext()
    writer: AbstractContextManager[Any] = tf.summary.create_file_writer(str(folder / "logs")).as_default()
    return writer

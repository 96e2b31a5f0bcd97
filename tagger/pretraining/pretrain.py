"""Pretraining, from a configuration and raw text to the folder of a language model: the page to read first.

`pretrain` decides what is resumed, overwritten or refused, and goes through the epochs (`pretraining_loop.py`). A model
of characters turns the text into ids (`text_ids.py`), and cuts them into streams (`streams.py`,
`character_training.py`). A model of words cuts the text into sentences, which it keeps as records (`word_records.py`),
and learns as taggers do (`word_training.py`).
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tagger.backend import tf
from tagger.config.load import LanguageModelSettings
from tagger.config.word_model_keys import WordModelConfig
from tagger.files import locked, remove_folder
from tagger.model.folder import CHECKPOINT_FOLDER
from tagger.network.saved_weights import writing
from tagger.pretraining.character_training import CharacterTraining
from tagger.pretraining.language_model_card import language_model_card, language_model_metrics
from tagger.pretraining.pretraining_loop import PretrainingState, Trainee, train_language_model
from tagger.pretraining.text_ids import prepared_text
from tagger.pretraining.text_sources import TEXT_FOLDER, TextRecord, check_same_text
from tagger.pretraining.word_records import prepared_sentences
from tagger.pretraining.word_training import WordTraining
from tagger.training.own_folders import STATE, check_sources, is_saved, with_own_name, working_folder
from tagger.training.progress import TrainingProgress
from tagger.training.run_folder import (
    check_finished,
    check_output,
    copy_finished,
    finish_folder,
    open_run_folder,
    read_metrics,
    remove_dead_leftovers,
    said_finished,
    said_new,
    unfinished_error,
)
from tagger.training.same_settings import check_same_settings
from tagger.training.state import Checkpoints, read_saved
from tagger.training.workers import Workers


def pretrain(
    config: LanguageModelSettings,
    files: Sequence[str],
    output: Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Train a language model on text files, write its folder, and return the contents of its `metrics.json`.

    `files` are read one after the other as one text; `-` is standard input. Until the model is finished, everything
    lies in OUTPUT.training. `resume` continues from there, or from a finished model that should have more epochs;
    `overwrite` replaces a model at the output, and an unfinished run beside it.

    Raises DataError for text that is missing, damaged or too short, and when something exists at the output or another
    process writes to it; ConfigError when the run to resume had other settings.
    """
    output = with_own_name(output)
    with locked(output):
        if _is_done_or_prepared(config, files, output, resume=resume, overwrite=overwrite, say=say):
            return read_metrics(output)
        tf.config.experimental.enable_op_determinism()
        tf.random.set_seed(config.seed)
        with (
            open_run_folder(config, output, Workers()) as folder,
            TrainingProgress(config.training.epochs, unit=f"{config.text.unit}s") as progress,
        ):
            saved = read_saved(folder / CHECKPOINT_FOLDER / STATE, PretrainingState)
            trainee = _trainee(config, files, folder, saved.corpus if saved else None, progress)
            state = saved or PretrainingState(trainee.text.checksum)
            checkpoints = Checkpoints(folder, trainee.network, tf.train.Checkpoint(step=trainee.step))
            steps = trainee.steps_per_epoch
            progress.begin(config.training.epochs * steps, state.epoch * steps + state.step_in_epoch)
            progress.say(trainee.description())
            if state.checkpoint:
                checkpoints.restore(state)
                trainee.plan()
                progress.say(f"resumed after epoch {state.epoch}, step {state.step_in_epoch}")
            else:
                checkpoints.save(state)  # from here on the text need not be read again
            with tf.summary.create_file_writer(str(folder / "logs")).as_default():
                train_language_model(trainee, config.training, state, checkpoints, progress)
            with writing(folder):
                remove_folder(folder / TEXT_FOLDER)
            state.remove_leftovers(folder)
            metrics = language_model_metrics(trainee, state)
            finish_folder(folder, output, metrics, language_model_card(config, metrics, output.name))
    return metrics


def _is_done_or_prepared(
    config: LanguageModelSettings,
    files: Sequence[str],
    output: Path,
    *,
    resume: bool,
    overwrite: bool,
    say: Callable[[str], None],
) -> bool:
    """Return whether the model is finished already; if not, leave only what is to be resumed."""
    folder = working_folder(output)
    segmenter = config.text.segmenter if isinstance(config, WordModelConfig) else ""
    check_sources([*files, *([segmenter] if segmenter else [])], output, overwrite=overwrite)
    remove_dead_leftovers(output, [folder])
    if resume and is_saved(folder):
        check_same_settings(config, folder)
        check_output(output, overwrite=True)
        return False
    if resume and is_saved(output) and not overwrite:
        check_same_settings(config, output)
        check_same_text(files, TextRecord.from_dict(read_metrics(output)["text"]), output)
        finished = read_saved(output / CHECKPOINT_FOLDER / STATE, PretrainingState)
        if finished and finished.epoch >= config.training.epochs:
            say(said_finished(output))
            return True
        check_finished(output)
        copy_finished(output)
        return False
    check_output(output, overwrite=overwrite)
    if resume:
        say(said_new(output))
    elif folder.is_dir() and not overwrite:
        raise unfinished_error(folder)
    with writing(folder):
        remove_folder(folder)
    return False


def _trainee(
    config: LanguageModelSettings,
    files: Sequence[str],
    folder: Path,
    checksum: str | None,
    progress: TrainingProgress,
) -> Trainee:
    """Return the model to train, with its text; `checksum` is that of the text with which a run to resume began."""
    if isinstance(config, WordModelConfig):
        return WordTraining(config, prepared_sentences(config, files, folder, checksum, progress.read))
    return CharacterTraining(config, prepared_text(files, folder, config.characters.min_count, checksum))

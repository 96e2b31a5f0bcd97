"""A model that learns of others: its teachers trained, what they hold likely written beside the gold tags of train, and
the model itself trained on both.

All that takes lies beside the model's place in OUTPUT.teachers until the model is whole: a folder for each teacher, and
`targets` with the records.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from tagger.backend import tf
from tagger.config import Config, DistillationConfig
from tagger.config_file import check_config
from tagger.corpus.folder import check_free
from tagger.corpus.mixed import MixedCorpus
from tagger.corpus.schema import parse_example, with_feature_list
from tagger.corpus.shards import records_of
from tagger.corpus.soft_targets import feature_list, pack
from tagger.errors import ConfigError, DataError
from tagger.runtime.batching import of_similar_length
from tagger.runtime.folder import open_model
from tagger.runtime.paths import Transitions, step_probabilities
from tagger.runtime.tagger import Predictor, predictor_of
from tagger.text.probabilities import softmax
from tagger.text.sentence import Sentence
from tagger.training.corpora import Opened, corpus_checksum, mixed_corpora, with_schemes
from tagger.training.folder import PROOF, check_is_ours, check_resumable, flat_settings, put_aside, with_own_name
from tagger.training.saved import writing
from tagger.training.seeds import SAME_MODEL, is_trained, metrics_of, model_of, remove_empty, train_each, train_seeds
from tagger.training.targets import Targets
from tagger.training.train import check_corpus, train
from tagger.training.workers import Workers

FIRST_SEED = 1000
"""The first teacher has the configuration's seed and so many more, which a model's own seeds do not come near."""
TARGETS, MADE_OF = "targets", "made_of.json"
TOGETHER = 4096
"""Padded tokens whose probabilities are found at once, about."""
HELD = 1 << 24
"""Probabilities of the tokens that are worked on at a time."""


def train_taught(
    config: Config,
    corpus: Opened,
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

    `resume` goes on wherever the run was stopped. Raises TaggerError as those do.
    """
    output = with_own_name(output)
    folder = output.with_name(output.name + ".teachers")
    teachers = teachers_of(with_schemes(config, corpus))

    def learn(targets: Targets | None) -> dict[str, Any]:
        how = {"resume": resume, "overwrite": overwrite, "workers": workers, "targets": targets}
        if seeds > 1:
            return train_seeds(config, corpus, output, seeds, say=say, **how)
        return train(config, corpus, output, **how)

    if not teachers:
        return learn(None)
    with workers.watched():
        done = workers.is_chief and _make_room(config, corpus, output, folder, seeds, resume, overwrite)
        if workers.from_chief(float(done)):
            return metrics_of(output) if workers.is_chief else {}
        targets = folder / TARGETS
        try:
            made_of = _made_of(teachers, corpus)
            if workers.from_chief(float(workers.is_chief and not targets.is_dir())):
                train_each(teachers, corpus, output, folder, "teacher of seed", workers, say)
                if workers.is_chief:
                    models = [model_of(teacher, output, folder) for teacher in teachers]
                    say(f"writing what {len(models)} teachers hold likely of train")
                    _write_targets(models, mixed_corpora(config, corpus), made_of, targets)
            elif workers.is_chief:
                if _read(targets)["made_of"] != made_of:
                    raise ConfigError(
                        f"{folder}: these teachers were trained with other settings or on another corpus: give the "
                        "same, or start anew with --overwrite"
                    )
                say("the teachers are trained already")
            workers.meet()
            seconds = _read(targets)["seconds"]
        finally:
            if workers.is_chief:
                remove_empty(folder)
        metrics = learn(Targets(targets, len(teachers), seconds))
        if workers.is_chief:
            with writing(folder):
                shutil.rmtree(put_aside(folder, output), ignore_errors=True)
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
    config: Config, corpus: Opened, output: Path, folder: Path, seeds: int, resume: bool, overwrite: bool
) -> bool:
    """Leave what is to be gone on with, and otherwise no folder of teachers; whether all is done."""
    if resume and seeds == 1:
        whole = with_schemes(config, corpus)
        if not folder.is_dir() and is_trained(whole, corpus, output):
            return True
        check_corpus(corpus, output)
        check_resumable(whole, output)
    check_free(output, overwrite=overwrite or resume, proof=PROOF)
    if folder.is_dir() and not (overwrite or resume):
        raise DataError(f"{folder}: an unfinished run: go on with it with --resume, or start anew with --overwrite")
    with writing(folder):
        check_is_ours(folder, lambda name: name.isdigit() or name == TARGETS)
        if not resume:
            shutil.rmtree(folder, ignore_errors=True)
    return False


def _made_of(teachers: Sequence[Config], corpus: Opened) -> list[Any]:
    """What tells targets from those of other teachers, as JSON has it."""
    settings = [
        {key: value for key, value in flat_settings(teacher).items() if key not in SAME_MODEL} for teacher in teachers
    ]
    return json.loads(json.dumps([corpus_checksum(corpus), settings]))


def _read(targets: Path) -> dict[str, Any]:
    return json.loads((targets / MADE_OF).read_text(encoding="utf-8"))


def _write_targets(
    models: Sequence[Path], corpora: Sequence[MixedCorpus], made_of: Sequence[Any], targets: Path
) -> None:
    """Write the records of train with what these models hold likely; a kill leaves nothing by that name."""
    predictors = [predictor_of(open_model(model)) for model in models]
    tags = {task: len(vocabulary.entries) for task, vocabulary in open_model(models[0]).tags.items()}
    unfinished = targets.with_name(TARGETS + ".unfinished")
    with writing(targets):
        shutil.rmtree(unfinished, ignore_errors=True)
        for number, corpus in enumerate(corpus for corpus in corpora if corpus.weight):
            (unfinished / str(number)).mkdir(parents=True)
            for path in corpus.train_shards().paths:
                with ExitStack() as stack:
                    writer = tf.io.TFRecordWriter(str(unfinished / str(number) / path.name))
                    stack.callback(writer.close)
                    for record in _with_targets(records_of(path), corpus, predictors, tags):
                        writer.write(record)
        seconds = sum(metrics_of(model)["seconds"] for model in models)
        made = json.dumps({"made_of": made_of, "seconds": seconds})
        (unfinished / MADE_OF).write_text(made, encoding="utf-8", newline="\n")
        unfinished.rename(targets)


def _with_targets(
    records: Iterable[bytes], corpus: MixedCorpus, predictors: Sequence[Predictor], tags: Mapping[str, int]
) -> Iterator[bytes]:
    """Records of a corpus with the targets of those tasks that it annotates in them."""
    largest = max(tags[task] for task in corpus.layers)
    for window in _windows(records, max(1, HELD // largest**2)):
        sentences = [sentence for _, sentence in window]
        scores = [predictor.scores(sentences) for predictor in predictors]
        learned = [predictor.transitions() for predictor in predictors]
        found = {
            task: _probabilities(
                [[of[task] for of in each] for each in scores], [each.get(task) for each in learned], tags[task]
            )
            for task in corpus.layers
        }
        for number, (record, sentence) in enumerate(window):
            for task, layer in corpus.layers.items():
                if layer in sentence.tags:
                    record = with_feature_list(record, feature_list(task), pack(found[task][number]))
            yield record


def _windows(records: Iterable[bytes], tokens: int) -> Iterator[list[tuple[bytes, Sentence]]]:
    """Records with their sentences, so many at a time that they have about so many tokens."""
    window: list[tuple[bytes, Sentence]] = []
    held = 0
    for record in records:
        sentence = parse_example(record)
        window.append((record, sentence))
        held += len(sentence)
        if held >= tokens:
            yield window
            window, held = [], 0
    if window:
        yield window


def _probabilities(
    scores: Sequence[Sequence[np.ndarray]], learned: Sequence[Transitions | None], tags: int
) -> list[np.ndarray]:
    """The means, over models, of the probabilities of each sentence's classes `[T, N]`, given each model's scores
    `[T, K]` of all sentences, and what it has learned of neighbouring tags, if anything."""
    found = [
        _step_probabilities(of_model, transitions, tags) if transitions else list(map(softmax, of_model))
        for transitions, of_model in zip(learned, scores, strict=True)
    ]
    return [np.mean(of_sentence, axis=0) for of_sentence in zip(*found, strict=True)]


def _step_probabilities(scores: Sequence[np.ndarray], transitions: Transitions, tags: int) -> list[np.ndarray]:
    """Those of the steps `[T, K * K]` of each sentence, given its scores `[T, K]`."""
    steps = [np.zeros((0, tags * tags), np.float32)] * len(scores)
    with_tokens = (number for number, of in enumerate(scores) if len(of))
    for chosen in of_similar_length(with_tokens, lambda number: len(scores[number]), TOGETHER):
        lengths = np.array([len(scores[number]) for number in chosen])
        padded = np.zeros((len(chosen), lengths.max(), tags), np.float32)
        for row, number in enumerate(chosen):
            padded[row, : lengths[row]] = scores[number]
        every = step_probabilities(padded, lengths, transitions).reshape(*padded.shape[:2], -1)
        for row, number in enumerate(chosen):
            steps[number] = every[row, : lengths[row]]
    return steps

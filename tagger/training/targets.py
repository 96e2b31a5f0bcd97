"""Records of train with soft targets, which a model learns in place of the corpus's own: where they are, and how they
are written."""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tagger.backend import tf
from tagger.corpus.mixture import MixedCorpus
from tagger.corpus.records import with_feature_list
from tagger.corpus.sampling import TrainingRecords
from tagger.corpus.shards import read_records
from tagger.corpus.soft_targets import pack_soft_targets, soft_targets_key
from tagger.model.batching import group_by_length
from tagger.model.folder import open_model
from tagger.model.transitions import Transitions, step_probabilities
from tagger.network.saved_weights import writing
from tagger.runtime.tagger import Predictor, predictor_of
from tagger.text.probabilities import softmax
from tagger.text.sentence import Sentence

MADE_OF = "made_of.json"
UNFINISHED = ".unfinished"
"""What stands behind the folder's name until it is whole."""
TOGETHER = 4096
"""Padded tokens whose probabilities are found at once, about."""
WINDOW = 1 << 15
"""Tokens that are worked on at a time, at most but for a longer sentence."""
HELD = 1 << 24
"""Probabilities of those tokens, likewise."""


@dataclass(frozen=True)
class Targets:
    """Records of train with soft targets."""

    folder: Path
    """Of each corpus that is learned from, in their order, a folder by its number with its files of train."""
    teachers: int
    seconds: float
    """Of training them."""
    id: str
    """Tells them from others that were made in the same way."""

    def as_dict(self) -> dict[str, Any]:
        """What `metrics.json` says of the teachers."""
        return {"models": self.teachers, "seconds": self.seconds, "id": self.id}

    def in_place_of(self, corpora: Sequence[TrainingRecords]) -> list[TrainingRecords]:
        """The same sentences of the corpora that are learned from, with the targets."""
        return [
            replace(shards, paths=[self.folder / str(number) / path.name for path in shards.paths])
            for number, shards in enumerate(corpora)
        ]


def read_made(targets: Path) -> dict[str, Any] | None:
    """What is kept beside targets that are whole; None where they are not."""
    with suppress(OSError, ValueError):
        made = json.loads((targets / MADE_OF).read_text(encoding="utf-8"))
        return made if isinstance(made, dict) and made.keys() >= {"id", "seconds", "made_of"} else None
    return None


def write_targets(
    models: Sequence[Path], corpora: Sequence[MixedCorpus], targets: Path, made: Mapping[str, Any]
) -> None:
    """Write the records of train with what these models hold likely of them, as `Targets` says; a kill leaves nothing
    by that name. `made`, which `read_made` reads, is kept beside them. Raises DataError where a record is damaged,
    ModelError where the disk is full."""
    folders = list(map(open_model, models))
    predictors = list(map(predictor_of, folders))
    tags = {task: len(vocabulary.entries) for task, vocabulary in folders[0].tags.items()}
    unfinished = targets.with_name(targets.name + UNFINISHED)
    with writing(targets):
        for left in (unfinished, targets):
            shutil.rmtree(left, ignore_errors=True)
    for number, corpus in enumerate(corpus for corpus in corpora if corpus.weight):
        with writing(targets):
            (unfinished / str(number)).mkdir(parents=True)
        for path in corpus.training_records().paths:
            windows = _with_targets(read_records(path), corpus, predictors, tags)
            _write_records(windows, unfinished / str(number) / path.name)
    with writing(targets):
        (unfinished / MADE_OF).write_text(json.dumps(made), encoding="utf-8", newline="\n")
        unfinished.rename(targets)


def _write_records(windows: Iterable[list[bytes]], path: Path) -> None:
    with writing(path):
        writer = tf.io.TFRecordWriter(str(path))
    for window in windows:
        with writing(path):
            for record in window:
                writer.write(record)
    with writing(path):
        writer.close()


def _with_targets(
    records: Iterable[tuple[bytes, Sentence]],
    corpus: MixedCorpus,
    predictors: Sequence[Predictor],
    tags: Mapping[str, int],
) -> Iterator[list[bytes]]:
    """Records of a corpus, some at a time, with the targets of those tasks that it annotates in them; those that are
    too long to be learned stay as they are."""
    learned = [predictor.transitions() for predictor in predictors]
    classes = sum(tags[task] ** (2 if task in learned[0] else 1) for task in corpus.layers)
    for window in _windows(records, max(1, min(WINDOW, HELD // classes))):
        kept = [
            number
            for number, (_, sentence) in enumerate(window)
            if not corpus.max_tokens or len(sentence) <= corpus.max_tokens
        ]
        sentences = [window[number][1] for number in kept]
        sums: dict[str, list[np.ndarray]] = {}
        for predictor, transitions in zip(predictors, learned, strict=True):
            scores = predictor.scores(sentences)
            for task in corpus.layers:
                found = _probabilities([of[task] for of in scores], transitions.get(task))
                sums[task] = list(map(np.add, sums[task], found)) if task in sums else found
        written = [record for record, _ in window]
        for place, number in enumerate(kept):
            for task, layer in corpus.layers.items():
                if layer in sentences[place].tags:
                    targets = pack_soft_targets(sums[task][place] / len(predictors))
                    written[number] = with_feature_list(written[number], soft_targets_key(task), targets)
        yield written


def _windows(records: Iterable[tuple[bytes, Sentence]], tokens: int) -> Iterator[list[tuple[bytes, Sentence]]]:
    """So many records at a time that they have about so many tokens."""
    window: list[tuple[bytes, Sentence]] = []
    held = 0
    for record in records:
        window.append(record)
        held += 1 + len(record[1])
        if held >= tokens:
            yield window
            window, held = [], 0
    if window:
        yield window


def _probabilities(scores: Sequence[np.ndarray], transitions: Transitions | None) -> list[np.ndarray]:
    """A model's probabilities of each sentence's classes `[T, N]`, given its scores `[T, K]`: of tags, or of steps
    `[T, K * K]` where it has learned of neighbouring tags."""
    if transitions is None:
        return list(map(softmax, scores))
    tags = len(transitions.start)
    steps = [np.zeros((0, tags * tags), np.float32)] * len(scores)
    with_tokens = (number for number, of in enumerate(scores) if len(of))
    for chosen in group_by_length(with_tokens, lambda number: len(scores[number]), TOGETHER):
        lengths = np.array([len(scores[number]) for number in chosen])
        padded = np.zeros((len(chosen), lengths.max(), tags), np.float32)
        for row, number in enumerate(chosen):
            padded[row, : lengths[row]] = scores[number]
        every = step_probabilities(padded, lengths, transitions).reshape(*padded.shape[:2], -1)
        for row, number in enumerate(chosen):
            steps[number] = every[row, : lengths[row]]
    return steps

"""Soft targets on disk: records with the averaged probabilities of teachers.

A training run reads these records of the train split in place of the corpora's own.
"""

import json
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
from tagger.documents import parse_json
from tagger.files import new_folder, remove_folder
from tagger.model.batching import group_by_length
from tagger.model.folder import open_model
from tagger.model.transitions import Transitions, step_probabilities
from tagger.network.saved_weights import writing
from tagger.runtime.tagger import Predictor, predictor_of
from tagger.text.probabilities import softmax
from tagger.text.sentence import Sentence

_RECORD_FILE = "made_of.json"
"""The file that marks a folder of soft targets, and says which teachers they come from."""
_BATCH_TOKENS = 4096
"""Padded tokens of a batch when the probabilities of transitions are computed, roughly."""
_WINDOW_TOKENS = 1 << 15
"""Tokens of the sentences that are in memory at once, roughly."""
_WINDOW_PROBABILITIES = 1 << 24
"""Probabilities of those tokens, roughly: tasks with many classes have smaller windows."""

_Record = tuple[bytes, Sentence]
"""A serialized SequenceExample, and the sentence in it."""


@dataclass(frozen=True)
class Targets:
    """Written soft targets, as a training run uses them."""

    folder: Path
    """The folder that holds folders `0`, `1`, ... with the records of the corpora.
    Each corpus that is learned from has one, in the corpora's order."""
    teachers: int
    """Number of teachers whose probabilities are averaged."""
    seconds: float
    """Time spent on training the teachers."""
    id: str
    """Identifies these soft targets among others that were made in the same way."""

    def as_dict(self) -> dict[str, Any]:
        """Return what `metrics.json` says about the teachers."""
        return {"models": self.teachers, "seconds": self.seconds, "id": self.id}

    def in_place_of(self, records: Sequence[TrainingRecords]) -> list[TrainingRecords]:
        """Records with soft targets that replace the corpora's records."""
        return [
            replace(each, paths=[self.folder / str(number) / path.name for path in each.paths])
            for number, each in enumerate(records)
        ]


@dataclass(frozen=True)
class TargetsRecord:
    """The record beside written soft targets."""

    id: str
    seconds: float
    settings: Mapping[str, Any]
    """Corpora and settings of the teachers; see `plan.TargetsStage`."""


def read_targets_record(targets: Path) -> TargetsRecord | None:
    """Return the record of a folder of soft targets; None where the folder is not whole."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        record = parse_json((targets / _RECORD_FILE).read_text(encoding="utf-8"))
        return TargetsRecord(record["id"], record["seconds"], record["made_of"])
    return None


def write_soft_targets(
    teachers: Sequence[Path], corpora: Sequence[MixedCorpus], targets: Path, record: TargetsRecord
) -> None:
    """Write the train split's records with the averaged probabilities of some models.

    `teachers` are model folders. A kill leaves nothing. Raises DataError where a record is damaged, ModelError where a
    file cannot be written.
    """
    folders = [open_model(teacher, trust_code=True) for teacher in teachers]  # of this run's own configuration
    predictors = list(map(predictor_of, folders))
    sizes = {task: len(vocabulary.entries) for task, vocabulary in folders[0].tags.items()}
    with writing(targets):
        remove_folder(targets)
    with new_folder(targets, marker=_RECORD_FILE) as unfinished:
        for number, corpus in enumerate(corpus for corpus in corpora if corpus.weight):
            with writing(targets):
                (unfinished / str(number)).mkdir()
            for path in corpus.training_records().paths:
                windows = _with_targets(read_records(path), corpus, predictors, sizes)
                _write_records(windows, unfinished / str(number) / path.name)
        content = {"id": record.id, "seconds": record.seconds, "made_of": record.settings}
        with writing(targets):
            (unfinished / _RECORD_FILE).write_text(json.dumps(content), encoding="utf-8", newline="\n")


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
    records: Iterable[_Record], corpus: MixedCorpus, predictors: Sequence[Predictor], sizes: Mapping[str, int]
) -> Iterator[list[bytes]]:
    """Yield the records of a corpus with soft targets for its tasks, a window at a time.

    `sizes` are the numbers of tags of each task. Sentences that are too long to learn from stay as they are.
    """
    transitions = [predictor.transitions() for predictor in predictors]
    classes = sum(sizes[task] ** (2 if task in transitions[0] else 1) for task in corpus.layers)
    for window in _windows(records, max(1, min(_WINDOW_TOKENS, _WINDOW_PROBABILITIES // classes))):
        kept = [
            number
            for number, (_, sentence) in enumerate(window)
            if not corpus.max_tokens or len(sentence) <= corpus.max_tokens
        ]
        sentences = [window[number][1] for number in kept]
        sums: dict[str, list[np.ndarray]] = {}
        for predictor, of_tasks in zip(predictors, transitions, strict=True):
            scores = predictor.scores(sentences)
            for task in corpus.layers:
                found = _probabilities([each[task] for each in scores], of_tasks.get(task))
                sums[task] = list(map(np.add, sums[task], found)) if task in sums else found
        written = [record for record, _ in window]
        for place, number in enumerate(kept):
            for task, layer in corpus.layers.items():
                if layer in sentences[place].tags:
                    targets = pack_soft_targets(sums[task][place] / len(predictors))
                    written[number] = with_feature_list(written[number], soft_targets_key(task), targets)
        yield written


def _windows(records: Iterable[_Record], tokens: int) -> Iterator[list[_Record]]:
    """Yield lists of records with about `tokens` tokens together."""
    window: list[_Record] = []
    size = 0
    for record in records:
        window.append(record)
        size += 1 + len(record[1])
        if size >= tokens:
            yield window
            window, size = [], 0
    if window:
        yield window


def _probabilities(scores: Sequence[np.ndarray], transitions: Transitions | None) -> list[np.ndarray]:
    """Return a model's probabilities for some sentences, given their scores `[T, K]`.

    The probabilities are those of tags, `[T, K]`, or with a CRF's transitions those of steps from one tag to the next,
    `[T, K * K]`.
    """
    if transitions is None:
        return list(map(softmax, scores))
    tags = len(transitions.start)
    steps = [np.zeros((0, tags * tags), np.float32)] * len(scores)
    with_tokens = (number for number, each in enumerate(scores) if len(each))
    for batch in group_by_length(with_tokens, lambda number: len(scores[number]), _BATCH_TOKENS):
        lengths = np.array([len(scores[number]) for number in batch])
        padded = np.zeros((len(batch), lengths.max(), tags), np.float32)
        for row, number in enumerate(batch):
            padded[row, : lengths[row]] = scores[number]
        every = step_probabilities(padded, lengths, transitions).reshape(*padded.shape[:2], -1)
        for row, number in enumerate(batch):
            steps[number] = every[row, : lengths[row]]
    return steps

"""Soft targets on disk: records with the averaged probabilities of teachers.

A training run reads these records of the train split in place of the corpora's own, and those of unlabelled text beside
them.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from tagger.corpus.mixture import MixedCorpus
from tagger.corpus.records import with_feature_list
from tagger.corpus.shards import read_records
from tagger.corpus.soft_targets import pack_soft_targets, soft_targets_key
from tagger.corpus.tfrecord import RecordWriter
from tagger.corpus.training_records import TrainingRecords
from tagger.documents import parse_json
from tagger.files import new_folder, remove_folder
from tagger.network.saved_weights import writing
from tagger.training.own_folders import REHEARSED, UNLABELLED
from tagger.training.rehearsal import Record, Rehearsal, rehearsed_records
from tagger.training.teachers import Ensemble, in_windows
from tagger.training.unlabelled_records import KeptSentences, read_words

_RECORD_FILE = "made_of.json"
"""The file that marks a folder of soft targets, and says which teachers they come from."""
_UNCHANGED_AT_ONCE = 1_000
"""Records that are written at once where no teacher reads them."""


@dataclass(frozen=True)
class Targets:
    """Written soft targets, as a training run uses them."""

    folder: Path
    """The folder that holds folders `0`, `1`, ... with the records of the corpora.
    Each corpus that is learned from has one, in the corpora's order."""
    teachers: int
    """Number of teachers whose probabilities are averaged; 0 where only unlabelled text has soft targets."""
    seconds: float
    """Time spent on training the teachers."""
    id: str
    """Identifies these soft targets among others that were made in the same way."""
    unlabelled: KeptSentences | None = None
    """The sentences of unlabelled text, if any."""
    names: Sequence[str] = ()
    """The folders of teachers that were trained before, and not for this model."""
    rehearsed_tasks: Sequence[str] = ()
    """All tasks, where the model that training begins with has labelled what the corpora leave open."""
    rehearsed: KeptSentences | None = None
    """The sentences of text that it has labelled, if any."""

    def as_dict(self) -> dict[str, Any]:
        """Return what `metrics.json` says about the teachers."""
        names = {"names": list(self.names)} if self.names else {}
        return {"models": self.teachers, "seconds": self.seconds, "id": self.id, **names}

    def unlabelled_records(self, tasks: Sequence[str], weight: float) -> list[TrainingRecords]:
        """Records of the unlabelled text, which are read beside those of the corpora; none where there is no text."""
        if self.unlabelled is None:
            return []
        return [self.unlabelled.training_records(self.folder / UNLABELLED, tasks, weight)]

    def unlabelled_words(self) -> Counter[str]:
        """Words of the unlabelled text that join the vocabulary, with their counts."""
        return read_words(self.folder / UNLABELLED) if self.unlabelled else Counter()

    def in_place_of(self, records: Sequence[TrainingRecords]) -> list[TrainingRecords]:
        """Records with soft targets that replace the corpora's records."""
        if not (self.teachers or self.rehearsed_tasks):
            return list(records)
        written = [
            replace(each, paths=[self.folder / str(number) / path.name for path in each.paths])
            for number, each in enumerate(records)
        ]
        tasks = self.rehearsed_tasks
        return [rehearsed_records(each, tasks) for each in written] if tasks else written

    def rehearsed_text(self, tasks: Sequence[str], weight: float) -> list[TrainingRecords]:
        """Records of text that the model has labelled with which training begins; none where there is no text."""
        if self.rehearsed is None:
            return []
        return [self.rehearsed.training_records(self.folder / REHEARSED, tasks, weight)]


@dataclass(frozen=True)
class TargetsRecord:
    """The record beside written soft targets."""

    id: str
    seconds: float
    settings: Mapping[str, Any]
    """Corpora and settings of the teachers; see `plan.TargetsStage`."""
    unlabelled: KeptSentences | None = None
    """The sentences of unlabelled text, if any."""
    rehearsed: KeptSentences | None = None
    """The sentences of text for rehearsal, if any."""


def read_targets_record(targets: Path) -> TargetsRecord | None:
    """Return the record of a folder of soft targets; None where the folder is not whole."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        record = parse_json((targets / _RECORD_FILE).read_text(encoding="utf-8"))
        kept = [KeptSentences.from_dict(record[key]) if record.get(key) else None for key in (UNLABELLED, REHEARSED)]
        return TargetsRecord(record["id"], record["seconds"], record["made_of"], *kept)
    return None


def write_soft_targets(
    teachers: Ensemble,
    corpora: Sequence[MixedCorpus],
    targets: Path,
    record: TargetsRecord,
    texts: Mapping[str, Callable[[Path], KeptSentences]] = MappingProxyType({}),
    rehearsal: Rehearsal | None = None,
) -> None:
    """Write the train split's records with the averaged probabilities of some models, and those of a `rehearsal`.

    Without any of them the corpora have no soft targets. `texts` has, by the name of a folder in `targets`, functions
    that write sentences of text into it. A kill leaves nothing. Raises DataError where a record is damaged, ModelError
    where a file cannot be written, and what the functions raise.
    """
    with writing(targets):
        remove_folder(targets)
    with new_folder(targets, marker=_RECORD_FILE) as unfinished:
        learned = [corpus for corpus in corpora if corpus.weight] if len(teachers) or rehearsal else []
        for number, corpus in enumerate(learned):
            with writing(targets):
                (unfinished / str(number)).mkdir()
            for path in corpus.training_records().paths:
                records: Iterable[Record] = read_records(path)
                if rehearsal:
                    records = rehearsal.labelled(records, corpus)
                windows = _with_targets(records, corpus, teachers) if len(teachers) else _unchanged(records)
                _write_records(windows, unfinished / str(number) / path.name)
        content = {"id": record.id, "seconds": record.seconds, "made_of": record.settings}
        for name, keep in texts.items():
            with writing(targets):
                (unfinished / name).mkdir()
            content[name] = keep(unfinished / name).as_dict()
        with writing(targets):
            (unfinished / _RECORD_FILE).write_text(json.dumps(content), encoding="utf-8", newline="\n")


def _write_records(windows: Iterable[list[bytes]], path: Path) -> None:
    with writing(path):
        writer = RecordWriter(path)
    for window in windows:
        with writing(path):
            for record in window:
                writer.write(record)
    with writing(path):
        writer.close()


def _unchanged(records: Iterable[Record]) -> Iterator[list[bytes]]:
    """Yield records as they are, some at a time."""
    left = iter(records)
    while window := [record for record, _ in islice(left, _UNCHANGED_AT_ONCE)]:
        yield window


def _with_targets(records: Iterable[Record], corpus: MixedCorpus, teachers: Ensemble) -> Iterator[list[bytes]]:
    """Yield the records of a corpus with soft targets for its tasks, a window at a time.

    Sentences that are too long to learn from stay as they are.
    """
    for window in in_windows(records, lambda record: len(record[1]), teachers, corpus.layers):
        kept = [
            number
            for number, (_, sentence) in enumerate(window)
            if not corpus.max_tokens or len(sentence) <= corpus.max_tokens
        ]
        sentences = [window[number][1] for number in kept]
        sums: dict[str, list[np.ndarray]] = {}
        for of_teacher in teachers.probabilities(sentences, corpus.layers):
            for task, found in of_teacher.items():
                sums[task] = list(map(np.add, sums[task], found)) if task in sums else found
        written = [record for record, _ in window]
        for place, number in enumerate(kept):
            for task, layer in corpus.layers.items():
                if layer in sentences[place].tags:
                    targets = pack_soft_targets(sums[task][place] / len(teachers))
                    written[number] = with_feature_list(written[number], soft_targets_key(task), targets)
        yield written

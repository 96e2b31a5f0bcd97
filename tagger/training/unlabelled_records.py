"""The sentences of unlabelled text that a model learns from: chosen, and written as records with soft targets."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tagger.config.unlabelled_keys import UnlabelledConfig
from tagger.corpus.counts import without_rarest
from tagger.corpus.records import make_example, with_feature_list
from tagger.corpus.shards import ShardWriter
from tagger.corpus.soft_targets import pack_soft_targets, soft_targets_key
from tagger.corpus.training_records import TrainingRecords
from tagger.documents import parse_json
from tagger.errors import DataError
from tagger.files import write_file
from tagger.network.saved_weights import writing
from tagger.runtime.decode import Decoder
from tagger.text.composing import composed
from tagger.text.file_patterns import input_files
from tagger.text.reading import text_pieces
from tagger.text.remarks import Remarks
from tagger.text.sentence import Sentence
from tagger.text.tokenize import TextReader
from tagger.training.outside_tags import sentences_with_probabilities
from tagger.training.teachers import Ensemble, StudentTask, in_windows

WORDS_FILE = "words.json"
"""The words that join the vocabulary, with their counts, in the folder of the records."""
_SPLIT = "train"
_SHARDS = 16
_SENTENCES_BETWEEN_CALLS = 20_000
_LEAST_PROBABILITY = 1e-30
"""Stands for the probability 0 where its logarithm is needed."""


@dataclass(frozen=True)
class _Labelled:
    """A sentence, the averaged probabilities `[T, N]` of each task's classes, and the share of words agreed upon."""

    words: Sequence[str]
    classes: Mapping[str, np.ndarray]
    agreement: float = 1.0


@dataclass(frozen=True)
class _Chosen:
    """A sentence with its best tags, and why it is left out; empty where it is not."""

    labelled: _Labelled
    tags: Mapping[str, tuple[str, ...]]
    refusal: str
    has_span: bool


@dataclass
class ReadFile:
    """A file of unlabelled text: its name, its bytes on disk, and the sentences that were read and kept of it."""

    name: str
    bytes: int
    read: int = 0
    kept: int = 0


@dataclass
class KeptSentences:
    """What was kept of unlabelled text: the figures of `metrics.json`, and the records."""

    sentences: int = 0
    tokens: int = 0
    read: int = 0
    """Sentences that were read."""
    with_spans: int = 0
    """Kept sentences that hold a span."""
    files: list[ReadFile] = field(default_factory=list)
    shards: list[tuple[str, int]] = field(default_factory=list)
    """Each file of records that is not empty, with the number of its sentences."""

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON has it."""
        return asdict(self)

    @property
    def figures(self) -> dict[str, Any]:
        """What `metrics.json` says: all but the records."""
        return {key: value for key, value in asdict(self).items() if key != "shards"}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "KeptSentences":
        """Return what `as_dict` gave. Raises KeyError, TypeError or ValueError for anything else."""
        files = [ReadFile(**each) for each in content["files"]]
        shards = [(str(name), int(sentences)) for name, sentences in content["shards"]]
        return cls(**{**content, "files": files, "shards": shards})

    def training_records(self, folder: Path, tasks: Sequence[str], weight: float) -> TrainingRecords:
        """Return the records in a folder, as `training_batches` reads them."""
        names, sentences = zip(*self.shards, strict=True)
        return TrainingRecords(
            [folder / name for name in names], sentences, weight, layers={task: task for task in tasks}
        )


def unlabelled_files(settings: UnlabelledConfig) -> list[tuple[str, bool]]:
    """Return the files that a configuration names, in order, each with whether it holds tags from outside.

    Raises DataError for a name that finds none.
    """
    files = [(path, False) for path in input_files(settings.text)]
    return files + [(path, True) for path in input_files(settings.soft_tags)]


def read_words(folder: Path) -> Counter[str]:
    """Return the words of the records in a folder that join the vocabulary, with their counts."""
    return Counter(parse_json((folder / WORDS_FILE).read_text(encoding="utf-8")))


def keep_unlabelled(
    settings: UnlabelledConfig,
    teachers: Ensemble,
    read_text: TextReader,
    folder: Path,
    say: Callable[[str], None] = lambda line: None,
    table: str = "unlabelled",
) -> KeptSentences:
    """Write the sentences of unlabelled text to learn from into a folder, and return what was kept.

    `read_text` splits text into sentences; `say` prints a line now and then; `table` is that of the configuration which
    names the text. Memory does not grow with the text. Raises
    DataError where a file is missing, damaged or wrong, and where no sentence is kept.
    """
    what = "unlabelled text" if table == "unlabelled" else "text for rehearsal"
    kept, refusals, words = KeptSentences(), Counter[str](), Counter[str]()
    with ShardWriter(folder, _SPLIT, _SHARDS) as writer:
        for chosen in _choices(settings, teachers, read_text, kept.files, say):
            kept.read += 1
            kept.files[-1].read += 1
            if kept.read % _SENTENCES_BETWEEN_CALLS == 0:
                say(f"{what}: kept {kept.sentences:,} of {kept.read:,} sentences so far")
                words = without_rarest(words)
            refusal = chosen.refusal or _too_few_names(settings.names, chosen, kept)
            if refusal:
                refusals[refusal] += 1
                continue
            writer.write_record(_record_of(chosen), len(chosen.labelled.words))
            kept.files[-1].kept += 1
            kept.sentences += 1
            kept.tokens += len(chosen.labelled.words)
            kept.with_spans += chosen.has_span
            if settings.min_count:
                words.update(chosen.labelled.words)
            if kept.sentences == settings.sentences:
                break
        kept.shards = [(shard.file, shard.sentences) for shard in writer.close() if shard.sentences]
    if not kept.sentences:
        raise _nothing_kept(settings, kept, refusals, table)
    with writing(folder):
        frequent = {word: count for word, count in words.items() if count >= settings.min_count}
        write_file(folder / WORDS_FILE, json.dumps(frequent, ensure_ascii=False) + "\n")
    say(f"{what}: kept {kept.sentences:,} of {kept.read:,} sentences")
    return kept


def _choices(
    settings: UnlabelledConfig,
    teachers: Ensemble,
    read_text: TextReader,
    files: list[ReadFile],
    say: Callable[[str], None],
) -> Iterator[_Chosen]:
    """Yield what is to be done with each sentence of all files; each file is added to `files` when it is opened."""
    chooser = _Chooser(settings, teachers.tasks)
    for path, is_outside in unlabelled_files(settings):
        files.append(ReadFile(Path(path).name, os.path.getsize(path)))
        remarks = Remarks()
        found = (
            _outside(path, teachers, settings, remarks) if is_outside else _taught(path, teachers, read_text, settings)
        )
        for window in found:
            yield from chooser.choices(window)
        for remark in remarks:
            say(f"unlabelled text: {remark}")


class _Chooser:
    """Finds the best tags of sentences, and which of the sentences are too unsure or too long to learn from."""

    def __init__(self, settings: UnlabelledConfig, tasks: Mapping[str, StudentTask]) -> None:
        self._settings, self._tasks = settings, tasks
        self._decoders = {task: Decoder({task: each.tags}, {task: each.scheme}) for task, each in tasks.items()}

    def choices(self, window: Sequence[_Labelled]) -> Iterator[_Chosen]:
        """Yield what is to be done with each of some sentences."""
        marginals = [
            {task: self._tasks[task].of_tags(classes) for task, classes in each.classes.items()} for each in window
        ]
        tags: list[dict[str, tuple[str, ...]]] = [{} for _ in window]
        for task, decoder in self._decoders.items():
            having = [number for number, each in enumerate(marginals) if task in each]
            if not having:
                continue
            scores = [{task: np.log(np.maximum(marginals[number][task], _LEAST_PROBABILITY))} for number in having]
            sentences = [Sentence.from_words(window[number].words) for number in having]
            for number, found in zip(having, decoder.decode(sentences, scores, {}, keep=False), strict=True):
                tags[number][task] = tuple(found.tags[task])
        for labelled, of_tasks, best in zip(window, marginals, tags, strict=True):
            has_span = any(self._tasks[task].scheme and set(best[task]) != {"O"} for task in best)
            yield _Chosen(labelled, best, self._refusal(labelled, of_tasks, best), has_span)

    def _refusal(
        self, labelled: _Labelled, marginals: Mapping[str, np.ndarray], tags: Mapping[str, tuple[str, ...]]
    ) -> str:
        """Return the setting by which a sentence is left out; empty where it is not."""
        settings = self._settings
        if len(labelled.words) > settings.max_tokens:
            return "max_tokens"
        rows = range(len(labelled.words))
        found = [marginals[task][rows, [self._tasks[task].columns[tag] for tag in tags[task]]] for task in tags]
        every = np.concatenate(found)
        # Averaged probabilities are float32, in which those of certain tags may add up to a little less than 1.
        if (every.mean() if settings.measure == "mean" else every.min()) < settings.confidence - 1e-6:
            return "confidence"
        return "agreement" if labelled.agreement < settings.agreement - 1e-9 else ""


def _too_few_names(least: float, chosen: _Chosen, kept: KeptSentences) -> str:
    """Return `names` where a sentence without a span would make the share of those with spans too small."""
    if chosen.has_span or not least:
        return ""
    return "names" if kept.with_spans < least * (kept.sentences + 1) else ""


def _taught(
    path: str, teachers: Ensemble, read_text: TextReader, settings: UnlabelledConfig
) -> Iterator[list[_Labelled]]:
    """Yield the sentences of a text file with the teachers' averaged probabilities, a window at a time."""
    for window in in_windows(_words(path, read_text), len, teachers, teachers.tasks):
        # What is left out for its length is not tagged, for a line without end may be one sentence.
        short = [words for words in window if len(words) <= settings.max_tokens]
        long = [_Labelled(words, {}) for words in window if len(words) > settings.max_tokens]
        sums: dict[str, list[np.ndarray]] = {}
        agreed = [np.full(len(words), True) for words in short]
        first: dict[str, list[np.ndarray]] = {}
        for of_teacher in teachers.probabilities(short, teachers.tasks):
            for task, found in of_teacher.items():
                best = [teachers.tasks[task].of_tags(each).argmax(axis=1) for each in found]
                if task not in sums:
                    sums[task], first[task] = found, best
                    continue
                sums[task] = list(map(np.add, sums[task], found))
                agreed = [
                    all_same & (one == other) for all_same, one, other in zip(agreed, first[task], best, strict=True)
                ]
        yield long + [
            _Labelled(
                words,
                {task: each[number] / np.float32(len(teachers)) for task, each in sums.items()},
                float(agreed[number].mean()),
            )
            for number, words in enumerate(short)
        ]


def _words(path: str, read_text: TextReader) -> Iterator[list[str]]:
    """Yield the words of each sentence of a text file, in NFC."""
    for sentence in read_text(text_pieces(path), 0):
        if len(sentence):
            yield list(map(composed, sentence.words))


def _outside(path: str, teachers: Ensemble, settings: UnlabelledConfig, remarks: Remarks) -> Iterator[list[_Labelled]]:
    """Yield the sentences of a file of JSON lines with the probabilities in it, a window at a time."""
    tasks = teachers.tasks
    sentences = sentences_with_probabilities(
        path, tasks, remarks, every_quote=settings.every_quote, skip_refused=settings.skip_refused
    )
    for window in in_windows(sentences, lambda sentence: len(sentence[0]), teachers, tasks):
        yield [
            _Labelled(
                list(map(composed, words)), {task: tasks[task].of_classes(found) for task, found in by_task.items()}
            )
            for words, by_task in window
        ]


def _record_of(chosen: _Chosen) -> bytes:
    """Return a SequenceExample of a sentence with its best tags and its soft targets."""
    record = make_example(Sentence.from_words(chosen.labelled.words, tags=chosen.tags))
    for task, classes in chosen.labelled.classes.items():
        record = with_feature_list(record, soft_targets_key(task), pack_soft_targets(classes))
    return record


def _nothing_kept(
    settings: UnlabelledConfig, kept: KeptSentences, refusals: Mapping[str, int], table: str
) -> DataError:
    """Return the error of a text of which no sentence is kept, with what to change."""
    names = ", ".join([*settings.text, *settings.soft_tags])
    if not refusals:
        return DataError(f"[{table}]: {names}: no sentence there: give more text")
    reasons = {
        "confidence": f"{{}} below unlabelled.confidence = {settings.confidence:g}: lower it",
        "agreement": f"{{}} below unlabelled.agreement = {settings.agreement:g}: lower it",
        "names": f"{{}} without a span, by unlabelled.names = {settings.names:g}: lower it",
        "max_tokens": f"{{}} longer than {table}.max_tokens = {settings.max_tokens}: raise it",
    }
    said = "; ".join(reason.format(f"{refusals[key]:,}") for key, reason in reasons.items() if refusals[key])
    return DataError(f"[{table}]: {names}: none of {kept.read:,} sentences is kept: {said}")

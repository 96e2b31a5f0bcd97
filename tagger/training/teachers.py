"""Teachers: trained models whose probabilities of the tags of sentences another model learns from."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np

from tagger.errors import ConfigError
from tagger.model.batching import group_by_length
from tagger.model.folder import ModelFolder, open_model
from tagger.model.shipped_models import find_model
from tagger.model.transitions import Transitions, step_probabilities
from tagger.runtime.runtimes import Predictor, predictor_of
from tagger.text.probabilities import softmax
from tagger.text.sentence import Tokenized

Item = TypeVar("Item")

_BATCH_TOKENS = 4096
"""Padded tokens of a batch when the probabilities of transitions are computed, roughly."""
_WINDOW_TOKENS = 1 << 15
"""Tokens of the sentences that are in memory at once, roughly."""
_WINDOW_PROBABILITIES = 1 << 24
"""Probabilities of those tokens, roughly: tasks with many classes have smaller windows."""
_MOST_NAMED = 5
"""Tags that a message names."""


@dataclass(frozen=True)
class StudentTask:
    """A task of the model that learns: its tags in the order of its scores, its scheme, and what a class is."""

    tags: tuple[str, ...]
    scheme: str | None = None
    is_crf: bool = False
    """Whether a class is a transition, numbered `previous * K + tag`, as a CRF learns it, and not a tag."""

    @cached_property
    def columns(self) -> dict[str, int]:
        """The column of each tag."""
        return {tag: column for column, tag in enumerate(self.tags)}

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(self.tags) ** 2 if self.is_crf else len(self.tags)

    def of_tags(self, probabilities: np.ndarray) -> np.ndarray:
        """Return the probabilities `[T, K]` of tags, given those of classes `[T, N]`."""
        if not self.is_crf:
            return probabilities
        tags = len(self.tags)
        marginals: np.ndarray = probabilities.reshape(-1, tags, tags).sum(axis=1)
        return marginals

    def of_classes(self, probabilities: np.ndarray) -> np.ndarray:
        """Return the probabilities `[T, N]` of classes, given those of tags `[T, K]` that do not depend on another."""
        if not self.is_crf:
            return probabilities
        tags = len(self.tags)
        steps = np.zeros((len(probabilities), tags, tags), np.float32)
        steps[:1, 0] = probabilities[:1]
        steps[1:] = probabilities[:-1, :, None] * probabilities[1:, None, :]
        return steps.reshape(-1, tags * tags)


@dataclass(frozen=True)
class _Teacher:
    predictor: Predictor
    transitions: Mapping[str, Transitions]
    columns: Mapping[str, np.ndarray | None]
    """By task, for each tag of the student the teacher's column, -1 where it has none; None where all are the same."""


class Ensemble:
    """Some teachers of one student, whose tags and classes all their probabilities are of."""

    def __init__(self, tasks: Mapping[str, StudentTask], folders: Iterable[ModelFolder], *, drop: bool = False) -> None:
        """Load the teachers.

        With `drop`, tags that only the teacher or only the student has are dropped, as `distillation.other_tags` says.
        Raises ConfigError where a teacher lacks a task, has it in another scheme, or has other tags.
        """
        self.tasks = dict(tasks)
        self._teachers = []
        for folder in folders:
            columns = check_teacher(folder, tasks, drop=drop)
            predictor = predictor_of(folder)
            self._teachers.append(_Teacher(predictor, predictor.transitions(), columns))

    def __len__(self) -> int:
        """The number of teachers."""
        return len(self._teachers)

    def probabilities(
        self, sentences: Sequence[Tokenized], tasks: Iterable[str]
    ) -> Iterator[dict[str, list[np.ndarray]]]:
        """Yield for each teacher, by task, the probabilities `[T, N]` of classes in each sentence."""
        tasks = list(tasks)
        for teacher in self._teachers:
            scores = teacher.predictor.scores(sentences)
            yield {
                task: _probabilities(
                    [each[task] for each in scores],
                    teacher.transitions.get(task),
                    teacher.columns[task],
                    self.tasks[task],
                )
                for task in tasks
            }


def in_windows(
    items: Iterable[Item], tokens: Callable[[Item], int], teachers: Ensemble, tasks: Iterable[str]
) -> Iterator[list[Item]]:
    """Yield lists of sentences, or of whatever holds them, whose probabilities of some tasks fit in memory together.

    `tokens` returns the number of tokens of an item.
    """
    classes = sum(teachers.tasks[task].classes for task in tasks)
    most = max(1, min(_WINDOW_TOKENS, _WINDOW_PROBABILITIES // classes))
    window: list[Item] = []
    size = 0
    for item in items:
        window.append(item)
        size += 1 + tokens(item)
        if size >= most:
            yield window
            window, size = [], 0
    if window:
        yield window


def own_teachers(teachers: Sequence[Path]) -> tuple[dict[str, StudentTask], list[ModelFolder]]:
    """Return the tasks of a model whose teachers have its own settings and corpus, and their opened folders."""
    folders = [open_model(teacher, trust_code=True) for teacher in teachers]  # of this run's own configuration
    settings = folders[0].settings["tasks"]
    tasks = {
        task: StudentTask(tags.entries, folders[0].schemes[task], settings[task].get("decoder") == "crf")
        for task, tags in folders[0].tags.items()
    }
    return tasks, folders


def open_teacher(name: str) -> ModelFolder:
    """Open a model folder, or a shipped model by its name, as a teacher.

    Raises ModelError where it cannot be opened, ConfigError where it is a model of another kind.
    """
    folder = open_model(find_model(name))
    if folder.is_segmenter:
        raise ConfigError(f"distillation.models: {name} is a segmenter, which tags nothing: give a model that tags")
    return folder


def check_teacher(
    folder: ModelFolder, tasks: Mapping[str, StudentTask], *, drop: bool = False
) -> dict[str, np.ndarray | None]:
    """Return, by task, the teacher's column of each of the student's tags; None where all are the same.

    The column is -1 where the teacher lacks the tag. Raises ConfigError as `Ensemble` does.
    """
    return {task: _columns(folder, task, student, drop=drop) for task, student in tasks.items()}


def _columns(folder: ModelFolder, task: str, student: StudentTask, *, drop: bool) -> np.ndarray | None:
    """Return the teacher's column of each of the student's tags, -1 where it has none; None where all are the same."""
    where = f"distillation.models: {folder.path}"
    if task not in folder.tags:
        raise ConfigError(
            f"{where} has no task '{task}', only {', '.join(folder.tags)}: give models that have it, or leave it out"
        )
    if folder.schemes[task] != student.scheme:
        its, ours = folder.schemes[task] or "no spans", student.scheme or "no spans"
        raise ConfigError(
            f"{where}: the tags of '{task}' are {its} there and {ours} in the corpus: convert one of them"
        )
    entries = folder.tags[task].entries
    if entries == student.tags:
        return None
    places = {tag: column for column, tag in enumerate(entries)}
    lacks = [tag for tag in student.tags if tag not in places]
    more = [tag for tag in entries if tag not in student.tags]
    if (lacks or more) and not drop:
        differences = " and ".join(f"{verb} {_named(tags)}" for verb, tags in (("lacks", lacks), ("has", more)) if tags)
        raise ConfigError(
            f"{where}: of the task '{task}' it {differences}, unlike the corpus: train it on the same tags, rename "
            'some with [corpora.tags], or take only those that both have with distillation.other_tags = "drop"'
        )
    if len(lacks) == len(student.tags):
        raise ConfigError(f"{where}: none of its tags of '{task}' is in the corpus: give another model")
    return np.array([places.get(tag, -1) for tag in student.tags])


def _named(tags: Sequence[str]) -> str:
    more = f" and {len(tags) - _MOST_NAMED} more" if len(tags) > _MOST_NAMED else ""
    return ", ".join(tags[:_MOST_NAMED]) + more


def _probabilities(
    scores: Sequence[np.ndarray], transitions: Transitions | None, columns: np.ndarray | None, student: StudentTask
) -> list[np.ndarray]:
    """Return a teacher's probabilities `[T, N]` of the student's classes in some sentences.

    `scores` are the teacher's `[T, K]`, `transitions` those of its CRF, if it has one.
    """
    if transitions is None:
        return [student.of_classes(_chosen(softmax(each), columns)) for each in scores]
    steps = _step_probabilities(scores, transitions)
    tags = len(transitions.start)
    if not student.is_crf:
        return [_chosen(each.reshape(-1, tags, tags).sum(axis=1), columns) for each in steps]
    if columns is None:
        return steps
    return [_chosen_steps(each.reshape(-1, tags, tags), columns) for each in steps]


def _chosen(probabilities: np.ndarray, columns: np.ndarray | None) -> np.ndarray:
    """Return probabilities `[T, K]` in the student's columns, each row with the sum 1."""
    if columns is None:
        return probabilities
    return _normalized(np.where(columns >= 0, probabilities[:, columns], 0.0))


def _chosen_steps(steps: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return probabilities of transitions `[T, K, K]` in the student's columns, as `[T, K * K]`.

    The row of a first token has no meaning, so that it is the student's first.
    """
    known = columns >= 0
    chosen = np.where(known[:, None] & known[None, :], steps[:, columns][:, :, columns], 0.0)
    chosen[:1] = 0.0
    chosen[:1, 0] = np.where(known, steps[:1, 0][:, columns], 0.0)
    return _normalized(chosen.reshape(len(steps), -1))


def _normalized(rows: np.ndarray) -> np.ndarray:
    """Return rows `[T, N]` divided by their sums; those of zeros become uniform."""
    sums = rows.sum(axis=1, keepdims=True)
    return np.where(sums > 0, rows / np.maximum(sums, 1e-30), 1.0 / max(1, rows.shape[1])).astype(np.float32)


def _step_probabilities(scores: Sequence[np.ndarray], transitions: Transitions) -> list[np.ndarray]:
    """Return the probabilities `[T, K * K]` of steps from one tag to the next, given scores `[T, K]`."""
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

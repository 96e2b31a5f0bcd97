"""Spans from outside: texts in which any program has marked spans, with or without scores, as probabilities of tags."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tagger.errors import DataError
from tagger.text.annotated_text import TextReader
from tagger.text.json_records import Record
from tagger.text.jsonl import annotated_text
from tagger.text.remarks import Remarks
from tagger.training.teachers import StudentTask

OUTSIDE = "O"
_BEGIN, _INSIDE = "B-", "I-"
_SPANS = "spans"
_TOLERANCE = 0.01
"""How far a sum of scores may be above 1, for they are written with few digits."""

ScoredSpan = tuple[str, int, int, float]
"""A label, the places of the first and the last token, from 0, and a score."""


class SpanReader:
    """Reads the texts of one file, `{"text": ..., "spans": [...]}`, as sentences with probabilities of tags.

    Spans have offsets or are quoted (see `find_quotes`), and those that overlap a longer one are left out. With
    `every_quote` a quotation marks every place. What is not read as it stands is added to `remarks`.
    """

    def __init__(
        self, file: str, tasks: Mapping[str, StudentTask], remarks: Remarks, *, every_quote: bool = False
    ) -> None:
        self._file = file
        self._tasks = {task: student for task, student in tasks.items() if student.scheme}
        self._readers = {task: TextReader(task, None, True, remarks, every_quote=every_quote) for task in self._tasks}

    def sentences(self, record: Record) -> Iterator[tuple[Sequence[str], dict[str, np.ndarray]]]:
        """Yield the words of each sentence of a text, and the probabilities `[T, K]` of one task by its name.

        The tags of a span have its score, 1 where it has none, and `O` has the rest. Raises DataError.
        """
        task, key = self._place(record)
        annotated = annotated_text(record, key, scored=True)
        found, kept = self._readers[task].sentences_and_spans(annotated, record.place, record.name(self._file))
        scores = {(span.start, span.end): span.score for span in kept}
        for sentence in found:
            spans = [(span.label, span.first, span.last, scores[span.start, span.end]) for span in sentence.spans(task)]
            yield sentence.words, {task: span_rows(record, task, spans, len(sentence), self._tasks[task])}

    def check(self) -> None:
        """Raise DataError where too many spans of the file began or ended inside a word."""
        for reader in self._readers.values():
            reader.check(self._file)

    def _place(self, record: Record) -> tuple[str, str]:
        """Return the task of a text's spans, and the key that has them."""
        named = [task for task in self._tasks if isinstance(record.keys.get(task), list)]
        if len(named) == 1:
            return named[0], named[0]
        tasks = ", ".join(self._tasks)
        if named:
            raise record.error(
                f"spans of {' and '.join(named)} over one text: give them on a line each, or with tokens"
            )
        if not isinstance(record.keys.get(_SPANS), list):
            raise record.error(f"there are no '{_SPANS}' beside its text, and no list called {tasks or 'as a task is'}")
        if len(self._tasks) != 1:
            raise record.error(f"'{_SPANS}' of which task? Call them {tasks}" if tasks else "no task has spans")
        return next(iter(self._tasks)), _SPANS


def span_rows(record: Record, task: str, spans: Sequence[ScoredSpan], tokens: int, student: StudentTask) -> np.ndarray:
    """Return the probabilities `[T, K]` of spans with scores: the tags of a span have its score, `O` has the rest.

    Raises DataError for a label that the corpus lacks, and where the scores over a token add up to more than 1.
    """
    columns = columns_of(record, task, student)
    rows = np.zeros((tokens, len(student.tags)), np.float32)
    for label, first, last, score in spans:
        for place in range(first, last + 1):
            tag = (_BEGIN if place == first else _INSIDE) + label
            if tag not in columns:
                raise unknown_tag(record, task, tag, student)
            rows[place, columns[tag]] += score
    sums = rows.sum(axis=1)
    if sums.max(initial=0.0) > 1 + _TOLERANCE:
        place = int(sums.argmax())
        raise record.error(
            f"the scores of the spans of '{task}' over token {place + 1} add up to {sums[place]:.4g}, over 1"
        )
    rows[:, columns[OUTSIDE]] += np.maximum(0.0, 1.0 - sums)
    probabilities: np.ndarray = (rows / rows.sum(axis=1, keepdims=True)).astype(np.float32)
    return probabilities


def columns_of(record: Record, task: str, student: StudentTask) -> dict[str, int]:
    """Return the column of each tag of a task. Raises DataError where the corpus has no word outside of spans."""
    if student.scheme and OUTSIDE not in student.columns:
        raise record.error(f"the corpus has no word outside of spans of '{task}', so that there is nothing to compare")
    return student.columns


def unknown_tag(record: Record, task: str, tag: Any, student: StudentTask) -> DataError:  # noqa: ANN401
    """Return the error of a tag that the corpus does not have."""
    known = ", ".join(student.tags[:20]) + (", …" if len(student.tags) > 20 else "")
    return record.error(
        f"{tag[:60]!r} is no tag of '{task}' in the corpus, which has {known}: rename it, or leave it out"
    )

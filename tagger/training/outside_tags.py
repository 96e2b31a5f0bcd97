"""Tags from outside: JSON lines with tokens and the probabilities of their tags, which any program may have made."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tagger.errors import DataError
from tagger.text.json_records import Record, is_probability, json_records
from tagger.text.jsonl import refusing
from tagger.text.reading import file_name
from tagger.text.remarks import Remarks
from tagger.training.outside_spans import ScoredSpan, SpanReader, columns_of, span_rows, unknown_tag
from tagger.training.teachers import StudentTask

_TOLERANCE = 0.01
"""How far a sum of probabilities may be from 1, for they are written with few digits."""
_TEXT, _TOKENS, _TOP = "text", "tokens", "top"

Probabilities = dict[str, np.ndarray]
"""The probabilities `[T, K]` of tags, by task."""


def sentences_with_probabilities(
    path: str,
    tasks: Mapping[str, StudentTask],
    remarks: Remarks | None = None,
    *,
    every_quote: bool = False,
    skip_refused: bool = False,
) -> Iterator[tuple[Sequence[str], Probabilities]]:
    """Yield the words of each sentence of a file, and the probabilities of the tags of the tasks that it has.

    A line has one of these forms:

        {"tokens": ["Ada", "slept"], "upos": [{"PROPN": 0.9, "NOUN": 0.1}, {"VERB": 1}]}
        {"tokens": ["Ada", "slept"], "ner": [{"label": "PER", "first": 0, "last": 0, "score": 0.9}]}
        {"tokens": [{"text": "Ada", "top": {"upos": [["PROPN", 0.9], ["NOUN", 0.1]]}}, ...]}
        {"text": "Ada slept", "spans": [{"text": "Ada", "label": "PER", "score": 0.9}]}

    The third one is what `tagger tag --format jsonl --top 5` writes. What the probabilities of a token lack to 1 is
    spread evenly over the tags that it does not name; where spans leave a token, it has the tag `O`. `first` and `last`
    are the places, from 0, of a span's first and last token. The last form is a text, whose spans are quoted or have
    `start` and `end`, and a score of 1 where they have none; with `every_quote` a quotation marks every place of its
    string. Raises DataError (`file:line`) for anything else; with `skip_refused` such lines are left out. That, and
    what is not read as it stands, is added to `remarks`.
    """
    remarks = Remarks() if remarks is None else remarks
    texts = SpanReader(file_name(path), tasks, remarks, every_quote=every_quote)

    refuse = refusing(remarks, skip_refused=skip_refused)
    for record in json_records(path, remarks, refuse if skip_refused else None):
        try:
            is_text = record.keys.get(_TOKENS) is None and record.keys.get(_TEXT) is not None
            found = list(texts.sentences(record) if is_text else _of_tokens(record, tasks))
        except DataError as error:
            refuse(error)
        else:
            yield from found
    texts.check()


def _of_tokens(record: Record, tasks: Mapping[str, StudentTask]) -> Iterator[tuple[list[str], Probabilities]]:
    """Yield the words and probabilities of a line with tokens; nothing where there are none."""
    tokens = record.checked(record.keys.get(_TOKENS), list, f"'{_TOKENS}'")
    if not tokens:
        return
    if isinstance(tokens[0], dict):
        words, found = _of_objects(record, tokens, tasks)
    else:
        words = [record.checked(word, str, f"token {number}") for number, word in enumerate(tokens, start=1)]
        found = {
            task: _of_column(record, task, record.checked(record.keys[task], list, f"'{task}'"), len(words), student)
            for task, student in tasks.items()
            if record.keys.get(task) is not None
        }
    if not all(words):
        raise record.error(f"token {words.index('') + 1} is empty")
    if not found:
        raise record.error(f"no probabilities of {' or '.join(tasks)} beside its tokens")
    yield words, found


def _of_objects(
    record: Record, tokens: Sequence[Any], tasks: Mapping[str, StudentTask]
) -> tuple[list[str], Probabilities]:
    """Return the words and probabilities of tokens that are objects; of a multiword token, those of its words."""
    objects: list[Any] = []
    for number, token in enumerate(tokens, start=1):
        inner = record.checked(token, dict, f"token {number}").get("words")
        objects += [token] if inner is None else record.checked(inner, list, f"'words' of token {number}")
    words, tops = [], []
    for number, each in enumerate(objects, start=1):
        words.append(record.checked(record.checked(each, dict, f"word {number}").get("text"), str, f"word {number}"))
        tops.append(record.checked(each.get(_TOP), dict, f"'{_TOP}' of word {number}"))
    found = {}
    for task, student in tasks.items():
        if any(task in top for top in tops):
            rows = [_pairs(record, task, top.get(task), number) for number, top in enumerate(tops, start=1)]
            found[task] = _rows(record, task, rows, student)
    return words, found


def _pairs(record: Record, task: str, value: Any, number: int) -> dict[str, Any]:  # noqa: ANN401 (whatever it holds)
    """Return the `[tag, probability]` pairs of a token as an object."""
    what = f"'{task}' of word {number}"
    pairs = record.checked(value, list, what)
    if not all(isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) for pair in pairs):
        raise record.error(f"{what} must be pairs of a tag and its probability")
    return dict(pairs)


def _of_column(record: Record, task: str, column: list[Any], tokens: int, student: StudentTask) -> np.ndarray:
    """Return the probabilities `[T, K]` of a list of distributions, or of spans with scores."""
    if student.scheme and (not column or (isinstance(column[0], dict) and "label" in column[0])):
        return _of_spans(record, task, column, tokens, student)
    if len(column) != tokens:
        raise record.error(f"'{task}' has {len(column)} values for {tokens} tokens; there must be one for each token")
    checked = [record.checked(row, dict, f"'{task}' of token {n}") for n, row in enumerate(column, start=1)]
    return _rows(record, task, checked, student)


def _of_spans(record: Record, task: str, spans: list[Any], tokens: int, student: StudentTask) -> np.ndarray:
    """Return the probabilities `[T, K]` of spans with scores: the tags of a span have its score, `O` has the rest."""
    found: list[ScoredSpan] = []
    for number, span in enumerate(spans, start=1):
        what = f"span {number} of '{task}'"
        record.checked(span, dict, what)
        label = record.checked(span.get("label"), str, f"'label' of {what}")
        first, last = (record.checked(span.get(key), int, f"'{key}' of {what}") for key in ("first", "last"))
        if not 0 <= first <= last < tokens:
            raise record.error(f"{what} ({first} to {last}) is not inside the {tokens} tokens, 0 to {tokens - 1}")
        score = span.get("score")
        if not is_probability(score):
            raise record.no_probability(score, f"'score' of {what}")
        found.append((label, first, last, score))
    return span_rows(record, task, found, tokens, student)


def _rows(record: Record, task: str, named: Sequence[Mapping[str, Any]], student: StudentTask) -> np.ndarray:
    """Return the probabilities `[T, K]` of tokens, given for each those of some tags."""
    columns = columns_of(record, task, student)
    tokens: list[int] = []
    places: list[int] = []
    values: list[float] = []
    for number, row in enumerate(named):
        for tag, value in row.items():
            if tag not in columns:
                raise unknown_tag(record, task, tag, student)
            if not is_probability(value):
                raise record.no_probability(value, f"the probability of {tag} in '{task}' of token {number + 1}")
            tokens.append(number)
            places.append(columns[tag])
            values.append(value)
    rows = np.zeros((len(named), len(student.tags)), np.float32)
    is_named = np.zeros(rows.shape, bool)
    rows[tokens, places], is_named[tokens, places] = values, True
    totals = rows.sum(axis=1)
    others = rows.shape[1] - is_named.sum(axis=1)
    is_wrong = (totals > 1 + _TOLERANCE) | (totals == 0) | ((others == 0) & (totals < 1 - _TOLERANCE))
    if is_wrong.any():
        number = int(is_wrong.argmax())
        what = f"'{task}' of token {number + 1}"
        raise record.error(f"the probabilities of {what} add up to {totals[number]:.4g}; they must add up to 1")
    share = np.maximum(0.0, 1.0 - totals) / np.maximum(others, 1)
    rows += np.where(is_named, 0.0, share[:, None])
    return rows / rows.sum(axis=1, keepdims=True)

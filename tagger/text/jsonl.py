"""Read JSON lines: one object per line, with tokens and tags or with a text and spans.

    {"tokens": ["Ada", "slept"], "ner": ["B-PER", "O"], "space_after": [true, false]}
    {"text": "Ada slept", "spans": [{"start": 0, "end": 3, "label": "PER"}]}
    {"text": "Ada slept", "start": 0, "tokens": [{"text": "Ada", "start": 0, "end": 3, "ner": "B-PER"}, ...]}

The last form is what `tagger tag --format jsonl` writes. Offsets count characters.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from tagger.errors import DataError
from tagger.text.align import align
from tagger.text.blocks import is_blank
from tagger.text.character_spans import CharacterSpan, tag_character_spans
from tagger.text.reading import file_name, raw_lines
from tagger.text.sentence import Origin, Sentence

_TYPE_NAMES = {str: "a string", list: "a list", dict: "an object", int: "a whole number", bool: "true or false"}
# Keys of a sentence or a token that are not tasks.
_RESERVED_KEYS = frozenset(("id", "text", "start", "end", "tokens", "space_after", "spans"))


def read_jsonl(
    path: str | Path, tasks: Mapping[str, str] | None = None, *, span_task: str = "ner"
) -> Iterator[Sentence]:
    """Yield the sentences of a file of JSON lines; its objects may have any of the three forms.

    `tasks` maps each task to the key of its tags; without it, every list beside the tokens is a task. The spans of a
    text become IOB2 tags of `span_task`, or of the task whose key is `spans`: the text is tokenized, and words are cut
    and sentences joined where a span requires it (see `tag_character_spans`). Blank lines and objects without a word
    are skipped. Raises DataError (`file:line`) for any other object, or where its lists differ in length.
    """
    name = file_name(path)
    span_task = next((task for task, key in (tasks or {}).items() if key == "spans"), span_task)
    empty = True
    for number, raw in enumerate(raw_lines(path), start=1):
        if is_blank(raw):
            continue
        record = _Record(_parsed(raw, name, number), f"{name}:{number}")
        known = record.get("id", str, "") or f"{Path(name).name}:{number}"
        for sentence in _sentences(record, known, tasks, span_task):
            empty = False
            yield replace(sentence, origin=Origin("jsonl", name, number, (raw,), (0,) * len(sentence)))
    if empty:
        raise DataError(f"{name}: no sentence in it; give one JSON object a line, with 'tokens' or with 'text'")


@dataclass(frozen=True, slots=True)
class _Record:
    """One JSON object and its place, as `file:line`."""

    keys: dict[str, Any]
    place: str

    def get(self, key: str, kind: type, default: Any = None) -> Any:  # noqa: ANN401 (of type `kind`)
        """Return a key's value, or the default where it is missing or null.

        Raises DataError for another type.
        """
        value = self.keys.get(key)
        return default if value is None else self.checked(value, kind, f"'{key}'")

    def checked(self, value: Any, kind: type, what: str) -> Any:  # noqa: ANN401
        """Return the value. Raises DataError, with its name `what`, where it is not of type `kind`."""
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            found = "missing" if value is None else _TYPE_NAMES.get(type(value), "a number")
            raise self.error(f"{what} is {found}; it must be {_TYPE_NAMES[kind]}")
        return value

    def error(self, message: str) -> DataError:
        return DataError(f"{self.place}: {message}")


def _parsed(raw: str, name: str, number: int) -> dict[str, Any]:
    try:
        parsed = json.loads(raw)
        if "\\u" in raw:  # JSON can escape half of a surrogate pair, which is no character
            json.dumps(parsed, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        raise DataError(f"{name}:{number}:{error.pos + 1}: not JSON: {error.msg}; give one object a line") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{name}:{number}: this JSON holds no text: {error}") from None
    if not isinstance(parsed, dict):
        raise DataError(f'{name}:{number}: no JSON object; give one a line, such as {{"tokens": [...], "ner": [...]}}')
    return parsed


def _sentences(record: _Record, name: str, tasks: Mapping[str, str] | None, span_task: str) -> list[Sentence]:
    tokens = record.get("tokens", list)
    if tokens is None:
        if record.keys.get("text") is None:
            raise record.error("there is neither 'tokens' nor 'text' in it; give one of them")
        return _from_text(record, name, span_task if tasks is None or span_task in tasks else "")
    if not tokens:
        return []
    return [(_from_objects if isinstance(tokens[0], dict) else _from_words)(record, tokens, name, tasks)]


def _from_words(record: _Record, words: Sequence[Any], name: str, tasks: Mapping[str, str] | None) -> Sentence:
    """Return the sentence of `{"tokens": ["Ada", ...], "ner": [...], "space_after": [...]}`."""
    for number, word in enumerate(words, start=1):
        if not record.checked(word, str, f"token {number}"):
            raise record.error(f"token {number} is empty")
    lists = {key: key for key, value in record.keys.items() if isinstance(value, list) and key not in _RESERVED_KEYS}
    columns = {task: record.get(key, list) for task, key in (lists if tasks is None else tasks).items()}
    tags = {task: column for task, column in columns.items() if column is not None}
    spaces = record.get("space_after", list)
    for key, column in {**tags, **({} if spaces is None else {"space_after": spaces})}.items():
        if len(column) != len(words):
            raise record.error(f"{len(words)} tokens but {len(column)} in '{key}'; give one for each token")
        for number, value in enumerate(column, start=1):
            if key == "space_after" and value in (0, 1):
                continue
            record.checked(value, bool if key == "space_after" else str, f"entry {number} of '{key}'")
    start = record.get("start", int, 0)
    sentence = Sentence.from_words(words, space_after=spaces, tags=tags, start=start, id=name)
    text = record.get("text", str)
    if text is None:
        return sentence
    places = align(words, text)
    if places is None:
        raise record.error("'text' is not its 'tokens' with white space between them; leave one of the two out")
    return _placed(sentence, text, [(start + first, start + last) for first, last in places])


def _from_objects(record: _Record, tokens: Sequence[Any], name: str, tasks: Mapping[str, str] | None) -> Sentence:
    """Return the sentence of `{"text": ..., "tokens": [{"text", "start", "end", "ner"}, ...]}`."""
    places = []
    start, text = record.get("start", int, 0), record.get("text", str, "")
    for number, token in enumerate(tokens, start=1):
        record.checked(token, dict, f"token {number}")
        if not record.checked(token.get("text"), str, f"'text' of token {number}"):
            raise record.error(f"token {number} is empty")
        first, last = (record.checked(token.get(key), int, f"'{key}' of token {number}") for key in ("start", "end"))
        if not start <= first <= last <= start + len(text):
            raise record.error(f"token {number} ({first} to {last}) is not inside the {len(text)} characters of 'text'")
        places.append((first, last))
    keys = [key for key, value in tokens[0].items() if isinstance(value, str) and key not in _RESERVED_KEYS]
    tags = {}
    for task, key in ({key: key for key in keys} if tasks is None else tasks).items():
        column = [token.get(key) for token in tokens]
        if any(tag is not None for tag in column):
            tags[task] = [record.checked(tag, str, f"'{key}' of token {at + 1}") for at, tag in enumerate(column)]
    sentence = Sentence.from_words([token["text"] for token in tokens], tags=tags, start=start, id=name)
    return _placed(sentence, text, places)


def _placed(sentence: Sentence, text: str, places: Sequence[tuple[int, int]]) -> Sentence:
    """Return the sentence with its text and the (start, end) offsets of its words."""
    spaces = (*(before[1] < after[0] for before, after in pairwise(places)), sentence.space_after[-1])
    starts, ends = zip(*places, strict=True)
    return replace(sentence, text=text, starts=starts, ends=ends, space_after=spaces)


def _from_text(record: _Record, name: str, task: str) -> list[Sentence]:
    """Return the sentences of `{"text": ..., "spans": [{"start", "end", "label"}, ...]}`.

    Without a task they have no tags.
    """
    spans = []
    for number, span in enumerate(record.get("spans", list, []), start=1):
        record.checked(span, dict, f"span {number}")
        start, end = (record.checked(span.get(key), int, f"'{key}' of span {number}") for key in ("start", "end"))
        label = record.checked(span.get("label"), str, f"'label' of span {number}")
        if not label:
            raise record.error(f"'label' of span {number} is empty")
        spans.append(CharacterSpan(start, end, label))
    try:
        sentences = tag_character_spans(record.get("text", str), spans, task)
    except DataError as error:
        raise record.error(str(error)) from None
    if not task or record.keys.get("spans") is None:
        sentences = [replace(sentence, tags={}) for sentence in sentences]
    if len(sentences) == 1:
        return [replace(sentences[0], id=name)]
    return [replace(sentence, id=f"{name}-{number}") for number, sentence in enumerate(sentences, start=1)]

"""What a client asks to be tagged: read from JSON, or from plain text with options in the query."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any
from urllib.parse import parse_qsl

from tagger.documents import parse_json
from tagger.service.http_errors import HttpError, invalid_value
from tagger.service.limits import Limits

MOST_TOP = 100
"""Most tags of a token that a client may ask for."""
_OPTIONS = ("model", "tasks", "scores", "top", "min_score", "offsets")
_INPUTS = ("text", "texts", "sentences")
_OFFSETS = ("characters", "utf-16")
_TRUTH = {"true": True, "1": True, "": True, "false": False, "0": False}
_NUMBER = re.compile(r"[0-9.]{1,20}([eE][+-]?[0-9]{1,3})?")
_DIGITS = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """How the answer is written. `model` is None for the default one, `tasks` for all."""

    model: str | None = None
    tasks: tuple[str, ...] | None = None
    scores: bool = False
    top: int = 0
    utf16: bool = False
    """Whether offsets count UTF-16 units, as JavaScript and Java do, and not characters."""
    min_score: float = 0.0
    """The least probability of spans; those below are left out."""

    @property
    def wants_scores(self) -> bool:
        """Whether the model has to compute probabilities."""
        return self.scores or self.top > 0 or self.min_score > 0


@dataclass(frozen=True, slots=True)
class TagRequest:
    """Texts, or sentences of words, and how the answer is written."""

    options: AnswerOptions
    texts: tuple[str, ...] = ()
    sentences: tuple[tuple[str, ...], ...] | None = None
    is_list: bool = False
    """Whether the client gave a list of texts, and gets a list back."""

    @property
    def characters(self) -> int:
        """The size of the request."""
        if self.sentences is None:
            return sum(map(len, self.texts))
        return sum(len(word) + 1 for words in self.sentences for word in words)


def json_request(body: bytes, limits: Limits) -> TagRequest:
    """Read a request in JSON. Raises HttpError that names the key that is wrong."""
    content = _parsed(decoded(body))
    if not isinstance(content, dict):
        raise invalid_value("", 'a request is a JSON object, such as {"text": "Ada left Paris."}')
    given = [key for key in _INPUTS if key in content]
    if len(given) != 1:
        raise invalid_value(given[1] if given else "text", "give one of text, texts and sentences")
    unknown = next((key for key in content if key not in _OPTIONS and key not in _INPUTS), None)
    if unknown is not None:
        raise invalid_value(str(unknown)[:50], f"there is no such key; there are {', '.join((*_INPUTS, *_OPTIONS))}")
    options = _checked_options(content) if len(content) > 1 else AnswerOptions()
    value = content[given[0]]
    if given[0] == "text":
        return TagRequest(options, (check_text(value, "text", limits),))
    if not isinstance(value, list):
        raise invalid_value(given[0], "this is a list")
    if len(value) > limits.max_texts:
        raise HttpError(413, "too_many", f"{len(value):,} in one request: send at most {limits.max_texts:,}", given[0])
    if given[0] == "texts":
        texts = tuple(check_text(text, f"texts[{number}]", limits) for number, text in enumerate(value))
        return TagRequest(options, texts, is_list=True)
    sentences = tuple(_checked_words(words, f"sentences[{number}]", limits) for number, words in enumerate(value))
    return TagRequest(options, sentences=sentences)


def text_request(body: bytes, query: bytes, limits: Limits) -> TagRequest:
    """Read a plain text, with its options in the query. Raises HttpError that names what is wrong."""
    return TagRequest(query_options(query), (check_text(decoded(body), "text", limits),))


def query_options(query: bytes) -> AnswerOptions:
    """Read the options in the query of an address. Raises HttpError that names the one that is wrong."""
    if not query:
        return AnswerOptions()
    values: dict[str, Any] = {}
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise invalid_value("query", "the query of the address cannot be read") from None
    for key, value in pairs:
        if key not in _OPTIONS:
            raise invalid_value(key[:50], f"there is no such option; there are {', '.join(_OPTIONS)}")
        if key == "tasks":
            values[key] = [task for task in value.split(",") if task]
        elif key == "scores":
            values[key] = _TRUTH.get(value.lower(), value)
        elif key == "top":
            values[key] = int(value) if _DIGITS.fullmatch(value) else value
        elif key == "min_score":
            values[key] = _number(value)
        else:
            values[key] = value
    return _checked_options(values)


def _number(value: str) -> float | str:
    """Return the number that is written, or the text that is none."""
    try:
        return float(value) if _NUMBER.fullmatch(value) else value
    except ValueError:
        return value


def decoded(body: bytes) -> str:
    """Return the text of a body. Raises HttpError that names the first byte that is not UTF-8."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise HttpError(400, "invalid_utf8", "the body is not UTF-8", f"byte {error.start}") from None


def check_text(text: object, where: str, limits: Limits) -> str:
    """Return a text that may be tagged. Raises HttpError for any other."""
    if not isinstance(text, str):
        raise invalid_value(where, "a text is a string")
    if len(text) > limits.max_characters:
        raise HttpError(
            413, "too_long", f"{len(text):,} characters: send texts of at most {limits.max_characters:,}", where
        )
    return text


def _parsed(text: str) -> object:
    try:
        return parse_json(text)
    except JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise HttpError(400, "invalid_json", f"the body is not JSON: {error.msg}", place) from None
    except ValueError as error:
        raise HttpError(400, "invalid_json", f"the body is not JSON: {error}") from None


def _checked_options(values: Mapping[str, Any]) -> AnswerOptions:
    model, tasks = values.get("model"), values.get("tasks")
    scores, top, offsets = values.get("scores", False), values.get("top", 0), values.get("offsets", "characters")
    if not (model is None or isinstance(model, str)):
        raise invalid_value("model", "a model's name is a string; /v1/models lists them")
    if not (tasks is None or (isinstance(tasks, list) and all(isinstance(task, str) for task in tasks))):
        raise invalid_value("tasks", "tasks are a list of names; /v1/models lists them")
    if not isinstance(scores, bool):
        raise invalid_value("scores", "this is true or false")
    if isinstance(top, bool) or not isinstance(top, int) or not 0 <= top <= MOST_TOP:
        raise invalid_value("top", f"this is a whole number from 0 to {MOST_TOP}")
    least = values.get("min_score", 0.0)
    if isinstance(least, bool) or not isinstance(least, int | float) or not 0 <= least <= 1:
        raise invalid_value("min_score", "this is a probability from 0 to 1")
    if offsets not in _OFFSETS:
        raise invalid_value("offsets", f"offsets are in {' or '.join(_OFFSETS)}")
    return AnswerOptions(
        model, None if tasks is None else tuple(dict.fromkeys(tasks)), scores, top, offsets == "utf-16", float(least)
    )


def _checked_words(words: object, where: str, limits: Limits) -> tuple[str, ...]:
    if not isinstance(words, list):
        raise invalid_value(where, "a sentence is a list of words")
    for number, word in enumerate(words):
        if not isinstance(word, str) or not word:
            raise invalid_value(f"{where}[{number}]", "a word is a string that is not empty")
    characters = sum(map(len, words)) + len(words)
    if characters > limits.max_characters:
        raise HttpError(
            413,
            "too_long",
            f"{characters:,} characters: send sentences of at most {limits.max_characters:,}",
            where,
        )
    return tuple(words)

"""The description of the service for programs: OpenAPI 3.1, with examples that a test sends.

See https://spec.openapis.org/oas/v3.1.1.html.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tagger.service.http_errors import JSON
from tagger.service.limits import Limits
from tagger.service.tag_request import MOST_TOP
from tagger.text.render import json_line

Node = dict[str, Any]


def openapi_document(limits: Limits, media_types: Sequence[str]) -> bytes:
    """Return the description as JSON; `media_types` are those of answers to `/v1/tag`."""
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "tagger",
            "version": "1",
            "description": "Tags text: parts of speech, named entities, or any labels that a model has learned.",
        },
        "paths": {
            "/v1/tag": {"post": _tag(limits, media_types)},
            "/v1/tag/stream": {"post": _stream()},
            "/v1/models": {"get": _get("Models, with the tags of their tasks.", _json(_ref("Models"), MODELS))},
            "/v1/models/{name}/card": {
                "get": {
                    **_get("The card of a model, in Markdown.", {"text/markdown": {"schema": {"type": "string"}}}),
                    "parameters": [
                        {
                            "name": "name",
                            "in": "path",
                            "required": True,
                            "schema": {"type": "string"},
                            "description": "A name that /v1/models lists.",
                        }
                    ],
                }
            },
            "/healthz": {"get": _get("Whether the process lives.", _json(_ref("Status"), {"status": "ok"}))},
            "/readyz": {"get": _get("Whether it takes requests.", _json(_ref("Status"), {"status": "ready"}))},
            "/metrics": {"get": _get("Numbers for Prometheus.", {"text/plain": {"schema": {"type": "string"}}})},
        },
        "components": {"schemas": _schemas(limits)},
    }
    return json_line(document).encode() + b"\n"


REQUESTS: Mapping[str, Node] = {
    "text": {"summary": "A text", "value": {"text": "Ada Lovelace left London."}},
    "texts": {
        "summary": "Several texts, with probabilities",
        "value": {"texts": ["Ada left.", "She lives in New York."], "scores": True},
    },
    "sentences": {
        "summary": "Sentences of words, with the three best tags of each",
        "value": {"sentences": [["Ada", "left", "London", "."]], "top": 3},
    },
    "utf-16": {
        "summary": "Offsets as JavaScript and Java count them",
        "value": {"text": "😀 Ada left.", "offsets": "utf-16"},
    },
}
"""Examples of requests, by name."""

ANSWER: Node = {
    "model": "english",
    "sentences": [
        {
            "text": "Ada left.",
            "start": 0,
            "end": 9,
            "tokens": [
                {"text": "Ada", "start": 0, "end": 3, "upos": "PROPN", "ner": "B-PER"},
                {"text": "left", "start": 4, "end": 8, "upos": "VERB", "ner": "O"},
                {"text": ".", "start": 8, "end": 9, "upos": "PUNCT", "ner": "O"},
            ],
            "spans": {"ner": [{"label": "PER", "text": "Ada", "start": 0, "end": 3}]},
        }
    ],
}
MODELS: Node = {
    "default": "english",
    "models": [
        {
            "name": "english",
            "tasks": {"ner": {"tags": ["O", "B-PER", "I-PER"]}},
            "languages": ["English"],
            "version": "0f343b0931126a20",
            "card": "/v1/models/english/card",
        }
    ],
}
ERROR: Node = {"error": {"code": "invalid_value", "message": "a text is a string", "where": "texts[1]"}}
_STATUSES = {
    400: "This is no HTTP, no UTF-8 or no JSON (bad_request, invalid_utf8, invalid_json).",
    404: "There is no such address or model (not_found, unknown_model).",
    405: "The address does not take this method (method_not_allowed).",
    406: "There is no answer of a media type that is accepted (not_acceptable).",
    408: "The request came too slowly (read_timeout).",
    413: "The body, a text or a list is too large (too_large, too_long, too_many).",
    415: "The body is neither JSON nor plain text (unsupported_media_type).",
    422: "A value of the request cannot be used (invalid_value).",
    429: "Too many requests are in work: ask again after Retry-After seconds (busy).",
    500: "The service failed (internal).",
    503: "It took too long, or the service stops (answer_timeout, shutting_down, too_many_connections, too_much).",
}
"""What each status of an error means, with the codes that go with it."""


def _tag(limits: Limits, media_types: Sequence[str]) -> Node:
    content: Node = _json({"oneOf": [_ref("Answer"), _ref("AnswerToTexts")]}, ANSWER)
    content |= {name: {"schema": {"type": "string"}} for name in media_types if name != JSON}
    return {
        "summary": "Tag text, a list of texts, or sentences of words.",
        "operationId": "tag",
        "description": "Options of plain text are in the query, those of JSON in the body.",
        "parameters": _query_parameters(),
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": _ref("Request"), "examples": REQUESTS},
                "text/plain": {
                    "schema": {"type": "string", "maxLength": limits.max_characters},
                    "example": "Ada Lovelace left London.",
                },
            },
        },
        "responses": {"200": {"description": "The tagged sentences.", "content": content}, **_errors(*_STATUSES)},
    }


def _stream() -> Node:
    return {
        "summary": "Tag a stream of texts, one a line.",
        "operationId": "stream",
        "description": "Answers come while lines are sent, one line of JSON for each: its sentences, or its error.",
        "parameters": _query_parameters(),
        "requestBody": {
            "required": True,
            "content": {"text/plain": {"schema": {"type": "string"}, "example": "Ada left.\nShe lives in New York.\n"}},
        },
        "responses": {
            "200": {
                "description": "Lines of JSON.",
                "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
            },
            **_errors(404, 405, 408, 422, 429, 500, 503),
        },
    }


def _query_parameters() -> list[Node]:
    options = _options()
    about = {name: (schema.get("description", ""), schema) for name, schema in options.items()}
    about["tasks"] = (about["tasks"][0] + " Separated by commas.", {"type": "string", "examples": ["upos,ner"]})
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": text,
            "schema": {key: value for key, value in schema.items() if key != "description"},
        }
        for name, (text, schema) in about.items()
    ]


def _get(summary: str, content: Node) -> Node:
    return {
        "summary": summary,
        "responses": {"200": {"description": summary, "content": content}, **_errors(404, 405, 500, 503)},
    }


def _errors(*statuses: int) -> Node:
    return {
        str(status): {"description": _STATUSES[status], "content": _json(_ref("Error"), ERROR)} for status in statuses
    }


def _json(schema: Node, example: object) -> Node:
    return {JSON: {"schema": schema, "example": example}}


def _ref(name: str) -> Node:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: Sequence[str], **properties: Node) -> Node:
    return {"type": "object", "required": list(required), "properties": properties}


def _list(items: Node, **more: object) -> Node:
    return {"type": "array", "items": items, **more}


def _options() -> dict[str, Node]:
    return {
        "model": {"type": "string", "description": "A name that /v1/models lists; by default the first."},
        "tasks": _list({"type": "string"}, description="The tasks whose tags are written; by default all."),
        "scores": {"type": "boolean", "description": "Whether to add the probability of each tag and span."},
        "top": {
            "type": "integer",
            "minimum": 0,
            "maximum": MOST_TOP,
            "description": "How many of the most probable tags of each token to add.",
        },
        "min_score": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "The least probability of spans; those below are left out.",
        },
        "offsets": {
            "type": "string",
            "enum": ["characters", "utf-16"],
            "description": "What offsets count: Unicode characters, or the UTF-16 units of JavaScript and Java.",
        },
    }


def _schemas(limits: Limits) -> Node:
    string: Node = {"type": "string"}
    offset: Node = {"type": "integer", "minimum": 0}
    place: Node = {"text": string, "start": offset, "end": offset}
    inputs = {
        "text": {"type": "string", "maxLength": limits.max_characters},
        "texts": _list({"type": "string", "maxLength": limits.max_characters}, maxItems=limits.max_texts),
        "sentences": _list(_list({"type": "string", "minLength": 1}), maxItems=limits.max_texts),
    }
    sentences = _list(_ref("Sentence"))
    return {
        "Request": {
            "type": "object",
            "properties": {**inputs, **_options()},
            "additionalProperties": False,
            "oneOf": [{"required": [name]} for name in inputs],
        },
        "Answer": _object(["model", "sentences"], model=string, sentences=sentences),
        "AnswerToTexts": _object(
            ["model", "texts"], model=string, texts=_list(_object(["sentences"], sentences=sentences))
        ),
        "Sentence": {
            **_object(
                ["text", "start", "end", "tokens", "spans"],
                **place,
                tokens=_list(_ref("Token")),
                spans={"type": "object", "additionalProperties": _list(_ref("Span"))},
            ),
            "description": "Offsets count from the beginning of the text; `end` is exclusive.",
        },
        "Token": {
            **_object(
                ["text", "start", "end"],
                **place,
                words=_list(_ref("Token")),
                score={"type": "object", "additionalProperties": {"type": "number"}},
                top={"type": "object"},
            ),
            "description": "Beside these keys, each task has a key with the tag. A token of several words, such as "
            "German `zum`, has `words` with tags in place of its own.",
        },
        "Span": _object(
            ["label", "text", "start", "end"], label=string, **place, score={"type": "number"}, rule=string
        ),
        "Models": _object(["default", "models"], default=string, models=_list(_ref("Model"))),
        "Model": _object(
            ["name", "tasks", "languages", "version", "card"],
            name=string,
            tasks={"type": "object", "additionalProperties": _object(["tags"], tags=_list(string))},
            languages=_list(string),
            version=string,
            card=string,
        ),
        "Status": _object(["status"], status=string),
        "Error": _object(
            ["error"], error=_object(["code", "message", "where"], code=string, message=string, where=string)
        ),
    }

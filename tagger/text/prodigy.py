"""Read tasks of Prodigy: a text with its tokens and spans, and what the annotator answered.

    {"text": "Ada slept", "tokens": [{"text": "Ada", "start": 0, "end": 3, "id": 0, "ws": true}, ...],
     "spans": [{"start": 0, "end": 3, "label": "PER"}], "answer": "accept"}

See https://prodi.gy/docs/api-interfaces.
"""

from typing import Any

from tagger.text.annotated_text import AnnotatedText, MarkedSpan, marked_span
from tagger.text.json_records import Record
from tagger.text.remarks import Remarks
from tagger.text.span_offsets import Piece

_MARKS = ("answer", "_input_hash", "_task_hash", "_view_id", "_session_id")
_ANSWERS = {"reject": "rejected", "ignore": "ignored"}


def is_prodigy(keys: dict[str, Any]) -> bool:
    """Return whether a record looks as Prodigy's do."""
    if any(mark in keys for mark in _MARKS):
        return True
    tokens, spans = keys.get("tokens"), keys.get("spans")
    return isinstance(tokens, list) and bool(tokens) and isinstance(tokens[0], dict) and isinstance(spans, list)


def read_prodigy(record: Record, remarks: Remarks) -> AnnotatedText | None:
    """Return the text of an accepted answer with its tokens and spans.

    None, which is remarked, where it was not accepted.
    """
    answer = record.get("answer", str, "accept")
    if answer != "accept":
        remarks.add(f"Prodigy's answers that were {_ANSWERS.get(answer, 'not accepted')}, skipped", record.place)
        return None
    text = record.get("text", str)
    if text is None:
        raise record.error("a task of Prodigy has a 'text', but there is none in it")
    words = []
    for number, token in enumerate(record.get("tokens", list, []), start=1):
        record.checked(token, dict, f"token {number}")
        start, end = (record.checked(token.get(key), int, f"'{key}' of token {number}") for key in ("start", "end"))
        word = record.checked(token.get("text"), str, f"'text' of token {number}")
        words.append(MarkedSpan("", (Piece(start, end),), word))
    given = record.get("spans", list, [] if words else None)
    if given is None:
        return AnnotatedText(text, None, words)
    spans = [marked_span(record, item, f"span {number}") for number, item in enumerate(given, start=1)]
    if record.keys.get("_is_binary") is True:
        remarks.add("Prodigy's answers about one span alone, whose texts may have more spans", record.place)
    if relations := record.get("relations", list):
        remarks.add("relations between spans, left out", record.place, len(relations))
    return AnnotatedText(text, spans, words)

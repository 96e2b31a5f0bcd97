"""Read records of doccano, whose exports have had three shapes.

    {"id": 1, "text": "Ada slept", "label": [[0, 3, "PER"]]}
    {"text": "Ada slept", "labels": [[0, 3, "PER"]]}
    {"id": 1, "text": "Ada slept", "entities": [{"label": "PER", "start_offset": 0, "end_offset": 3}], "relations": []}

See https://github.com/doccano/doccano/tree/master/backend/data_export.
"""

from typing import Any

from tagger.text.annotated_text import AnnotatedText, marked_span
from tagger.text.json_records import Record
from tagger.text.remarks import Remarks

_TEXT_KEYS = ("text", "data")
_SPAN_KEYS = ("label", "labels", "entities", "annotations")


def is_doccano(keys: dict[str, Any]) -> bool:
    """Return whether a record looks as doccano's do."""
    if not any(isinstance(keys.get(key), str) for key in _TEXT_KEYS):
        return False
    for key in _SPAN_KEYS:
        items = keys.get(key)
        if isinstance(items, list):
            if not items:
                return key in ("label", "labels")
            if isinstance(items[0], dict):
                return "start_offset" in items[0]
            return key in ("label", "labels") and isinstance(items[0], list)
    return False


def read_doccano(record: Record, remarks: Remarks) -> AnnotatedText:
    """Return the text of a doccano record with its spans. Its relations are left out."""
    text = next((record.get(key, str) for key in _TEXT_KEYS if record.keys.get(key) is not None), None)
    if text is None:
        raise record.error("a record of doccano has a 'text', but there is none in it")
    key = next((key for key in _SPAN_KEYS if record.keys.get(key) is not None), None)
    if key is None:
        raise record.error("a record of doccano has its spans in 'label', 'labels' or 'entities'; there is none in it")
    spans = []
    for number, item in enumerate(record.get(key, list), start=1):
        if isinstance(item, str):
            raise record.error(f"'{key}' holds {item!r}, a label of the whole text; spans are [start, end, label]")
        spans.append(marked_span(record, item, f"span {number}", "start_offset", "end_offset"))
    if relations := record.get("relations", list):
        remarks.add("relations between spans, left out", record.place, len(relations))
    return AnnotatedText(text, spans)

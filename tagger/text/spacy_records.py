"""Read spaCy's training data and its documents as JSON.

    ["Ada slept", {"entities": [[0, 3, "PER"]]}]
    {"text": "Ada slept", "entities": [[0, 3, "PER"]]}
    {"text": "Ada slept", "ents": [{"start": 0, "end": 3, "label": "PER"}], "tokens": [{"id": 0, "start": 0, ...}, ...]}

The first shape reaches these functions as the second. The third is what `Doc.to_json` returns; see
https://spacy.io/api/doc#to_json.
"""

from typing import Any

from tagger.text.annotated_text import AnnotatedText, MarkedSpan, marked_span
from tagger.text.json_records import Record
from tagger.text.remarks import Remarks
from tagger.text.span_offsets import Piece

_LAYERS = ("pos", "tag")


def is_spacy(keys: dict[str, Any]) -> bool:
    """Return whether a record looks as spaCy's do."""
    if not isinstance(keys.get("text"), str):
        return False
    entities = keys.get("entities")
    return isinstance(keys.get("ents"), list) or (isinstance(entities, list) and all(map(_is_span, entities[:1])))


def read_spacy(record: Record, remarks: Remarks) -> AnnotatedText:
    """Return the text of a record of spaCy with its entities and, where it has them, tokens with `pos` and `tag`.

    Groups of spans (`doc.spans`) are left out.
    """
    text = record.get("text", str)
    if text is None:
        raise record.error("a record of spaCy has a 'text', but there is none in it")
    key = "entities" if record.keys.get("entities") is not None else "ents"
    if record.keys.get(key) is None:
        raise record.error("a record of spaCy has its spans in 'entities' or in 'ents'; there is none in it")
    spans = []
    for number, item in enumerate(record.get(key, list), start=1):
        if isinstance(item, str):
            raise record.error(f"'{key}' holds {item!r}, a tag of a token; spans are [start, end, label]")
        spans.append(marked_span(record, item, f"span {number}"))
    if groups := record.keys.get("spans"):
        count = sum(map(len, groups.values())) if isinstance(groups, dict) else len(groups)
        remarks.add("spaCy's groups of spans (doc.spans), left out", record.place, count)
    words, layers = _tokens(record)
    return AnnotatedText(text, spans, words, layers)


def _tokens(record: Record) -> tuple[list[MarkedSpan], dict[str, list[str]]]:
    words = []
    layers: dict[str, list[str]] = {layer: [] for layer in _LAYERS}
    for number, token in enumerate(record.get("tokens", list, []), start=1):
        record.checked(token, dict, f"token {number}")
        start, end = (record.checked(token.get(key), int, f"'{key}' of token {number}") for key in ("start", "end"))
        words.append(MarkedSpan("", (Piece(start, end),)))
        for layer, column in layers.items():
            tag = token.get(layer)
            column.append("" if tag is None else record.checked(tag, str, f"'{layer}' of token {number}"))
    return words, {layer: column for layer, column in layers.items() if any(column)}


def _is_span(item: Any) -> bool:  # noqa: ANN401
    return isinstance(item, list) or (isinstance(item, dict) and {"start", "end", "label"} <= item.keys())

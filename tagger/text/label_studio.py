"""Read exports of Label Studio: JSON, with every annotation of a task, and JSON-MIN, with one.

    [{"id": 1, "data": {"text": "Ada slept"}, "annotations": [{"was_cancelled": false, "result": [
        {"type": "labels", "value": {"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]}}]}]}]
    [{"id": 1, "text": "Ada slept", "label": [{"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]}]}]

See https://labelstud.io/guide/export.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tagger.text.annotated_text import AnnotatedText, MarkedSpan
from tagger.text.json_records import Record
from tagger.text.remarks import Remarks
from tagger.text.span_offsets import Piece

_LABEL_KEYS = ("labels", "hypertextlabels", "paragraphlabels")
# Types of results that mark no text, and what they are.
_OTHER_RESULTS = {"relation": "relations", "choices": "choices", "textarea": "texts", "taxonomy": "taxonomies"}
_MARKS = ("annotation_id", "annotator", "lead_time")  # keys of JSON-MIN, whether or not anything was marked
_NO_TEXTS = frozenset((*_MARKS, "id", "created_at", "updated_at", "completed_by", "agreement"))


def is_label_studio(keys: dict[str, Any]) -> bool:
    """Return whether a record looks as Label Studio's do."""
    return isinstance(keys.get("data"), dict) or any(key in keys for key in _MARKS) or any(_region_keys(keys))


def read_label_studio(record: Record, remarks: Remarks) -> AnnotatedText | None:
    """Return the text of a task with the regions of its first annotation that was not cancelled.

    An annotation that is marked as ground truth comes first. None, which is remarked, where there is none. Relations,
    choices, predictions and further annotations are left out, each remarked.
    """
    if isinstance(record.keys.get("data"), dict):
        results = _results(record, remarks)
        regions = None if results is None else list(_regions(record, results, remarks))
        data = record.keys["data"]
    else:
        keys = list(_region_keys(record.keys))
        is_annotated = bool(keys) or any(record.keys.get(mark) is not None for mark in _MARKS)
        regions = [region for key in keys for region in record.get(key, list)] if is_annotated else None
        data = {key: value for key, value in record.keys.items() if key not in keys}
        if regions is None:
            remarks.add("Label Studio's tasks without an annotation, skipped", record.place)
    if regions is None:
        return None
    spans = [span for number, region in enumerate(regions, start=1) for span in _spans(record, region, number, remarks)]
    return AnnotatedText(_text(record, data, spans), spans)


def _region_keys(keys: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of JSON-MIN that hold regions: each is called as the labels are in the project's settings."""
    for key, value in keys.items():
        regions = value if isinstance(value, list) and all(isinstance(each, dict) for each in value) else []
        if any("start" in region and name in region for name in _LABEL_KEYS for region in regions):
            yield key


def _results(record: Record, remarks: Remarks) -> list[Any] | None:
    """Return the results of the annotation to read."""
    key = "annotations" if record.keys.get("annotations") is not None else "completions"  # its name before 1.0
    annotations = record.get(key, list, [])
    for number, annotation in enumerate(annotations, start=1):
        record.checked(annotation, dict, f"annotation {number}")
    if predictions := record.get("predictions", list):
        remarks.add("Label Studio's predictions, left out", record.place, len(predictions))
    finished = [each for each in annotations if not (each.get("was_cancelled") or each.get("skipped"))]
    if not finished:
        why = "that the annotator skipped (was_cancelled)" if annotations else "without an annotation"
        remarks.add(f"Label Studio's tasks {why}, skipped", record.place)
        return None
    if len(finished) > 1:
        remarks.add("second and further annotations of one task, left out", record.place, len(finished) - 1)
    chosen = next((each for each in finished if each.get("ground_truth") is True), finished[0])
    results: list[Any] = record.checked(chosen.get("result"), list, "'result' of an annotation")
    return results


def _regions(record: Record, results: Sequence[Any], remarks: Remarks) -> Iterator[dict[str, Any]]:
    """Yield the values of the results that mark text."""
    for number, result in enumerate(results, start=1):
        record.checked(result, dict, f"result {number}")
        value = result.get("value")
        if isinstance(value, dict) and "start" in value:
            yield value
        else:
            kind = next((kind for kind in _OTHER_RESULTS if result.get("type") == kind), "other results")
            remarks.add(f"Label Studio's {_OTHER_RESULTS.get(kind, kind)}, left out", record.place)


def _spans(record: Record, region: Any, number: int, remarks: Remarks) -> Iterator[MarkedSpan]:  # noqa: ANN401
    """Yield a span for each label of a region."""
    what = f"region {number}"
    record.checked(region, dict, what)
    labels = next((region[key] for key in _LABEL_KEYS if region.get(key)), None)
    if labels is None:
        remarks.add("Label Studio's regions without a label, left out", record.place)
    places = region.get("globalOffsets") or region  # in HTML and dialogues `start` is a path
    start, end = (record.checked(places.get(key), int, f"'{key}' of {what}") for key in ("start", "end"))
    own = region.get("text")
    for label in record.checked(labels or [], list, f"the labels of {what}"):
        name = record.checked(label, str, f"a label of {what}")
        yield MarkedSpan(name, (Piece(start, end),), own if isinstance(own, str) else "")


def _text(record: Record, data: Mapping[str, Any], spans: Sequence[MarkedSpan]) -> str:
    """Return the text of a task, whose key is called as the project's settings say.

    Raises DataError where it is not clear which one it is.
    """
    if isinstance(data.get("text"), str):
        return str(data["text"])
    texts = {key: value for key, value in data.items() if isinstance(value, str) and key not in _NO_TEXTS}
    if len(texts) > 1 and spans:
        fitting = {
            key: text
            for key, text in texts.items()
            if all(span.text and text[span.pieces[0].start : span.pieces[0].end] == span.text for span in spans)
        }
        texts = fitting or texts
    if len(texts) != 1:
        has = f"'{', '.join(texts)}' could be it; call it 'text'" if texts else "there is no string in it"
        raise record.error(f"which key holds the text of this task? {has}")
    return next(iter(texts.values()))

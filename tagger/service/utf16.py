"""Offsets in UTF-16 units, which the strings of JavaScript and Java count, in place of characters."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


def utf16_offsets(text: str) -> Callable[[int], int] | None:
    """Return a function from an offset in characters to the offset in UTF-16 units; None where they are the same."""
    if text.isascii() or max(text, default="") <= "\uffff":
        return None
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    places = np.arange(len(codes) + 1)
    places[1:] += np.cumsum(codes > 0xFFFF)
    return lambda offset: int(places[offset])


def with_offsets(content: Mapping[str, Any], convert: Callable[[int], int]) -> dict[str, Any]:
    """Return the JSON content of a sentence, token or span with every `start` and `end` converted."""
    changed: dict[str, Any] = {}
    for key, value in content.items():
        if key in ("start", "end"):
            changed[key] = convert(value)
        elif key in ("tokens", "words"):
            changed[key] = [with_offsets(each, convert) for each in value]
        elif key == "spans":
            changed[key] = {task: [with_offsets(span, convert) for span in spans] for task, spans in value.items()}
        else:
            changed[key] = value
    return changed

"""Finds tensors that an ONNX file keeps in other files, which a model folder may not do.

ONNX is written in protocol buffers, of which this module reads only the structure (fields and their lengths), so that
tagging needs no package for it. The numbers of fields are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
"""

_MESSAGES: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "function": {7: "node", 11: "attribute"},
    "training": {1: "graph", 2: "graph"},
    "tensor": {},
}
"""The fields of each message that hold messages, by number."""
_EXTERNAL_FIELDS = {13, 14}
"""Fields of a tensor that name its file: `external_data` and `data_location`."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10


def has_external_tensors(model: bytes) -> bool:
    """Whether a tensor of a serialized ONNX model is in another file. Raises ValueError for what is no ONNX."""
    waiting = [("model", 0, len(model))]
    while waiting:
        message, at, end = waiting.pop()
        while at < end:
            key, at = _varint(model, at)
            field, kind = key >> 3, key & 7
            value = 0
            if kind == _VARINT:
                value, at = _varint(model, at)
            elif kind == _BYTES:
                length, at = _varint(model, at)
                inner = _MESSAGES[message].get(field)
                if inner:
                    waiting.append((inner, at, at + length))
                at += length
                value = 1
            elif kind in (_FIXED64, _FIXED32):
                at += 8 if kind == _FIXED64 else 4
            else:
                raise ValueError("no protocol buffer")
            if at > end:
                raise ValueError("cut short")
            if message == "tensor" and field in _EXTERNAL_FIELDS and value:
                return True
    return False


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of variable length, and the place after it."""
    value = 0
    for shift in range(_LONGEST_VARINT):
        if at >= len(data):
            break
        value |= (data[at] & 0x7F) << (7 * shift)
        at += 1
        if data[at - 1] < 0x80:
            return value, at
    raise ValueError("cut short")

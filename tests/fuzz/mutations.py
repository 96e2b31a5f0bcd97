"""Damages an input in the ways of careless programs, bad disks and attackers, from a seeded generator."""

import random
from collections.abc import Callable, Sequence

_CONTROLS = ("\0", "\r", "\r\n", "\n", "\t", "\t\t", "\x0b", "\x1b[31m", "\x1c", "\x1f", "\x7f")
_CHARACTERS = (
    "\ufeff",
    "\u2028",
    "\u0085",
    "\u200b",
    "\u202e",
    "e\u0301",
    "’",
    "😀",
    "\u00a0",
    "\U0010ffff",
    " ",
    "  ",
)
_SIGNS = ("# ", "1-2", "1.1", "2-1", "-DOCSTART-", *"\\\"'#_-=|/,;:*`[]{}()")
_TAGS = ("B-", "I-", "B-PER", "I-LOC", "E-PER", "U-PER", "O", "B", "I", "_")
_NUMBERS = ("0", "-1", "1e999", "1.5", "0x10", "9" * 20, "9" * 5000, "NaN", "-Infinity", "true", "null", "None")
_DEEP = ("[" * 3000, "{" * 3000, '{"a":' * 3000, "(" * 500, "a." * 3000 + "a=1", "A" * 70_000)
_ATTACKS = ("../../etc/passwd", "/etc/passwd", "sys:exit", "%s%n", "${HOME}", "<script>")
_TEXTS = (*_CONTROLS, *_CHARACTERS, *_SIGNS, *_TAGS, *_NUMBERS, *_DEEP, *_ATTACKS)
_PIECES = [b"\xff", b"\xc3", b"\xed\xa0\x80", *(text.encode() for text in _TEXTS)]
"""Pieces that readers of text, tables, JSON and TOML are known to stumble over."""


def mutated(inputs: Sequence[bytes], generator: random.Random) -> bytes:
    """One of the inputs after one to four mutations."""
    content = generator.choice(inputs)
    for _ in range(generator.choice((1, 1, 1, 2, 3, 4))):
        content = generator.choice(_MUTATIONS)(content, inputs, generator)
    return content


def _flip_a_bit(content: bytes, inputs: Sequence[bytes], generator: random.Random) -> bytes:
    if not content:
        return b"\xff"
    damaged = bytearray(content)
    damaged[generator.randrange(len(damaged))] ^= 1 << generator.randrange(8)
    return bytes(damaged)


def _cut_off(content: bytes, inputs: Sequence[bytes], generator: random.Random) -> bytes:
    return content[: generator.randrange(len(content) + 1)]


def _remove(content: bytes, inputs: Sequence[bytes], generator: random.Random) -> bytes:
    first, last = _stretch(content, generator)
    return content[:first] + content[last:]


def _repeat(content: bytes, inputs: Sequence[bytes], generator: random.Random) -> bytes:
    first, last = _stretch(content, generator)
    return content[:last] + content[first:last] * generator.choice((1, 1, 2, 50)) + content[last:]


def _insert(content: bytes, inputs: Sequence[bytes], generator: random.Random) -> bytes:
    at = generator.randrange(len(content) + 1)
    return content[:at] + generator.choice(_PIECES) + content[at:]


def _replace(content: bytes, inputs: Sequence[bytes], generator: random.Random) -> bytes:
    first, last = _stretch(content, generator)
    return content[:first] + generator.choice(_PIECES) + content[last:]


def _replace_a_word(content: bytes, inputs: Sequence[bytes], generator: random.Random) -> bytes:
    words = content.split(b" ")
    words[generator.randrange(len(words))] = generator.choice(_PIECES)
    return b" ".join(words)


def _swap_lines(content: bytes, inputs: Sequence[bytes], generator: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    generator.shuffle(lines)
    return b"".join(lines)


def _remove_a_line(content: bytes, inputs: Sequence[bytes], generator: random.Random) -> bytes:
    lines = content.splitlines(keepends=True) or [b""]
    del lines[generator.randrange(len(lines))]
    return b"".join(lines)


def _change_line_ends(content: bytes, inputs: Sequence[bytes], generator: random.Random) -> bytes:
    return content.replace(b"\n", generator.choice((b"\r\n", b"\r", b"\n\n", b" \n", b"\t\n", b"")))


def _encode_otherwise(content: bytes, inputs: Sequence[bytes], generator: random.Random) -> bytes:
    text = content.decode("utf-8", "replace")
    return text.encode(generator.choice(("utf-16", "utf-8-sig", "latin-1", "cp1252")), "replace")


def _join(content: bytes, inputs: Sequence[bytes], generator: random.Random) -> bytes:
    other = generator.choice(inputs)
    return content[: generator.randrange(len(content) + 1)] + other[generator.randrange(len(other) + 1) :]


def _stretch(content: bytes, generator: random.Random) -> tuple[int, int]:
    first = generator.randrange(len(content) + 1)
    return first, min(len(content), first + generator.choice((0, 1, 2, 4, 16, 64)))


_MUTATIONS: Sequence[Callable[[bytes, Sequence[bytes], random.Random], bytes]] = (
    _flip_a_bit,
    _cut_off,
    _remove,
    _repeat,
    _insert,
    _insert,
    _replace,
    _replace,
    _replace_a_word,
    _swap_lines,
    _remove_a_line,
    _change_line_ends,
    _encode_otherwise,
    _join,
)

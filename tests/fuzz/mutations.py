"""Damages an input in the ways of careless programs, bad disks and attackers, from a seeded generator."""

import random
from collections.abc import Callable, Sequence

NASTY = [
    *(b"\0", b"\r", b"\r\n", b"\n", b"\t", b"\x0b", b"\x1b[31m", b"\x1c", b"\x1f", b"\x7f", b"\xff", b"\xc3", b"\xed\xa0\x80"),
    *("\ufeff", "\u2028", "\u0085", "\u200b", "\u202e", "e\u0301", "’", "😀", "\u00a0", "\U0010ffff"),  # fmt: skip
    *(b" ", b"\t\t", b"  ", b"\\", b'"', b"'", b"#", b"# ", b"_", b"-", b"=", b"|", b"/", b",", b";", b":", b"*", b"`"),
    *(b"[", b"]", b"{", b"}", b"(", b")", b"[" * 3000, b"{" * 3000, b'{"a":' * 3000, b"(" * 500, b"a." * 3000 + b"a=1"),
    *(b"0", b"-1", b"1e999", b"9" * 20, b"9" * 5000, b"NaN", b"-Infinity", b"1.5", b"0x10", b"true", b"null", b"None"),
    *(b"B-", b"I-", b"B-PER", b"I-LOC", b"E-PER", b"U-PER", b"O", b"B", b"I", b"-DOCSTART-", b"1-2", b"1.1", b"2-1"),
    *(b"../../etc/passwd", b"/etc/passwd", b"sys:exit", b"%s%n", b"${HOME}", b"<script>", b"A" * 70_000),
]
"""Pieces that readers of text, tables, JSON and TOML are known to stumble over."""
_PIECES = [piece if isinstance(piece, bytes) else piece.encode() for piece in NASTY]


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

"""White space as CoNLL-U writes it in MISC: `SpacesAfter=\\s\\n`.

The escapes are those of UDPipe (https://ufal.mff.cuni.cz/udpipe/1/users-manual), and `\\u00A0` for white space that has
none, as English EWT writes it.
"""

import re

_ESCAPES = {" ": "s", "\t": "t", "\r": "r", "\n": "n", "|": "p", "\\": "\\"}
_CHARACTERS = {letter: character for character, letter in _ESCAPES.items()}
_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))")


def escape_white_space(white_space: str) -> str:
    """Return white space with every character escaped."""
    return "".join("\\" + _ESCAPES.get(character, f"u{ord(character):04X}") for character in white_space)


def unescape_white_space(escaped: str) -> str | None:
    """Return white space without escapes; None where it is not white space."""
    found = _ESCAPED.sub(_unescaped, escaped)
    return found if not found or found.isspace() else None


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else _CHARACTERS.get(match[2], match[0])

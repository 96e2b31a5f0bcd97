"""TOML and JSON, parsed: any text gives a value, or a ValueError that says in one line what is wrong with it.

All of the package's parsing of TOML and JSON goes through this module, because Python's parsers also raise errors that
are no ValueError, and take minutes for a key of many parts.
"""

import json
import math
import re
import sys
import tomllib
from typing import Any, NoReturn

MOST_LEVELS = 50
"""Most levels of tables and lists in TOML, and most parts of a dotted key."""

_PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(rf"(?:^|[{{,\[])[ \t]*+(?:{_PART}[ \t]*+\.[ \t]*+){{{MOST_LEVELS}}}", re.MULTILINE)
_TOO_DEEP = f"tables or lists nested more than {MOST_LEVELS} deep"


def parse_toml(text: str) -> dict[str, Any]:
    """Return the content of a TOML document.

    Raises ValueError for what is not TOML, and for numbers, keys or nesting that no document of ours needs.
    """
    if match := _LONG_KEY.search(text):
        line = text.count("\n", 0, match.start()) + 1
        raise ValueError(f"line {line}: a key of more than {MOST_LEVELS} parts")
    try:
        content = tomllib.loads(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:  # of int(), which refuses to take minutes
        raise ValueError(_too_many_digits()) from None
    check_depth(content)
    return content


def check_depth(value: object) -> None:
    """Raise ValueError where tables and lists are nested more than `MOST_LEVELS` deep."""
    level: list[object] = [value]
    for _ in range(MOST_LEVELS + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return
    raise ValueError(_TOO_DEEP)


def parse_json(text: str | bytes) -> Any:  # noqa: ANN401 (whatever the text holds)
    """Return the value of a JSON text.

    Raises ValueError, which is a `json.JSONDecodeError` with a place where the text is not JSON. Numbers that JSON does
    not have, such as NaN, and numbers too large for this machine are errors too.
    """
    try:
        return json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except RecursionError:
        raise ValueError("lists or objects nested too deeply") from None
    except (json.JSONDecodeError, UnicodeDecodeError, _WrongNumberError):
        raise
    except ValueError:
        raise ValueError(_too_many_digits()) from None


class _WrongNumberError(ValueError):
    """A number that JSON or this machine does not have."""


def _no_number(name: str) -> NoReturn:
    raise _WrongNumberError(f"{name} is no number in JSON: write null, or leave it out")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _WrongNumberError(f"the number {digits[:40]} is too large")
    return number


def _too_many_digits() -> str:
    return f"a whole number of more than {sys.get_int_max_str_digits():,} digits"

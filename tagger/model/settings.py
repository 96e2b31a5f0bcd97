"""Checks the values in a model's `config.toml` that tagging reads, without pydantic.

Whatever a configuration names is data: no name in it becomes a path out of the model folder.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from tagger.text.sentence import RESERVED_NAMES

Check = Callable[[Any], bool]

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def _whole(least: int, most: int = 2**31) -> Check:
    return lambda value: type(value) is int and least <= value <= most


def _one_of(*values: object) -> Check:
    return lambda value: any(type(value) is type(each) and value == each for each in values)


def _text(value: object) -> bool:
    return isinstance(value, str)


def _lengths(value: object) -> bool:
    is_length = _whole(1, 10)
    return isinstance(value, list | tuple) and all(map(is_length, value))


_NEEDED: Mapping[str, dict[str, Check]] = {
    "words": {"lowercase": _one_of(True, False)},
    "characters": {"encoder": _one_of("convolution", "bidirectional", "none"), "max_length": _whole(2)},
    "training": {},
}
"""Checks of the keys that every model has, by table."""
_OPTIONAL: Mapping[str, dict[str, Check]] = {
    "shape": {"dimension": _whole(0), "longest_run": _whole(1, 8), "buckets": _whole(1, 2**24)},
    "affixes": {"dimension": _whole(0), "prefixes": _lengths, "suffixes": _lengths, "buckets": _whole(1, 2**24)},
    "vectors": {"path": _text, "mode": _one_of("frozen", "fine-tune")},
    "encoder": {},
}
"""Checks of tables that models of older versions may lack."""
_NEWER: Mapping[str, dict[str, Check]] = {"vectors": {"keys": _one_of("words", "hashes")}}
"""Checks of keys that a table of `_OPTIONAL` may lack."""


def is_language_model(settings: Mapping[str, Any]) -> bool:
    """Whether a configuration is that of a language model, which writes text and tags nothing."""
    text = settings.get("text")
    return isinstance(text, Mapping) and "unit" in text


def check_settings(settings: Mapping[str, Any]) -> None:
    """Raise ValueError, which names the key, where tagging cannot read a model's configuration."""
    for name, checks in (*_NEEDED.items(), *_OPTIONAL.items()):
        if name not in settings and name in _OPTIONAL:
            continue
        table = _table(settings, name)
        for key in checks:
            if key not in table:
                raise ValueError(f"'{name}.{key}' is missing")
        for key, is_right in (checks | _NEWER.get(name, {})).items():
            if key in table and not is_right(table[key]):
                raise ValueError(f"'{name}.{key}' is {str(table[key])[:40]!r}, which it cannot be")
    tasks = _table(settings, "tasks")
    if not tasks:
        raise ValueError("there is no task")
    optional = ((kind, _table(settings, kind)) for kind in ("given", "lists") if kind in settings)
    for kind, tables in (("tasks", tasks), *optional):
        for name in tables:
            if not _NAME.fullmatch(name) or name in RESERVED_NAMES:
                raise ValueError(f"'{kind}' has {name[:40]!r}, which is no name of a task")
            _table(tables, name)
    for name, task in tasks.items():
        if not _one_of("", "IOB2")(task.get("scheme", "")):
            raise ValueError(f"'tasks.{name}.scheme' is {str(task['scheme'])[:40]!r}, which it cannot be")


def _table(settings: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a table. Raises ValueError where it is missing or another value."""
    table = settings.get(name)
    if not isinstance(table, Mapping):
        raise ValueError(f"'{name}' is {'missing' if table is None else 'no table'}")
    return table

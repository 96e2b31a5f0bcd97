"""Files of rules, in TOML: a table `[[rules]]` for each."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tagger.documents import parse_toml
from tagger.errors import ConfigError, DataError
from tagger.text.reading import raw_lines
from tagger.text.rules import Rule

MOST_BYTES = 16 << 20
"""Bytes of the largest file of rules: TOML of a megabyte takes about half a second to read."""
_TEXTS = ("label", "pattern", "task", "name", "wins")
_SWITCHES = ("ignore_case", "partial_words")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


_KINDS: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    **dict.fromkeys(_TEXTS, ("a string", _is_text)),
    **dict.fromkeys(_SWITCHES, ("true or false", lambda value: isinstance(value, bool))),
    **dict.fromkeys(("phrases", "files"), ("a list of strings", _is_texts)),
    "unsure_below": ("a number", lambda value: type(value) in (int, float)),
}
"""The keys of a rule, what each holds, and the check of that."""


def read_rules(path: Path | str, *, whole: bool = False) -> tuple[Rule, ...]:
    """Return the rules of a file, in its order.

    The keys of a table are those of `Rule`; `files` names further files of phrases, one a line, relative to this one,
    unless it must be `whole`, as in a model folder. Raises ConfigError, with the number of the rule, for what is wrong.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(
                f"it has over {MOST_BYTES >> 20} MiB, which would take long; lists of names are read sooner"
            )
        content = parse_toml(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path}: cannot be read as rules: {reason}; write [[rules]] tables in TOML") from None
    tables = content.get("rules")
    if not isinstance(tables, list) or not tables or len(content) > 1:
        raise ConfigError(f"{path}: no rules in it, or something else: write a table [[rules]] for each")
    rules = []
    for number, table in enumerate(tables, start=1):
        try:
            rules.append(_rule(table, path.parent, whole=whole))
        except (ConfigError, DataError) as error:
            raise ConfigError(f"{path}: rule {number}: {error}") from None
    return tuple(rules)


def rules_toml(rules: Sequence[Rule]) -> str:
    """Return rules as the text of a file, which `read_rules` reads back equal.

    Raises ConfigError for a rule with a `check`, which is code.
    """
    return "\n".join(_table(rule) for rule in rules)


def _rule(table: Any, folder: Path, *, whole: bool) -> Rule:  # noqa: ANN401 (whatever the file has)
    if not isinstance(table, dict):
        raise ConfigError("it is no table: write [[rules]] above each")
    for key, value in table.items():
        if key not in _KINDS:
            raise ConfigError(f"there is no key '{key[:60]}'; there are {', '.join(_KINDS)}")
        what, is_right = _KINDS[key]
        if not is_right(value):
            raise ConfigError(f"'{key}' must be {what}")
    if "label" not in table:
        raise ConfigError("'label' is missing")
    settings = {key: value for key, value in table.items() if key not in ("phrases", "files")}
    files = table.get("files", [])
    if files and whole:
        raise ConfigError("'files' are outside of the model folder, of which nothing else is read: write the phrases")
    phrases = [*table.get("phrases", []), *(phrase for file in files for phrase in _phrases(folder / file))]
    return Rule(phrases=tuple(phrases), **settings)


def _phrases(path: Path) -> Iterable[str]:
    """Yield the phrases of a file: its lines, but for empty ones and comments."""
    for line in raw_lines(path):
        if (pieces := line.split()) and pieces[0] != "#":
            yield " ".join(pieces)


def _table(rule: Rule) -> str:
    if rule.check is not None:
        raise rule.error("it has a check, which is code, and cannot be written to a file")
    lines = ["[[rules]]", *(f"{key} = {_string(text)}" for key in _TEXTS if (text := getattr(rule, key)))]
    lines += [f"{key} = true" for key in _SWITCHES if getattr(rule, key)]
    if rule.unsure_below is not None:
        lines.append(f"unsure_below = {float(rule.unsure_below)!r}")
    if rule.phrases:
        lines += ["phrases = [", *(f"    {_string(phrase)}," for phrase in rule.phrases), "]"]
    return "\n".join(lines) + "\n"


def _string(text: str) -> str:
    """Return a basic string of TOML, whose escapes are those of JSON; only DEL must be escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

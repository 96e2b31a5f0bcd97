"""Read a configuration from a TOML file or plain values, and report every wrong key."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tagger.config.pretraining_keys import CharacterModelConfig
from tagger.config.schema import NAMED_TABLES, Config
from tagger.config.word_model_keys import WordModelConfig
from tagger.documents import MOST_LEVELS, check_depth, parse_toml
from tagger.errors import ConfigError
from tagger.model.settings import is_language_model

LanguageModelSettings = CharacterModelConfig | WordModelConfig
Kind = TypeVar("Kind", Config, CharacterModelConfig, WordModelConfig)

_MOST_PROBLEMS = 10
"""Wrong keys that a message explains; the others it counts."""
_LONGEST_NAME = 100
"""Longest name, in characters, for which the nearest known one is looked up."""


def load_config(path: Path, overrides: Iterable[str] = ()) -> Config:
    """Read a TOML file, apply `section.key=value` overrides, and check the result.

    Raises ConfigError that names the file and each wrong key; for an unknown key, it also names the nearest known one.
    """
    overrides = list(overrides)
    return check_config(_read_values(path, overrides), str(path), overrides)


def load_pretraining_config(path: Path, overrides: Iterable[str] = ()) -> LanguageModelSettings:
    """Read the TOML file of a language model as `load_config` reads that of a tagger. Raises ConfigError."""
    overrides = list(overrides)
    return check_pretraining_config(_read_values(path, overrides), str(path), overrides)


def _read_values(path: Path, overrides: Sequence[str]) -> dict[str, Any]:
    """Return the content of a TOML file after overrides. Raises ConfigError where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors write a byte order mark
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: no such file: give the path of a TOML configuration, such as configs/sample.toml"
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}: save the file as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        values = parse_toml(text)
    except ValueError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    for override in overrides:
        apply_override(values, override)
    return values


def apply_override(values: dict[str, Any], override: str) -> None:
    """Set one `section.key=value` of the command line in `values`, the content of a TOML file.

    The value is parsed as TOML; what is not TOML is a string. A number selects a table of a list, such as
    `corpora.1.weight=2`. Raises ConfigError that repeats the override.
    """
    try:
        override.encode("utf-8")
    except UnicodeEncodeError:
        raise ConfigError(f"--set {override!r}: not UTF-8") from None
    name, equals, literal = override.partition("=")
    keys = [key.strip() for key in name.split(".", MOST_LEVELS)]
    if not equals or not all(keys):
        raise ConfigError(f"--set {override}: write it as section.key=value, such as training.epochs=3")
    if len(keys) > MOST_LEVELS:
        raise ConfigError(f"--set {override}: a key of more than {MOST_LEVELS} parts")
    value = _toml_value(literal, override)
    table: Any = values
    for key in keys[:-1]:
        if isinstance(table, list):  # tables such as [[corpora]]
            if not (key.isdecimal() and len(key) < 6 and int(key) < len(table)):
                raise ConfigError(f"--set {override}: '{key}' is none of the tables, which are 0 to {len(table) - 1}")
            table = table[int(key)]
        else:
            table = table.setdefault(key, {})
        if not isinstance(table, dict | list):
            raise ConfigError(f"--set {override}: '{key}' is a value, not a section")
    if not isinstance(table, dict):
        raise ConfigError(
            f"--set {override}: '{keys[-2]}' is a list: set a key of one of its tables, or the whole list"
        )
    table[keys[-1]] = value


def _toml_value(literal: str, override: str) -> Any:  # noqa: ANN401 (whatever TOML has)
    """Return the value of an override: that of TOML, or the text itself where it is not one TOML value.

    Raises ConfigError where the value is TOML but too large or too deep.
    """
    try:
        table = parse_toml(f"value = {literal}")
    except tomllib.TOMLDecodeError:
        return literal
    except ValueError as error:
        raise ConfigError(f"--set {override}: {error}") from None
    return table["value"] if len(table) == 1 else literal


def check_config(values: Mapping[str, Any], where: str, overrides: Sequence[str] = ()) -> Config:
    """Return the Config of plain values.

    Raises ConfigError that names every wrong key and where it was set: by one of the `overrides`, or else in `where`.
    """
    if "tasks" not in values and is_language_model(values):
        raise ConfigError(f"{where}: a configuration of a language model, which tagger pretrain reads")
    return _checked(Config, values, where, overrides)


def check_pretraining_config(
    values: Mapping[str, Any], where: str, overrides: Sequence[str] = ()
) -> LanguageModelSettings:
    """Return the configuration that plain values are, of the kind that `text.unit` says.

    Raises ConfigError as `check_config` does.
    """
    if "tasks" in values and not is_language_model(values):
        raise ConfigError(
            f"{where}: a configuration of a tagger, which tagger train reads: give one of a language model, such as "
            "configs/shakespeare.toml"
        )
    text = values.get("text")
    unit = text.get("unit") if isinstance(text, Mapping) else None
    if unit == "word":
        return _checked(WordModelConfig, values, where, overrides)
    if unit not in (None, "character"):
        raise ConfigError(f"{where}: 'text.unit' is {str(unit)[:40]!r}: it is 'character' or 'word'")
    return _checked(CharacterModelConfig, values, where, overrides)


def _checked(kind: type[Kind], values: Mapping[str, Any], where: str, overrides: Sequence[str]) -> Kind:
    try:
        check_depth(values)
        return kind.model_validate(values)
    except ValidationError as error:
        problems, count = error.errors(include_url=False)[:_MOST_PROBLEMS], error.error_count()
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from None
    set_by = {override.partition("=")[0].replace(" ", ""): f"--set {override}" for override in overrides}
    explained: dict[str, list[str]] = {}
    for problem in problems:
        origin = set_by.get(".".join(map(str, problem["loc"])), where)
        explained.setdefault(origin, []).append(_explain(problem, kind))
    more = f"; and {count - len(problems):,} more" if count > len(problems) else ""
    raise ConfigError("; ".join(f"{origin}: {'; '.join(each)}" for origin, each in explained.items()) + more)


def with_tasks(config: Config, tasks: Sequence[str]) -> Config:
    """Return the configuration with only these tasks, with their settings or the defaults.

    Of several corpora, those that list only other tasks are dropped. Raises ConfigError where none is left.
    """
    values = config.model_dump()
    values["tasks"] = {task: values["tasks"].get(task, {}) for task in tasks}
    corpora = [corpus for corpus in values["corpora"] if not corpus["tasks"] or corpus["tasks"].keys() & set(tasks)]
    if values["corpora"] and not corpora:
        raise ConfigError(f"--tasks {','.join(tasks)}: none of [[corpora]] is there for them: add one that is")
    values["corpora"] = [
        {
            **corpus,
            **{key: {task: value for task, value in corpus[key].items() if task in tasks} for key in ("tasks", "tags")},
        }
        for corpus in corpora
    ]
    return check_config(values, "--tasks")


def _explain(problem: ErrorDetails, root: type[BaseModel]) -> str:
    """Return one sentence on a problem that pydantic found in a configuration of the class `root`."""
    place = [str(part) for part in problem["loc"]]
    name = ".".join(place)
    if problem["type"] == "extra_forbidden":
        known = _known_keys(place[:-1], root)
        if len(place) == 1:
            sections = (section for section in root.model_fields if section not in NAMED_TABLES)
            elsewhere = [section for section in sections if name in _known_keys([section], root)]
            if elsewhere:
                return f"unknown key '{name}': did you mean '{elsewhere[-1]}.{name}'?"
        nearest = difflib.get_close_matches(place[-1], known, n=1, cutoff=0.0) if len(name) <= _LONGEST_NAME else []
        hint = f"did you mean '{'.'.join([*place[:-1], nearest[0]])}'?" if nearest else "remove it"
        return f"unknown key '{name}': {hint}"
    if problem["type"] == "conflict":
        return problem["msg"]
    if problem["type"] == "missing" and name == "tasks":
        return "no task: add a table such as [tasks.upos]"
    if problem["type"] == "learned_and_given":
        return f"'given': {problem['msg']}: leave it out of one of them"
    if problem["type"] == "missing":
        return f"'{name}' is missing"
    message = problem["msg"][0].lower() + problem["msg"][1:]
    return f"'{name}' is {problem['input']!r}: {message}"


def _known_keys(place: list[str], root: type[BaseModel]) -> list[str]:
    """Return the keys of the section at a place of the file.

    The list is empty where the key holds a value.
    """
    section = root
    for key in place:
        if section is Config and key in NAMED_TABLES:
            return list(NAMED_TABLES[key].model_fields)
        annotation = section.model_fields[key].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        section = annotation
    return list(section.model_fields)

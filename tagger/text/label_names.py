"""The names of tags that a file holds as ids, as data sets on the Hugging Face Hub do.

Names are given in Python, in a file with one a line (the first is id 0), or in a JSON file that has them as a list, as
`names` of each feature (`dataset_info.json`) or as `id2label` (a model's `config.json`).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tagger.documents import parse_json
from tagger.errors import ConfigError, DataError
from tagger.text.reading import raw_lines

Names = Sequence[str]
# Keys between the name of a feature and the names of its values.
_STRUCTURE = frozenset(("feature", "features", "type", "list", "sequence", "dtype", "class_label"))
LabelsOption = str | Path | Names | Mapping[str, "str | Path | Names"]
"""Names of ids, or the file that holds them; or both by the key of the ids, such as `{"ner_tags": "names.txt"}`."""


class LabelNames:
    """The names of the ids of each key."""

    def __init__(self, given: LabelsOption | None) -> None:
        self._by_key: dict[str, Names] = {}
        self._for_all: Names | None = None
        if isinstance(given, Mapping):
            for key, each in given.items():
                names, by_key = _read(each)
                self._by_key[key] = by_key.get(key, ()) if names is None else names
                if not self._by_key[key]:
                    raise ConfigError(f"{each}: there are no names for '{key}' in it, only for {', '.join(by_key)}")
        elif given is not None:
            self._for_all, self._by_key = _read(given)
        self._used: str | None = None

    def of(self, key: str, names: Any = None) -> Names | None:  # noqa: ANN401
        """Return the names of the ids of a key, by their ids; None where they are not known.

        `names` is what a record itself has under that name: a list, or names by key. Raises DataError where one list is
        given for all keys, and there are ids under a second one.
        """
        if key in self._by_key:
            return self._by_key[key]
        if self._for_all is not None:
            if self._used not in (None, key):
                raise DataError(
                    f"there are ids in '{self._used}' and in '{key}': say which of them the names are of, such as "
                    f"--labels {key}=FILE, and choose with --tasks (in Python labels= and tasks= of tagger.read)"
                )
            self._used = key
            return self._for_all
        return _as_names(names) or _named_features(names).get(key)


def _read(given: str | Path | Names) -> tuple[Names | None, dict[str, Names]]:
    """Return names for any key, or names by key."""
    if not isinstance(given, (str, Path)):
        return tuple(given), {}
    lines = list(raw_lines(given))
    content = "".join(lines)
    if content.lstrip()[:1] in ("[", "{"):
        try:
            parsed = parse_json(content)
        except ValueError as error:
            raise DataError(f"{given}: not JSON: {error}; give one name a line, or a list of names") from None
        if isinstance(names := _as_names(parsed), tuple):
            return names, {}
        by_key = _named_features(parsed)
        if not by_key:
            raise DataError(f"{given}: there is no list of 'names' in it, and no 'id2label'; give one name a line")
        return (next(iter(by_key.values())), {}) if len(by_key) == 1 else (None, by_key)
    names = tuple(line.strip() for line in lines)
    for number, name in enumerate(names, start=1):
        if not name:
            raise DataError(f"{given}:{number}: this line is blank; give the name of id {number - 1}")
    return names, {}


def _as_names(value: Any) -> Names | None:  # noqa: ANN401
    """Return the names of a list, of an object from ids to names, or of one from names to ids."""
    if isinstance(value, dict) and value:
        if all(isinstance(number, int) for number in value.values()):
            value = {str(number): name for name, number in value.items()}
        value = [value.get(str(number)) for number in range(len(value))]
    if isinstance(value, list) and value and all(isinstance(each, str) and each for each in value):
        return tuple(value)
    return None


def _named_features(description: Any) -> dict[str, Names]:  # noqa: ANN401
    """Return the names of each feature that the description of a data set or of a model has; of none by `""`."""
    found: dict[str, Names] = {}
    waiting = [(description, "")]
    while waiting:
        value, owner = waiting.pop()
        if isinstance(value, list):
            waiting.extend((each, owner) for each in value)
        elif isinstance(value, dict):
            owner = value["name"] if isinstance(value.get("name"), str) else owner
            for key, inner in value.items():
                names = _as_names(inner) if key in ("names", "id2label") else None
                if names is None:
                    waiting.append((inner, owner if key in _STRUCTURE else key))
                else:
                    found[owner] = names
    return found

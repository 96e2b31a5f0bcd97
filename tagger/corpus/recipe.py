"""`corpus.toml`, a recipe: where a corpus comes from and how its files are read.

name = "wnut17"
source = "https://github.com/leondz/emerging_entities_17"
licence = "CC BY 4.0"
format = "columns"
columns = ["token", "ner"]

[splits.train]
file = "wnut17train.conll"
expect = { sentences = 3394, tokens = 62730 }
"""

import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from tagger.documents import parse_toml
from tagger.errors import ConfigError, DataError
from tagger.text.column_names import task_names
from tagger.text.format_names import InputFormat, Offsets

RECIPE = "corpus.toml"


@dataclass(frozen=True)
class Portion:
    """The sentences of a file that belong to a split.

    The sentences are the numbers `first` to `last`, inclusive and counted from 1. Without `last`, the portion extends
    to the end. With `period`, the portion is taken of every `period` sentences.
    """

    first: int
    last: int | None
    period: int | None

    @classmethod
    def parse(cls, text: str) -> "Portion":
        """Parse "1-8042", "8043-", "10 of 10" or "1-9 of 10". Raises ValueError for anything else."""
        match = re.fullmatch(r"([0-9]{1,15})(?:(-)([0-9]{1,15})?)?(?: of ([0-9]{1,15}))?", text.strip())
        if match is None:
            raise ValueError(f"{text!r} must be written like '1-8042', '8043-', '10 of 10' or '1-9 of 10'")
        first, period = int(match[1]), int(match[4]) if match[4] else None
        last = int(match[3]) if match[3] else None if match[2] else first
        if first < 1 or (last is not None and last < first) or (period is not None and max(first, last or 0) > period):
            raise ValueError(
                f"{text!r}: sentences count from 1, the first comes before the last, and both within the run"
            )
        return cls(first, last, period)

    def __contains__(self, number: int) -> bool:
        if self.period is not None:
            number = (number - 1) % self.period + 1
        return self.first <= number and (self.last is None or number <= self.last)


def _portion(value: object) -> Portion:
    if not isinstance(value, str):
        raise ValueError("must be a text such as '1-8042' or '10 of 10'")
    return Portion.parse(value)


class Expectation(BaseModel):
    """The size that a split should have; another one means another release of the source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sentences: int = Field(ge=0)
    tokens: int = Field(ge=0)


class RecipeSplit(BaseModel):
    """One split of a recipe, and the file that it is read from.

    The file's path is relative to the folder of the recipe or of the source; for an NLTK corpus it is NLTK's name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(min_length=1)
    keep: Annotated[Portion | None, BeforeValidator(_portion)] = None
    expect: Expectation | None = None


class Recipe(BaseModel):
    """A checked `corpus.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    source: str = Field(min_length=1)
    licence: str = Field(min_length=1)
    notes: str = ""
    format: InputFormat
    columns: tuple[str, ...] = ()
    separator: str | None = None
    sentence_end: str | None = None
    tasks: dict[str, str] = Field(default_factory=dict)
    labels: str | tuple[str, ...] | dict[str, str | tuple[str, ...]] | None = None
    offsets: Offsets | None = None
    scheme: Literal["IOB1", "IOB2", "IOBES", "BILOU", "BMES", "BMEWO", "IOE1", "IOE2", "IO", "plain"] | None = None
    repair: bool = False
    tag_map: dict[str, dict[str, str]] = Field(default_factory=dict)
    splits: dict[str, RecipeSplit] = Field(min_length=1)

    @model_validator(mode="after")
    def _agrees(self) -> "Recipe":
        if (self.format in ("columns", "csv", "pairs")) != bool(self.columns):
            raise ValueError("'columns' must be given for the formats 'columns', 'csv' and 'pairs', and for no other")
        known = set(self.tasks or task_names(self.columns))
        for task in self.tag_map:
            if known and task not in known:
                raise ValueError(f"tag_map.{task}: there is no task '{task}', only {', '.join(sorted(known))}")
        return self


def load_recipe(folder: Path) -> Recipe:
    """Read and check a folder's `corpus.toml`.

    Raises DataError when there is none, ConfigError naming the key that is unknown or wrong.
    """
    path = folder / RECIPE if folder.is_dir() else folder
    try:
        content = parse_toml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path}: no such recipe; a recipe is a folder with a {RECIPE} in it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from None
    except ValueError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"{path}: {_first_problem(error)}") from None


def _first_problem(error: ValidationError) -> str:
    """The first problem as one line, with the key's full name.

    For an unknown key, the line also names the nearest known one.
    """
    first = error.errors(include_url=False)[0]
    key = ".".join(map(str, first["loc"]))
    if first["type"] == "missing":
        return f"the key '{key}' is missing"
    if first["type"] != "extra_forbidden":
        return f"{key}{': ' if key else ''}{first['msg'].removeprefix('Value error, ')}"
    models: dict[int, type[BaseModel]] = {1: Recipe, 3: RecipeSplit}
    model = models.get(len(first["loc"]), Expectation)
    near = difflib.get_close_matches(str(first["loc"][-1]), model.model_fields, n=1)
    advice = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(model.model_fields)}"
    return f"unknown key '{key}'; {advice}"
